//go:build !linux

package file

import "errors"

// mountSmall needs Linux.
func mountSmall(string, int) error { return errors.ErrUnsupported }
