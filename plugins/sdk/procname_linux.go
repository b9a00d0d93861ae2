package sdk

import "os"

// nameProcess sets the name that ps and top show, of which the kernel keeps 15 bytes. It is a courtesy: failing at it
// is not worth a word.
func nameProcess(name string) {
	_ = os.WriteFile("/proc/self/comm", []byte(name[:min(len(name), 15)]), 0)
}
