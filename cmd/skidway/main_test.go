package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/skidway/skidway/plugins/sdk"
	"github.com/skidway/skidway/proto"
)

// envMain makes the test binary be skidway itself, so that every test runs the real program in processes of its own.
const envMain = "SKIDWAY_TEST_MAIN"

func TestMain(m *testing.M) {
	if p, ok := servesPlugin(os.Args); ok {
		sdk.Serve(p)
	}
	if p, ok := testPlugin(executableName()); ok {
		sdk.Serve(p)
	}
	switch {
	case os.Getenv(envLoad) != "":
		os.Exit(generateLoad(os.Args[1:]))
	case os.Getenv(envMain) != "":
		os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// executableName is the name under which a test installed this binary as a plugin.
func executableName() string {
	if os.Getenv(proto.MagicCookieKey) == "" && (len(os.Args) < 2 || os.Args[1] != "--describe") {
		return ""
	}
	return filepath.Base(os.Args[0])
}
