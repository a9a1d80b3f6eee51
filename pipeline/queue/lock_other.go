//go:build !unix

package queue

import (
	"fmt"
	"os"
)

// Lock opens the file. Systems without flock do not keep a second process out.
func Lock(file string) (*os.File, error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	return f, nil
}
