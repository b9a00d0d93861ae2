package admin

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func listenAt(t *testing.T, path string) *Socket {
	t.Helper()
	s, err := Listen(Place{Socket: path}, environment())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestSocketIsTheUsersAlone sees the mode whatever the umask is, and nothing left beside the socket.
func TestSocketIsTheUsersAlone(t *testing.T) {
	for _, mask := range []int{0, 0o022, 0o077} {
		old := unix.Umask(mask)
		path := filepath.Join(shortDir(t), "admin.sock")
		s, err := Listen(Place{Socket: path}, environment())
		unix.Umask(old)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("umask %o: mode %v, %v", mask, info.Mode(), err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
			t.Errorf("umask %o: left %v, %v", mask, left, err)
		}
	}
}

func TestSocketOfAGroup(t *testing.T) {
	g, err := user.LookupGroupId(strconv.Itoa(os.Getegid()))
	if err != nil {
		t.Skipf("the user's group has no name: %v", err)
	}
	path := filepath.Join(shortDir(t), "admin.sock")
	s, err := Listen(Place{Socket: path, Group: g.Name}, environment())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // the mode is what matters
	if info, err := os.Lstat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	other := filepath.Join(shortDir(t), "admin.sock")
	if _, err := Listen(Place{Socket: other, Group: "no-such-group-here"}, environment()); err == nil || !strings.Contains(err.Error(), "socket_group") {
		t.Errorf("a group that does not exist: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(other)); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestLiveSocketIsNotTaken(t *testing.T) {
	path := filepath.Join(shortDir(t), "admin.sock")
	listenAt(t, path)
	for range 2 {
		_, err := Listen(Place{Socket: path}, environment())
		in, ok := errors.AsType[*InUseError](err)
		if !ok || in.Path != path {
			t.Fatalf("error %v", err)
		}
	}
	dialRaw(t, path) // it still is the first one's
}

// TestSocketThatSomebodyElseListensAt has a listener that knows nothing of the lock.
func TestSocketThatSomebodyElseListensAt(t *testing.T) {
	path := filepath.Join(shortDir(t), "admin.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it listens, that is all
	if _, err := Listen(Place{Socket: path}, environment()); !errors.As(err, new(*InUseError)) {
		t.Errorf("error %v", err)
	}
}

func TestSocketOfADeadRouterIsReplaced(t *testing.T) {
	path := filepath.Join(shortDir(t), "admin.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close() // as the kernel does for one that was killed: the file stays
	for _, name := range []string{path + ".lock", filepath.Join(filepath.Dir(path), "."+closedName(path), "s")} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := listenAt(t, path)
	accepted := make(chan error, 1)
	go func() {
		c, err := s.Accept()
		if err == nil {
			err = c.Close()
		}
		accepted <- err
	}()
	dialRaw(t, path)
	if err := <-accepted; err != nil {
		t.Error(err)
	}
}

func TestWhatIsNoSocketStays(t *testing.T) {
	path := filepath.Join(shortDir(t), "admin.sock")
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(Place{Socket: path}, environment()); err == nil || !strings.Contains(err.Error(), "is no socket") || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "precious" {
		t.Errorf("the file is %q, %v", b, err)
	}
}

func TestPathThatIsTooLong(t *testing.T) {
	_, err := Listen(Place{Socket: "/tmp/" + strings.Repeat("a", len(syscall.RawSockaddrUnix{}.Path))}, environment())
	if err == nil || !strings.Contains(err.Error(), "longer than") || !strings.Contains(err.Error(), "router.admin.socket") {
		t.Errorf("error %v", err)
	}
}

func TestFolderThatOthersCanWriteTo(t *testing.T) {
	env := environment("TMPDIR", shortDir(t))
	dir := temporaryFolder(env)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(Place{Config: []string{"/a"}}, env); err == nil || !strings.Contains(err.Error(), "mode 0700") {
		t.Errorf("error %v", err)
	}
}

func TestFolderThatIsNotThere(t *testing.T) {
	if _, err := Listen(Place{Socket: filepath.Join(shortDir(t), "none", "admin.sock")}, environment()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
