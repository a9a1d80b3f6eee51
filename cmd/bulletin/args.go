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

// twoArgs wants exactly these two arguments.
func twoArgs(first, second string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return fmt.Errorf("%s and %s are missing", first, second)
		case len(args) == 1:
			return fmt.Errorf("%s is missing", second)
		case len(args) > 2:
			return fmt.Errorf("%s is too much", strings.Join(args[2:], " "))
		}
		return nil
	}
}

// exclusive refuses two flags of which one says what the other contradicts.
func exclusive(c *cobra.Command, one, other string) error {
	if c.Flags().Changed(one) && c.Flags().Changed(other) {
		return &usageError{c.CommandPath(), fmt.Errorf("--%s and --%s: give one of them", one, other)}
	}
	return nil
}

// optionalArg takes one argument or none.
func optionalArg(name, what string) cobra.PositionalArgs {
	one := oneArg(name, what)
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return one(c, args)
	}
}
