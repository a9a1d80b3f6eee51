package pdf

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// MissingGlyph is a character that no font has.
type MissingGlyph struct {
	Char  rune
	Place string // where in the edition: "title", "action 2", "block 3 (table)"
}

func (m MissingGlyph) String() string {
	return fmt.Sprintf("%q (U+%04X) in %s", m.Char, m.Char, m.Place)
}

func (c *composer) miss(ch rune) {
	if m := (MissingGlyph{Char: ch, Place: c.place}); !c.known[m] {
		c.known[m] = true
		c.missing = append(c.missing, m)
	}
}

// MissingGlyphError says that an edition has characters that cannot be drawn. It is never drawn
// with empty boxes in their place.
type MissingGlyphError struct {
	Missing []MissingGlyph // at least one
}

func (e *MissingGlyphError) Error() string {
	var parts []string
	for _, s := range e.Scripts() {
		parts = append(parts, s.String()+" in "+s.First.Place)
	}
	return "no font has " + strings.Join(parts, "; ")
}

// Hint says how to get a font that has what is missing.
func (e *MissingGlyphError) Hint() string {
	var hints []string
	for _, s := range e.Scripts() {
		hints = append(hints, s.Hint())
	}
	return strings.Join(hints, "; ")
}

// MissingScript is what is missing of one script: how many characters, and which comes first.
type MissingScript struct {
	Name  string // "Han", "Devanagari"
	Chars int
	First MissingGlyph
}

// Scripts groups the characters by script, by their order in the edition.
func (e *MissingGlyphError) Scripts() []MissingScript {
	var out []MissingScript
	counted := map[rune]bool{}
	for _, m := range e.Missing {
		if counted[m.Char] {
			continue
		}
		counted[m.Char] = true
		name := scriptOf(m.Char)
		i := slices.IndexFunc(out, func(s MissingScript) bool { return s.Name == name })
		if i < 0 {
			i = len(out)
			out = append(out, MissingScript{Name: name, First: m})
		}
		out[i].Chars++
	}
	return out
}

// String is "37 Han characters, the first '絆' (U+7D46)".
func (s MissingScript) String() string {
	first := fmt.Sprintf("%q (U+%04X)", s.First.Char, s.First.Char)
	if s.Chars == 1 {
		return fmt.Sprintf("the %s character %s", s.Name, first)
	}
	return fmt.Sprintf("%d %s characters, the first %s", s.Chars, s.Name, first)
}

// Hint says how to add a font for the script, and where Debian has one.
func (s MissingScript) Hint() string {
	hint := "add a font with TrueType outlines (.ttf or .ttc) that has " + s.Name + ": --font FILE for check and render; for a desk, its file under fonts: in configs/bulletin.yaml, and a restart"
	if pkg := debianFonts[s.Name]; pkg != "" {
		hint += " (Debian: " + pkg + ")"
	}
	return hint
}

// debianFonts are packages with TrueType outlines, for scripts whose letters stand side by side: those of Noto Sans CJK
// have PostScript outlines, which do not serve, and Indic letters would not join.
var debianFonts = map[string]string{
	"Han":      "fonts-droid-fallback, fonts-wqy-microhei",
	"Bopomofo": "fonts-droid-fallback, fonts-wqy-microhei",
	"Hiragana": "fonts-droid-fallback, fonts-ipafont-gothic",
	"Katakana": "fonts-droid-fallback, fonts-ipafont-gothic",
	"Hangul":   "fonts-nanum, fonts-droid-fallback",
	"Arabic":   "fonts-hosny-amiri",
	"Ethiopic": "fonts-sil-abyssinica",
	"Thai":     "fonts-tlwg-loma-ttf",
}

// scriptOf is the Unicode name of a character's script.
func scriptOf(ch rune) string {
	names := slices.SortedFunc(maps.Keys(unicode.Scripts), cmp.Compare[string])
	i := slices.IndexFunc(names, func(name string) bool { return unicode.Is(unicode.Scripts[name], ch) })
	if i < 0 { // needsFont takes no character without one
		return "unknown"
	}
	return names[i]
}
