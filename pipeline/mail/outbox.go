package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// Outbox writes mail as .eml files into a folder, for sites whose mail is carried by hand.
type Outbox struct {
	Dir string
}

// Send writes one mail and returns the file's name. The name comes from recipient and Message-ID,
// so a repeat replaces the file. A file is there whole or not at all, and survives a power cut.
func (o Outbox) Send(ctx context.Context, from, to string, msg Message) (string, error) {
	if err := checkSend(from, to, msg, dotSafe); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	id, err := msg.messageID()
	if err != nil {
		return "", fmt.Errorf("outbox: %w", err)
	}
	sum := sha256.Sum256([]byte(id + "\x00" + to))
	name := fileName(to)
	name = name[:min(len(name), 120)] + "." + hex.EncodeToString(sum[:10]) + ".eml"
	if err := writeFile(o.Dir, name, msg); err != nil {
		return "", &DeliveryError{Stage: StageData, Temporary: true, Err: fmt.Errorf("outbox: %w", err)}
	}
	return name, nil
}

// writeFile writes and syncs a temporary file, then gives it its name and syncs the folder.
func writeFile(dir, name string, msg Message) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = msg.WriteTo(f); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
