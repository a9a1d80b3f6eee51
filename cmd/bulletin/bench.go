package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// benchTime bounds a measurement.
const benchTime = 30 * time.Minute

// benchRow is what was measured of one way for the mails to go.
type benchRow struct {
	Name           string  `json:"name"`
	Recipients     int     `json:"recipients"`
	WireBytes      int64   `json:"wire_bytes"` // of DATA, for each mail; 0 where the relay is not ours to look into
	MailsPerSecond float64 `json:"mails_per_second"`
	Seconds        float64 `json:"seconds"`
	FirstMail      float64 `json:"first_mail_seconds,omitempty"` // from the last approval to the first mail accepted
}

func benchCommand() *cobra.Command {
	b := bench{recipients: 1000}
	var asJSON bool
	c := &cobra.Command{
		Use:   "bench [--recipients N] [--smtp HOST:PORT] [--size BYTES]",
		Short: "Measure on this machine: the whole path of a bulletin, and what it is made of",
		Long: `bench releases one bulletin to N recipients of one nation through a server of its own, into an SMTP server that only
reads or the one named with --smtp, and measures in the same run what the parts cost by themselves: sealing and
SMTP alone, and composing and sealing anew for each recipient. Machines are noisy: compare rows of one run.`,
		Example: "  bulletin bench --recipients 2000 --size 150000",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := b.check(); err != nil {
				return &usageError{c.CommandPath(), err}
			}
			ctx, cancel := context.WithTimeout(c.Context(), benchTime)
			defer cancel()
			rows, err := b.measure(ctx)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), map[string]any{"rows": rows})
			}
			printBench(c.OutOrStdout(), rows)
			return nil
		},
	}
	c.Flags().IntVar(&b.recipients, "recipients", b.recipients, "how many recipients, each with a Curve25519 key")
	c.Flags().StringVar(&b.smtp, "smtp", "", "the relay to send to, host:port; by default a server that only reads, on loopback")
	c.Flags().Int64Var(&b.size, "size", 0, "octets of DATA on the wire for each mail, by an attached file of noise; by default a short bulletin")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func (b *bench) check() error {
	if b.recipients < 1 || b.recipients > 1_000_000 {
		return fmt.Errorf("--recipients %d: write a number from 1 to 1000000", b.recipients)
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

// measure runs everything in a directory that is gone afterwards.
func (b *bench) measure(ctx context.Context) (rows []benchRow, err error) {
	if b.dir, err = os.MkdirTemp("", "bulletin-bench-*"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(b.dir)
	if err := b.prepare(); err != nil {
		return nil, err
	}
	if err := b.fit(ctx); err != nil {
		return nil, err
	}
	for _, measure := range []func(context.Context) (benchRow, error){b.wholePath, b.floor, b.anew} {
		row, err := measure(ctx)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("bench: %w", err), ctx.Err())
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func printBench(w io.Writer, rows []benchRow) {
	fmt.Fprintf(w, "%-44s %10s %11s %9s %8s  of the floor\n", "", "recipients", "octets each", "mails/s", "seconds")
	floor := rows[1].MailsPerSecond
	for _, r := range rows {
		fmt.Fprintf(w, "%-44s %10d %11d %9.0f %8.2f  %.2f\n", r.Name, r.Recipients, r.WireBytes, r.MailsPerSecond, r.Seconds, r.MailsPerSecond/floor)
	}
	if rows[0].FirstMail > 0 {
		fmt.Fprintf(w, "from the last approval to the first mail accepted: %.0f ms\n", 1000*rows[0].FirstMail)
	}
}
