package pluginhost

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain runs the tests, or, when the host started this binary as a plugin, the plugin that its arguments describe.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "testplugin":
			runTestPlugin(os.Args[2:])
			return
		case "sdkplugin":
			runSDKPlugin()
			return
		case "--describe":
			runTestDescribe()
			return
		case "testhost":
			runTestHost(os.Args[2:])
			return
		}
	}
	// A plugin under the race detector would wait a second at its exit.
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0")
	goleak.VerifyTestMain(m)
}
