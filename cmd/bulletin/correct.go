package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"bulletin/pipeline/draft"
)

func correctCommand() *cobra.Command {
	var at deskFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "correct ID FILE",
		Short: "Hand in a new version of a released bulletin: it goes through review, and to everyone who got the former",
		Long: `Hand in a new version of a released bulletin. Its front matter says what changed:

  correction: "The domain in the second paragraph was wrong"

It goes through the same review. Once it is approved, it keeps the number, is version 2.0, and is sent, as a
correction, to everyone who got the former version and may still have it, and to all who match now. While it is
in review, correct hands in its next revision.`,
		Example: "  bulletin correct b2wq7xv4kzl3a draft.md --as moana",
		Args:    twoArgs("ID", "FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			src, err := draft.Load(args[1])
			if err != nil {
				return err
			}
			return at.withDesk(c.Context(), func(ctx context.Context, s *session) error {
				submitted, err := s.Correct(ctx, id, src)
				if err != nil {
					return err
				}
				for _, w := range submitted.Warnings {
					fmt.Fprintln(c.ErrOrStderr(), w)
				}
				if asJSON {
					return printJSON(c.OutOrStdout(), submitted)
				}
				fmt.Fprintln(c.OutOrStdout(), id)
				fmt.Fprintf(c.ErrOrStderr(), "revision %d waits for review; until it is approved the released version stands\n", submitted.Ref.Revision)
				return nil
			})
		},
	}
	at.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
