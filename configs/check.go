package configs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bulletin/pipeline"
)

// Scope says which files of a working directory count, beside the configuration: a process that runs a part of the
// pipeline has no others.
type Scope struct {
	People  bool                    // people and policy
	Nations []pipeline.Nation       // whose lists
	Font    func(file string) error // judges a font file that the configuration names; nil: fonts do not count
}

// Check reads the files of a working directory and returns all that is wrong with all of them: errors with their place
// are *Error.
func Check(dir string, scope Scope) []error {
	config, err := Load(dir)
	if errors.Is(err, errNoDir) {
		return []error{err}
	}
	errs := []error{err}
	if scope.Font != nil {
		errs = append(errs, checkFonts(dir, config.Fonts, scope.Font)...)
	}
	if scope.People {
		_, policy := LoadPolicy(dir, config)
		_, people := LoadPeople(dir)
		errs = append(errs, policy, people)
	}
	for _, n := range scope.Nations {
		_, err := LoadRecipients(dir, n)
		errs = append(errs, err)
	}
	return flat(errs)
}

func checkFonts(dir string, fonts []string, font func(file string) error) []error {
	if len(fonts) == 0 {
		return nil
	}
	file := filepath.Join(dir, configFile)
	data, _ := read(file) // Load has read it
	at := placesOf(file, data)
	var errs []error
	for i, name := range fonts {
		err := font(name)
		if errors.Is(err, os.ErrNotExist) {
			err = fmt.Errorf("there is no font %s", name)
		}
		if err != nil {
			errs = append(errs, at.errorf(fmt.Sprintf("$.fonts[%d]", i), "give a TrueType file (.ttf, .ttc), its path relative to the working directory", "%v", err))
		}
	}
	return errs
}

// flat takes joined errors apart, and leaves nil ones out.
func flat(errs []error) []error {
	var out []error
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			out = append(out, flat(joined.Unwrap())...)
		} else if err != nil {
			out = append(out, err)
		}
	}
	return out
}
