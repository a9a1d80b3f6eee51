package draft

import "strings"

// Limits of the signs for which the Markdown parser takes quadratic time, far above what any bulletin
// has: in one run of lines without a blank one between them, and in the whole draft.
const (
	maxBrackets      = 5_000
	maxAllBrackets   = 50_000
	maxEmphasis      = 20_000
	maxAllEmphasis   = 200_000
	maxLines         = 50_000 // a bulletin of 300 pages has about 15,000
	maxNotes         = 1_000  // and as many references to them, each of which carries the note's text
	bracketSigns     = "["
	emphasisSigns    = "*_~"
	boundsHint       = "hand in several drafts, or put what is data into the indicator file"
	tooManyInRun     = "more than %d of the signs %s stand in one paragraph"
	tooManyInTheText = "more than %d of the signs %s stand in the draft"
)

// bounded refuses text that would keep the Markdown parser busy for minutes.
func (b *body) bounded() bool {
	text := string(b.src)
	if n := strings.Count(text, "\n"); n > maxLines {
		b.probs.errorf(b.pos(0), boundsHint, "the draft has %d lines, more than %d", n, maxLines)
		return false
	}
	notes := strings.Count(text, "\n[^") // begins a line
	if n := max(notes, strings.Count(text, "[^")-notes); n > maxNotes {
		b.probs.errorf(b.pos(0), boundsHint, "%d footnotes, or references to them, stand in the draft, more than %d", n, maxNotes)
		return false
	}
	return b.count(text, bracketSigns, maxBrackets, maxAllBrackets) &&
		b.count(text, emphasisSigns, maxEmphasis, maxAllEmphasis)
}

func (b *body) count(text, signs string, inRun, inAll int) bool {
	offset, run, all := 0, 0, 0
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			run = 0
		}
		if strings.Count(line, "|") > maxColumns+1 && strings.Trim(line, "|:-> \t\n") == "" {
			// The parser fills short rows up: a few bytes of text become millions of cells.
			b.probs.errorf(b.pos(offset), "a page holds far fewer: turn the table, or hand it in as a file", "a table has more than %d columns", maxColumns)
			return false
		}
		for _, sign := range signs {
			n := strings.Count(line, string(sign))
			run, all = run+n, all+n
		}
		switch {
		case run > inRun:
			b.probs.errorf(b.pos(offset), boundsHint, tooManyInRun, inRun, signs)
			return false
		case all > inAll:
			b.probs.errorf(b.pos(offset), boundsHint, tooManyInTheText, inAll, signs)
			return false
		}
		offset += len(line)
	}
	return true
}
