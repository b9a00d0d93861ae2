package sdk_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// batch makes a batch of the records.
func batch(records ...string) *sdk.Batch {
	req := &pluginv1.DeliverRequest{
		BatchId: 1, Attempt: 1, FirstPosition: 1, LastPosition: uint64(len(records)),
		Origins: []*pluginv1.Origin{{Count: uint32(len(records)), ReceivedUnixNano: 1, Source: "source.tcp.app"}},
		Key:     bytes.Repeat([]byte{0xab}, 16),
	}
	for _, r := range records {
		req.Sizes = append(req.Sizes, uint32(len(r)))
		req.Data = append(append(req.Data, r...), '\n')
	}
	b, err := sdk.NewBatch(req)
	if err != nil {
		panic(err)
	}
	return b
}

// A destination is tested without a router.
func ExampleNewBatch() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.Header.Get("Idempotency-Key"))
	}))
	defer server.Close()
	ctx := context.Background()
	acme := &Acme{options: Options{Endpoint: sdk.URL(server.URL)}}
	if err := acme.Open(ctx, sdk.Config{RouterVersion: "1.0.0"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(acme.Write(ctx, batch("one", "two")))
	fmt.Println(acme.Close())
	// Output:
	// POST abababababababababababababababab
	// <nil>
	// <nil>
}

// The whole main function of a plugin.
//
//nolint:testableexamples // Serve ends the process
func ExampleServe() {
	sdk.Serve(acmePlugin())
}

func ExampleNewDestination() {
	p := sdk.Plugin{
		Name: "acme", Version: "1.0.0",
		Destination: sdk.NewDestination(
			Options{Timeout: 10 * time.Second},
			func(o Options) sdk.Destination { return &Acme{options: o} },
			sdk.Traits{Durability: sdk.Remote},
		),
	}
	for _, a := range p.Describe().GetDestination().GetSchema().GetAttributes() {
		fmt.Printf("%s %s %q\n", a.GetName(), a.GetType(), a.GetDefaultJson())
	}
	// Output:
	// endpoint TYPE_URL ""
	// token TYPE_STRING ""
	// timeout TYPE_DURATION "10000000000"
}

// ticker sends a record at every tick.
type ticker struct{ every time.Duration }

func (*ticker) Open(context.Context, sdk.Config) error { return nil }
func (*ticker) Close() error                           { return nil }

func (t *ticker) Run(ctx context.Context, out *sdk.Output) error {
	ticks := time.NewTicker(t.every)
	defer ticks.Stop()
	var r sdk.Records
	for {
		select {
		case <-ctx.Done():
			return nil // nothing is held
		case now := <-ticks.C:
			r.Reset()
			r.Append(now.AppendFormat(nil, time.RFC3339))
			if _, err := out.Send(ctx, &r); err != nil {
				return err
			}
		}
	}
}

func ExampleNewSource() {
	type options struct {
		Every time.Duration `sk:"every" doc:"Between two records." min:"1ms"`
	}
	p := sdk.Plugin{
		Name: "ticker", Version: "1.0.0",
		Source: sdk.NewSource(
			options{Every: time.Second},
			func(o options) sdk.Source { return &ticker{every: o.Every} },
		),
	}
	fmt.Println(p.Describe().GetSource().GetSchema().GetAttributes()[0].GetName())
	// Output: every
}

// A source is tested without a router.
func ExampleNewOutput() {
	ctx, stop := context.WithCancel(context.Background())
	out := sdk.NewOutput(func(b *pluginv1.CollectResponse) error {
		fmt.Println(b.GetBatchId(), len(b.GetSizes()))
		if b.GetBatchId() == 2 {
			stop()
		}
		return nil
	})
	fmt.Println((&ticker{every: time.Millisecond}).Run(ctx, out))
	// Output:
	// 1 1
	// 2 1
	// <nil>
}

func ExampleOutput_Send() {
	out := sdk.NewOutput(func(*pluginv1.CollectResponse) error { return nil })
	ctx := context.Background()
	r := &sdk.Records{Peer: "192.0.2.1", PeerPort: 514}
	r.Append([]byte("one"))
	r.Append([]byte("two"))
	receipt, err := out.Send(ctx, r)
	if err != nil {
		fmt.Println(err)
		return
	}
	r.Reset() // for the next records, while these are on their way
	fmt.Println(receipt.Wait(ctx))
	// Output: <nil>
}

func ExamplePlugin_Describe() {
	d := acmePlugin().Describe()
	fmt.Println(d.GetName(), d.GetVersion(), d.GetDestination().GetCapabilities().GetDurability())
	// Output: acme 1.0.0 DURABILITY_REMOTE
}

func ExamplePlugin_Validate() {
	answer := acmePlugin().Validate(&pluginv1.ValidateRequest{
		Role:       pluginv1.Role_ROLE_DESTINATION,
		ConfigJson: []byte(`{"endpoint": "https://logs.example.com/v1", "timeout": "soon"}`),
	})
	for _, d := range answer.GetDiagnostics() {
		fmt.Println(d.GetPath()[0].GetName(), d.GetSummary())
	}
	// Output: timeout The value is not a whole number that fits.
}

func ExampleBatch_Records() {
	for i, record := range batch("one", "two").Records() {
		fmt.Printf("%d %s\n", i, record)
	}
	// Output:
	// 0 one
	// 1 two
}

func ExampleBatch_Metas() {
	b := batch("one", "two")
	for i, m := range b.Metas() {
		fmt.Printf("%s %s\n", m.Source, b.Record(i))
	}
	// Output:
	// source.tcp.app one
	// source.tcp.app two
}

// A destination that syncs once a second says afterwards what is safe.
func ExampleConfig() {
	c := sdk.Config{Durable: func(position uint64) { fmt.Println("durable through", position) }}
	c.Durable(0) // in Open: accepted does not yet mean stored
	b := batch("one", "two")
	// Write stores b and returns; later, after the sync:
	c.Durable(b.LastPosition())
	// Output:
	// durable through 0
	// durable through 2
}

func ExampleBatch_Working() {
	store := func(b *sdk.Batch) { // called by Write
		for _, record := range b.Records() {
			fmt.Println("stored", string(record)) // something slow
			b.Working()
		}
	}
	store(batch("one", "two"))
	// Output:
	// stored one
	// stored two
}

func ExampleRetry() {
	fmt.Println(sdk.Retry(errors.New("connection refused")))
	// Output: connection refused
}

func ExampleRetryAfter() {
	fmt.Println(sdk.RetryAfter(errors.New("too many requests"), 30*time.Second))
	// Output: too many requests
}

func ExampleReject() {
	fmt.Println(sdk.Reject(errors.New("not JSON")))
	// Output: not JSON
}

func ExampleTooLarge() {
	fmt.Println(sdk.TooLarge(errors.New("the limit is 1 MiB")))
	// Output: the limit is 1 MiB
}

func ExampleUnauthenticated() {
	fmt.Println(sdk.Unauthenticated(errors.New("the token has expired")))
	// Output: the token has expired
}

func ExampleMisconfigured() {
	fmt.Println(sdk.Misconfigured(errors.New("there is no such index")))
	// Output: there is no such index
}

// Some records of a batch are refused; the others are accepted.
func ExamplePartialError() {
	write := func(b *sdk.Batch) error {
		rejected := map[int]string{}
		for i, record := range b.Records() {
			if !bytes.HasPrefix(record, []byte("{")) {
				rejected[i] = "not a JSON object"
			}
		}
		if len(rejected) > 0 {
			return &sdk.PartialError{Rejected: rejected}
		}
		return nil
	}
	fmt.Println(write(batch(`{"a":1}`, "plain text")))
	// Output: records rejected: 1, to be retried: 0
}

// credentials are options that belong together.
type credentials struct {
	User     string     `sk:"user" doc:"For basic authentication."`
	Password sdk.Secret `sk:"password" doc:"For basic authentication."`
	Token    sdk.Secret `sk:"token" doc:"For bearer authentication."`
}

// Rules of the options.
func (credentials) Rules() []sdk.Rule {
	return []sdk.Rule{
		sdk.RequiredTogether("user", "password"),
		sdk.Conflicts("user", "token"),
		sdk.ExactlyOneOf("password", "token"),
	}
}

// Validate says what the schema can't.
func (c credentials) Validate() []sdk.Diagnostic {
	if strings.Contains(c.User, ":") {
		return []sdk.Diagnostic{{
			Path: "user", Summary: "A user name can't hold a colon.", Detail: "Leave out the password here.",
		}}
	}
	return nil
}

func rules(kind pluginv1.Rule_Kind) {
	spec := sdk.NewDestination(credentials{}, func(credentials) sdk.Destination { return nil }, sdk.Traits{})
	p := sdk.Plugin{Name: "acme", Version: "1.0.0", Destination: spec}
	for _, r := range p.Describe().GetDestination().GetSchema().GetRules() {
		if r.GetKind() == kind {
			fmt.Println(r.GetNames())
		}
	}
}

func ExampleRequiredTogether() {
	rules(pluginv1.Rule_KIND_REQUIRED_TOGETHER)
	// Output: [user password]
}

func ExampleConflicts() {
	rules(pluginv1.Rule_KIND_CONFLICTS)
	// Output: [user token]
}

func ExampleExactlyOneOf() {
	rules(pluginv1.Rule_KIND_EXACTLY_ONE_OF)
	// Output: [password token]
}

func ExampleValidator() {
	for _, d := range (credentials{User: "bob:secret"}).Validate() {
		fmt.Println(d.Path, d.Summary)
	}
	// Output: user A user name can't hold a colon.
}

func ExampleSecret() {
	token := sdk.Secret("hunter2")
	fmt.Println(token, len(string(token)))
	// Output: (sensitive) 7
}
