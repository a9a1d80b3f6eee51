package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline/seal"
)

// Secrets below a working directory. Only deliver's process needs the first two.
const (
	signingKeyFile    = "secrets/desk.sec.asc"
	messageIDKeyFile  = "secrets/message-id.key"
	storeKeyFile      = "secrets/store.key"
	relayPasswordFile = "secrets/relay.password"
	roleKeysDir       = "secrets/roles" // seeds of the roles' nkeys, for an external NATS server
	rolePublicDir     = "keys/roles"    // and their public keys
	deskKeyFile       = "keys/desk.asc" // what recipients verify the signature with
)

func initCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "init DIR",
		Short:   "Make a working directory: commented configuration, people, lists, keys",
		Example: "  bulletin init desk && bulletin serve --dir desk",
		Args:    oneArg("DIR", "the directory to make"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := initDir(args[0], time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), `made %[1]s
  configs/bulletin.yaml      the configuration, commented
  configs/policy.yaml        quorum, releases, and how a nation handles what another marked
  configs/people.yaml        who may do what
  configs/recipients/        one list for each nation
  secrets/                   signing key and store key: keep a copy in a safe place
  keys/desk.asc              give this to recipients: the mails are signed with it
`, args[0])
			return nil
		},
	}
}

// initDir makes a working directory with fresh keys. It changes nothing that is there.
func initDir(dir string, now time.Time) error {
	if err := configs.Init(dir); err != nil {
		return err
	}
	desk := configs.Default().Desk
	secret, public, err := seal.GenerateKey(desk.Name, desk.Address, now.Add(-time.Minute), 0)
	if err != nil {
		return fmt.Errorf("make the signing key: %w", err)
	}
	for name, data := range map[string][]byte{
		signingKeyFile: secret, deskKeyFile: public,
		messageIDKeyFile: randomKey(), storeKeyFile: randomKey(),
	} {
		if err := configs.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	_, err = makeRoleKeys(dir)
	return err
}

// randomKey is 256 bits in hexadecimal, on one line.
func randomKey() []byte {
	var b [32]byte
	rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return []byte(hex.EncodeToString(b[:]) + "\n")
}

// readKey reads what randomKey wrote.
func readKey(dir, name string) ([]byte, error) {
	file := filepath.Join(dir, name)
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, hint(err, "bulletin init makes it; restore it from your copy if it was lost")
	}
	if len(b) != 65 {
		return nil, hint(fmt.Errorf("%s does not hold a key of 64 hexadecimal digits", file), "restore it from your copy")
	}
	return b[:64], nil
}
