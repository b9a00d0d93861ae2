package sdk

import (
	"fmt"
	"runtime/debug"
)

// panicError is what a panic of the author's code is turned into.
type panicError struct {
	value string
	stack []byte
}

func (e *panicError) Error() string { return "panic: " + e.value }

// maxStack is how much of a stack trace is logged, in bytes.
const maxStack = 16 << 10

// trace returns the stack for the log.
func (e *panicError) trace() string { return string(e.stack[:min(len(e.stack), maxStack)]) }

// contain calls f and turns a panic into an error.
func contain(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{value: fmt.Sprint(v), stack: debug.Stack()}
		}
	}()
	return f()
}

// text returns an error's message. Unlike its Error method it never panics.
func text(err error) string { return fmt.Sprint(err) }
