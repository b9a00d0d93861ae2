package sdk_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// Options are the attributes of a destination "acme" block.
type Options struct {
	Endpoint sdk.URL       `sk:"endpoint,required" doc:"Where records are posted, one a line." example:"\"https://logs.example.com/v1\""`
	Token    sdk.Secret    `sk:"token" doc:"Sent as a bearer token."`
	Timeout  time.Duration `sk:"timeout" doc:"For one request." min:"1s"`
}

// Acme posts every batch to a web service.
type Acme struct {
	options Options
	client  http.Client
	agent   string
}

// Open is called once, first.
func (a *Acme) Open(_ context.Context, c sdk.Config) error {
	a.client.Timeout = a.options.Timeout
	a.agent = "skidway/" + c.RouterVersion
	return nil
}

// Write posts one batch. Nil accepts it; an error says what the router should do about it.
func (a *Acme) Write(ctx context.Context, b *sdk.Batch) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, string(a.options.Endpoint), bytes.NewReader(b.Data()))
	if err != nil {
		return sdk.Misconfigured(err)
	}
	req.Header.Set("User-Agent", a.agent)
	req.Header.Set("Idempotency-Key", fmt.Sprintf("%x", b.Key()))
	if a.options.Token != "" {
		req.Header.Set("Authorization", "Bearer "+string(a.options.Token))
	}
	res, err := a.client.Do(req)
	if err != nil {
		return err // tried again
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection is used again
	switch err := fmt.Errorf("%s answered %s", a.options.Endpoint, res.Status); {
	case res.StatusCode/100 == 2:
		return nil
	case res.StatusCode == http.StatusTooManyRequests:
		return sdk.RetryAfter(err, 10*time.Second)
	case res.StatusCode == http.StatusRequestEntityTooLarge:
		return sdk.TooLarge(err)
	case res.StatusCode == http.StatusBadRequest:
		return sdk.Reject(err)
	case res.StatusCode == http.StatusUnauthorized:
		return sdk.Unauthenticated(err)
	default:
		return sdk.Retry(err)
	}
}

// Close is called once, last.
func (a *Acme) Close() error {
	a.client.CloseIdleConnections()
	return nil
}

// acmePlugin returns the plugin: the main function of its executable is sdk.Serve(acmePlugin()).
func acmePlugin() sdk.Plugin {
	return sdk.Plugin{
		Name:        "acme",
		Version:     "1.0.0",
		Description: "Posts records to Acme.",
		Destination: sdk.NewDestination(
			Options{Timeout: 10 * time.Second},
			func(o Options) sdk.Destination { return &Acme{options: o} },
			sdk.Traits{Durability: sdk.Remote, Concurrency: 8, MaxRecords: 1000, MaxAge: time.Second, MaxInFlight: 8},
		),
	}
}
