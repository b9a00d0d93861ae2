package sdk

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

func (r *rig) open(req *pluginv1.OpenRequest) (*pluginv1.OpenResponse, error) {
	return pluginv1.NewDestinationServiceClient(r.conn).Open(testContext(r.t), req)
}

func TestOpenFailsWithAStatusThatSaysWhoCanMendIt(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct {
		name string
		err  error
		want codes.Code
	}{
		{"plain error", boom, codes.Unavailable},
		{"retry", Retry(boom), codes.Unavailable},
		{"reject", Reject(boom), codes.InvalidArgument},
		{"misconfigured", Misconfigured(boom), codes.FailedPrecondition},
		{"unauthenticated", Unauthenticated(boom), codes.Unauthenticated},
		{"panic", nil, codes.Internal},
	} {
		t.Run(test.name, func(t *testing.T) {
			fails := true
			f := &fake{open: func(context.Context, Config) error {
				switch {
				case !fails:
					return nil
				case test.err == nil:
					panic("boom")
				default:
					return test.err
				}
			}}
			r := newRig(t, pluginOf(f, Traits{}))
			_, err := r.open(&pluginv1.OpenRequest{ConfigJson: []byte("{}")})
			if status.Code(err) != test.want || !strings.Contains(err.Error(), "boom") {
				t.Errorf("Open = %v, want %v with the reason", err, test.want)
			}
			if f.closings != 1 {
				t.Errorf("Close was called %d times after a failed Open, want 1", f.closings)
			}
			fails = false
			if _, err := r.open(&pluginv1.OpenRequest{ConfigJson: []byte("{}")}); err != nil {
				t.Errorf("Open after a failed one = %v, want nil", err)
			}
		})
	}
}

func TestOpenPassesTheConfiguration(t *testing.T) {
	var got Config
	f := &fake{open: func(_ context.Context, c Config) error {
		got = c
		return nil
	}}
	r := newRig(t, pluginOf(f, Traits{}))
	if _, err := r.open(&pluginv1.OpenRequest{
		ConfigJson: []byte("{}"), Address: "destination.fake.main", SpoolId: []byte("0123456789abcdef"),
		CursorEpoch: 3, StateDir: "/state", MaxInFlight: 4, RouterVersion: "1.2.3", StdoutFd: 1,
	}); err != nil {
		t.Fatal(err)
	}
	want := Config{
		Address: "destination.fake.main", SpoolID: [16]byte([]byte("0123456789abcdef")), CursorEpoch: 3,
		StateDir: "/state", MaxInFlight: 4, RouterVersion: "1.2.3",
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Config{}, "Log", "Durable", "Exit")); diff != "" {
		t.Errorf("Config (-want +got):\n%s", diff)
	}
	got.Log.Warn("from the author")
	if !strings.Contains(r.log.String(), "from the author") {
		t.Error("Config.Log does not lead to the log")
	}
}

func TestOpenRefusesBadRequests(t *testing.T) {
	for _, test := range []struct {
		name   string
		traits Traits
		req    *pluginv1.OpenRequest
		want   string
	}{
		{"no JSON", Traits{}, &pluginv1.OpenRequest{ConfigJson: []byte("{")}, "not a JSON object"},
		{"unknown attribute", Traits{}, &pluginv1.OpenRequest{ConfigJson: []byte(`{"colour":1}`)}, "colour: "},
		{"short spool id", Traits{}, &pluginv1.OpenRequest{ConfigJson: []byte("{}"), SpoolId: []byte("short")}, "spool_id"},
		{"long spool id", Traits{}, &pluginv1.OpenRequest{ConfigJson: []byte("{}"), SpoolId: make([]byte, 17)}, "spool_id"},
		{"no standard output", Traits{WantsStdout: true}, &pluginv1.OpenRequest{ConfigJson: []byte("{}")}, "stdout_fd is 0"},
		{"closed standard output", Traits{WantsStdout: true}, &pluginv1.OpenRequest{ConfigJson: []byte("{}"), StdoutFd: 60000}, "stdout_fd 60000"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &fake{open: func(context.Context, Config) error { panic("called") }}
			_, err := newRig(t, pluginOf(f, test.traits)).open(test.req)
			if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Open = %v, want %v with %q", err, codes.InvalidArgument, test.want)
			}
		})
	}
}

func TestOpenTakesTheRoutersStandardOutput(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	// The number stands for a descriptor that came with the start of the process, which nobody else closes.
	fd, err := syscall.Dup(int(write.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	write.Close()
	f := &fake{open: func(_ context.Context, c Config) error {
		if _, err := io.WriteString(c.Stdout, "hello"); err != nil {
			return err
		}
		return c.Stdout.(io.Closer).Close()
	}}
	if _, err := newRig(t, pluginOf(f, Traits{WantsStdout: true})).open(
		&pluginv1.OpenRequest{ConfigJson: []byte("{}"), StdoutFd: uint32(fd)}); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(read); err != nil || string(got) != "hello" {
		t.Errorf("standard output got %q, %v, want hello", got, err)
	}
}

// resuming is a destination that knows where it was.
type resuming struct {
	fake
	position uint64
	known    bool
}

func (r *resuming) ResumeAfter() (uint64, bool) { return r.position, r.known }

func TestOpenAnswersWhereToResume(t *testing.T) {
	position := uint64(42)
	for _, test := range []struct {
		name   string
		d      Destination
		traits Traits
		want   *uint64
	}{
		{"known", &resuming{position: 42, known: true}, Traits{Ordered: true, Resume: true}, &position},
		{"not known", &resuming{}, Traits{Ordered: true, Resume: true}, nil},
		{"not promised", &resuming{position: 42, known: true}, Traits{Ordered: true}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer, err := newRig(t, pluginOf(test.d, test.traits)).open(&pluginv1.OpenRequest{ConfigJson: []byte("{}")})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, answer.ResumeAfter); diff != "" {
				t.Errorf("resume_after (-want +got):\n%s", diff)
			}
		})
	}
	_, err := newRig(t, pluginOf(&fake{}, Traits{Ordered: true, Resume: true})).open(&pluginv1.OpenRequest{ConfigJson: []byte("{}")})
	if err == nil || !strings.Contains(err.Error(), "no Resumer") {
		t.Errorf("Open of a destination that promises to resume and can't = %v, want an error", err)
	}
}
