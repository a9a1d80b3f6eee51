package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline/seal"
)

func signingKeyNoticesCommand() *cobra.Command {
	var dir, passphraseFile string
	c := &cobra.Command{
		Use:   "notices",
		Short: "Make a key of their own for notices to the desk's people",
		Long: `Without it notices are signed with the desk's key, and a process with the role notify needs that. With it only deliver
has the key that bulletins are signed with; people import keys/notices.asc too. It counts at the next start.`,
		Example: "  bulletin signing-key notices --dir desk",
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := configs.Load(dir)
			if err != nil {
				return err
			}
			secret, public, err := seal.GenerateKey(config.Desk.Name+" notices", config.Desk.Address, time.Now().Add(-time.Minute), 0)
			if err != nil {
				return err
			}
			keys := personKeys{secret: secret}
			if err := keys.protect(passphraseFile); err != nil {
				return err
			}
			err = writeNewFiles([]newFile{
				{filepath.Join(dir, noticesKeyFile), keys.secret, 0o600}, {filepath.Join(dir, noticesCertificateFile), public, 0o600},
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "made %s, for the process with the role notify, and %s, for the desk's people\n", noticesKeyFile, noticesCertificateFile)
			return err
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory of the server")
	c.Flags().StringVar(&passphraseFile, "passphrase-file", "", "a file whose first line protects the secret key; the server needs it too")
	return c
}
