package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

func keygenCommand() *cobra.Command {
	var out, address, passphraseFile string
	c := &cobra.Command{
		Use:   "keygen NAME",
		Short: "Make a person's keys where they work: the desk gets the public half",
		Long: `keygen makes NAME.creds, with which you are NAME at the desk, NAME.sec.asc, with which you sign approvals,
and NAME.public. Hand the last one to the desk's operator, and nothing else to anybody.`,
		Example: "  bulletin keygen moana --address moana@police.example.nz\n  bulletin people add moana --nation NZL --role author --public moana.public   # at the desk",
		Args:    oneArg("NAME", "the name that the desk knows you by: 1 to 32 of a-z, 0-9 and -"),
		RunE: func(c *cobra.Command, args []string) error {
			keys, err := newPersonKeys(args[0], address, time.Now())
			if err != nil {
				return err
			}
			if err := keys.protect(passphraseFile); err != nil {
				return err
			}
			base := filepath.Join(out, args[0])
			err = writeNewFiles([]newFile{
				{base + ".creds", keys.creds, 0o600}, {base + ".sec.asc", keys.secret, 0o600}, {base + ".public", keys.public, 0o644},
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), `made %[1]s.creds     secret: whoever has it is %[2]s at the desk
     %[1]s.sec.asc   secret: it signs approvals
     %[1]s.public    give this to the desk, and tell them the fingerprint by another way:
     %[3]s
`, base, args[0], keys.fingerprint)
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&out, "out", ".", "the directory to leave the files in")
	f.StringVar(&address, "address", "", "your mail address; needed for notices only")
	f.StringVar(&passphraseFile, "passphrase-file", "", "a file whose first line protects the secret key")
	return c
}

// personKeys are one person's own: a connection key and a signing key.
type personKeys struct {
	creds, secret []byte // their two secret files
	public        []byte // what the desk gets
	seed          []byte
	nkey          string
	certificate   string
	fingerprint   string
}

// newPersonKeys makes keys for somebody; the address may be empty.
func newPersonKeys(name, address string, now time.Time) (personKeys, error) {
	if !review.ValidName(name) {
		return personKeys{}, hint(fmt.Errorf("%q is not a person's name", name), "take 1 to 32 of a-z, 0-9 and -")
	}
	if address != "" {
		if _, err := mail.ParseAddress(address); err != nil {
			return personKeys{}, hint(err, "give one bare address with --address, such as moana@police.example.nz")
		}
	}
	seed, nkey, err := queue.NewUserKey()
	if err != nil {
		return personKeys{}, err
	}
	// A minute ago, so that a desk whose clock is behind takes it.
	secret, certificate, err := seal.GenerateKey(name, address, now.Add(-time.Minute), 0)
	if err != nil {
		return personKeys{}, fmt.Errorf("make the key of %s: %w", name, err)
	}
	fingerprint, err := seal.Fingerprint(certificate)
	if err != nil {
		return personKeys{}, fmt.Errorf("make the key of %s: %w", name, err)
	}
	public := queue.EncodePublic(queue.Public{Person: queue.Person{Name: name, PublicKey: nkey}, Certificate: string(certificate)})
	return personKeys{
		creds: queue.EncodeCreds(name, seed), secret: secret, public: public, seed: []byte(seed),
		nkey: nkey, certificate: string(certificate), fingerprint: fingerprint,
	}, nil
}

// protect locks the signing key with the first line of a file, if one is named.
func (k *personKeys) protect(file string) error {
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("passphrase: %w", err)
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return hint(fmt.Errorf("the first line of %s is empty: it would protect nothing", file), "write the passphrase into its first line")
	}
	k.secret, err = seal.Protect(k.secret, line)
	return err
}

// newFile is a file that must not be there yet.
type newFile struct {
	name string
	data []byte
	mode os.FileMode
}

// writeNewFiles writes all of them or none.
func writeNewFiles(files []newFile) error {
	for i, f := range files {
		err := configs.WriteNew(f.name, f.data, f.mode)
		if err == nil {
			continue
		}
		for _, made := range files[:i] {
			err = errors.Join(err, os.Remove(made.name))
		}
		if errors.Is(err, os.ErrExist) {
			return hint(fmt.Errorf("%s is there already: nothing was written", f.name), "a key is never overwritten: move it away if nobody uses it, or take another name")
		}
		return err
	}
	return nil
}
