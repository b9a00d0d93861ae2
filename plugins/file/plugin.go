// Package file is the destination that appends records to a file of this machine.
//
// The way of a batch is one writev of all batches that wait (write.go, output.go), followed by one small write that
// says so in the state beside the file (state.go, slot.go), by which the next process knows what to keep of the file
// (resume.go). Everything else stays off that way: once a second a keeper syncs, notices that somebody renamed, removed or truncated the file, and rotates by age
// (keeper.go); an archiver closes rotated files, deletes the oldest and compresses the others (archiver.go).
//
// Where the path is computed for every record, a tree does the same for many files below one folder (tree*.go, leaf.go):
// component.go makes safe names, and one state for all of them is a log (ledger.go, treestate.go).
package file

import (
	"time"

	"github.com/skidway/skidway/plugins/sdk"
)

// Plugin returns the plugin. Its durability is that of sync = "interval", the lower of the two, because a plugin
// declares one for all its blocks.
func Plugin(version string) sdk.Plugin {
	return sdk.Plugin{
		Name:        "file",
		Version:     version,
		Description: "Appends records to a file, with rotation and compression.",
		Destination: sdk.NewDestination(
			Options{Format: "raw", Mode: "0640", Sync: "interval", MaxOpenFiles: 512, Rotate: &Rotate{Compress: "none"}},
			func(o Options) sdk.Destination {
				if o.Path == "" { // it is computed for every record
					return newTree(o)
				}
				return newDestination(o)
			},
			// A second process would wait for the first one's lock on the file.
			sdk.Traits{Ordered: true, Resume: true, Exclusive: true, Durability: sdk.OSBuffer, MaxInFlight: 32},
		),
	}
}

// Options are the attributes of a destination "file" block.
type Options struct {
	Path         sdk.Path `sk:"path,required,record" doc:"The file that records are appended to. Missing folders are made with mode 0750. One that uses record values is below base_dir." example:"\"/var/log/app.log\""`
	BaseDir      sdk.Path `sk:"base_dir" doc:"The folder of all files whose path uses record values, and required then. Nothing is written outside of it." example:"\"/var/log/tenants\""`
	FallbackPath string   `sk:"fallback_path" doc:"The file, below base_dir, for records whose path is null. Without it they are rejected." example:"\"unknown.log\""`
	Format       string   `sk:"format" doc:"How a record is written: its bytes as they came, or as JSON with its origin." oneof:"raw|envelope"`
	Mode         string   `sk:"mode" doc:"Permissions of a file that the destination makes, whatever the umask. A file that is there keeps its own." pattern:"0[0-7]{3}"`
	Sync         string   `sk:"sync" doc:"When the file is synced to disk: once a second, or before a batch is accepted." oneof:"interval|batch"`
	MaxOpenFiles int      `sk:"max_open_files" doc:"How many files whose path uses record values are open at once. Those used longest ago are closed first." min:"16" max:"65536"`
	Rotate       *Rotate  `sk:"rotate,block" doc:"When a new file is started. Without the block, never."`
}

// Rotate is the rotate block. Nil and the zero value never rotate.
type Rotate struct {
	MaxBytes sdk.Bytes     `sk:"max_bytes" doc:"A new file is started before a write that would make this one larger. 0: size does not matter." min:"0B"`
	MaxAge   time.Duration `sk:"max_age" doc:"A new file is started when this one is older. 0: age does not matter." min:"0s"`
	Keep     int           `sk:"keep" doc:"How many rotated files stay; the oldest are deleted. 0: all." min:"0"`
	Compress string        `sk:"compress" doc:"How rotated files are compressed." oneof:"none|gzip|zstd"`
}
