// Command skidway-plugin-file serves the file plugin as an executable of its own.
package main

import (
	"github.com/skidway/skidway/plugins/file"
	"github.com/skidway/skidway/plugins/sdk"
)

func main() { sdk.Serve(file.Plugin("0.1.0")) }
