package sdk

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	skidway "github.com/skidway/skidway/proto"
	pluginv1 "github.com/skidway/skidway/proto/skidway/plugin/v1"
)

// child is a plugin process as a router sees it.
type child struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
	stderr *os.File
	rig    *rig
	exited chan syscall.WaitStatus
}

// self returns a command that starts the test binary as a plugin.
func self(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(testContext(t), path, args...)
	cmd.Env = []string{pluginEnv + "=" + name, "GOCOVERDIR=" + os.Getenv("GOCOVERDIR"), "GOMAXPROCS=" + os.Getenv("GOMAXPROCS")}
	return cmd
}

// startChild starts a plugin as a router does and connects to it.
func startChild(t *testing.T, name string, extra ...*os.File) *child {
	t.Helper()
	dir := t.TempDir()
	cmd := self(t, name)
	cmd.Env = append(cmd.Env, skidway.MagicCookieKey+"="+skidway.MagicCookieValue,
		"PLUGIN_PROTOCOL_VERSIONS=7,1", "PLUGIN_UNIX_SOCKET_DIR="+dir)
	cmd.ExtraFiles = extra
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdoutRead, stdoutWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stderrRead, stderrWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = stdoutWrite, stderrWrite
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdoutWrite.Close()
	stderrWrite.Close()
	c := &child{t: t, cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdoutRead), stderr: stderrRead, exited: make(chan syscall.WaitStatus, 1)}
	reaped := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the status says it all
		c.exited <- cmd.ProcessState.Sys().(syscall.WaitStatus)
		close(reaped)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-reaped
		stdoutRead.Close()
		stderrRead.Close()
	})
	line, err := c.stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("read handshake: %v", err)
	}
	address := regexp.MustCompile(`^1\|1\|unix\|([^|]+)\|grpc\|\n$`).FindStringSubmatch(line)
	if address == nil || filepath.Dir(address[1]) != dir {
		t.Fatalf("handshake line %q, want one with a socket in %s", line, dir)
	}
	conn, err := grpc.NewClient("unix://"+address[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	c.rig = &rig{t: t, conn: conn}
	return c
}

// wait returns how the process ended.
func (c *child) wait() syscall.WaitStatus {
	c.t.Helper()
	return await(c.t, c.exited)
}

func TestServeDescribesItself(t *testing.T) {
	var outputs [2][]byte
	for i := range outputs {
		cmd := self(t, "good", "--describe")
		var err error
		if outputs[i], err = cmd.Output(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(outputs[0], outputs[1]) {
		t.Errorf("two descriptions differ:\n%s\n%s", outputs[0], outputs[1])
	}
	got := &pluginv1.DescribeResponse{}
	if err := protojson.Unmarshal(outputs[0], got); err != nil {
		t.Fatal(err)
	}
	if want := executables()["good"].Describe(); !proto.Equal(got, want) {
		t.Errorf("description = %v, want %v", got, want)
	}
}

func TestServeSaysWhatItIsToAPerson(t *testing.T) {
	for name, want := range map[string]string{"good": `destination "good" "main"`, "source": `source "source" "main"`} {
		cmd := self(t, name)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); cmd.ProcessState.ExitCode() != 1 {
			t.Errorf("%s without a cookie: %v, want exit status 1", name, err)
		}
		if stdout.Len() > 0 || !strings.Contains(stderr.String(), want) || !strings.Contains(stderr.String(), "--describe") {
			t.Errorf("%s without a cookie prints %q and %q", name, stdout.String(), stderr.String())
		}
	}
}

func TestServeWholeLife(t *testing.T) {
	c := startChild(t, "good")
	ctx := testContext(t)
	health, err := grpc_health_v1.NewHealthClient(c.rig.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: "plugin"})
	if err != nil || health.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("health = %v, %v, want SERVING", health, err)
	}
	description, err := pluginv1.NewPluginServiceClient(c.rig.conn).Describe(ctx, &pluginv1.DescribeRequest{})
	if err != nil || description.GetName() != "good" {
		t.Errorf("Describe = %v, %v", description, err)
	}
	if runtime.GOOS == "linux" {
		comm, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.cmd.Process.Pid), "comm"))
		if err != nil || string(comm) != "skidway:good\n" {
			t.Errorf("process name = %q, %v, want skidway:good", comm, err)
		}
	}
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil { // as Ctrl-C does to the whole group
		t.Fatal(err)
	}
	s := c.rig.deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 ACCEPTED")
	if err := s.drain(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
	c.stdin.Close()
	if got := c.wait(); got != 0 {
		t.Errorf("wait status %#x, want 0", got)
	}
	if rest, err := io.ReadAll(c.stdout); err != nil || len(rest) > 0 {
		t.Errorf("standard output goes on with %q, %v", rest, err)
	}
	if log, err := io.ReadAll(c.stderr); err != nil || len(log) > 0 {
		t.Errorf("an ordinary life is logged: %q, %v", log, err)
	}
}

