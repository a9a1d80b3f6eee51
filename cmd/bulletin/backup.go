package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/seal"
)

func backupCommand() *cobra.Command {
	var dir, out string
	var to []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "backup -o FILE [--to CERT]…",
		Short: "Copy a working directory, running or not, into one file",
		Long: `Copy a working directory into one file that restore makes a server of again.

A running server pauses for as long as the copy takes: it finishes what is in hand, and goes on afterwards.
With --to the file is encrypted to the OpenPGP certificates given, and holds everything. Without it the
file holds no secrets, and nothing in which a bulletin may be read, as are replies in the inbox and drafts: keep
secrets/ somewhere else. The store in it is encrypted either way.`,
		Example: "  bulletin backup --dir desk -o desk.backup --to operator.asc",
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return &usageError{c.CommandPath(), errors.New("-o FILE is missing: where the backup goes")}
			}
			b, err := backup(c.Context(), dir, out, to)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), b)
			}
			b.print(c.OutOrStdout())
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory of the server")
	c.Flags().StringVarP(&out, "output", "o", "", "the file to write; it must not be there yet")
	c.Flags().StringArrayVar(&to, "to", nil, "encrypt it to this OpenPGP certificate, and include the secrets")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// backedUp is what a backup says of itself.
type backedUp struct {
	File      string        `json:"file"`
	At        time.Time     `json:"at"`
	Files     int           `json:"files"`
	Bytes     int64         `json:"bytes"`
	Encrypted bool          `json:"encrypted"`
	LeftOut   []string      `json:"left_out"`
	Paused    time.Duration `json:"paused_ns"` // how long the server stood still; 0 if none was running
}

func (b *backedUp) print(w io.Writer) {
	fmt.Fprintf(w, "%s holds %d files, %d bytes, as they were at %s\n", b.File, b.Files, b.Bytes, b.At.Format(time.RFC3339))
	if b.Paused > 0 {
		fmt.Fprintf(w, "the server stood still for %s\n", b.Paused.Round(time.Millisecond))
	}
	if len(b.LeftOut) > 0 {
		fmt.Fprintf(w, "without --to secrets, and what may be readable of bulletins, are not in it; keep a copy of these elsewhere: %s\n", folders(b.LeftOut))
	}
}

func backup(ctx context.Context, dir, out string, to []string) (*backedUp, error) {
	config, err := configs.Load(dir)
	if err != nil {
		return nil, err
	}
	storeKey, err := backupReady(dir, out, config)
	if err != nil {
		return nil, err
	}
	certificates, err := readAll(to)
	if err != nil {
		return nil, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(out), ".bulletin-backup-*") // readable by its owner alone
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	b := &backedUp{File: out, Encrypted: len(to) > 0}
	sealed, err := archiveWriter(tmp, certificates, time.Now())
	if err != nil {
		return nil, hint(err, "give a certificate that is fit to encrypt to")
	}
	release, paused, err := standStill(ctx, dir, filepath.Join(dir, config.Queue.Store))
	if err != nil {
		return nil, err
	}
	began := time.Now()
	keep := liesOpen(config)
	if b.Encrypted {
		keep = func(string) bool { return true }
	}
	m, err := writeArchive(ctx, sealed, dir, storeKey, keep, manifest{At: time.Now().UTC(), Running: paused})
	release()
	if paused {
		b.Paused = time.Since(began)
	}
	if err = errors.Join(err, sealed.Close()); err == nil {
		err = tmp.Sync()
	}
	if err != nil {
		return nil, fmt.Errorf("write the backup: %w", err)
	}
	if err := place(tmp.Name(), out); err != nil {
		return nil, err
	}
	info, err := tmp.Stat()
	if err != nil {
		return nil, err
	}
	b.At, b.Files, b.Bytes, b.LeftOut = m.At, len(m.Files), info.Size(), m.LeftOut
	return b, nil
}

// place gives a finished file its name. A link, unlike a rename, replaces nothing; sticks and shares that know no
// links get it by a rename.
func place(tmp, out string) error {
	err := os.Link(tmp, out)
	if err == nil || errors.Is(err, os.ErrExist) {
		return err
	}
	if _, there := os.Lstat(out); there == nil {
		return fmt.Errorf("%s: %w", out, os.ErrExist)
	}
	return os.Rename(tmp, out)
}

// backupReady refuses what could not be restored, before anything stands still.
func backupReady(dir, out string, config configs.Config) (storeKey []byte, err error) {
	if config.Queue.URL != "" {
		return nil, hint(errExternal, "with the nats program: nats account backup; the working directory is plain files")
	}
	if _, err := os.Lstat(out); err == nil {
		return nil, hint(fmt.Errorf("%s is there already: nothing was written", out), "name a new file")
	}
	where, err1 := filepath.Abs(out)
	inside, err2 := filepath.Abs(dir)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if relative, err := filepath.Rel(inside, where); err == nil && filepath.IsLocal(relative) {
		return nil, hint(fmt.Errorf("%s lies in the working directory itself", out), "write it to another disk, where it helps")
	}
	for _, below := range []string{config.Queue.Store, config.Relay.Outbox} {
		if !filepath.IsLocal(below) {
			return nil, hint(fmt.Errorf("%s does not lie below %s: it would not be in the backup", below, dir), "move it there (queue.store, relay.outbox)")
		}
	}
	return readKey(dir, storeKeyFile)
}

// standStill returns when nothing writes to the directory: no server runs, or the one that does has paused.
// Until release it stays so.
func standStill(ctx context.Context, dir, store string) (release func(), paused bool, err error) {
	if err := os.MkdirAll(store, 0o700); err != nil {
		return nil, false, err
	}
	if lock, err := queue.Lock(filepath.Join(store, "lock")); err == nil {
		// A server may run all the same, with its facts elsewhere: then it says so. One that was killed left its door behind.
		if _, err := askPause(ctx, dir); errors.Is(err, errWontPause) {
			return nil, false, errors.Join(err, lock.Close())
		}
		return func() { lock.Close() }, false, nil
	}
	resume, err := askPause(ctx, dir)
	if err != nil {
		return nil, false, err
	}
	lock, err := queue.Lock(filepath.Join(store, "lock"))
	if err != nil {
		resume()
		return nil, false, err
	}
	return func() { lock.Close(); resume() }, true, nil
}

// archiveWriter encrypts to the certificates, or where there are none writes as it is.
func archiveWriter(w io.Writer, certificates [][]byte, now time.Time) (io.WriteCloser, error) {
	if len(certificates) == 0 {
		return plainWriter{w}, nil
	}
	return seal.EncryptFile(w, certificates, now)
}

type plainWriter struct{ io.Writer }

func (plainWriter) Close() error { return nil }

func readAll(files []string) ([][]byte, error) {
	var out [][]byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}
