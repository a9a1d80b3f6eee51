package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bulletin/configs"
)

// What a service may hand over by LoadCredential= (systemd.exec(5)), so that it lies in no file of the working directory.
const (
	passphraseCredential    = "desk.passphrase"
	relayPasswordCredential = "relay.password"
)

// credential reads what the service manager has handed over; os.ErrNotExist if it has not.
func credential(name string) ([]byte, error) {
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return nil, os.ErrNotExist
	}
	return os.ReadFile(filepath.Join(dir, name))
}

// relayPassword is the credential, or else the file.
func relayPassword(dir string) (string, error) {
	password, err := credential(relayPasswordCredential)
	if errors.Is(err, os.ErrNotExist) {
		password, err = os.ReadFile(filepath.Join(dir, relayPasswordFile))
	}
	if err != nil {
		return "", hint(fmt.Errorf("relay password: %w", err), "write it to %s, or hand it over as the credential %s", relayPasswordFile, relayPasswordCredential)
	}
	return string(bytes.TrimRight(password, "\r\n")), nil
}

// passphrases are what may open the desk's keys, one a line, so that keys that overlap may have different ones. None is
// for keys that are not locked. Whoever has used them wipes them.
func passphrases(c configs.Desk) ([][]byte, error) {
	data, err := credential(passphraseCredential)
	if c.PassphraseFile != "" {
		data, err = os.ReadFile(c.PassphraseFile)
	}
	if errors.Is(err, os.ErrNotExist) && c.PassphraseFile == "" {
		return nil, nil
	}
	if err != nil {
		return nil, hint(fmt.Errorf("passphrase of the signing key: %w", err), "write it into the file that desk.passphrase_file names, or hand it over as the credential %s", passphraseCredential)
	}
	var lines [][]byte
	for line := range bytes.Lines(data) {
		if line = bytes.TrimRight(line, "\r\n"); len(line) > 0 {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

func wipe(secrets [][]byte) {
	for _, s := range secrets {
		clear(s)
	}
}
