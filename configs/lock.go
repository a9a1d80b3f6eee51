package configs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	lockFile = "configs/.lock"
	// lockPatience is how long a change waits for another one to end: each takes milliseconds.
	lockPatience = 10 * time.Second
	lockPoll     = 5 * time.Millisecond
)

// changing runs do while nobody else changes the files of the working directory: two programs that read, change and
// write one file would lose what one of them wrote.
func changing(dir string, do func() error) error {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return notWorkingDir(dir)
	}
	if err != nil {
		return fmt.Errorf("lock the configuration: %w", err)
	}
	defer f.Close()
	patience := time.NewTimer(lockPatience)
	defer patience.Stop()
	tick := time.NewTicker(lockPoll)
	defer tick.Stop()
	for {
		locked, err := tryLock(f)
		if err != nil {
			return fmt.Errorf("lock the configuration: %w", err)
		}
		if locked {
			return do()
		}
		select {
		case <-patience.C:
			return fmt.Errorf("another program has been changing the files in %s for %s: nothing was changed", filepath.Join(dir, "configs"), lockPatience)
		case <-tick.C:
		}
	}
}
