package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
)

func serveCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "serve [--dir DIR]",
		Short:   "Run the desk and all stages of the pipeline",
		Example: "  bulletin init desk\n  bulletin serve --dir desk",
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := configs.Load(dir)
			if err != nil {
				return err
			}
			checked, err := checkRecipients(dir)
			if err != nil {
				return err
			}
			log := newLog(c.ErrOrStderr(), config.Log)
			start := func(config configs.Config) (*server, error) {
				return newServer(c.Context(), dir, config, time.Now, log)
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
			fmt.Fprintf(c.OutOrStdout(), "serving %s at %s; mail goes to %s; stop with ctrl-c\n", dir, s.queue.ClientURL(), s.destination())
			if health != nil {
				fmt.Fprintf(c.OutOrStdout(), "health at %s\n", health.url())
			}
			printRecipients(c.OutOrStdout(), checked)
			return (&operation{start, health, log}).run(c.Context(), s)
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory that init made")
	return c
}

func (s *server) destination() string {
	if s.config.Relay.Address == "" {
		return "the outbox " + s.config.Relay.Outbox
	}
	return "the relay " + s.config.Relay.Address
}
