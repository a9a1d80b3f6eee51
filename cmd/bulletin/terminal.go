package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/term"

	"bulletin/pipeline/edition"
)

// plainWidth is how wide text is that goes to a file or a pipe.
const plainWidth = 80

// isTerminal reports whether w is a terminal that a person looks at.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && os.Getenv("TERM") != "dumb" && os.Getenv("CI") == "" && term.IsTerminal(int(f.Fd()))
}

// screen is where a verb prints for people: with colour and as wide as it is on a terminal, plain elsewhere.
type screen struct {
	io.Writer
	terminal bool
	colour   bool
	width    int
}

func newScreen(w io.Writer) screen {
	s := screen{Writer: w, terminal: isTerminal(w), width: plainWidth}
	if !s.terminal {
		return s
	}
	s.colour = os.Getenv("NO_COLOR") == "" // no-color.org
	if width, _, err := term.GetSize(int(w.(*os.File).Fd())); err == nil && width > 0 {
		s.width = max(width, 40)
	}
	return s
}

// style is how a piece of text stands out, as the parameter of a terminal's SGR sequence (ECMA-48 §8.3.117).
type style string

// The styles. What went and what came differ in more than colour.
const (
	unstyled style = ""
	strong   style = "1"
	faint    style = "2"
	urgent   style = "1;31"
	warning  style = "33"
	gone     style = "31;9" // red, struck through
	fresh    style = "32;4" // green, underlined
)

// paint gives text a style, where there is colour.
func (s screen) paint(as style, text string) string {
	if !s.colour || as == unstyled || text == "" {
		return text
	}
	return "\x1b[" + string(as) + "m" + text + "\x1b[0m"
}

// line prints a line.
func (s screen) line(format string, args ...any) { fmt.Fprintf(s, format+"\n", args...) }

// fill prints text after a label, wrapped, its further lines below the first.
func (s screen) fill(label, text string, as style) {
	lead := label
	for _, l := range edition.Wrap(edition.Safe(text), max(s.width-edition.Columns(label), 20)) {
		s.line("%s%s", lead, s.paint(as, l))
		lead = strings.Repeat(" ", edition.Columns(label))
	}
}

// cut shortens text to so many columns.
func cut(text string, width int) string {
	if edition.Columns(text) <= width {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && edition.Columns(string(runes)) >= width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// paged prints what people read, through their pager where it is longer than the terminal is high.
func paged(w io.Writer, print func(s screen)) error {
	s := newScreen(w)
	if !s.terminal {
		print(s)
		return nil
	}
	var text bytes.Buffer
	s.Writer = &text
	print(s)
	_, height, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil || bytes.Count(text.Bytes(), []byte("\n")) < height || !runPager(w, text.Bytes()) {
		_, err = w.Write(text.Bytes())
		return err
	}
	return nil
}

// runPager shows text in $PAGER, or in less; false if there is none.
func runPager(w io.Writer, text []byte) bool {
	pager, set := os.LookupEnv("PAGER")
	if !set {
		if _, err := exec.LookPath("less"); err != nil {
			return false
		}
		pager = "less -FRX"
	}
	if strings.TrimSpace(pager) == "" {
		return false
	}
	cmd := exec.Command("sh", "-c", pager)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), w, os.Stderr
	err := cmd.Run()
	exit, ended := err.(*exec.ExitError)
	return err == nil || ended && exit.ExitCode() < 126 // sh: 126 and 127 are a pager that could not be run
}
