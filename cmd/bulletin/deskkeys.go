package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bulletin/configs"
	"bulletin/pipeline/seal"
	"bulletin/workers"
)

// The desk's keys beside the present one (signingKeyFile). The next takes its place before it ends; the former ones only
// open replies that were still encrypted to them.
const (
	nextKeyFile   = "secrets/desk-next.sec.asc"
	formerKeysDir = "secrets/former"
)

// A key of their own for notices to the desk's people, and its certificate: with it notify, which works where the desk
// does, needs not the key that bulletins are signed with.
const (
	noticesKeyFile         = "secrets/notices.sec.asc"
	noticesCertificateFile = "keys/notices.asc"
)

// noticesSigner is what notices are signed with, if it is not the desk's key; nil otherwise.
func noticesSigner(dir string, config configs.Desk) (workers.Signer, error) {
	phrases, err := passphrases(config)
	if err != nil {
		return nil, err
	}
	defer wipe(phrases)
	signer, _, err := readDeskKey(dir, noticesKeyFile, phrases)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return signer, nil
}

// deskKeys are the desk's keys as their files say now: one that is put there while the server runs counts within a
// second. Files that do not hold change nothing.
type deskKeys struct {
	dir    string
	config configs.Desk
	log    *slog.Logger

	mu      sync.Mutex
	signers *seal.Signers
	opener  *seal.Opener
	stamp   string // what the files looked like when they were read
}

// openDeskKeys reads the keys, which have to hold as they are now.
func openDeskKeys(dir string, config configs.Desk, log *slog.Logger) (*deskKeys, error) {
	k := &deskKeys{dir: dir, config: config, log: log, stamp: keyStamp(dir)}
	var err error
	k.signers, k.opener, err = readDeskKeys(dir, config)
	return k, err
}

// look reads the keys again if a file has changed.
func (k *deskKeys) look() {
	stamp := keyStamp(k.dir) // before reading: what changes meanwhile is seen by the next look
	if stamp == k.stamp {
		return
	}
	k.stamp = stamp
	signers, opener, err := readDeskKeys(k.dir, k.config)
	if err != nil {
		k.log.Error("the desk's keys have changed and do not hold: those read before stay in force", "error", err, "hint", hintOf(err))
		return
	}
	k.mu.Lock()
	k.signers, k.opener = signers, opener
	k.mu.Unlock()
	k.log.Info("the desk's keys have changed")
}

// At tells which key signs.
func (k *deskKeys) At(now time.Time) (*seal.Signer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.signers.At(now)
}

// ends is when nothing can be signed any more; zero for never, or where the keys are not here.
func (k *deskKeys) ends(now time.Time) time.Time {
	if k == nil {
		return time.Time{}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.signers.Ends(now)
}

// Open opens a reply to the desk.
func (k *deskKeys) Open(armored []byte, limit int64) (seal.Opened, error) {
	k.mu.Lock()
	opener := k.opener
	k.mu.Unlock()
	return opener.Open(armored, limit)
}

// formerKeyFiles are the files of the former keys that are kept, in the working directory as the others.
func formerKeyFiles(dir string) (files []string) {
	entries, _ := os.ReadDir(filepath.Join(dir, formerKeysDir)) // not there before the first switch
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".sec.asc") {
			files = append(files, filepath.Join(formerKeysDir, e.Name()))
		}
	}
	return files
}

// keyStamp tells files that were changed from those that were not.
func keyStamp(dir string) string {
	var b strings.Builder
	for _, file := range append(formerKeyFiles(dir), signingKeyFile, nextKeyFile) {
		if info, err := os.Stat(filepath.Join(dir, file)); err == nil {
			fmt.Fprintln(&b, file, info.Size(), info.ModTime().UnixNano())
		}
	}
	return b.String()
}

// readDeskKeys reads and unlocks all of them.
func readDeskKeys(dir string, config configs.Desk) (*seal.Signers, *seal.Opener, error) {
	phrases, err := passphrases(config)
	if err != nil {
		return nil, nil, err
	}
	defer wipe(phrases)
	present, opener, err := readDeskKey(dir, signingKeyFile, phrases)
	if err != nil {
		return nil, nil, err
	}
	openers := []*seal.Opener{opener}
	next, opener, err := readDeskKey(dir, nextKeyFile, phrases)
	switch {
	case err == nil:
		openers = append(openers, opener)
	case !errors.Is(err, os.ErrNotExist):
		return nil, nil, err
	}
	for _, file := range formerKeyFiles(dir) {
		_, opener, err := readDeskKey(dir, file, phrases)
		if err != nil {
			return nil, nil, err
		}
		openers = append(openers, opener)
	}
	return seal.NewSigners(present, next), seal.JoinOpeners(openers...), nil
}

// readDeskKey reads one key and unlocks it by the first passphrase that does.
func readDeskKey(dir, name string, phrases [][]byte) (*seal.Signer, *seal.Opener, error) {
	secret, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, nil, hint(fmt.Errorf("signing key: %w", err), "bulletin init makes it; restore it from your copy if it was lost")
	}
	defer clear(secret)
	var signer *seal.Signer
	var opener *seal.Opener
	for _, p := range append([][]byte{nil}, phrases...) {
		signer, err = seal.LoadSigner(secret, p)
		if err == nil {
			opener, err = seal.LoadOpener(secret, p)
		}
		if !errors.Is(err, seal.ErrLocked) {
			break
		}
	}
	if errors.Is(err, seal.ErrLocked) {
		err = hint(fmt.Errorf("%s: %w", name, err), "write its passphrase into the file that desk.passphrase_file names, or hand it over as the credential %s; one a line, if the desk's keys have several", passphraseCredential)
	} else if err != nil {
		err = hint(fmt.Errorf("%s: %w", name, err), "restore it from your copy")
	}
	return signer, opener, err
}
