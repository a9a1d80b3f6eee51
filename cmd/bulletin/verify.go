package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/audit"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

func verifyCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "verify DIR|FILE",
		Short:   "Prove the record offline: nothing missing, nothing changed, nothing released unapproved",
		Example: "  bulletin verify demo",
		Args:    oneArg("DIR|FILE", "a working directory, or its record.jsonl"),
		RunE: func(c *cobra.Command, args []string) error {
			v, err := verify(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), v)
			}
			v.print(c.OutOrStdout())
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// verified is what a record that holds says.
type verified struct {
	Record    string   `json:"record"`
	Head      string   `json:"head"` // hash of the last line: keep it elsewhere, and nothing can be cut off unseen
	Facts     int      `json:"facts"`
	Approvals int      `json:"approvals"`
	Released  int      `json:"released"`
	Corrected int      `json:"corrected"` // versions after the first
	Withdrawn int      `json:"withdrawn"`
	Sent      int      `json:"sent"`
	Parked    int      `json:"parked"`
	Acks      int      `json:"acknowledged"` // by recipients' signed replies
	Files     int      `json:"files"`        // exported files that are the ones rendered
	Open      []string `json:"open"`         // editions of which not everyone is settled
}

// verify checks the chain, then what its facts say, then the exported editions if they are there.
func verify(path string) (*verified, error) {
	record := path
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		record = filepath.Join(path, recordFile)
	}
	f, err := os.Open(record)
	if errors.Is(err, os.ErrNotExist) {
		return nil, hint(fmt.Errorf("%s holds no record (%s)", path, recordFile), "name the working directory of a server that has run, or its record.jsonl")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	proof := review.Proof{
		Verify: seal.VerifyDetached,
		Snapshot: func(d pipeline.Digest) ([]byte, error) {
			return os.ReadFile(filepath.Join(filepath.Dir(record), "snapshots", string(d)+".json"))
		},
	}
	summary, err := audit.Entries(f, func(e audit.Entry) error {
		var fact pipeline.Fact
		if err := json.Unmarshal(e.Data, &fact); err != nil {
			return fmt.Errorf("%s: %w", e.Subject, err)
		}
		if fact.Subject() != e.Subject {
			return fmt.Errorf("%s holds a fact of another subject", e.Subject)
		}
		return proof.Take(fact)
	})
	if errors.Is(err, audit.ErrTorn) {
		return nil, hint(fmt.Errorf("%s: %w", record, err), "a crash or a full disk cut it off while it was written: the next start of the server mends it")
	}
	if err != nil {
		return nil, hint(fmt.Errorf("%s does not hold: %w", record, err), "the record was damaged or changed: compare it with your copy")
	}
	if err := proof.Finish(); err != nil {
		return nil, hint(fmt.Errorf("%s does not hold: %w", record, err), "somebody who got a withdrawn bulletin was not told, or somebody was who did not get it: look at bulletin status ID --recipients")
	}
	editions, err := verifyEditions(filepath.Join(filepath.Dir(record), "..", "editions"), proof.Files)
	if err != nil {
		return nil, err
	}
	return &verified{
		Record: record, Head: summary.Head, Facts: summary.Entries, Approvals: proof.Approvals, Released: proof.Released,
		Corrected: proof.Corrected, Withdrawn: proof.Withdrawn,
		Sent: proof.Sent, Parked: proof.Parked, Acks: proof.Acks, Files: editions, Open: append([]string{}, proof.Open()...),
	}, nil
}

func (v *verified) print(w io.Writer) {
	fmt.Fprintf(w, "%s holds: %d facts in an unbroken chain, which ends in %.16s\n", v.Record, v.Facts, v.Head)
	fmt.Fprintf(w, "  %d approvals with good signatures; %d bulletins released, each as it was approved\n", v.Approvals, v.Released)
	if v.Corrected+v.Withdrawn > 0 {
		fmt.Fprintf(w, "  %d corrections; %d bulletins withdrawn, each demanded by two people and told to exactly those who got it\n", v.Corrected, v.Withdrawn)
	}
	fmt.Fprintf(w, "  %d mails sent, %d recipients parked, %d acknowledged\n", v.Sent, v.Parked, v.Acks)
	if v.Files > 0 {
		fmt.Fprintf(w, "  %d exported files are the ones that were rendered\n", v.Files)
	}
	for _, line := range v.Open {
		fmt.Fprintf(w, "  open: %s\n", line)
	}
}

// verifyEditions compares exported files with the digests on record.
func verifyEditions(dir string, rendered map[string]pipeline.Digest) (int, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			return 0, hint(fmt.Errorf("%s is not a regular file", filepath.Join(dir, e.Name())), "nothing but the exported files belongs there")
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return 0, err
		}
		if rendered[e.Name()] != pipeline.DigestOf(data) {
			return 0, hint(fmt.Errorf("%s is not the file that was rendered", filepath.Join(dir, e.Name())), "it was changed after the release: do not use it")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rendered)) {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return 0, hint(fmt.Errorf("%s is missing: it was rendered, and is not among the exported files", filepath.Join(dir, name)), "it was deleted after the release")
		}
	}
	return len(entries), nil
}
