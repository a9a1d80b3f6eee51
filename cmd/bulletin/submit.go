package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/workers/desk"
)

func submitCommand() *cobra.Command {
	var at deskFlags
	var asJSON bool
	c := &cobra.Command{
		Use:     "submit FILE",
		Short:   "Hand in a draft for review; prints its id",
		Long:    "Hand in a draft, with the files beside it that it names, for review.\nStandard output is the bulletin's id and nothing else; warnings go to standard error.",
		Example: "  bulletin submit draft.md --dir desk --as dana\n  id=$(bulletin submit draft.md --dir desk --as dana)",
		Args:    oneArg("FILE", "the draft to hand in"),
		RunE: func(c *cobra.Command, args []string) error {
			return handIn(c, &at, "", args[0], asJSON)
		},
	}
	at.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return c
}

func reviseCommand() *cobra.Command {
	var at deskFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "revise ID FILE",
		Short: "Hand in the next revision of a bulletin that is in review or was returned",
		Long: "Hand in the next revision of a bulletin that is in review or was returned.\n" +
			"Any author of the bulletin's own nation may; approvals of the revision before are void.",
		Example:           "  bulletin revise bk3vq7m2xw5ta draft.md --dir desk --as dana",
		Args:              twoArgs("ID", "FILE"),
		ValidArgsFunction: completeIDs(&at),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			return handIn(c, &at, id, args[1], asJSON)
		},
	}
	at.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return c
}

// handedIn is what submit and revise print as JSON.
type handedIn struct {
	ID       pipeline.ID `json:"id"`
	Revision int         `json:"revision"`
	Warnings []string    `json:"warnings"`
}

// handIn sends a draft and the files beside it to the desk.
func handIn(c *cobra.Command, at *deskFlags, id pipeline.ID, file string, asJSON bool) error {
	src, err := draft.Load(file)
	if err != nil {
		return err
	}
	var got desk.Submitted
	err = at.withDesk(c.Context(), func(ctx context.Context, s *session) (err error) {
		if got, err = s.Submit(ctx, id, src); err != nil {
			return err
		}
		if err := s.note(got.Ref, ""); err != nil { // it is handed in all the same
			fmt.Fprintf(c.ErrOrStderr(), "warning: that you have seen it could not be noted: %v\n", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if line, found := stillSkeleton(src); found {
		got.Warnings = append(got.Warnings, fmt.Sprintf("%s:%d:1: warning: the title is the skeleton's: has the draft been filled in?", file, line))
	}
	if asJSON {
		return printJSON(c.OutOrStdout(), handedIn{got.Ref.ID, got.Ref.Revision, append([]string{}, got.Warnings...)})
	}
	for _, w := range got.Warnings {
		fmt.Fprintf(c.ErrOrStderr(), "%s\n", edition.Safe(w))
	}
	fmt.Fprintln(c.OutOrStdout(), got.Ref.ID)
	return nil
}
