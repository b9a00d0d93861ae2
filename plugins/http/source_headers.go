package http

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// contentEncoding returns gzip, zstd or nothing.
func contentEncoding(values []string) (string, *answer) {
	all := strings.ToLower(strings.ReplaceAll(strings.Join(values, ","), " ", ""))
	switch all {
	case "", "identity":
		return "", nil
	case "gzip", "x-gzip":
		return compressGzip, nil
	case "zstd":
		return compressZstd, nil
	}
	return "", &answer{
		status: http.StatusUnsupportedMediaType, header: [2]string{"Accept-Encoding", "gzip, zstd"},
		text: fmt.Sprintf("Content-Encoding %s is not taken: use gzip, zstd, or none.", short(all)),
	}
}

// checkType refuses types whose bodies can't be lines or JSON. What is read follows from the format alone: many
// senders name no type, or any (curl says application/x-www-form-urlencoded).
func checkType(value string) *answer {
	kind, params, _ := strings.Cut(strings.ToLower(value), ";")
	kind = strings.TrimSpace(kind)
	_, charset, given := strings.Cut(strings.ReplaceAll(params, " ", ""), "charset=")
	charset, _, _ = strings.Cut(strings.Trim(charset, `"`), ";")
	if given && charset != "utf-8" && charset != "us-ascii" {
		return &answer{status: http.StatusUnsupportedMediaType, text: fmt.Sprintf("The charset %s is not taken: send UTF-8.", short(charset))}
	}
	switch {
	case kind == "", strings.HasPrefix(kind, "text/"), strings.HasSuffix(kind, "json"), strings.HasSuffix(kind, "jsonl"), strings.HasSuffix(kind, "jsonlines"),
		kind == "application/octet-stream", kind == "application/x-www-form-urlencoded":
		return nil
	}
	return &answer{
		status: http.StatusUnsupportedMediaType,
		text:   fmt.Sprintf("Content-Type %s is not taken: use application/x-ndjson, application/json or text/plain.", short(kind)),
	}
}

// short quotes what a sender said.
func short(text string) string { return strconv.Quote(text[:min(len(text), 64)]) }
