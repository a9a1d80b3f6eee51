package configs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// Keep makes sure that a recipient's certificate is found by its fingerprint once no list names it any more: what was
// sent to them may have to be withdrawn. It is cheap where the certificate is there: one look at the file's state.
func (l *Lists) Keep(r pipeline.Recipient) error {
	digest := pipeline.DigestOf(r.Key)
	file := filepath.Join(l.dir, keptKey(r.Nation, r.Fingerprint))
	l.mu.Lock()
	known := l.kept[file] == digest
	l.mu.Unlock()
	if known {
		if _, err := os.Stat(file); err == nil {
			return nil
		}
	}
	if _, err := keep(l.dir, r); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept[file] = digest
	return nil
}

// Former returns the certificate of a recipient by the fingerprint that was pinned when they were planned for,
// whether or not a list still names it.
func (l *Lists) Former(n pipeline.Nation, fingerprint string) ([]byte, error) {
	if _, err := pipeline.ParseNation(string(n)); err != nil {
		return nil, err
	}
	if !fingerprintForm.MatchString(fingerprint) {
		return nil, fmt.Errorf("%q is not a fingerprint of 40 hexadecimal digits", fingerprint)
	}
	name := keptKey(n, fingerprint)
	data, err := read(filepath.Join(l.dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no key %s of %s is kept: put the certificate at %s: %w", fingerprint, n, name, pipeline.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	if got, err := seal.Fingerprint(data); err != nil || got != fingerprint {
		return nil, fmt.Errorf("%s does not hold the key that its name says", name)
	}
	return data, nil
}
