package sdk

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
)

func TestASecretIsNeverPrinted(t *testing.T) {
	const canary = "hunter2"
	type options struct {
		Token   Secret
		Headers map[string]Secret
	}
	o := options{Token: canary, Headers: map[string]Secret{"Authorization": canary}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+"\n", o)
		fmt.Fprintf(&out, verb+"\n", o.Token)
	}
	encoded, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	log := &logBuffer{}
	for _, asJSON := range []bool{true, false} {
		hclog.New(&hclog.LoggerOptions{Output: log, JSONFormat: asJSON}).Warn("opened", "options", o, "token", o.Token)
	}
	out.WriteString(log.String())
	if all := out.String(); strings.Contains(all, canary) || strings.Contains(all, fmt.Sprintf("%x", canary)) {
		t.Errorf("the secret is printed:\n%s", all)
	}
}
