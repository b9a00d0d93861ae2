//go:build !crashpoint

package spool

// seam returns the file system that a spool uses.
func seam(fsys fileSystem) fileSystem { return fsys }
