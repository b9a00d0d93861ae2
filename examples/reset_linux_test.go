package examples_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// reset ends a connection the way a dying machine does: first it hears nothing any more, so that bytes are on their way
// that nobody acknowledged, then it is gone. What the kernel did acknowledge has been read before.
func reset(t *testing.T, conn *net.TCPConn) {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	control := func(do func(fd int) error) {
		t.Helper()
		var failed error
		if err := raw.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil {
			t.Fatal(err)
		}
		if failed != nil {
			t.Fatal(failed)
		}
	}
	control(func(fd int) error {
		nothing := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}}
		return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
			&unix.SockFprog{Len: uint16(len(nothing)), Filter: &nothing[0]})
	})
	eventually(t, "the client has bytes that nobody acknowledged", func() bool { return unacknowledged(t, conn) > 0 })
	eventually(t, "everything acknowledged is read", func() bool {
		unread := 0
		control(func(fd int) (err error) {
			unread, err = unix.IoctlGetInt(fd, unix.TIOCINQ)
			return err
		})
		return unread == 0
	})
	if err := conn.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

// unacknowledged returns how many bytes the client's end of an IPv4 connection on this machine waits to be
// acknowledged.
func unacknowledged(t *testing.T, conn *net.TCPConn) int64 {
	t.Helper()
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	local, remote := tableAddress(conn.RemoteAddr()), tableAddress(conn.LocalAddr())
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if len(f) < 5 || f[1] != local || f[2] != remote {
			continue
		}
		queue, _, _ := strings.Cut(f[4], ":")
		n, err := strconv.ParseInt(queue, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	t.Fatalf("/proc/net/tcp has no connection from %s to %s", local, remote)
	return 0
}

// tableAddress writes an address as /proc/net/tcp does.
func tableAddress(a net.Addr) string {
	tcp := a.(*net.TCPAddr)
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(tcp.IP.To4()), tcp.Port)
}
