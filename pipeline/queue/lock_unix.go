//go:build unix

package queue

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Lock keeps a second process out of what a file stands for, until the file is closed or the process
// ends, however it ends. NATS does not do so itself, and two servers over the same files destroy them.
func Lock(file string) (*os.File, error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		f.Close()
		return nil, fmt.Errorf("%s %w", filepath.Dir(file), ErrInUse)
	}
	return f, nil
}
