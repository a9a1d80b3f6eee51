package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/queue"
)

func serveCommand() *cobra.Command {
	var dir, url string
	var roles, nations []string
	var clockWasAhead bool
	c := &cobra.Command{
		Use:   "serve [--dir DIR] [--roles ROLE,…] [--nation N,…] [--nats URL]",
		Short: "Run the desk and all stages of the pipeline, or a part of it",
		Long: `serve runs the whole pipeline in one process, with its own embedded NATS server.

With --nats, or queue.url in the configuration, it works at an external NATS server or cluster instead, and
--roles and --nation spread the work over processes, each with the files and the credentials of its own
roles alone. bulletin nats-config prints what the NATS server must know. Start a process with the role
desk first: it makes the streams.`,
		Example: "  bulletin serve --dir desk\n" +
			"  bulletin serve --dir desk --nats tls://nats.example:4222 --roles desk,tally,mark,render,record\n" +
			"  bulletin serve --dir nzl --nats tls://nats.example:4222 --roles plan,deliver --nation NZL",
		RunE: func(c *cobra.Command, _ []string) error {
			p, err := parsePart(roles, nations)
			if err != nil {
				return err
			}
			p.clockWasAhead = clockWasAhead
			if err := checkConfig(dir, p.scope()); err != nil {
				return err
			}
			config, err := configs.Load(dir)
			if err != nil {
				return err
			}
			if url != "" {
				if err := configs.CheckURL(url); err != nil {
					return hint(fmt.Errorf("--nats: %w", err), "write tls://host:4222, several of one cluster with commas")
				}
				config.Queue.URL = url
			}
			log := newLog(c.ErrOrStderr(), config.Log)
			start := func(config configs.Config) (*server, error) {
				return newPart(c.Context(), dir, config, p, time.Now, log)
			}
			health, err := openHealth(config.Health.Listen)
			if err != nil {
				return err
			}
			defer health.close()
			s, err := start(config)
			if err != nil {
				return err
			}
			checked, err := checkRecipients(s.lists, p.listed(), time.Now())
			if err != nil {
				return errors.Join(err, s.close())
			}
			s.print(c.OutOrStdout(), health.url())
			if p.national() {
				printRecipients(c.OutOrStdout(), checked)
			}
			return (&operation{start, health, log}).run(c.Context(), s)
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory that init made")
	c.Flags().StringSliceVar(&roles, "roles", nil, "what this process does: desk, tally, mark, render, plan, deliver, receive, notify, record; all if not given")
	c.Flags().StringSliceVar(&nations, "nation", nil, "whose plans and mail, with the roles plan, deliver and receive; all if not given")
	c.Flags().StringVar(&url, "nats", "", "the external NATS server, in place of queue.url")
	c.Flags().BoolVar(&clockWasAhead, "clock-was-ahead", false, "serve though facts on record are later than the clock says: it is right now, and was ahead before")
	return c
}

// print says what runs here and what holds, one line each.
func (s *server) print(w io.Writer, health string) {
	fmt.Fprintf(w, "serving %s at %s; %sstop with ctrl-c\n", s.dir, s.queue.ClientURL(), s.destination())
	line := func(name, value string) { fmt.Fprintf(w, "  %-11s %s\n", name, value) }
	line("roles", s.part.String())
	if s.part.national() {
		line("nations", pipeline.JoinNations(s.part.nations, ", "))
	}
	for _, t := range s.queue.Terms() {
		line(t.Name, t.Value)
	}
	if health != "" {
		line("health", health)
	}
}

// destination says where mail goes, if this process sends any.
func (s *server) destination() string {
	switch {
	case !s.part.has(queue.RoleDeliver):
		return ""
	case s.config.Relay.Address == "":
		return "mail goes to " + filepath.Join(s.dir, s.config.Relay.Outbox) + "; "
	}
	return "mail goes to the relay " + s.config.Relay.Address + "; "
}
