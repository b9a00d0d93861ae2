// Command skidway-plugin-simulator serves the simulator plugin as an executable of its own.
package main

import (
	"github.com/skidway/skidway/plugins/sdk"
	"github.com/skidway/skidway/plugins/simulator"
)

func main() { sdk.Serve(simulator.Plugin("0.1.0")) }
