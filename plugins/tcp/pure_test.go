package tcp

import (
	"errors"
	"flag"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/internal/readme"
)

func TestSchedule(t *testing.T) {
	now := time.Unix(1000, 0)
	s := schedule{first: 100 * time.Millisecond, last: 5 * time.Second, random: func() float64 { return 0 }}
	if got := s.wait(now); got != 0 {
		t.Errorf("wait before the first attempt = %s, want none", got)
	}
	for _, milli := range []int64{100, 200, 400, 800, 1600, 3200, 5000, 5000} {
		want := time.Duration(milli) * time.Millisecond
		if got := s.fail(now); got != want {
			t.Errorf("delay = %s, want %s", got, want)
		}
		if got := s.wait(now.Add(40 * time.Millisecond)); got != want-40*time.Millisecond {
			t.Errorf("wait 40 ms later = %s, want %s", got, want-40*time.Millisecond)
		}
	}
	if got := s.wait(now.Add(time.Hour)); got != 0 {
		t.Errorf("wait an hour later = %s, want none", got)
	}
	s.random = func() float64 { return 0.5 }
	if got, want := s.fail(now), 3750*time.Millisecond; got != want {
		t.Errorf("delay with jitter = %s, want %s", got, want)
	}
	for range 100 {
		s.fail(now)
	}
	if got := s.fail(now); got > 5*time.Second || got < 2500*time.Millisecond {
		t.Errorf("delay after 100 failures = %s, want 2.5s to 5s", got)
	}
	s.succeed()
	if got := s.wait(now); got != 0 {
		t.Errorf("wait after success = %s, want none", got)
	}
}

func TestHealth(t *testing.T) {
	for name, test := range map[string]struct {
		h    health
		lost bool
	}{
		"answers":                              {health{open: true}, false},
		"closed":                               {health{}, true},
		"full for an hour, answers all probes": {health{open: true, silentMilli: 110_000}, false},
		"full, one probe is on its way":        {health{open: true, unanswered: 1, silentMilli: 120_000}, false},
		"a few lost segments":                  {health{open: true, unanswered: 4, silentMilli: 3_000}, false},
		"unreachable":                          {health{open: true, unanswered: 3, silentMilli: 60_000}, true},
	} {
		if err := test.h.judge(); errors.Is(err, errLost) != test.lost {
			t.Errorf("%s: judge = %v, want lost %v", name, err, test.lost)
		}
	}
}

func TestPatience(t *testing.T) {
	now := time.Unix(1000, 0)
	alive := 0
	p := patience{hold: 10 * time.Second, alive: func() { alive++ }}
	look := func(after time.Duration, acked int64, stalled bool) {
		t.Helper()
		if err := p.look(now.Add(after), acked, 5); errors.Is(err, errStalled) != stalled {
			t.Errorf("after %s: %v, want stalled %v", after, err, stalled)
		}
	}
	look(0, 100, false)
	look(9*time.Second, 100, false)
	if alive != 0 {
		t.Errorf("%d signs of life without progress, want none", alive)
	}
	look(9500*time.Millisecond, 101, false)
	look(19*time.Second, 101, false)
	look(20*time.Second, 101, true)
	if alive != 1 {
		t.Errorf("%d signs of life, want 1", alive)
	}
}

func TestValidate(t *testing.T) {
	for name, test := range map[string]struct {
		o    Options
		want []string
	}{
		"not known yet":                   {Options{}, nil},
		"loopback":                        {Options{Address: "127.0.0.1:8080"}, nil},
		"loopback by name":                {Options{Address: "localhost:8080"}, nil},
		"loopback, IPv6":                  {Options{Address: "[::1]:8080"}, nil},
		"elsewhere with TLS":              {Options{Address: "10.0.0.1:8080", TLS: &peer.TLS{}}, nil},
		"elsewhere in plaintext, allowed": {Options{Address: "10.0.0.1:8080", AllowPlaintext: true}, nil},
		"elsewhere in plaintext":          {Options{Address: "logs.test:8080"}, []string{"address: Records would cross the network unencrypted, where everyone on the way can read and change them."}},
		"both":                            {Options{Address: "10.0.0.1:8080", AllowPlaintext: true, TLS: &peer.TLS{}}, []string{"allow_plaintext: There is a tls block, so allow_plaintext has no effect."}},
		"no port":                         {Options{Address: "localhost"}, []string{`address: The address "localhost" is not a host and a port: missing port in address.`}},
		"no host":                         {Options{Address: ":8080"}, []string{`address: The address ":8080" is not a host and a port: the host is missing.`}},
		"service name":                    {Options{Address: "localhost:http"}, []string{`address: The address "localhost:http" is not a host and a port: the port must be a number from 1 to 65535.`}},
		"port 0":                          {Options{Address: "localhost:0"}, []string{`address: The address "localhost:0" is not a host and a port: the port must be a number from 1 to 65535.`}},
		"a URL":                           {Options{Address: "tcp://localhost:80"}, []string{`address: The address "tcp://localhost:80" is not a host and a port: it is a URL.`}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range test.o.Validate() {
				got = append(got, d.Path+": "+d.Summary)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

var update = flag.Bool("update", false, "rewrite the option table of README.md")

func TestReadme(t *testing.T) {
	readme.Check(t, "README.md", Plugin("0.0.0").Describe().GetDestination().GetSchema(), *update)
}
