package configs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bulletin/pipeline"
)

// Check reads every file of a working directory and returns all that is wrong with all of them: errors with their place
// are *Error. font judges a font file that the configuration names.
func Check(dir string, font func(file string) error) []error {
	config, err := Load(dir)
	if errors.Is(err, errNoDir) {
		return []error{err}
	}
	errs := append([]error{err}, checkFonts(dir, config.Fonts, font)...)
	_, policy := LoadPolicy(dir, config)
	_, people := LoadPeople(dir)
	errs = append(errs, policy, people)
	for _, n := range pipeline.Nations() {
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
			errs = append(errs, at.errorf(fmt.Sprintf("$.fonts[%d]", i), "give a TrueType file (.ttf), its path relative to the working directory", "%v", err))
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
