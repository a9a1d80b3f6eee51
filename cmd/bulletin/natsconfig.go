package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline/queue"
)

func natsConfigCommand() *cobra.Command {
	var dir string
	var makeKeys bool
	c := &cobra.Command{
		Use:   "nats-config [--dir DIR] [--make-keys]",
		Short: "Print the accounts for an external NATS server: who may connect, and what each may do",
		Long: `nats-config prints a part of nats-server's configuration: an account for the workers, with a user for each
public key in DIR/keys/roles and exactly the rights of that role, and an account for the people of
DIR/configs/people.yaml who are not disabled. Include it in nats-server.conf and reload, each time people or
keys change: whoever is no longer in it is disconnected.

To take a role's credentials away, remove its .pub file; to change them, remove it and run with --make-keys. The
seeds lie in DIR/secrets/roles: bring each to the process that runs the role, and to no other.`,
		Example: "  bulletin nats-config --dir desk > /etc/nats/bulletin.conf && nats-server --signal reload",
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := configs.Load(dir); err != nil {
				return err
			}
			if makeKeys {
				made, err := makeRoleKeys(dir)
				if err != nil {
					return err
				}
				for _, w := range made {
					fmt.Fprintf(c.ErrOrStderr(), "made %s\n", filepath.Join(dir, roleKeyFile(w)))
				}
			}
			return printNATSConfig(c.OutOrStdout(), dir)
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory that init made")
	c.Flags().BoolVar(&makeKeys, "make-keys", false, "make the credentials of roles that have none")
	return c
}

// printNATSConfig writes nothing unless all of it can be written.
func printNATSConfig(w io.Writer, dir string) error {
	people, err := configs.LoadPeople(dir)
	if err != nil {
		return err
	}
	holders, err := readRolePublics(dir)
	if err != nil {
		return err
	}
	text, err := queue.Accounts{Workers: holders, People: connections(people)}.Config()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, `# Made by bulletin nats-config: do not edit, make it anew. In nats-server.conf:
#
#   include bulletin.conf
#   jetstream { store_dir: /var/lib/nats, sync_interval: always, cipher: chachapoly, key: $NATS_STORE_KEY }
#   tls { cert_file: …, key_file: … }
#
max_payload: %d
%s`, queue.MaxPayload, text)
	return err
}

// readRolePublics reads who of the workers may connect.
func readRolePublics(dir string) (map[queue.Worker]string, error) {
	files, err := os.ReadDir(filepath.Join(dir, rolePublicDir))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	out := map[queue.Worker]string{}
	for _, f := range files {
		file := filepath.Join(dir, rolePublicDir, f.Name())
		name, ok := strings.CutSuffix(f.Name(), ".pub")
		if !ok {
			return nil, hint(fmt.Errorf("%s is no public key of a role", file), "take it away: seeds belong to secrets/roles")
		}
		w, err := queue.ParseWorker(name)
		if err != nil {
			return nil, hint(fmt.Errorf("%s: %w", file, err), "name it after the role")
		}
		key, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		out[w] = strings.TrimSpace(string(key))
	}
	if len(out) == 0 {
		return nil, hint(fmt.Errorf("%s holds no public key: no worker could connect", filepath.Join(dir, rolePublicDir)), "bulletin nats-config --make-keys makes them")
	}
	return out, nil
}
