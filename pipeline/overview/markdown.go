package overview

import (
	"strings"
	"time"

	"bulletin/pipeline/draft"
)

// day prints a date as people write it.
func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// toWrite is a placeholder for the editor, of which check warns.
func toWrite(what string) string { return draft.ToWrite + what + ".]" }

// markdown writes text so that it reads in the overview as it did in its bulletin. Notes and pictures are left out,
// which may be marked more narrowly, and citations too, whose references stay behind.
func markdown(in []draft.Inline, references int) string {
	var b strings.Builder
	for _, i := range in {
		switch i.Kind {
		case draft.Text:
			b.WriteString(escaped(draft.Recite(i.Text, make([]int, references))))
		case draft.CodeSpan:
			b.WriteString(draft.Backticked(i.Text))
		case draft.Break:
			b.WriteByte(' ')
		case draft.Footnote, draft.Picture:
		default:
			b.WriteString(markdown(i.Children, references))
		}
	}
	return b.String()
}

// signs are what Markdown could take for more than text.
const signs = "\\`*_{}[]<>&~|#!"

// escaped puts a backslash before each sign of Markdown. In a bare address, which Markdown takes as it stands, a
// backslash would become a part of it; there nothing is escaped unless something in it could end it.
func escaped(text string) string {
	var b strings.Builder
	for n, word := range strings.Split(text, " ") {
		if n > 0 {
			b.WriteByte(' ')
		}
		if isAddress(word) {
			b.WriteString(word)
			continue
		}
		for _, r := range word {
			if strings.ContainsRune(signs, r) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isAddress(word string) bool {
	return (strings.HasPrefix(word, "http://") || strings.HasPrefix(word, "https://")) && !strings.ContainsAny(word, strings.ReplaceAll(signs, "_", "")+"_")
}
