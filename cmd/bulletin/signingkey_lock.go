package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
)

func signingKeyLockCommand() *cobra.Command {
	var dir, passphraseFile string
	c := &cobra.Command{
		Use:   "lock --passphrase-file FILE",
		Short: "Protect the desk's keys with a passphrase",
		Long: `lock protects every key of the desk that has no passphrase yet with the first line of the file. The server needs it
at its start: name the file in desk.passphrase_file, or hand it over as the credential desk.passphrase
(configs/bulletin.service shows how). Copies of the keys that were made before stay open.`,
		Example: "  bulletin signing-key lock --dir desk --passphrase-file /root/desk.passphrase",
		RunE: func(c *cobra.Command, _ []string) error {
			if passphraseFile == "" {
				return &usageError{c.CommandPath(), errors.New("--passphrase-file is missing: the file whose first line protects the keys")}
			}
			if err := configs.IsWorkingDir(dir); err != nil {
				return err
			}
			return lockSigningKeys(c.OutOrStdout(), dir, passphraseFile)
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory of the server")
	c.Flags().StringVar(&passphraseFile, "passphrase-file", "", "a file whose first line protects the keys")
	return c
}

func lockSigningKeys(w io.Writer, dir, passphraseFile string) error {
	keys, err := standingKeys(dir, time.Now())
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.Locked {
			fmt.Fprintf(w, "%s is locked already\n", k.File)
			continue
		}
		file := filepath.Join(dir, k.File)
		secret, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		locked := personKeys{secret: secret}
		if err := locked.protect(passphraseFile); err != nil {
			return err
		}
		if err := configs.WriteFile(file, locked.secret, 0o600); err != nil {
			return err
		}
		fmt.Fprintf(w, "%s is locked: the server opens it with desk.passphrase_file or the credential %s\n", k.File, passphraseCredential)
	}
	return nil
}
