package examples_test

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"testing"
)

// server takes lines over TCP, from any number of connections.
type server struct {
	Address string
	Got     *lines // whole lines only

	t        *testing.T
	listener *net.TCPListener
	serving  sync.WaitGroup

	mu    sync.Mutex
	conns []*net.TCPConn
}

// freeAddress returns an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// listen starts a server. It is gone at the end of the test.
func listen(t *testing.T, address string) *server {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Address: l.Addr().String(), Got: newLines(), t: t, listener: l.(*net.TCPListener)}
	s.serving.Go(func() {
		for {
			conn, err := s.listener.AcceptTCP()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, conn)
			s.mu.Unlock()
			s.serving.Go(func() { s.read(conn) })
		}
	})
	t.Cleanup(func() {
		_ = s.listener.Close()
		s.each(func(conn *net.TCPConn) { _ = conn.Close() })
		s.serving.Wait()
	})
	return s
}

// read takes lines until the client's end. What has no terminator is no line.
func (s *server) read(conn *net.TCPConn) {
	defer func() { _ = conn.Close() }()
	for r := bufio.NewReader(conn); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		s.Got.add(strings.TrimSuffix(line, "\n"))
	}
}

func (s *server) each(do func(*net.TCPConn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.conns {
		do(conn)
	}
}

// Close stops listening and returns when the clients have ended their connections.
func (s *server) Close() {
	_ = s.listener.Close()
	s.serving.Wait()
}

// Kill ends the listener and resets the connections in the middle of the stream.
func (s *server) Kill() {
	s.t.Helper()
	_ = s.listener.Close()
	s.each(func(conn *net.TCPConn) { reset(s.t, conn) })
	s.serving.Wait()
}
