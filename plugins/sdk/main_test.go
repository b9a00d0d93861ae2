package sdk

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// pluginEnv makes the test binary serve the plugin of that name instead of running tests.
const pluginEnv = "SDK_TEST_PLUGIN"

func TestMain(m *testing.M) {
	if name := os.Getenv(pluginEnv); name != "" {
		Serve(executables()[name])
	}
	goleak.VerifyTestMain(m)
}
