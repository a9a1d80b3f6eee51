package main

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/review"
)

// completionTime bounds how long a shell waits for the desk when somebody presses tab.
const completionTime = 700 * time.Millisecond

// completeIDs completes the ids of what waits for review, where a desk answers quickly.
func completeIDs(at *deskFlags) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault // the file after it
		}
		found := make(chan []cobra.Completion, 1)
		go func() { found <- waitingIDs(at) }() // to connect knows no context
		select {
		case ids := <-found:
			return ids, cobra.ShellCompDirectiveNoFileComp
		case <-time.After(completionTime):
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
	}
}

func waitingIDs(at *deskFlags) []cobra.Completion {
	s, err := at.open()
	if err != nil {
		return nil
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(context.Background(), completionTime)
	defer cancel()
	waiting, err := s.Queue(ctx)
	if err != nil {
		return nil
	}
	var ids []cobra.Completion
	for _, w := range waiting {
		ids = append(ids, cobra.CompletionWithDesc(string(w.Ref.ID), edition.Safe(w.Title)))
	}
	return ids
}

// completeNames completes who has credentials in the working directory.
func completeNames(c *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	found, _ := filesIn(filepath.Join(c.Flag("dir").Value.String(), "people"), ".creds") // what can't be read completes nothing
	names := make([]cobra.Completion, len(found))
	for i, file := range found {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".creds")
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeFlags completes the values of flags that mean the same in every verb.
func completeFlags(commands []*cobra.Command) {
	values := map[string][]cobra.Completion{"role": {string(review.Author), string(review.Reviewer), string(review.Admin)}}
	for _, n := range pipeline.Nations() {
		values["nation"] = append(values["nation"], cobra.CompletionWithDesc(string(n), n.Name()))
	}
	for _, k := range pipeline.Kinds() {
		values["kind"] = append(values["kind"], string(k))
	}
	for _, s := range marking.Schemes() {
		values["scheme"] = append(values["scheme"], s.Name())
	}
	for _, c := range commands {
		completeFlags(c.Commands())
		if c.Flags().Lookup("as") != nil && c.Flags().Lookup("dir") != nil {
			_ = c.RegisterFlagCompletionFunc("as", completeNames) // the flag is there
		}
		for name, known := range values {
			if c.Flags().Lookup(name) != nil {
				_ = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
			}
		}
	}
}
