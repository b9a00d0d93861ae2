// Package examples_test runs every example with the real program, in processes of its own.
package examples_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience bounds every wait for something that is expected to happen.
const patience = 60 * time.Second

// module is the import path of the checkout.
const module = "github.com/skidway/skidway"

// buildDir is where executables are built; TestMain makes and removes it.
var buildDir string

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "skidway-examples-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		if err := os.RemoveAll(buildDir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
		os.Exit(status)
	}))
}

// skidway builds the program once and returns its path.
var skidway = sync.OnceValues(func() (string, error) { return build(module+"/cmd/skidway", buildDir, "skidway") })

// build builds a program of this module into dir.
func build(pkg, dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	if out, err := exec.Command("go", "build", "-o", path, pkg).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return path, nil
}

// result is what a program that ended by itself left.
type result struct {
	Stdout, Stderr string
	Status         int
}

// command runs the program to its end.
func command(t *testing.T, args ...string) result {
	t.Helper()
	p := launch(t, options{}, args...)
	status := p.Wait()
	return result{Stdout: p.Out.String(), Stderr: p.Err.String(), Status: status}
}
