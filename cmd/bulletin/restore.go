package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline/seal"
)

func restoreCommand() *cobra.Command {
	var r restoring
	var asJSON bool
	c := &cobra.Command{
		Use:   "restore FILE --dir NEWDIR",
		Short: "Make a working directory of a backup, on a bare machine",
		Long: `Make a working directory of a backup. FILE is - for standard input.

Everything is checked before the directory is there: each file, the store key, the store, the chain of the
record. What was decided before the backup and was not settled in it may have been sent since: the server
parks it with that reason, and it goes on when somebody who has looked at the relay's log retries it.`,
		Example: "  bulletin restore desk.backup --dir desk --key operator.sec.asc\n" +
			"  gpg --decrypt desk.backup | bulletin restore - --dir desk\n" +
			"  bulletin restore desk.backup --dir desk --secrets /media/safe/secrets",
		Args: oneArg("FILE", "a backup, or - for standard input"),
		RunE: func(c *cobra.Command, args []string) error {
			if !c.Flags().Changed("dir") {
				return &usageError{c.CommandPath(), errors.New("--dir NEWDIR is missing: the directory to make")}
			}
			r.file, r.in = args[0], c.InOrStdin()
			v, err := r.restore(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), v)
			}
			v.print(c.OutOrStdout())
			return nil
		},
	}
	c.Flags().StringVar(&r.dir, "dir", "", "the directory to make; it must not be there yet")
	c.Flags().StringVar(&r.key, "key", "", "the OpenPGP secret key that the backup is encrypted to")
	c.Flags().BoolVar(&r.moved, "moved", false, "the old server was stopped before the backup and never ran again: nothing is held back")
	c.Flags().StringVar(&r.secrets, "secrets", "", "your copy of the folder secrets, for a backup without them")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// restoring is one call of restore.
type restoring struct {
	file, dir, key, secrets string
	moved                   bool // the old server did nothing after the backup
	in                      io.Reader
}

// restoredFrom is what restore says of what it made.
type restoredFrom struct {
	Dir   string    `json:"dir"`
	At    time.Time `json:"at"`
	Files int       `json:"files"`
	Moved bool      `json:"moved"`
	*verified
}

func (r *restoredFrom) print(w io.Writer) {
	fmt.Fprintf(w, "%s is as it was at %s: %d files, each the one that was copied\n", r.Dir, r.At.Format(time.RFC3339), r.Files)
	if r.verified != nil {
		r.verified.print(w)
	}
	if r.Moved {
		return
	}
	fmt.Fprintf(w, "what was decided or handed in later is not in it. Editions that are open are not sent by themselves: they\n"+
		"may have been sent since. Look at the relay's log, then let go on what was not: bulletin retry\n")
}

func (r *restoring) restore(ctx context.Context) (*restoredFrom, error) {
	if _, err := os.Lstat(r.dir); err == nil {
		return nil, hint(fmt.Errorf("%s is there already: nothing was changed", r.dir), "name a directory that is not there yet")
	}
	plain, done, err := r.open()
	if err != nil {
		return nil, err
	}
	defer done()
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(r.dir)), 0o700); err != nil {
		return nil, err
	}
	made, err := os.MkdirTemp(filepath.Dir(filepath.Clean(r.dir)), ".restoring-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(made) // gone already where all went well
	m, raw, mac, err := readArchive(plain, made)
	if err != nil {
		return nil, hint(err, "take another copy: this one does not hold. Nothing was changed")
	}
	if err := checkClockAgainst(m.At, time.Now()); err != nil {
		return nil, hint(err, "set the clock first: the numbers of today are reserved by it")
	}
	if err := r.addSecrets(made, m); err != nil {
		return nil, err
	}
	storeKey, err := readKey(made, storeKeyFile)
	if err != nil {
		return nil, err
	}
	if !hmac.Equal(mac, []byte(macOf(storeKey, raw))) {
		return nil, hint(errors.New("the store key is not the one of this backup, or the backup was changed"), "give the secrets that belong to it. Nothing was changed")
	}
	if r.moved && m.Running {
		return nil, hint(errors.New("the server went on after this backup was taken: it is no move"), "leave out --moved; for a move, stop the server, then take a backup")
	}
	if err := settleRestored(ctx, made, storeKey, m.At, r.moved); err != nil {
		return nil, err
	}
	v, err := verify(made)
	if err != nil {
		return nil, err
	}
	if err := os.Rename(made, r.dir); err != nil {
		return nil, err
	}
	v.Record = filepath.Join(r.dir, recordFile)
	return &restoredFrom{Dir: r.dir, At: m.At, Files: len(m.Files), Moved: r.moved, verified: v}, nil
}

// open opens the backup, and decrypts it where it is encrypted: binary OpenPGP begins with a byte that no tar
// file of ours does (RFC 9580 §4.2).
func (r *restoring) open() (io.Reader, func(), error) {
	done := func() {}
	in := bufio.NewReader(r.in)
	if r.file != "-" {
		f, err := os.Open(r.file)
		if err != nil {
			return nil, nil, err
		}
		in, done = bufio.NewReader(f), func() { f.Close() }
	}
	first, err := in.Peek(1)
	if err != nil {
		done()
		return nil, nil, hint(fmt.Errorf("%s is empty", r.file), "name a file that bulletin backup wrote")
	}
	if first[0]&0x80 == 0 {
		return in, done, nil
	}
	if r.key == "" {
		done()
		return nil, nil, hint(fmt.Errorf("%s is encrypted", r.file), "give the secret key with --key, or decrypt it: gpg --decrypt %s | bulletin restore - --dir %s", r.file, r.dir)
	}
	secret, err := os.ReadFile(r.key)
	if err == nil {
		var plain io.Reader
		if plain, err = seal.DecryptFile(in, secret, nil); err == nil {
			return plain, done, nil
		}
		err = hint(err, "give the key that it was encrypted to (backup --to); one with a passphrase by gpg --decrypt FILE | bulletin restore -")
	}
	done()
	return nil, nil, err
}

// addSecrets puts the operator's copy of the secrets where the backup left them out.
func (r *restoring) addSecrets(made string, m manifest) error {
	if r.secrets != "" {
		if err := copySecrets(r.secrets, filepath.Join(made, "secrets")); err != nil {
			return err
		}
	}
	for _, name := range []string{storeKeyFile, signingKeyFile, messageIDKeyFile} {
		if _, err := os.Stat(filepath.Join(made, name)); err != nil {
			return hint(fmt.Errorf("the backup holds no secrets, and %s is not there either", name),
				"give your copy of the folder with --secrets. Left out were: %s", folders(m.LeftOut))
		}
	}
	return nil
}

func copySecrets(from, to string) error {
	if _, err := os.Stat(to); err == nil {
		return hint(errors.New("the backup holds its secrets already"), "leave out --secrets")
	}
	return filepath.WalkDir(from, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(from, file)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return configs.WriteFile(filepath.Join(to, name), data, 0o600)
	})
}
