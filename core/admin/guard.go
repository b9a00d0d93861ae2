package admin

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// clientHost is the Host that a Client sends.
const clientHost = "skidway"

// hosts are the names by which the server may be called. A page in a browser that has some name point here sends that
// name.
func hosts() []string { return []string{clientHost, "localhost"} }

// guard refuses what no command sends: another Host, requests from pages in a browser, changes that any form can send,
// and bodies without end.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		if e := refusal(r); e != nil {
			fail(w, e)
			return
		}
		if r.ContentLength > maxBodyBytes {
			h.Set("Connection", "close")
			fail(w, &Error{Status: http.StatusRequestEntityTooLarge, Message: "the request's body is too large"})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
		next.ServeHTTP(w, r)
	})
}

func refusal(r *http.Request) *Error {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	site := r.Header.Get("Sec-Fetch-Site")
	switch {
	case !slices.Contains(hosts(), strings.ToLower(host)):
		return &Error{http.StatusMisdirectedRequest, "this is not the server that the request names", "ask for http://localhost/"}
	case r.Header.Get("Origin") != "" || site != "" && site != "none":
		return &Error{http.StatusForbidden, "requests from pages in a browser are not answered", ""}
	case r.Method == http.MethodPost && r.Header.Get("Content-Type") != "application/json":
		return &Error{http.StatusUnsupportedMediaType, "the request's body has to be JSON", "send Content-Type: application/json"}
	}
	return nil
}
