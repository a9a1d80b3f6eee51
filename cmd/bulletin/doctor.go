package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
)

// The states of a finding.
const (
	findingOK   = "ok"
	findingWarn = "warn" // it works, and somebody should look
	findingFail = "fail"
)

// finding is what doctor found out about one thing, and what to do about it.
type finding struct {
	Name   string `json:"name"`
	State  string `json:"state"` // ok, warn or fail
	Detail string `json:"detail"`
	Do     string `json:"do,omitempty"`
}

func well(name, format string, args ...any) finding {
	return finding{Name: name, State: findingOK, Detail: fmt.Sprintf(format, args...)}
}

func warn(name, do, format string, args ...any) finding {
	return finding{name, findingWarn, fmt.Sprintf(format, args...), do}
}

// fail takes the error's own advice where it has some; what is said of any missing file is no advice.
func fail(name string, err error, do string) finding {
	var hinted *hinted
	var config *configs.Error
	if do == "" || errors.As(err, &hinted) || errors.As(err, &config) {
		do = hintOf(err)
	}
	return finding{name, findingFail, err.Error(), do}
}

func doctorCommand() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:     "doctor [--json]",
		Short:   "Look at everything that a server needs, and say what to do",
		Long:    "Look at everything that a server needs, running or not, and say what to do. No mail is sent and nothing is changed.",
		Example: "  bulletin doctor --dir desk",
		RunE: func(c *cobra.Command, _ []string) error {
			found := doctor(c.Context(), dir, time.Now())
			if asJSON {
				if err := printJSON(c.OutOrStdout(), found); err != nil {
					return err
				}
			} else {
				printFindings(c.OutOrStdout(), found)
			}
			failed := 0
			for _, f := range found {
				if f.State == findingFail {
					failed++
				}
			}
			if failed > 0 {
				return hint(fmt.Errorf("%d of %d checks failed", failed, len(found)), "do what stands beside each, then run doctor again")
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory of the server")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func printFindings(w io.Writer, found []finding) {
	for _, f := range found {
		fmt.Fprintf(w, "%-4s  %-13s  %s\n", f.State, f.Name, strings.ReplaceAll(f.Detail, "\n", "\n                     "))
		if f.Do != "" {
			fmt.Fprintf(w, "                     do: %s\n", f.Do)
		}
	}
}

// doctor looks at a working directory and what it depends on. Without a configuration that holds there is nothing
// more to look at.
func doctor(ctx context.Context, dir string, now time.Time) []finding {
	config, err := configs.Load(dir)
	if err != nil {
		return []finding{fail("configuration", err, "mend the file: nothing else was looked at")}
	}
	record := readRecord(dir)
	return append([]finding{
		checkConfiguration(dir, config),
		checkDisk(dir, config),
		checkClock(ctx, record.last, now),
		checkServer(ctx, dir, config),
		checkRelay(ctx, dir, config, now),
		checkSigningKey(dir, now),
		checkSecrets(dir),
		checkLists(dir),
		checkFonts(config),
		record.check(),
		record.checkParked(),
	}, checkRestored(dir)...)
}

func checkConfiguration(dir string, config configs.Config) finding {
	people, err1 := configs.LoadPeople(dir)
	_, err2 := configs.LoadPolicy(dir, config)
	if err := errors.Join(err1, err2); err != nil {
		return fail("configuration", err, "mend the file")
	}
	if len(people) == 0 {
		return warn("configuration", "bulletin people add NAME --nation N --role author", "it is valid; nobody may work here yet")
	}
	return well("configuration", "it is valid; %d people may work here", len(people))
}

func checkFonts(config configs.Config) finding {
	if _, err := newRenderer(config.Fonts); err != nil {
		return fail("fonts", err, "correct fonts in configs/bulletin.yaml")
	}
	return well("fonts", "all can be embedded (%d beside the built-in ones)", len(config.Fonts))
}

// checkRestored reminds of a copy: what was open in it is not sent by itself.
func checkRestored(dir string) []finding {
	r, err := readRestored(dir)
	switch {
	case err != nil:
		return []finding{fail("restored", err, "")}
	case r != nil:
		return []finding{well("restored", "from a copy of %s: what was open in it is parked until somebody retries it", r.At.Format("2006-01-02 15:04 UTC"))}
	}
	return nil
}
