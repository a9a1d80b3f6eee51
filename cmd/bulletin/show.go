package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/queue"
	"bulletin/workers/desk"
)

// showing is what show was asked for.
type showing struct {
	nation    string
	pdf       string
	overwrite bool
	diff      bool
	from      int
	json      bool
}

func showCommand() *cobra.Command {
	var what showing
	c := &cobra.Command{
		Use:   "show ID [--pdf FILE] [--diff]",
		Short: "Show the newest revision as your nation gets it, and where its review stands",
		Long: "Show the newest revision as your nation gets it: where its review stands, the text with a number before\n" +
			"each portion, comments below the portions that they are on, and who would get it.\n" +
			"--diff shows what has changed since the revision that you saw last.",
		Example: "  bulletin show bk3vq7m2xw5ta --dir desk --as tom\n" +
			"  bulletin show bk3vq7m2xw5ta --diff --dir desk --as tom\n" +
			"  bulletin show bk3vq7m2xw5ta --pdf draft.pdf --dir desk --as tom",
		PreRunE: func(c *cobra.Command, _ []string) error { return what.check(c) },
	}
	about(c, func(ctx context.Context, c *cobra.Command, s *session, id pipeline.ID) error {
		return what.show(ctx, c, s, id)
	})
	f := c.Flags()
	f.StringVar(&what.nation, "nation", "", "your own nation: nobody is shown another's edition")
	f.StringVar(&what.pdf, "pdf", "", "write your nation's edition as a PDF to this file")
	f.BoolVar(&what.overwrite, "overwrite", false, "let --pdf take the place of a file that is there")
	f.BoolVar(&what.diff, "diff", false, "show what has changed since the revision that you saw last, word by word")
	f.IntVar(&what.from, "from", 0, "compare with this revision")
	f.BoolVar(&what.json, "json", false, "print a JSON object")
	return c
}

// check refuses a wrong command line before anything is asked of the desk.
func (w *showing) check(c *cobra.Command) error {
	if w.nation != "" {
		if _, err := pipeline.ParseNation(w.nation); err != nil {
			return &usageError{c.CommandPath(), fmt.Errorf("--nation: %w", err)}
		}
	}
	if c.Flags().Changed("from") && w.from < 1 {
		return &usageError{c.CommandPath(), errors.New("--from takes the number of a revision, from 1")}
	}
	w.diff = w.diff || w.from > 0
	if w.pdf == "" {
		return nil
	}
	if err := mayStand(w.pdf, "PDF"); err != nil {
		return err
	}
	if _, err := os.Lstat(w.pdf); err == nil && !configs.IsStream(w.pdf) && !w.overwrite {
		return hint(fmt.Errorf("%s is there already: nothing was written", w.pdf), "give another name, or --overwrite")
	}
	return nil
}

func (w *showing) show(ctx context.Context, c *cobra.Command, s *session, id pipeline.ID) error {
	shown, err := s.ShowTo(ctx, id, pipeline.Nation(w.nation))
	if err != nil {
		return err
	}
	e, err := edition.Parse(shown.Edition)
	if err != nil {
		return err
	}
	var d *difference
	if w.diff {
		if d, err = w.compare(ctx, s, shown, e); err != nil {
			return err
		}
	}
	if w.pdf != "" {
		if err := writePDF(ctx, s, id, w.pdf); err != nil {
			return err
		}
		fmt.Fprintf(c.ErrOrStderr(), "wrote %s\n", w.pdf)
	}
	switch {
	case w.json && d != nil:
		err = printJSON(c.OutOrStdout(), d)
	case w.json:
		err = printJSON(c.OutOrStdout(), shown)
	case w.pdf == "" || w.diff: // who wants the PDF reads that
		err = paged(c.OutOrStdout(), func(scr screen) { scr.shown(shown, e, d) })
	}
	if err != nil {
		return err
	}
	if err := s.remember(shown); err != nil { // it has been read all the same
		fmt.Fprintf(c.ErrOrStderr(), "warning: that you have seen it could not be noted: %v\n", err)
	}
	return nil
}

// compare finds what has changed since the revision that was asked for, or that the person saw last.
func (w *showing) compare(ctx context.Context, s *session, shown desk.Shown, e edition.Edition) (*difference, error) {
	all, err := s.seen()
	if err != nil {
		return nil, err
	}
	from, newest := w.from, shown.Ref.Revision
	if from == 0 {
		from = all[shown.Ref.ID].compareWith(newest)
	}
	switch {
	case from == 0:
		return nil, hint(fmt.Errorf("revision 1 of %s is the first: there is nothing to compare it with", shown.Ref.ID), "show it without --diff")
	case from == newest:
		return nil, hint(fmt.Errorf("revision %d of %s is the newest", newest, shown.Ref.ID), "give an earlier one with --from")
	}
	earlier, err := s.Earlier(ctx, shown.Ref.ID, from)
	var refused *queue.Refused
	if errors.As(err, &refused) { // the person's nation had nothing of that revision
		return nil, hint(err, "show it without --diff, or give another revision with --from")
	}
	if err != nil {
		return nil, err
	}
	old, err := edition.Parse(earlier.Edition)
	if err != nil {
		return nil, err
	}
	d := differ(edition.Units(old), edition.Units(e))
	d.ID, d.From, d.To = shown.Ref.ID, from, newest
	return &d, nil
}

func writePDF(ctx context.Context, s *session, id pipeline.ID, file string) error {
	data, err := s.PDF(ctx, id)
	if errors.Is(err, pipeline.ErrMoved) {
		return hint(err, "ask again")
	}
	if err != nil {
		return err
	}
	return configs.WriteFile(file, data, 0o600)
}
