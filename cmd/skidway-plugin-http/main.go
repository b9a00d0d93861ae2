// Command skidway-plugin-http serves the http plugin as an executable of its own.
package main

import (
	"github.com/skidway/skidway/plugins/http"
	"github.com/skidway/skidway/plugins/sdk"
)

func main() { sdk.Serve(http.Plugin("0.1.0")) }