func TestServeEndsWithTheRouterEvenIfWriteHangs(t *testing.T) {
	c := startChild(t, "stuck")
	s := c.rig.deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 WORKING")
	c.stdin.Close()
	if got := c.wait(); got.ExitStatus() != statusHung {
		t.Errorf("wait status %#x, want exit status %d", got, statusHung)
	}
}

func TestServeFinishesTheWriteInHandOnSIGTERM(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	c := startChild(t, "slow")
	s := c.rig.deliver(&pluginv1.OpenRequest{MaxInFlight: 2})
	s.send(0, fifo)
	s.expect("1 WORKING")
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// No call is begun any more: that is how the test sees that the signal arrived.
	client := pluginv1.NewDestinationServiceClient(c.rig.conn)
	for ctx := testContext(t); ; {
		_, err := client.Open(ctx, &pluginv1.OpenRequest{})
		if status.Code(err) == codes.Unavailable {
			break
		}
		if ctx.Err() != nil {
			t.Fatalf("Open after SIGTERM = %v, want %v", err, codes.Unavailable)
		}
	}
	if err := os.WriteFile(fifo, nil, 0o600); err != nil { // lets the write finish
		t.Fatal(err)
	}
	s.expect("1 ACCEPTED")
	if err := s.end(); status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "SIGTERM") {
		t.Errorf("the stream ended with %v, want %v with the reason", err, codes.Unavailable)
	}
	c.stdin.Close()
	if got := c.wait(); got.Signal() != syscall.SIGTERM {
		t.Errorf("wait status %#x, want an end by SIGTERM", got)
	}
}

func TestServeEndsOnSIGTERMWithoutARouterThatHelps(t *testing.T) {
	c := startChild(t, "good")
	s := c.rig.deliver(&pluginv1.OpenRequest{})
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.end(); status.Code(err) != codes.Unavailable {
		t.Errorf("the stream ended with %v, want %v", err, codes.Unavailable)
	}
	if got := c.wait(); got.Signal() != syscall.SIGTERM {
		t.Errorf("wait status %#x, want an end by SIGTERM", got)
	}
}

func TestExitGivesItsVerdictsFirst(t *testing.T) {
	c := startChild(t, "quits")
	s := c.rig.deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 ACCEPTED")
	if err := s.end(); status.Code(err) != codes.Aborted || status.Convert(err).Message() != "the reader went away" {
		t.Errorf("the stream ended with %v, want %v with the reason", err, codes.Aborted)
	}
	if got := c.wait(); got != 0 {
		t.Errorf("wait status %#x, want 0", got)
	}
}

func TestServePassesTheRoutersStandardOutputOn(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	c := startChild(t, "stdout", write)
	write.Close()
	s := c.rig.deliver(&pluginv1.OpenRequest{StdoutFd: 3})
	s.send(0, "a", "b")
	s.expect("1 ACCEPTED")
	if err := s.drain(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
	c.stdin.Close()
	c.wait()
	if got, err := io.ReadAll(read); err != nil || string(got) != "a\nb\n" {
		t.Errorf("standard output got %q, %v", got, err)
	}
}

func TestServeSendsPrintsToStandardError(t *testing.T) {
	c := startChild(t, "noisy")
	s := c.rig.deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 ACCEPTED")
	s.send(0, "b") // it ends in the middle of it
	if err := s.end(); status.Code(err) != codes.Unavailable {
		t.Errorf("the stream ended with %v, want %v", err, codes.Unavailable)
	}
	if got := c.wait(); got.ExitStatus() != 5 {
		t.Errorf("wait status %#x, want exit status 5", got)
	}
	if rest, err := io.ReadAll(c.stdout); err != nil || len(rest) > 0 {
		t.Errorf("standard output goes on with %q, %v", rest, err)
	}
	const want = "printed in Open\nprinted in Write\nprinted in Write\nlast words\n"
	if log, err := io.ReadAll(c.stderr); err != nil || string(log) != want {
		t.Errorf("standard error has %q, %v, want %q", log, err, want)
	}
}

func TestServeLogsJSONAndSurvivesAClosedLog(t *testing.T) {
	c := startChild(t, "logs")
	s := c.rig.deliver(&pluginv1.OpenRequest{})
	s.send(0, "a")
	s.expect("1 ACCEPTED")
	line, err := bufio.NewReader(c.stderr).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, `{"@level":"warn","@message":"a line"`) {
		t.Errorf("log line %q, %v", line, err)
	}
	c.stderr.Close()
	s.send(0, "b")
	s.expect("2 ACCEPTED")
	if err := s.drain(); err != nil {
		t.Errorf("the stream ended with %v, want OK", err)
	}
}
