//go:build linux || darwin || freebsd

package main

import (
	"fmt"
	"syscall"
)

// diskSpace is what the file system of a path has left for us, and its size.
func diskSpace(path string) (free, size uint64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, 0, fmt.Errorf("look at the space of %s: %w", path, err)
	}
	return uint64(st.Bavail) * uint64(st.Bsize), st.Blocks * uint64(st.Bsize), nil
}
