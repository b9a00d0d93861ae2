package file

import (
	"encoding/hex"
	"os"
	"strings"
)

// bootID identifies the run of the kernel, which is what the page cache outlives a process by; zero when the system
// does not say.
func bootID() (id [16]byte) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return id
	}
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(string(text)), "-", ""))
	if err != nil || len(b) != len(id) {
		return id
	}
	return [16]byte(b)
}
