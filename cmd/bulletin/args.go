package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// oneArg wants exactly one argument and says what it is.
func oneArg(name, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("%s is missing: %s", name, what)
		case len(args) > 1:
			return fmt.Errorf("one %s at a time: %s is too much", name, strings.Join(args[1:], " "))
		}
		return nil
	}
}
