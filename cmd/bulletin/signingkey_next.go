package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline/seal"
)

func signingKeyNextCommand() *cobra.Command {
	var dir, keyFile, passphraseFile string
	var days int
	c := &cobra.Command{
		Use:   "next",
		Short: "Make the key that takes the place of the present one",
		Long: `next makes secrets/desk-next.sec.asc, or takes one that you made elsewhere, and puts its certificate beside the
present one's into keys/desk.asc: give that file to recipients.`,
		Example: "  bulletin signing-key next --dir desk --days 730\n  bulletin signing-key next --dir desk --key from-gpg.sec.asc",
		RunE: func(c *cobra.Command, _ []string) error {
			if days < 0 || days > 36500 {
				return &usageError{c.CommandPath(), fmt.Errorf("--days %d: must be from 0, for no end, to 36500", days)}
			}
			config, err := configs.Load(dir)
			if err != nil {
				return err
			}
			now := time.Now()
			var secret []byte
			if keyFile != "" {
				secret, err = readNextKey(keyFile, now)
			} else {
				secret, err = makeNextKey(dir, config.Desk, time.Duration(days)*24*time.Hour, passphraseFile, now)
			}
			if err == nil {
				err = writeNewFiles([]newFile{{filepath.Join(dir, nextKeyFile), secret, 0o600}})
			}
			if err == nil {
				err = publishDeskKeys(dir)
			}
			if err != nil {
				return err
			}
			keys, err := standingKeys(dir, now)
			if err != nil {
				return err
			}
			if err := printSigningKeys(c.OutOrStdout(), keys); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "\ngive recipients %s anew, and the fingerprint by another way; keep a copy of %s\n", deskKeyFile, nextKeyFile)
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "dir", ".", "the working directory of the server")
	f.IntVar(&days, "days", 730, "after how many days it ends; 0 for no end")
	f.StringVar(&passphraseFile, "passphrase-file", "", "a file whose first line protects the secret key; the server needs it too")
	f.StringVar(&keyFile, "key", "", "take this armored secret key, locked or not, in place of making one")
	c.MarkFlagsMutuallyExclusive("key", "days")
	c.MarkFlagsMutuallyExclusive("key", "passphrase-file")
	return c
}

// readNextKey reads a key that was made elsewhere, if recipients could verify what it signs.
func readNextKey(file string, now time.Time) ([]byte, error) {
	secret, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	certificate, err := seal.PublicHalf(secret)
	if err != nil {
		return nil, hint(fmt.Errorf("%s: %w", file, err), "gpg --armor --export-secret-keys FINGERPRINT writes one")
	}
	if s := seal.ExamineSigner(certificate, now); s.State == seal.Unfit {
		return nil, hint(fmt.Errorf("%s: the key %s", file, strings.Join(s.Reasons, "; ")), "give a key that may sign, and that is in force now")
	}
	return secret, nil
}

// makeNextKey refuses to leave a key open beside one that is locked.
func makeNextKey(dir string, desk configs.Desk, lifetime time.Duration, passphraseFile string, now time.Time) ([]byte, error) {
	present, err := os.ReadFile(filepath.Join(dir, signingKeyFile))
	if err != nil {
		return nil, hint(fmt.Errorf("signing key: %w", err), "restore it from your copy")
	}
	if passphraseFile == "" && seal.IsLocked(present) {
		return nil, hint(errors.New("the present key is locked with a passphrase, and the next one would not be"), "give --passphrase-file, with the same passphrase or another; then the server's file holds both, one a line")
	}
	// A minute ago, so that readers whose clocks are behind take what it signs at once.
	secret, _, err := seal.GenerateKey(desk.Name, desk.Address, now.Add(-time.Minute), lifetime)
	if err != nil {
		return nil, fmt.Errorf("make the next signing key: %w", err)
	}
	keys := personKeys{secret: secret}
	err = keys.protect(passphraseFile)
	return keys.secret, err
}

// publishDeskKeys writes the certificates of the present key and of the next into the file that recipients get.
func publishDeskKeys(dir string) error {
	var certificates [][]byte
	for _, file := range []string{signingKeyFile, nextKeyFile} {
		secret, err := os.ReadFile(filepath.Join(dir, file))
		if file == nextKeyFile && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		certificate, err := seal.PublicHalf(secret)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		certificates = append(certificates, certificate)
	}
	joined, err := seal.JoinCertificates(certificates...)
	if err != nil {
		return err
	}
	return configs.WriteFile(filepath.Join(dir, deskKeyFile), joined, 0o600)
}
