package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

func attachmentsCommand() *cobra.Command {
	var flags deskFlags
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:     "attachments ID",
		Short:   "List the files attached to a bulletin, as your nation gets them, or save them",
		Example: "  bulletin attachments bk3xyz7abcdef --as tom\n  bulletin attachments bk3xyz7abcdef --as tom -o files",
		Args:    oneArg("ID", "the bulletin, as submit printed it"),
		RunE: func(c *cobra.Command, args []string) error {
			return flags.withDesk(c.Context(), func(ctx context.Context, s *session) error {
				id := pipeline.ID(args[0])
				files, err := s.Attachments(ctx, id)
				if err != nil {
					return err
				}
				if dir != "" {
					if err := saveAttachments(ctx, s, id, files, dir); err != nil {
						return err
					}
				}
				if asJSON {
					return printJSON(c.OutOrStdout(), append([]edition.Attachment{}, files...))
				}
				printAttachments(c.OutOrStdout(), files)
				return nil
			})
		},
	}
	flags.register(c)
	c.Flags().StringVarP(&dir, "output", "o", "", "save them in this folder")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	return c
}

func saveAttachments(ctx context.Context, s *session, id pipeline.ID, files []edition.Attachment, dir string) error {
	for _, a := range files {
		data, err := s.Attachment(ctx, id, a)
		if err != nil {
			return fmt.Errorf("fetch %s: %w", a.Name, err)
		}
		if err := writeNew(filepath.Join(dir, filepath.Base(a.Name)), data); err != nil {
			return err
		}
	}
	return nil
}

func printAttachments(w io.Writer, files []edition.Attachment) {
	for _, a := range files {
		fmt.Fprintf(w, "%s  %s  SHA-256 %s", a.Name, a.Count(), a.Digest)
		if a.Mark != "" {
			fmt.Fprintf(w, "  %s", a.Mark)
		}
		fmt.Fprintln(w)
		if a.About != "" {
			fmt.Fprintf(w, "    %s\n", a.About)
		}
	}
	if len(files) == 0 {
		fmt.Fprintln(w, "your nation's edition has no attached files")
	}
}
