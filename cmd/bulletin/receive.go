package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/workers"
)

// inboxDir is where recipients' replies wait to be read.
const inboxDir = "inbox"

func receiveCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "receive [FILE|-] [--dir DIR]",
		Short: "Take one recipient's signed reply, from a file or standard input",
		Long: `Receive puts one reply into DIR/inbox, where the server reads it, at once or when it next runs.
When receive ends with 0 the reply is safe on disk, so a mail server can pipe into it.

A reply counts as an acknowledgement if it is signed by the key that a nation's list has for a recipient, and
the signed part names a bulletin that they were sent, such as SA26-329A. Whatever else is in it is not believed.`,
		Example: "  bulletin receive reply.eml --dir desk\n  desk: \"|/usr/local/bin/bulletin receive --dir /srv/desk\"      # in /etc/aliases",
		Args:    optionalArg("FILE", "a recipient's reply"),
		RunE: func(c *cobra.Command, args []string) error {
			// A mail server's user may have rights on the inbox and on nothing else.
			if info, err := os.Stat(filepath.Join(dir, inboxDir)); err != nil || !info.IsDir() {
				if _, err := configs.Load(dir); err != nil {
					return err
				}
			}
			message := c.InOrStdin()
			if len(args) == 1 && args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close()
				message = f
			}
			return receive(dir, message)
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory of the server")
	return c
}

func receive(dir string, message io.Reader) error {
	if _, err := workers.NewInbox(filepath.Join(dir, inboxDir)).Put(message); err != nil {
		return hint(fmt.Errorf("the reply was not taken: %w", err), "a reply is one mail, with its attachments left out")
	}
	return nil
}
