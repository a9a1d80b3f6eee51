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

func signingKeySwitchCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "switch",
		Short: "Sign with the next key from now on",
		Long: `switch puts the next key in the place of the present one, which is kept in secrets/former to open what is still
encrypted to it. Delete it there when no such reply comes any more. Recipients need the new certificate before.`,
		Example: "  bulletin signing-key switch --dir desk",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := configs.IsWorkingDir(dir); err != nil {
				return err
			}
			if err := switchSigningKey(dir, time.Now()); err != nil {
				return err
			}
			keys, err := standingKeys(dir, time.Now())
			if err != nil {
				return err
			}
			return printSigningKeys(c.OutOrStdout(), keys)
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory of the server")
	return c
}

// switchSigningKey can be stopped anywhere and done again: at each instant there is a present key.
func switchSigningKey(dir string, now time.Time) error {
	keys, err := standingKeys(dir, now)
	if err != nil {
		return err
	}
	if len(keys) < 2 || keys[1].Key != "next" {
		return hint(errors.New("there is no next signing key"), "make one: bulletin signing-key next")
	}
	if next := keys[1]; next.State == seal.Unfit {
		return hint(fmt.Errorf("the next signing key %s %s", next.Fingerprint, strings.Join(next.Reasons, "; ")), "move %s away, and make another", nextKeyFile)
	}
	present, next := filepath.Join(dir, signingKeyFile), filepath.Join(dir, nextKeyFile)
	secret, err := os.ReadFile(present)
	if err != nil {
		return err
	}
	if err := configs.WriteFile(filepath.Join(dir, formerKeysDir, keys[0].Fingerprint+".sec.asc"), secret, 0o600); err != nil {
		return err
	}
	if err := os.Rename(next, present); err != nil {
		return err
	}
	return publishDeskKeys(dir)
}
