package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxSocketPath is the longest path of a Unix socket, in bytes: what the address has room for, without its end.
const maxSocketPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// InUseError says that a router answers at a socket already.
type InUseError struct{ Path string }

func (e *InUseError) Error() string {
	return fmt.Sprintf("another router answers at the admin socket %s: stop that one first, or give this one a router.admin.socket of its own", e.Path)
}

// ListenError says that the socket could not be made.
type ListenError struct {
	// Path is where it was to be; empty: there is no place for it.
	Path string
	Err  error
}

func (e *ListenError) Error() string {
	if e.Path == "" {
		return "make the admin socket: " + e.Err.Error()
	}
	return fmt.Sprintf("make the admin socket %s: %v", e.Path, e.Err)
}

func (e *ListenError) Unwrap() error { return e.Err }

// Socket is the listener at a router's socket. Close removes it.
type Socket struct {
	*net.UnixListener
	path string
	lock *os.File
}

// Listen makes the router's socket, for the router's user alone (0600), and for the group (0660) when the Place names one.
// Nobody else can connect at any time. It replaces the socket of a router that is dead; when one lives its error is an
// InUseError, otherwise a ListenError. env looks up a variable of the environment.
func Listen(p Place, env func(string) string) (*Socket, error) {
	path, err := p.Path(env)
	if err == nil && p.own(path, env) {
		err = makeFolder(filepath.Dir(path))
	}
	if err != nil {
		return nil, &ListenError{path, err}
	}
	s, err := listen(path, p.Group)
	if err != nil && !errors.As(err, new(*InUseError)) {
		err = &ListenError{path, err}
	}
	return s, err
}

func listen(path, group string) (*Socket, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("its path is longer than the %d bytes that it may have: set router.admin.socket to a shorter one", maxSocketPath)
	}
	lock, err := lockSocket(path)
	if err != nil {
		return nil, err
	}
	s := &Socket{path: path, lock: lock}
	if err := s.open(group); err != nil {
		return nil, errors.Join(err, s.unlock())
	}
	return s, nil
}

// open makes the socket in a folder where nobody can go, and moves it to its place when it has its mode.
func (s *Socket) open(group string) error {
	switch info, err := os.Lstat(s.path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("what is there is no socket: remove it, or choose another router.admin.socket")
	case answers(s.path): // somebody who knows nothing of the lock
		return &InUseError{s.path}
	}
	closed := filepath.Join(filepath.Dir(s.path), "."+closedName(s.path))
	if err := os.RemoveAll(closed); err != nil {
		return err
	}
	if err := os.Mkdir(closed, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(closed) //nolint:errcheck // the next router does it
	temporary := filepath.Join(closed, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temporary, Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	err = protect(temporary, group)
	if err == nil {
		err = os.Rename(temporary, s.path)
	}
	if err != nil {
		return errors.Join(err, l.Close())
	}
	s.UnixListener = l
	return nil
}

// closedName is short, so that the path of the socket in the folder is hardly longer than that of the socket.
func closedName(path string) string {
	sum := sha256.Sum256([]byte(filepath.Base(path)))
	return hex.EncodeToString(sum[:3])
}

// protect gives a socket its mode.
func protect(path, group string) error {
	if group == "" {
		return os.Chmod(path, 0o600)
	}
	g, err := user.LookupGroup(group)
	if err != nil {
		return fmt.Errorf("find the group of router.admin.socket_group: %w", err)
	}
	id, err := strconv.Atoi(g.Gid)
	if err != nil {
		return fmt.Errorf("find the group of router.admin.socket_group: %w", err)
	}
	if err := os.Chown(path, -1, id); err != nil {
		return fmt.Errorf("give it to the group %s, which the router's user has to be in: %w", group, err)
	}
	return os.Chmod(path, 0o660)
}

func answers(path string) bool {
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return false
	}
	_ = c.Close() // nothing was said
	return true
}

// lockSocket takes the lock that the router which owns a socket holds as long as it lives. A process that is gone holds
// none, so what it left can be told from a router that is slow to answer.
func lockSocket(path string) (*os.File, error) {
	name := path + ".lock"
	for {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|unix.O_NOFOLLOW, 0o600)
		if err != nil {
			return nil, err
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			f.Close()
			if errors.Is(err, unix.EWOULDBLOCK) {
				return nil, &InUseError{path}
			}
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
		held, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if there, err := os.Lstat(name); err == nil && os.SameFile(held, there) {
			return f, nil
		}
		f.Close() // whoever had it removed it when it was done
	}
}

func (s *Socket) unlock() error {
	return errors.Join(os.Remove(s.lock.Name()), s.lock.Close())
}

// Close ends the listener and removes the socket.
func (s *Socket) Close() error {
	err := s.UnixListener.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	if gone := os.Remove(s.path); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return errors.Join(err, s.unlock())
}

// Path is where the socket is.
func (s *Socket) Path() string { return s.path }

// makeFolder makes a folder of sockets for the user alone, and refuses one that others can write to.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !ok || int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("%s has to be a folder of this user's own with mode 0700, not %s", dir, info.Mode())
	}
	return nil
}
