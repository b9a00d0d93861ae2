package http

import (
	"fmt"
	"maps"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/skidway/skidway/plugins/internal/peer"
	"github.com/skidway/skidway/plugins/sdk"
)

// Validate returns what the schema can't say.
func (o Options) Validate() []sdk.Diagnostic {
	ds := o.diagnoseFormat()
	if o.Timeout <= 0 {
		ds = append(ds, sdk.Diagnostic{
			Path:    "timeout",
			Summary: "The timeout must be longer than 0s.",
			Detail:  `Leave it out for 10s, or give one such as "30s".`,
		})
	}
	ds = append(ds, o.diagnoseHeaders()...)

	if o.Endpoint == "" { // Known only when the router runs.
		return ds
	}
	u, d := o.endpoint()
	if d != nil {
		return append(ds, *d)
	}
	ds = append(ds, o.diagnosePath(u)...)
	if o.TLS != nil && u.Scheme == "http" {
		ds = append(ds, sdk.Diagnostic{
			Path:    "tls",
			Summary: "The endpoint is http://, so the tls block has no effect.",
			Detail:  "Write the endpoint as https://, or remove the block.",
		})
	}
	return append(ds, o.diagnoseCredentials(u)...)
}

// unbuilt are names that other routers and our own documentation give to formats.
func unbuilt() []string { return []string{"loki", "elasticsearch", "splunk_hec", "otlp_json"} }

func (o Options) diagnoseFormat() []sdk.Diagnostic {
	if slices.Contains([]string{formatNDJSON, formatArray, formatRaw}, o.Format) {
		return nil
	}
	d := sdk.Diagnostic{
		Path:    "format",
		Summary: fmt.Sprintf("There is no format %q.", o.Format),
		Detail:  "Use ndjson, json_array or raw.",
	}
	if slices.Contains(unbuilt(), o.Format) {
		d.Summary = fmt.Sprintf("The format %s is not supported yet.", o.Format)
		d.Detail = "Use ndjson, json_array or raw with an endpoint that takes it."
	}
	return []sdk.Diagnostic{d}
}

// endpoint parses the endpoint. The diagnostics never show the URL, which may hold a password.
func (o Options) endpoint() (*url.URL, *sdk.Diagnostic) {
	u, err := url.Parse(string(o.Endpoint))
	d := sdk.Diagnostic{Path: "endpoint", Detail: `Write it like "https://logs.example.com/ingest".`}
	switch {
	case err != nil:
		d.Summary = "The endpoint is not a URL."
	case u.Scheme != "http" && u.Scheme != "https":
		d.Summary = "The endpoint must begin with https:// or http://."
	case u.Hostname() == "":
		d.Summary = "The endpoint names no host."
	case u.Fragment != "":
		d.Summary = "The endpoint has a fragment (#), which is never sent."
		d.Detail = "Remove it, or write # as %23."
	default:
		return u, nil
	}
	return nil, &d
}

// diagnosePath finds endpoints of services whose API takes none of our formats as a record is.
func (o Options) diagnosePath(u *url.URL) []sdk.Diagnostic {
	for _, api := range []struct {
		suffix, format string
		hopeless       bool // no record in any of our formats can make a body that the API takes
	}{
		{"/loki/api/v1/push", "loki", true},
		{"/v1/logs", "otlp_json", true},
		{"/_bulk", "elasticsearch", false},
		{"/services/collector", "splunk_hec", false},
		{"/services/collector/event", "splunk_hec", false},
	} {
		if !strings.HasSuffix(strings.TrimSuffix(u.Path, "/"), api.suffix) {
			continue
		}
		d := sdk.Diagnostic{
			Path:    "endpoint",
			Summary: fmt.Sprintf("%s is an API that takes the format %s, which is not supported yet.", api.suffix, api.format),
			Detail:  fmt.Sprintf("Use an endpoint of the service that takes %s.", o.Format),
		}
		if !api.hopeless {
			d.Detail += " Only records that already have the form of the API are taken here."
			d.Warning = true
		}
		return []sdk.Diagnostic{d}
	}
	return nil
}

