package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline/seal"
)

func signingKeyCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "signing-key",
		Short: "The desk's signing key, and the next one that takes its place",
		Long: `Two keys of the desk may overlap. The present one signs until 30 days before it ends, then the next one by itself;
switch does it now. Recipients get both certificates in keys/desk.asc, and need them before that day. Replies are opened
with either, and with former ones. A running server takes what has changed within a second.`,
		Example: "  bulletin signing-key list --dir desk\n  bulletin signing-key next --dir desk --days 730\n  bulletin signing-key switch --dir desk",
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(signingKeyListCommand(), signingKeyNextCommand(), signingKeySwitchCommand(), signingKeyLockCommand(), signingKeyNoticesCommand())
	return c
}

// standingKey is one of the desk's keys as it stands.
type standingKey struct {
	Key         string     `json:"key"` // present, next, former
	Fingerprint string     `json:"fingerprint"`
	State       string     `json:"state"`
	Reasons     []string   `json:"reasons"`
	Ends        *time.Time `json:"ends"`
	Locked      bool       `json:"locked"`
	File        string     `json:"file"`
}

// standingKeys reads the keys, locked or not: what it tells stands in their certificates.
func standingKeys(dir string, now time.Time) ([]standingKey, error) {
	var out []standingKey
	for i, file := range append([]string{signingKeyFile, nextKeyFile}, formerKeyFiles(dir)...) {
		secret, err := os.ReadFile(filepath.Join(dir, file))
		if file == nextKeyFile && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, hint(fmt.Errorf("signing key: %w", err), "restore it from your copy: recipients know this key")
		}
		certificate, err := seal.PublicHalf(secret)
		if err != nil {
			return nil, hint(fmt.Errorf("%s: %w", file, err), "restore it from your copy")
		}
		s := seal.ExamineSigner(certificate, now)
		k := standingKey{Key: "former", Fingerprint: s.Fingerprint, State: s.State, Reasons: append([]string{}, s.Reasons...), Locked: seal.IsLocked(secret), File: file}
		if i < 2 {
			k.Key = [2]string{"present", "next"}[i]
		}
		if !s.Expires.IsZero() {
			k.Ends = &s.Expires
		}
		out = append(out, k)
	}
	return out, nil
}

func (k standingKey) end() string {
	if k.Ends == nil {
		return "does not end"
	}
	return "ends on " + k.Ends.UTC().Format(time.DateOnly)
}

func signingKeyListCommand() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "Show the desk's keys, when they end, and what is wrong with them",
		Example: "  bulletin signing-key list --dir desk",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := configs.IsWorkingDir(dir); err != nil {
				return err
			}
			keys, err := standingKeys(dir, time.Now())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), keys)
			}
			return printSigningKeys(c.OutOrStdout(), keys)
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory of the server")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON list")
	return c
}

func printSigningKeys(w io.Writer, keys []standingKey) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, k := range keys {
		fmt.Fprintf(table, "%s\t%s\t%s\n", k.Key, k.Fingerprint, strings.Join(append([]string{k.end()}, k.Reasons...), "; "))
	}
	return table.Flush()
}
