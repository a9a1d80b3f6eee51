package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
)

func returnCommand() *cobra.Command {
	return decideCommand("return", "returned", &cobra.Command{
		Use:     "return ID -m TEXT",
		Short:   "Send the newest revision back to its author, and say why",
		Example: "  bulletin return bk3vq7m2xw5ta -m 'The second table names a victim.' --dir desk --as tom",
	})
}

func rejectCommand() *cobra.Command {
	return decideCommand("reject", "rejected", &cobra.Command{
		Use:     "reject ID -m TEXT",
		Short:   "End a bulletin before its release, and say why",
		Example: "  bulletin reject bk3vq7m2xw5ta -m 'The same went out on Monday.' --dir desk --as tom",
	})
}

// decideCommand completes a verb that turns the newest revision down.
func decideCommand(verb, done string, c *cobra.Command) *cobra.Command {
	var message string
	var revision int
	c.PreRunE = func(c *cobra.Command, _ []string) error { return wantMessage(c, message) }
	about(c, func(ctx context.Context, c *cobra.Command, s *session, id pipeline.ID) error {
		shown, err := s.Show(ctx, id)
		if err != nil {
			return err
		}
		if err := s.decidesOn(shown, revision); err != nil {
			return err
		}
		decide := s.Return
		if verb == "reject" {
			decide = s.Reject
		}
		if err := decide(ctx, shown.Ref, message); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%s revision %d of %s\n", done, shown.Ref.Revision, id)
		return nil
	})
	c.Flags().StringVarP(&message, "message", "m", "", "why: the author's nation reads it, and your own")
	c.Flags().IntVar(&revision, "revision", 0, "the revision that you have read, if not with show")
	return c
}
