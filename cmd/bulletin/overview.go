package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/workers/desk"
)

func overviewCommand() *cobra.Command {
	var flags deskFlags
	var order desk.OverviewOrder
	var out string
	var asJSON bool
	c := &cobra.Command{
		Use:   "overview --from DATE --to DATE",
		Short: "Compile the released bulletins of a period to a draft of kind overview",
		Long: `overview gathers the bulletins that were first released from one day to another, both included, and that your
nation has, and prints a draft of kind overview: trends by ATT&CK technique and by kind, and the summary of each
bulletin. What is carried over keeps its mark, narrowed where the overview would take it further; what is marked in
another scheme is left for you to write. Write the strategic initiatives, check it, and submit it like any other draft.`,
		Example: "  bulletin overview --from 2026-07-01 --to 2026-12-31 --as dana -o overview.md\n  bulletin check overview.md",
		RunE: func(c *cobra.Command, _ []string) error {
			if order.From == "" || order.To == "" {
				return &usageError{c.CommandPath(), errors.New("--from and --to are needed: the first and the last day of the period")}
			}
			return flags.withDesk(c.Context(), func(ctx context.Context, s *session) error {
				o, err := s.Overview(ctx, order)
				if err != nil {
					return err
				}
				return printOverview(c.OutOrStdout(), c.ErrOrStderr(), o, out, asJSON)
			})
		},
	}
	flags.register(c)
	f := c.Flags()
	f.StringVar(&order.From, "from", "", "the first day, UTC: 2026-07-01")
	f.StringVar(&order.To, "to", "", "the last day, UTC")
	f.StringVar(&order.Scheme, "scheme", "tlp", "the marking scheme of the overview: tlp, or your nation's own")
	f.StringVarP(&out, "output", "o", "", "write the draft here instead of printing it")
	f.BoolVar(&asJSON, "json", false, "print one JSON object: the draft, and what stands in it")
	return c
}

// printOverview writes the draft, and says on stderr what stands in it and what is left to do.
func printOverview(stdout, stderr io.Writer, o desk.Overview, out string, asJSON bool) error {
	if out != "" {
		if err := writeNew(out, []byte(o.Draft)); err != nil {
			return err
		}
	}
	switch {
	case asJSON:
		return printJSON(stdout, o)
	case out == "":
		_, err := io.WriteString(stdout, o.Draft)
		return err
	}
	byHand := 0
	for _, b := range o.Bulletins {
		fmt.Fprintf(stderr, "%s  %s  %s\n", b.Number, b.Released.Format("2006-01-02"), b.Title)
		if b.ByHand > 0 {
			byHand++
			fmt.Fprintf(stderr, "    marked in scheme %s: %d portion(s) of its summary are left for you to write\n", b.Scheme, b.ByHand)
		}
	}
	fmt.Fprintf(stderr, "%d bulletin(s) in %s; write what stands in [To write: …], then: bulletin check %s\n", len(o.Bulletins), out, out)
	return nil
}

// writeNew writes a file for its owner alone, and never over another: somebody may have worked on that.
func writeNew(name string, data []byte) error {
	if _, err := os.Lstat(name); err == nil && !configs.IsStream(name) {
		return hint(fmt.Errorf("%s is there already: it was not touched", name), "give another name, or move that file away")
	}
	return configs.WriteFile(name, data, 0o600)
}
