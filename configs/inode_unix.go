//go:build unix

package configs

import (
	"os"
	"syscall"
)

// inode tells a file from one that took its name, and changed is its ctime: whoever writes over a file and sets back the
// time of its modification (rsync --inplace --times) can't set back that.
func inode(info os.FileInfo) (number uint64, changed int64) {
	if state, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(state.Ino), ctime(state)
	}
	return 0, 0
}
