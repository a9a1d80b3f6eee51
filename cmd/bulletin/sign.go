package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"bulletin/pipeline/seal"
)

// signFlags say what a person signs with: a key file, or their own gpg, which knows smart cards.
type signFlags struct {
	key        string // secret key file; by default the one beside the credentials
	gpg        string // fingerprint of a key that gpg signs with
	passphrase string // file with the passphrase of the key file
}

func (f *signFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.key, "key", "", "sign with this secret key file (default: NAME.sec.asc beside your credentials)")
	c.Flags().StringVar(&f.gpg, "gpg", "", "sign with the key of this fingerprint in your own gpg, such as one on a smart card")
	c.Flags().StringVar(&f.passphrase, "passphrase-file", "", "read the key file's passphrase from here; else it is asked on the terminal")
	c.MarkFlagsMutuallyExclusive("key", "gpg")
	c.MarkFlagsMutuallyExclusive("passphrase-file", "gpg")
}

// signer returns what makes the person's detached signatures. What is wrong with the flags shows before
// anything is asked of the desk.
func (f *signFlags) signer(s *session) (func(data []byte) ([]byte, error), error) {
	if f.gpg != "" {
		return gpgSigner(f.gpg)
	}
	file := f.key
	if file == "" {
		file = filepath.Join(s.home, s.person+".sec.asc")
	}
	secret, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, hint(fmt.Errorf("there is no secret key %s to sign with", file), "give --key FILE, or --gpg FINGERPRINT to sign with your own gpg")
	}
	if err != nil {
		return nil, err
	}
	return func(data []byte) ([]byte, error) {
		passphrase, err := f.passphraseIfTold()
		if err != nil {
			return nil, err
		}
		signature, err := seal.SignDetached(secret, passphrase, data, time.Now())
		if errors.Is(err, seal.ErrLocked) && f.passphrase == "" {
			if passphrase, err = askPassphrase(file); err != nil {
				return nil, err
			}
			signature, err = seal.SignDetached(secret, passphrase, data, time.Now())
		}
		if err != nil {
			return nil, hint(fmt.Errorf("%s: %w", file, err), "look at the key file and its passphrase; --key FILE names another")
		}
		return signature, nil
	}, nil
}

// passphraseIfTold reads the passphrase's file, if one is named: its first line.
func (f *signFlags) passphraseIfTold() ([]byte, error) {
	if f.passphrase == "" {
		return nil, nil
	}
	data, err := os.ReadFile(f.passphrase)
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// askPassphrase asks on the terminal, without echo.
func askPassphrase(file string) ([]byte, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return nil, hint(fmt.Errorf("%s is locked with a passphrase, and there is no terminal to ask for it on", file), "put it into a file that only you can read, and give --passphrase-file FILE")
	}
	fmt.Fprintf(os.Stderr, "passphrase of %s: ", file)
	passphrase, err := term.ReadPassword(in)
	fmt.Fprintln(os.Stderr)
	return passphrase, err
}

// Whole fingerprints only: of shorter ids there can be two.
var fingerprintForm = regexp.MustCompile(`^[0-9A-F]{40}([0-9A-F]{24})?$`)

// gpgSigner signs by the person's own gpg, which may ask for a PIN or a touch.
func gpgSigner(fingerprint string) (func(data []byte) ([]byte, error), error) {
	fpr := strings.ToUpper(strings.ReplaceAll(strings.TrimPrefix(fingerprint, "0x"), " ", ""))
	if !fingerprintForm.MatchString(fpr) {
		return nil, hint(fmt.Errorf("--gpg: %q is not a whole fingerprint of 40 hexadecimal digits", fingerprint), "gpg --list-secret-keys --with-colons shows it after fpr")
	}
	program, err := exec.LookPath("gpg")
	if err != nil {
		return nil, hint(errors.New("--gpg: there is no gpg on this machine"), "install GnuPG, or sign with a key file: --key FILE")
	}
	return func(data []byte) ([]byte, error) {
		var signature, complaint bytes.Buffer
		// A text signature (textmode in somebody's gpg.conf) would hold for other bytes too, and is refused.
		cmd := exec.Command(program, "--no-textmode", "--local-user", fpr, "--armor", "--output", "-", "--detach-sign")
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(data), &signature, &complaint
		if err := cmd.Run(); err != nil {
			return nil, hint(fmt.Errorf("gpg did not sign: %w\n%s", err, strings.TrimSpace(complaint.String())), "try: echo test | gpg --local-user %s --detach-sign --armor", fpr)
		}
		return signature.Bytes(), nil
	}, nil
}
