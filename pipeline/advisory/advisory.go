// Package advisory reads what others published (a STIX 2.1 report bundle, or an advisory in Markdown, HTML or plain
// text) and writes a draft of it, for an author to finish.
//
// What the source says becomes a proposal; what it does not say is left empty, with a comment beside it, and fails
// check until somebody has filled it in. Above all no marking is invented: a TLP label is proposed only where the
// source states exactly one, and whom the draft goes to and in which scheme it is marked is never guessed.
package advisory

import (
	"errors"
	"fmt"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
)

// Format is what a source is written in.
type Format string

// The formats that are read.
const (
	STIX     Format = "stix"
	HTML     Format = "html"
	Markdown Format = "markdown"
	Text     Format = "text"
)

// Options is what the person says who imports.
type Options struct {
	Format     Format        // empty: found out from the content
	Report     string        // the id of the report to take, where a bundle holds several
	Kind       pipeline.Kind // empty: proposed
	Indicators string        // the base name of the indicator file, for the front matter
}

// Draft is what was made of a source.
type Draft struct {
	Format     Format
	Text       []byte   // the draft
	Indicators []byte   // the indicator file; nil if the source has none
	Rows       int      // indicators in it
	Left       []Left   // what the author has to fill in
	Notes      []string // what else a person should know: what was left out, what was found
}

// maxLines is as many as draft reads.
const maxLines = 50_000

// Left is a key of the front matter that the author has to fill in.
type Left struct {
	Key string `json:"key"`
	Why string `json:"why"`
}

// An Error says why a source cannot be read, and what to do.
type Error struct {
	Msg, Hint string
}

func (e *Error) Error() string { return e.Msg }

func refuse(hint, format string, args ...any) error {
	return &Error{Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// Import makes a draft of a source. It touches no file and fetches nothing. The error is an *Error.
func Import(content []byte, opt Options) (Draft, error) {
	if len(content) > draft.MaxDraft {
		return Draft{}, refuse("import its parts one by one", "it has %d bytes: at most %d (%d MiB) are read", len(content), draft.MaxDraft, draft.MaxDraft>>20)
	}
	text, err := decoded(content)
	if err != nil {
		return Draft{}, err
	}
	if err := notAdvisory(text.s); err != nil {
		return Draft{}, err
	}
	if opt.Format == "" {
		if opt.Format, err = detect(text.s); err != nil {
			return Draft{}, err
		}
	}
	if lines := strings.Count(text.s, "\n"); (opt.Format == Markdown || opt.Format == Text) && lines > maxLines {
		return Draft{}, refuse("import its parts one by one", "it has %d lines, and a draft at most %d", lines, maxLines)
	}
	p := &proposal{notes: text.notes, kind: opt.Kind}
	switch opt.Format {
	case STIX:
		err = readSTIX(p, text.s, opt)
	case HTML:
		err = readHTML(p, text.s)
	case Markdown:
		readMarkdown(p, text.s)
	case Text:
		readText(p, text.s)
	default:
		err = refuse("known are stix, html, markdown and text", "there is no format %q", opt.Format)
	}
	var known *Error
	if err != nil && !errors.As(err, &known) {
		err = &Error{Msg: err.Error()}
	}
	if err != nil {
		return Draft{}, err
	}
	p.body = shown(p.body)
	if strings.TrimSpace(p.body) == "" {
		return Draft{}, refuse("look at what it holds; --format says what it is written in", "it holds no text that could become a draft")
	}
	p.settle()
	out := Draft{Format: opt.Format, Indicators: p.table.csv(), Rows: len(p.table.rows), Left: p.left, Notes: p.notes}
	out.Text = []byte(p.front(opt.Indicators) + p.body)
	return out, nil
}
