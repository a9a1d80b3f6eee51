package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
)

const (
	benchTime     = 30 * time.Minute // bounds all measurements together
	benchNation   = pipeline.NZL
	maxBenchSize  = draft.MaxAttachment
	maxBenchMails = 1_000_000

	benchRepeats = 3      // of what is over soon, for the median
	benchSoon    = 20_000 // mails; more take long enough to be measured once
)

// bench is one run of the measurements.
type bench struct {
	recipients int  // of the one list to measure; 0 for the usual sizes
	all        bool // the largest of the usual sizes too
	smtp       string
	size       int64
	keys       int // different ones in a list
	bulletins  int // how often each list gets one; 0 for as often as a median needs

	dir      string
	noise    []byte // the attached file that makes the mail as large as it is to be
	made     []benchKey
	progress func(what string)
}

func benchCommand() *cobra.Command {
	var b bench
	var asJSON bool
	c := &cobra.Command{
		Use:   "bench [--recipients N | --all] [--smtp HOST:PORT] [--size BYTES]",
		Short: "Measure on this machine: the whole path of a bulletin, and what it is made of",
		Long: `bench releases bulletins to the recipients of one nation through a server of its own, into an SMTP server that
only reads or the one named with --smtp, and measures in the same run what the parts cost by themselves (sealing and
SMTP alone, sealing by type of key, composing and sealing anew for each recipient), how soon the first mail goes
out, what a flash bulletin waits for, and, where they are installed, gpg and Postfix's smtp-source. Server and receiving
end share the machine and, but for --smtp, the process; so does their memory. Machines are noisy: what is compared is
measured in turns, and the medians are printed. Compare rows of one run. It leaves nothing behind.`,
		Example: "  bulletin bench --recipients 2000 --size 150000",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := b.check(c.Flags().Changed); err != nil {
				return &usageError{c.CommandPath(), err}
			}
			b.progress = func(what string) { fmt.Fprintln(c.ErrOrStderr(), "measuring", what) }
			ctx, cancel := context.WithTimeout(c.Context(), benchTime)
			defer cancel()
			rows, err := b.measure(ctx)
			if err != nil {
				return errors.Join(fmt.Errorf("bench: %w", err), ctx.Err())
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), map[string]any{"rows": rows})
			}
			printBench(c.OutOrStdout(), rows)
			return nil
		},
	}
	c.Flags().IntVar(&b.recipients, "recipients", 0, "measure a list of this many; by default lists of 1,000 and 10,000")
	c.Flags().BoolVar(&b.all, "all", false, "a list of 100,000 too, which takes about a minute more")
	c.Flags().StringVar(&b.smtp, "smtp", "", "the relay to send to, host:port; by default a server that only reads, on loopback")
	c.Flags().Int64Var(&b.size, "size", 0, "octets of DATA on the wire for each mail, by an attached file of noise; by default a short bulletin")
	c.Flags().IntVar(&b.keys, "keys", 64, "how many different keys a list has, in turn; to make one takes as long as several mails")
	c.Flags().IntVar(&b.bulletins, "bulletins", 0, "how many bulletins each list gets, one after another; by default 3, or 1 to a long list")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func (b *bench) check(given func(flag string) bool) error {
	for _, f := range []struct {
		name    string
		n, most int
	}{{"recipients", b.recipients, maxBenchMails}, {"keys", b.keys, maxBenchMails}, {"bulletins", b.bulletins, 100}} {
		if given(f.name) && (f.n < 1 || f.n > f.most) {
			return fmt.Errorf("--%s %d: write a number from 1 to %d", f.name, f.n, f.most)
		}
	}
	if b.all && given("recipients") {
		return errors.New("--all is lists of three sizes, --recipients one: give one of them")
	}
	if b.smtp != "" {
		if _, _, err := net.SplitHostPort(b.smtp); err != nil {
			return fmt.Errorf("--smtp: %w", err)
		}
	}
	if b.size < 0 || b.size > maxBenchSize {
		return fmt.Errorf("--size %d: write octets, at most %d", b.size, maxBenchSize)
	}
	return nil
}

// sizes are those of the lists to measure.
func (b *bench) sizes() []int {
	switch {
	case b.recipients > 0:
		return []int{b.recipients}
	case b.all:
		return []int{1_000, 10_000, 100_000}
	}
	return []int{1_000, 10_000}
}

// most is the size of the list with which things are measured that the size matters little to.
func (b *bench) most(mails int) int {
	sizes := b.sizes()
	return min(sizes[len(sizes)-1], mails)
}

// measure runs everything in a directory that is gone afterwards.
func (b *bench) measure(ctx context.Context) (rows []benchRow, err error) {
	if b.dir, err = os.MkdirTemp("", "bulletin-bench-*"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(b.dir)
	if err := b.makeKeys(max(b.most(b.keys), 1)); err != nil {
		return nil, err
	}
	if err := b.fit(); err != nil {
		return nil, err
	}
	for _, m := range []func(context.Context) ([]benchRow, error){
		b.wholePaths, b.wholePathRSA, b.intoSink, b.anew, b.seals, b.firstMail, b.overtaking, b.besideGnuPG,
	} {
		more, err := m(ctx)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}
