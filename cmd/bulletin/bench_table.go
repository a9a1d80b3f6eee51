package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// benchRow is what was measured of one way for the mails to go. What was not measured is zero.
type benchRow struct {
	Name           string  `json:"name"`
	Recipients     int     `json:"recipients"`
	WireBytes      int64   `json:"wire_bytes"` // of DATA, for each mail
	MailsPerSecond float64 `json:"mails_per_second"`
	Seconds        float64 `json:"seconds"`
	CPUEach        float64 `json:"cpu_microseconds_each,omitempty"` // of this process, its sink included, for each mail

	Ratio   float64 `json:"ratio,omitempty"` // to the rate of the row named so, measured in turns with it
	RatioTo string  `json:"ratio_to,omitempty"`

	FirstMail float64   `json:"first_mail_seconds,omitempty"`  // from the last approval to the first mail accepted
	Peaks     []int64   `json:"peak_resident_bytes,omitempty"` // of this process, bulletin by bulletin
	ListRead  []float64 `json:"list_seconds,omitempty"`        // to read the list and judge its keys, and to read it again in another process
	Flash     *flashRow `json:"flash,omitempty"`
	Skipped   string    `json:"skipped,omitempty"` // why nothing was measured
}

// flashRow is how a flash bulletin fared that was approved while routine mails were queued.
type flashRow struct {
	Recipients     int     `json:"recipients"`
	FirstSeconds   float64 `json:"first_seconds"` // from its approval
	LastSeconds    float64 `json:"last_seconds"`
	RoutineQueued  int     `json:"routine_queued"`  // when it was approved
	RoutineBetween int     `json:"routine_between"` // that arrived between its first and its last
}

const floorName = "the floor: sealing and SMTP alone"

func (r benchRow) took(d time.Duration) benchRow {
	r.Seconds, r.MailsPerSecond = d.Seconds(), float64(r.Recipients)/d.Seconds()
	return r
}

func (r benchRow) used(cpu time.Duration) benchRow {
	r.CPUEach = float64(cpu.Microseconds()) / float64(r.Recipients)
	return r
}

// compared gives the row its ratio to another, with which it was measured in turns.
func (r benchRow) compared(to benchRow) benchRow {
	r.Ratio, r.RatioTo = r.MailsPerSecond/to.MailsPerSecond, to.Name
	return r
}

// median is the row with the middle rate, and with what all of them say of memory.
func median(rows []benchRow) benchRow {
	var peaks []int64
	for _, r := range rows {
		peaks = append(peaks, r.Peaks...)
	}
	sorted := slices.SortedFunc(slices.Values(rows), func(a, b benchRow) int { return cmp.Compare(a.MailsPerSecond, b.MailsPerSecond) })
	r := sorted[len(sorted)/2]
	r.Peaks = peaks
	return r
}

func printBench(w io.Writer, rows []benchRow) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\trecipients\toctets each\tmails/s\tµs of CPU each\t")
	for _, r := range rows {
		if r.Skipped != "" {
			fmt.Fprintf(t, "%s\t\t\t\t\t%s\n", r.Name, r.Skipped)
			continue
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%.0f\t%s\t%s\n", r.Name, r.Recipients, r.WireBytes, r.MailsPerSecond, known(r.CPUEach), r.remarks())
	}
	t.Flush()
}

// known is a figure, or nothing where it is not known.
func known(n float64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f", n)
}

// remarks is what else a row has to say.
func (r benchRow) remarks() string {
	var s []string
	if r.RatioTo != "" {
		to, _, _ := strings.Cut(r.RatioTo, ":")
		s = append(s, fmt.Sprintf("%.2f of %s", r.Ratio, to))
	}
	if r.Flash != nil {
		s = append(s, fmt.Sprintf("first after %.0f ms, all %d after %.0f ms; of %d routine mails queued %d came between",
			1000*r.Flash.FirstSeconds, r.Flash.Recipients, 1000*r.Flash.LastSeconds, r.Flash.RoutineQueued, r.Flash.RoutineBetween))
	} else if r.FirstMail > 0 {
		s = append(s, fmt.Sprintf("first mail after %.0f ms", 1000*r.FirstMail))
	}
	if len(r.ListRead) > 0 {
		s = append(s, fmt.Sprintf("list read in %.2f s, again in %.2f s", r.ListRead[0], r.ListRead[1]))
	}
	if len(r.Peaks) > 0 {
		first, last := r.Peaks[0]>>20, r.Peaks[len(r.Peaks)-1]>>20
		s = append(s, fmt.Sprintf("%d MB resident at most", slices.Max(r.Peaks)>>20))
		if len(r.Peaks) > 1 {
			s = append(s, fmt.Sprintf("%d with the first bulletin, %d with number %d", first, last, len(r.Peaks)))
		}
	}
	return strings.Join(s, "; ")
}
