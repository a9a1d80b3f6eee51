package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/workers/desk"
)

func claimCommand() *cobra.Command {
	var length time.Duration
	var release, asJSON bool
	c := &cobra.Command{
		Use:     "claim ID [--for 30m] [--release]",
		Short:   "Say that you are reading a bulletin, for a while; it stops nobody",
		Example: "  bulletin claim bk3vq7m2xw5ta --for 30m --dir desk --as tom\n  bulletin claim bk3vq7m2xw5ta --release --dir desk --as tom",
	}
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		if length < time.Second || length > desk.MaxClaim {
			return &usageError{c.CommandPath(), errors.New("--for takes a time from 1s to 24h, such as 30m")}
		}
		return nil
	}
	about(c, func(ctx context.Context, c *cobra.Command, s *session, id pipeline.ID) error {
		var got desk.Claimed
		var err error
		if release {
			got, err = s.Release(ctx, id)
		} else {
			got, err = s.Claim(ctx, id, length)
		}
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(c.OutOrStdout(), got)
		}
		if len(got.Others) > 0 {
			fmt.Fprintf(c.ErrOrStderr(), "warning: also being read by %s\n", claimsText(got.Others))
		}
		if release {
			fmt.Fprintf(c.OutOrStdout(), "gave back revision %d of %s\n", got.Ref.Revision, id)
		} else {
			fmt.Fprintf(c.OutOrStdout(), "revision %d of %s is yours to read until %s\n", got.Ref.Revision, id, got.Until.UTC().Format("15:04 UTC"))
		}
		return nil
	})
	c.Flags().DurationVar(&length, "for", 30*time.Minute, "how long, at most 24h")
	c.Flags().BoolVar(&release, "release", false, "give it back")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	c.MarkFlagsMutuallyExclusive("for", "release")
	return c
}
