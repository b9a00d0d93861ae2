//go:build !linux

package main

import "golang.org/x/sys/unix"

// filesystemName is the name that the system has for a filesystem.
func filesystemName(st *unix.Statfs_t) string { return unix.ByteSliceToString(st.Fstypename[:]) }
