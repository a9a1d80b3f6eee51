//go:build unix

package configs

import (
	"os"
	"syscall"
)

// inode tells a file from one that took its name.
func inode(info os.FileInfo) uint64 {
	if state, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(state.Ino)
	}
	return 0
}
