package admin

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is an answer that says what a person can do.
type Error struct {
	// Status is the answer's status of HTTP: 400 and 404 for what was asked, 409 for a state that does not allow it.
	Status  int    `json:"-"`
	Message string `json:"error"`
	Hint    string `json:"hint,omitempty"`
}

func (e *Error) Error() string { return e.Message }

// Refused says that the router's state does not allow what was asked.
func Refused(hint, format string, a ...any) *Error {
	return &Error{http.StatusConflict, fmt.Sprintf(format, a...), hint}
}

// NotFound says that there is no such thing.
func NotFound(hint, format string, a ...any) *Error {
	return &Error{http.StatusNotFound, fmt.Sprintf(format, a...), hint}
}

func badInput(format string, a ...any) *Error {
	return &Error{http.StatusBadRequest, fmt.Sprintf(format, a...), ""}
}

// answerTo returns the answer to an error.
func answerTo(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return &Error{e.Status, err.Error(), e.Hint}
	}
	return &Error{http.StatusInternalServerError, err.Error(), ""}
}
