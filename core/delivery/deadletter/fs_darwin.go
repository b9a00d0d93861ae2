package deadletter

import "os"

// syncData makes the drive write its own cache too (F_FULLFSYNC), which fsync alone does not do here.
func syncData(f *os.File) error { return f.Sync() }
