package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
	"bulletin/workers/desk"
)

func approveCommand() *cobra.Command {
	var with signFlags
	var revision int
	var asJSON bool
	c := &cobra.Command{
		Use:   "approve ID [--key FILE|--gpg FPR]",
		Short: "Approve the newest revision, signed with your key",
		Long: "Approve the newest revision, signed with your key. What is signed names the digest of every file, of\n" +
			"every nation's edition and of the policy. If you have been shown an older revision, or the named one is\n" +
			"not the newest, nothing is signed.",
		Example: "  bulletin approve bk3vq7m2xw5ta --dir desk --as tom\n" +
			"  bulletin approve bk3vq7m2xw5ta --gpg 0123456789ABCDEF0123456789ABCDEF01234567 --dir desk --as tom",
	}
	about(c, func(ctx context.Context, c *cobra.Command, s *session, id pipeline.ID) error {
		sign, err := with.signer(s)
		if err != nil {
			return err
		}
		shown, err := s.Show(ctx, id)
		if err != nil {
			return err
		}
		if err := s.decidesOn(shown, revision); err != nil {
			return err
		}
		if err := signsWhatIsShown(shown); err != nil {
			return err
		}
		warnOfReach(c.ErrOrStderr(), shown.Reach)
		signature, err := sign([]byte(shown.Statement)) // a passphrase or a card may take longer than the desk's time
		if err != nil {
			return fmt.Errorf("sign the approval: %w", err)
		}
		s.Sign = func([]byte) ([]byte, error) { return signature, nil }
		ctx, cancel := context.WithTimeout(c.Context(), deskTimeout)
		defer cancel()
		approved, err := s.Approve(ctx, shown)
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(c.OutOrStdout(), approval{shown.Ref, pipeline.DigestOf([]byte(shown.Statement)), append([]review.Missing{}, approved.Missing...)})
		}
		printApproved(newScreen(c.OutOrStdout()), shown, approved)
		return nil
	})
	with.register(c)
	c.Flags().IntVar(&revision, "revision", 0, "the revision that you have read, if not with show")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return c
}

// approval is what approve prints as JSON.
type approval struct {
	pipeline.Ref
	Statement pipeline.Digest  `json:"statement"` // the digest of what was signed
	Missing   []review.Missing `json:"missing"`
}

func printApproved(s screen, shown desk.Shown, approved desk.Approved) {
	s.line("approved revision %d of %s: %s", shown.Ref.Revision, shown.Ref.ID, edition.Safe(shown.Title))
	s.line("  %s; the signed statement is %.16s", shown.Banner, pipeline.DigestOf([]byte(shown.Statement)))
	if len(approved.Missing) == 0 {
		s.line("  nothing that your nation has lacks approvals any more")
		return
	}
	for _, m := range approved.Missing {
		s.line("  portions for %s have %s", pipeline.JoinNations(m.Audience, " "), lacking(m))
	}
}

// signsWhatIsShown refuses a statement that is not of this revision or not of the edition that came with it: the
// desk does not have what somebody reads differ from what they sign.
func signsWhatIsShown(shown desk.Shown) error {
	e, err := edition.Parse(shown.Edition)
	if err != nil {
		return err
	}
	head := fmt.Sprintf("bulletin-approval-v1\nid: %s\nrevision: %d\ndecision: approve\n", shown.Ref.ID, shown.Ref.Revision)
	line := fmt.Sprintf("edition: %s %s", e.Nation, e.ContentDigest())
	if !strings.HasPrefix(shown.Statement, head) || !slices.Contains(strings.Split(shown.Statement, "\n"), line) {
		return hint(fmt.Errorf("the desk wants a signature on something other than revision %d of %s as it shows it: nothing was signed", shown.Ref.Revision, shown.Ref.ID),
			"tell whoever runs the desk")
	}
	return nil
}

// warnOfReach names, before somebody approves, the nations with recipients who would get nothing, or may not get the next.
func warnOfReach(w io.Writer, reach []desk.Reach) {
	for _, r := range reach {
		all := r.Unreachable + r.Reachable
		if r.Unreachable > 0 {
			fmt.Fprintf(w, "warning: %d of %d recipients in %s cannot be reached%s\n", r.Unreachable, all, r.Nation, reasons(r.Causes))
		}
		if r.Ending > 0 {
			fmt.Fprintf(w, "warning: %d of %d recipients in %s cannot be reached any more within 7 days%s\n", r.Ending, all, r.Nation, reasons(r.Ends))
		}
	}
}

func reasons(why []desk.Cause) string {
	if len(why) == 0 {
		return ""
	}
	out := make([]string, len(why))
	for i, c := range why {
		out[i] = edition.Safe(whoOf(c) + " (" + c.Reason + ")")
	}
	return ": " + strings.Join(out, "; ")
}
