package examples_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// findRsyslog returns rsyslogd and logger, and skips the test when one of them or the driver is not installed.
func findRsyslog(t *testing.T, driver string) (rsyslogd, logger string) {
	t.Helper()
	rsyslogd, err := exec.LookPath("rsyslogd")
	if err != nil {
		if rsyslogd, err = exec.LookPath("/usr/sbin/rsyslogd"); err != nil {
			t.Skip("rsyslogd is not installed (package rsyslog)")
		}
	}
	if logger, err = exec.LookPath("logger"); err != nil {
		t.Skip("logger is not installed (package bsdutils or util-linux)")
	}
	for _, pattern := range []string{"/usr/lib/*/rsyslog/", "/usr/lib64/rsyslog/", "/usr/lib/rsyslog/"} {
		if found, _ := filepath.Glob(pattern + "lmnsd_" + driver + ".so"); len(found) > 0 {
			return rsyslogd, logger
		}
	}
	t.Skipf("rsyslog's driver %s is not installed (package rsyslog-gnutls or rsyslog-openssl)", driver)
	return "", ""
}

// writeRsyslogConf writes the example's fragment, with its own addresses and files, behind an input of the test's, and
// returns the file and the socket that messages go to.
func writeRsyslogConf(t *testing.T, driver, router, caFile string) (conf, socket string) {
	t.Helper()
	fragment, err := os.ReadFile("from-rsyslog/rsyslog.conf")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(router)
	if err != nil {
		t.Fatal(err)
	}
	text := string(fragment)
	for from, to := range map[string]string{
		`port="6514"`:             `port="` + port + `"`,
		"/etc/skidway/tls/ca.crt": caFile,
		`StreamDriver="gtls"`:     `StreamDriver="` + driver + `"`,
	} {
		if !strings.Contains(text, from) {
			t.Fatalf("rsyslog.conf holds no %s", from)
		}
		text = strings.ReplaceAll(text, from, to)
	}
	dir := shortTemp(t)
	socket = filepath.Join(dir, "log")
	input := fmt.Sprintf("module(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=%q)\n"+
		"global(workDirectory=%q)\n", socket, dir)
	conf = filepath.Join(t.TempDir(), "rsyslog.conf")
	if err := os.WriteFile(conf, []byte(input+text), 0o600); err != nil {
		t.Fatal(err)
	}
	return conf, socket
}

func TestRsyslogSendsOverTLSWithOctetCounts(t *testing.T) {
	t.Parallel()
	for _, driver := range []string{"gtls", "ossl"} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			rsyslogd, logger := findRsyslog(t, driver)
			ca := newAuthority(t)
			certFile, keyFile := ca.Issue("router.example.com")
			example, err := filepath.Abs("from-rsyslog")
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "syslog.log")
			router := launch(t, options{}, "run", "-c", example, "--var", "listen=127.0.0.1:0", "--var", "path="+path,
				"--var", "cert_file="+certFile, "--var", "key_file="+keyFile)
			conf, socket := writeRsyslogConf(t, driver, router.Addr("source.tcp.rsyslog"), ca.File)
			sender := launchProgram(t, options{}, rsyslogd, "-n", "-f", conf, "-i", filepath.Join(t.TempDir(), "pid"))
			eventually(t, "rsyslogd listens", func() bool {
				_, err := os.Stat(socket)
				return err == nil
			})
			sent := numbered("hello from "+driver, 500)
			messages := filepath.Join(t.TempDir(), "messages")
			if err := os.WriteFile(messages, []byte(strings.Join(sent, "\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(logger, "-u", socket, "-t", "example", "-p", "local0.notice", "-f", messages).CombinedOutput(); err != nil {
				t.Fatalf("logger: %v\n%s", err, out)
			}
			eventually(t, "all messages are in the file", func() bool { return countIn(t, path, " example ") >= len(sent) })
			_ = sender.cmd.Process.Signal(syscall.SIGTERM)
			sender.Wait()
			router.Stop()
			checkMessages(t, readLines(t, path), sent)
		})
	}
}

// syslogLine is what RFC 5424 makes of a message of local0.notice (16 * 8 + 5).
var syslogLine = regexp.MustCompile(`^<133>1 \S+ \S+ example - - -  ?(.*)$`)

// checkMessages checks that lines are the messages that were sent; what rsyslog says of itself does not count.
func checkMessages(t *testing.T, lines, sent []string) {
	t.Helper()
	var got []string
	for _, line := range lines {
		if m := syslogLine.FindStringSubmatch(line); m != nil {
			got = append(got, m[1])
		} else if !strings.Contains(line, " rsyslogd ") {
			t.Errorf("a line that nobody sent: %q", line)
		}
	}
	if diff := cmp.Diff(sent, got); diff != "" {
		t.Errorf("messages (-sent +got):\n%s", diff)
	}
}
