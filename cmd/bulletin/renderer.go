package main

import (
	"errors"
	"fmt"
	"os"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/pdf"
	"bulletin/pipeline/stix"
	"bulletin/workers"
)

// renderer makes all files of an edition.
type renderer struct {
	pdf   *pdf.Renderer
	fonts []pipeline.Digest // of the given files
}

// newRenderer prepares the built-in fonts and the given TrueType files.
func newRenderer(fontFiles []string) (renderer, error) {
	var opts pdf.Options
	var digests []pipeline.Digest
	for _, file := range fontFiles {
		data, err := os.ReadFile(file)
		if err != nil {
			return renderer{}, hint(fmt.Errorf("font: %w", err), fontHint)
		}
		opts.Fonts = append(opts.Fonts, data)
		digests = append(digests, pipeline.DigestOf(data))
	}
	r, err := pdf.New(opts)
	if err != nil {
		if bad := new(pdf.FontError); errors.As(err, &bad) {
			err = fmt.Errorf("font %s: %w", fontFiles[bad.Index], bad.Err)
		}
		return renderer{}, hint(err, fontHint)
	}
	return renderer{pdf: r, fonts: digests}, nil
}

const fontHint = "give a TrueType file (.ttf, or .ttc, of which the first font is taken)"

// Render makes the PDF, the STIX bundle, the indicator CSV and the plain text.
func (r renderer) Render(e edition.Edition) (out workers.Rendering, err error) {
	if out.PDF, err = r.pdf.Render(e); err != nil {
		return out, fmt.Errorf("draw the PDF for %s: %w", e.Nation, err)
	}
	if out.STIX, err = stix.Bundle(e, out.PDF); err != nil {
		return out, fmt.Errorf("make the STIX bundle for %s: %w", e.Nation, err)
	}
	if out.CSV, err = stix.CSV(e); err != nil {
		return out, fmt.Errorf("make the CSV for %s: %w", e.Nation, err)
	}
	out.Text = []byte(edition.Text(e))
	return out, nil
}

// printable refuses an edition that would not render once it is approved: a character that no font covers, a
// banner that does not fit, a date that STIX does not know.
func (r renderer) printable(e edition.Edition) error {
	_, err := r.Render(e)
	return err
}
