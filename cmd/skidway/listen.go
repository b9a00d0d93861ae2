package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/hashicorp/hcl/v2"

	"github.com/skidway/skidway/core/config"
)

// listenDiagnostic answers a source that can't listen where it should.
func listenDiagnostic(s config.Source, err error) *hcl.Diagnostic {
	cause, hint := listenCause(err)
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Subject: s.Range.Ptr(),
		Summary: fmt.Sprintf("%s can't listen at %s: %s.", s.Address, s.TCP.Listen, cause), Detail: hint,
	}
}

func listenCause(err error) (cause, hint string) {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program listens there", "End it (ss -ltnp or lsof -i tells which it is; it may be another skidway), or give the source another listen."
	case errors.Is(err, fs.ErrPermission):
		return "permission denied", "Ports below 1024 are for root, or need the capability CAP_NET_BIND_SERVICE: give the source another listen."
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address", "Listen at an address of this machine; 0.0.0.0 stands for all of them."
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "there is no address of the name " + dns.Name, "Write an address of this machine."
	}
	text := err.Error()
	if op, ok := errors.AsType[*net.OpError](err); ok {
		text = op.Err.Error()
	}
	return strings.TrimSuffix(text, "."), "Change listen."
}

// listenFailed finds the source that an error of the router's assembly is about; nil: it is about something else.
func listenFailed(c *config.Config, err error) *hcl.Diagnostic {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || op.Op != "listen" {
		return nil
	}
	for _, s := range c.Sources {
		if s.TCP != nil && strings.Contains(err.Error(), "bind "+s.Address+":") {
			return listenDiagnostic(s, err)
		}
	}
	return nil
}
