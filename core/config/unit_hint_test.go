package config

import (
	"strings"
	"testing"
)

func TestUnitsThatWereProbablyMeant(t *testing.T) {
	for text, meant := range map[string]string{
		"10": "10s", "1 minute": "1m", "7days": "7d", "1.5 hours": "1.5h", "10S": "10s", " 5 sec ": "5s", "3fortnights": "", "soon": "", "": "",
	} {
		checkAdvice(t, durationAdvice(text), meant, durationHint)
	}
	for text, meant := range map[string]string{
		"1024": "1024B", "64m": "64MiB", "64mib": "64MiB", "1mb": "1MB", "2 GiB": "2GiB", "1.5g": "1.5GiB", "10 bytes": "10B", "3furlongs": "", "large": "",
	} {
		checkAdvice(t, bytesAdvice(text), meant, bytesHint)
	}
}

// checkAdvice also holds that what is suggested is right.
func checkAdvice(t *testing.T, got, meant, hint string) {
	t.Helper()
	want := hint
	if meant != "" {
		want = "Did you mean \"" + meant + "\"? " + hint
		_, durationErr := parseDuration(meant)
		_, bytesErr := parseBytes(meant)
		if durationErr != nil && bytesErr != nil {
			t.Errorf("%q is suggested, and is neither a duration nor a size", meant)
		}
	}
	if got != want {
		t.Errorf("advice = %q, want %q", got, want)
	}
	if !strings.HasSuffix(got, ".") {
		t.Errorf("advice %q is no sentence", got)
	}
}

func TestAdviceDoesNotTellASecret(t *testing.T) {
	c := converter{attr: &Attribute{Name: "timeout"}, hidden: true}
	if got := c.advice(errNotDuration, durationAdvice, "73 days", durationHint); got != durationHint {
		t.Errorf("advice = %q, want the units alone", got)
	}
}
