package file

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
)

// Bounds on a path below base_dir. A name has room for what rotation and compression add to it.
const (
	maxComponent  = 200
	keptComponent = 120
	maxComponents = 32
	maxPathText   = 64 << 10
)

// hostileError says why a path can't be one below base_dir, whatever is there.
type hostileError struct{ reason string }

func (e *hostileError) Error() string { return e.reason }

// below turns a path that was computed for a record into the path of a file below base_dir. Different texts make
// different paths, and none leads upwards or to a name that starts with a dot, so neither to the state. It takes what a
// router sends, where "%" only ever begins the code of a byte that is not printable ASCII or is one of "%", "/" and "\", or
// of the dot of a value that is "." or "..", or is the first of "%_" for an empty value: were other codes taken, two texts
// could mean one file.
func below(text string) (string, error) {
	if len(text) > maxPathText {
		return "", &hostileError{fmt.Sprintf("the path has %d bytes, more than %d", len(text), maxPathText)}
	}
	if strings.IndexByte(text, 0) >= 0 {
		return "", &hostileError{"the path holds a NUL byte"}
	}
	parts := strings.Split(text, "/")
	if len(parts) > maxComponents {
		return "", &hostileError{fmt.Sprintf("the path has %d folders and names, more than %d", len(parts), maxComponents)}
	}
	for i, p := range parts {
		if !coded(p) {
			return "", &hostileError{fmt.Sprintf("the path %s holds a %% that begins no code of the router's", quoted(text))}
		}
		parts[i] = component(p)
	}
	return path.Join(parts...), nil
}

// component returns the name that stands for one part of a path, in which every "%" begins a code.
func component(p string) string {
	switch {
	case p == "":
		return "%" // no code is so short
	case p[0] == '.':
		p = "%2E" + p[1:] // the router codes the dot only of a value that is nothing else
	}
	if len(p) <= maxComponent {
		return p
	}
	kept := keptComponent
	if i := strings.LastIndexByte(p[:kept], '%'); i > kept-len("%XX") {
		kept = i
	}
	sum := sha256.Sum256([]byte(p))
	return p[:kept] + "%~" + hex.EncodeToString(sum[:])
}

// coded reports whether every "%" of p begins the code of a byte that a router codes.
func coded(p string) bool {
	for i := strings.IndexByte(p, '%'); i >= 0; {
		if strings.HasPrefix(p[i:], "%_") {
			next := strings.IndexByte(p[i+2:], '%')
			if next < 0 {
				return true
			}
			i += 2 + next
			continue
		}
		if len(p) < i+3 {
			return false
		}
		hi, lo := unhex(p[i+1]), unhex(p[i+2])
		if hi < 0 || lo < 0 || !isCoded(byte(hi<<4|lo)) {
			return false
		}
		next := strings.IndexByte(p[i+3:], '%')
		if next < 0 {
			return true
		}
		i += 3 + next
	}
	return true
}

// isCoded reports whether a router writes b as a code when it stands in a record's value.
func isCoded(b byte) bool {
	return b < ' ' || b > '~' || b == '%' || b == '/' || b == '\\' || b == '.'
}

// unhex returns what an upper-case hexadecimal digit stands for, -1 for anything else.
func unhex(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	}
	return -1
}

// literal codes a path that a user wrote out as a router codes the text of a template.
func literal(text string) string { return strings.ReplaceAll(text, "%", "%25") }

// quoted returns the beginning of a text as it can stand in a message.
func quoted(text string) string {
	const most = 80
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}
