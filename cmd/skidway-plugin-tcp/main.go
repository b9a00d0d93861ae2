// Command skidway-plugin-tcp serves the tcp plugin as an executable of its own.
package main

import (
	"github.com/skidway/skidway/plugins/sdk"
	"github.com/skidway/skidway/plugins/tcp"
)

func main() { sdk.Serve(tcp.Plugin("0.1.0")) }
