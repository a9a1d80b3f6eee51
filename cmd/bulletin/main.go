// Command bulletin is the whole system in one binary: the server, and what authors, reviewers and operators
// type. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline/queue"
)

// Exit codes.
const (
	exitDone    = 0
	exitRefused = 1 // refused or failed
	exitUsage   = 2 // wrong usage
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is main without the process: tests call it.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second ctrl-c ends the process at once
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var usage *usageError
	if errors.As(err, &usage) {
		report(stderr, err, "see: "+usage.command+" --help")
		return exitUsage
	}
	report(stderr, err, hintOf(err))
	return exitRefused
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "bulletin",
		Short: "Warn five nations' police cyber units, each of exactly what it may know",
		Long: `Bulletin takes a draft through review, marking and rendering to signed, encrypted
mail for each nation's recipients. Try it:

  bulletin demo --dir demo`,
		SilenceErrors: true, SilenceUsage: true, Version: version(),
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return &usageError{c.CommandPath(), err} })
	for _, g := range verbs() {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title + ":"})
		for _, c := range g.commands {
			c.GroupID = g.title
			root.AddCommand(c)
		}
	}
	usageErrors(root.Commands())
	completeFlags(root.Commands())
	root.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return &usageError{"bulletin", fmt.Errorf("there is no verb %q", args[0])}
		}
		return nil
	}
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	return root
}

// verbGroup is the verbs that one kind of user works with.
type verbGroup struct {
	title    string
	commands []*cobra.Command
}

// verbs lists every verb, by who uses it.
func verbs() []verbGroup {
	return []verbGroup{
		{"To try it", []*cobra.Command{
			demoCommand(),
		}},
		{"For authors", []*cobra.Command{
			newCommand(),
			importCommand(),
			checkCommand(),
			renderCommand(),
			markingCommand(),
			overviewCommand(),
			submitCommand(),
			reviseCommand(),
			correctCommand(),
			withdrawCommand(),
		}},
		{"For reviewers", []*cobra.Command{
			queueCommand(),
			showCommand(),
			attachmentsCommand(),
			claimCommand(),
			commentCommand(),
			approveCommand(),
			returnCommand(),
			rejectCommand(),
			statusCommand(),
		}},
		{"For operators", []*cobra.Command{
			initCommand(),
			keygenCommand(),
			signingKeyCommand(),
			peopleCommand(),
			recipientsCommand(),
			configCommand(),
			serveCommand(),
			natsConfigCommand(),
			parkedCommand(),
			retryCommand(),
			resendCommand(),
			verifyCommand(),
			benchCommand(),
			backupCommand(),
			restoreCommand(),
			doctorCommand(),
		}},
		{"For recipients' mail", []*cobra.Command{
			receiveCommand(),
		}},
	}
}

// usageError is a wrong command line: exit 2.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usageErrors makes a wrong number of arguments a usage error, for every verb.
func usageErrors(commands []*cobra.Command) {
	for _, c := range commands {
		c.Args = usageArgs(c.Args)
		usageErrors(c.Commands())
	}
}

func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check == nil {
			check = cobra.NoArgs
		}
		if err := check(c, args); err != nil {
			return &usageError{c.CommandPath(), err}
		}
		return nil
	}
}

// hinted is an error with what to do about it.
type hinted struct {
	err  error
	hint string
}

func (e *hinted) Error() string { return e.err.Error() }
func (e *hinted) Unwrap() error { return e.err }

func hint(err error, format string, args ...any) error {
	return &hinted{err, fmt.Sprintf(format, args...)}
}

func hintOf(err error) string {
	var h *hinted
	var refused *queue.Refused
	var config *configs.Error
	switch {
	case errors.As(err, &h):
		return h.hint
	case errors.As(err, &refused):
		return refused.Hint
	case errors.As(err, &config):
		return config.Hint
	case errors.Is(err, queue.ErrInUse):
		return "a server or a demo works there: stop it first, or name another directory with --dir"
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		return "look at the path"
	case errors.Is(err, os.ErrPermission):
		return "look at who may read and write there"
	}
	return ""
}

// report prints what went wrong and what to do, as every verb does.
func report(w io.Writer, err error, hint string) {
	text := strings.TrimRight(err.Error(), "\n")
	fmt.Fprintf(w, "bulletin: %s\n", text)
	if hint != "" {
		fmt.Fprintf(w, "hint: %s\n", hint)
	}
}