// reserved are headers that belong to HTTP itself or to a batch.
func reserved() []string {
	return []string{
		"Connection", "Content-Encoding", "Content-Length", "Expect", "Idempotency-Key", "Keep-Alive",
		"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	}
}

func (o Options) diagnoseHeaders() []sdk.Diagnostic {
	var ds []sdk.Diagnostic
	seen := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(o.Headers)) {
		d := sdk.Diagnostic{Path: headerPath(name)}
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case !isToken(name):
			d.Path = "headers"
			d.Summary = fmt.Sprintf("%q can't be the name of a header.", name)
			d.Detail = "Use letters, digits and dashes."
		case slices.Contains(reserved(), canonical):
			d.Summary = fmt.Sprintf("The header %s is set by the destination itself.", canonical)
			d.Detail = "Remove it."
		case seen[canonical] != "":
			d.Summary = fmt.Sprintf("The header %s is given twice, also as %s.", name, seen[canonical])
			d.Detail = "Remove one of them."
		case strings.ContainsFunc(o.Headers[name], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			d.Summary = fmt.Sprintf("The value of the header %s holds a control character.", name)
			d.Detail = "A secret read from a file often ends in a line feed: wrap it in trimspace()."
		default:
			seen[canonical] = name
			continue
		}
		ds = append(ds, d)
	}
	return ds
}

func headerPath(name string) string { return fmt.Sprintf("headers[%q]", name) }

// isToken reports whether s is a token by RFC 9110, as names of headers have to be.
func isToken(s string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	for _, c := range []byte(s) {
		letter, digit := 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9'
		if !letter && !digit && strings.IndexByte(marks, c) < 0 {
			return false
		}
	}
	return s != ""
}

// diagnoseCredentials finds several credentials, and credentials that would be seen on the way.
func (o Options) diagnoseCredentials(u *url.URL) []sdk.Diagnostic {
	var ds []sdk.Diagnostic
	var authorization, secret []string // paths
	for _, name := range slices.Sorted(maps.Keys(o.Headers)) {
		if strings.EqualFold(name, "Authorization") {
			authorization = append(authorization, headerPath(name))
		} else if isSecret(name) {
			secret = append(secret, headerPath(name))
		}
	}
	switch { // Both at once is against Rules.
	case o.BasicAuth != nil:
		authorization = append(authorization, "basic_auth")
	case o.BearerToken != "":
		authorization = append(authorization, "bearer_token")
	}
	if u.User != nil {
		authorization = append(authorization, "endpoint")
	}
	if len(authorization) > 1 {
		ds = append(ds, sdk.Diagnostic{
			Path:    authorization[1],
			Summary: fmt.Sprintf("A request has one Authorization header, and %s both set it.", strings.Join(authorization[:2], " and ")),
			Detail:  "Keep one of them.",
		})
	}
	if u.Scheme == "http" && !peer.Loopback(u.Hostname()) && !o.AllowPlaintext {
		for _, path := range append(authorization, secret...) {
			ds = append(ds, sdk.Diagnostic{
				Path:    path,
				Summary: "Credentials would be sent over http://, where everyone on the way can read them.",
				Detail:  "Write the endpoint as https://, or set allow_plaintext = true.",
			})
		}
	}
	return ds
}

// isSecret reports whether headers or parameters of that name carry credentials.
func isSecret(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	if slices.Contains([]string{"cookie", "key", "sig"}, name) {
		return true
	}
	return slices.ContainsFunc([]string{
		"authorization", "token", "secret", "password", "signature", "api-key", "apikey", "auth-key", "access-key", "subscription-key",
	}, func(word string) bool { return strings.Contains(name, word) })
}
