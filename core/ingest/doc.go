// Package ingest is the TCP source: it listens, reads large buffers from each connection, finds record boundaries where
// they lie, and hands what one read delivered to its Appender as a record.Group.
//
// It enforces everything that stands in a source's options: who may connect, how many, over TLS or not, how large a
// record is and what becomes of a larger one. It knows nothing of spools, pipelines or configuration files, keeps no
// record after Appender.Append returned, and never answers a sender: plain TCP has no acknowledgement, so what the kernel
// holds when the machine dies was never accepted.
//
// The router makes a TCP with New, binds it with Listen (or Adopt, for a socket that it was given), runs it with Run,
// and ends it with Drain or by ending Run's context. All sources of a router share one Budget, which bounds the memory
// for read buffers and unfinished records; every source gets an equal share, so one that waits for a full spool does
// not starve the others.
//
// # How a connection is read
//
// Each connection has one goroutine and, while it is idle, no buffer: it waits until the socket is readable, takes a
// buffer, reads until the socket is dry and gives the buffer back. Of an unfinished record the bytes are kept, in a
// block of about their size. TLS works the same way, because the socket beneath it never blocks after the handshake.
//
// The framers (newline.go, octet.go) are pure: no goroutine, clock, I/O or lock. They make groups in place, and move no
// byte of lines that end in LF.
package ingest
