package configs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// Every certificate that a list has named is kept by its fingerprint.
func keptKey(n pipeline.Nation, fingerprint string) string {
	return filepath.Join(keysFolder, string(n)+"-"+fingerprint+".asc")
}

var (
	fingerprintForm = regexp.MustCompile(`^[0-9A-F]{40}([0-9A-F]{24})?$`) // of versions 4 and 6
	errNotPinned    = errors.New("the key file does not hold the key that the list pins")
)

// keep writes a recipient's certificate to where it is found by its fingerprint, and returns where. Another copy that
// lies there already stays, since it may say what this one does not: that the key is revoked.
func keep(dir string, r pipeline.Recipient, certificate []byte) (string, error) {
	fpr, err := seal.Fingerprint(certificate)
	if err != nil || fpr != r.Fingerprint || !fingerprintForm.MatchString(fpr) {
		return "", fmt.Errorf("key of %s: %w", r.Address, errors.Join(errNotPinned, err))
	}
	digest := sha256.Sum256(certificate)
	name := keptKey(r.Nation, fpr)
	for range 2 {
		switch there, err := digestOf(filepath.Join(dir, name)); {
		case err == nil && there == digest:
			return name, nil
		case errors.Is(err, os.ErrNotExist):
			return name, WriteFile(filepath.Join(dir, name), certificate, 0o600)
		}
		name = strings.TrimSuffix(keptKey(r.Nation, fpr), ".asc") + "-" + hex.EncodeToString(digest[:8]) + ".asc"
	}
	return name, WriteFile(filepath.Join(dir, name), certificate, 0o600)
}

// Keep makes sure that a recipient's certificate is found by its fingerprint once no list names it any more: what was
// sent to them may have to be withdrawn. It is cheap where the certificate is there.
func (l *Lists) Keep(r pipeline.Recipient) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.openKeys(now)
	files := l.keys.of(r.KeyFile, r.Fingerprint, now)
	for i, f := range files {
		// A file that has the fingerprint in its name is for that certificate, and stays.
		kept := f.Digest == files[0].Digest && inFolder(f.Name) && strings.Contains(f.Name, r.Fingerprint)
		if kept && (i == 0 || f.Stamp.shows(stampOf(filepath.Join(l.dir, f.Name), now))) {
			return nil
		}
	}
	certificate, _ := read(below(l.dir, r.KeyFile)) // what can't be read is no key
	name, err := keep(l.dir, r, certificate)
	if err != nil {
		return err
	}
	f, _ := readKeyFile(l.dir, name, now)
	l.keys.put(f)
	return nil
}

// Former returns the file with the certificate of a recipient by the fingerprint that was pinned when they were planned
// for, whether or not a list still names it.
func (l *Lists) Former(n pipeline.Nation, fingerprint string) (keyFile string, err error) {
	if _, err := pipeline.ParseNation(string(n)); err != nil {
		return "", err
	}
	if !fingerprintForm.MatchString(fingerprint) {
		return "", fmt.Errorf("%q is not a fingerprint of 40 or 64 hexadecimal digits", fingerprint)
	}
	name := keptKey(n, fingerprint)
	l.mu.Lock()
	defer l.mu.Unlock()
	f, data := readKeyFile(l.dir, name, l.now())
	switch {
	case data == nil:
		return "", fmt.Errorf("no key %s of %s is kept: put the certificate at %s: %w", fingerprint, n, name, pipeline.ErrNotFound)
	case f.Certificate != idOf(fingerprint):
		return "", fmt.Errorf("%s does not hold the key that its name says", name)
	}
	return name, nil
}
