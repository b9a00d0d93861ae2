// Command skidway-plugin-stdout serves the stdout plugin as an executable of its own.
package main

import (
	"github.com/skidway/skidway/plugins/sdk"
	"github.com/skidway/skidway/plugins/stdout"
)

func main() { sdk.Serve(stdout.Plugin("0.1.0")) }
