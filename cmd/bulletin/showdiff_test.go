package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/sergi/go-diff/diffmatchpatch"
	"pgregory.net/rapid"

	"bulletin/pipeline/edition"
)

func units(texts ...string) (out []edition.Unit) {
	for i := 0; i < len(texts); i += 2 {
		out = append(out, edition.Unit{Part: texts[i], Text: texts[i+1]})
	}
	return out
}

func TestDiffer(t *testing.T) {
	for _, c := range []struct {
		name     string
		old, new []edition.Unit
		want     string // about: words
	}{
		{"nothing", units("title", "A"), units("title", "A"), ""},
		{"a word", units("portion", "(U) one two three"), units("portion", "(U) one 2 three"), "portion 1: (U) one [-two-]{+2+} three\n"},
		{"a mark", units("portion", "(U) one two"), units("portion", "(U//FOUO) one two"), "portion 1: [-(U)-]{+(U//FOUO)+} one two\n"},
		{"the title, all of it", units("title", "Old words"), units("title", "New ones here"), "title: [-Old words-]{+New ones here+}\n"},
		{"a portion more", units("portion", "one", "portion", "two"), units("portion", "one", "portion", "new thing", "portion", "two"), "portion 2, new: {+new thing+}\n"},
		{"a portion less", units("portion", "one", "portion", "two"), units("portion", "two"), "portion 1 of revision 1, gone: [-one-]\n"},
		{"one for another", units("action", "alpha beta"), units("action", "gamma delta"), "action 1 of revision 1, gone: [-alpha beta-]\naction 1, new: {+gamma delta+}\n"},
		{"moved down and changed", units("portion", "one two three four"), units("portion", "zero", "portion", "one two three 4"), "portion 1, new: {+zero+}\nportion 2 (was 1): one two three [-four-]{+4+}\n"},
		{"a line of a table", units("portion", "a | b\nc | d"), units("portion", "a | b\nc | e"), "portion 1: a | b\nc | [-d-]{+e+}\n"},
		{"a line more", units("portion", "x := 1"), units("portion", "x := 1\ny := 2"), "portion 1: x := 1 \n{+y := 2+}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := differ(c.old, c.new)
			d.From, d.To = 1, 2
			var got strings.Builder
			for _, change := range d.Changes {
				got.WriteString(change.about(d) + ": " + change.Words + "\n")
			}
			if strings.ReplaceAll(got.String(), " \n", "\n") != strings.ReplaceAll(c.want, " \n", "\n") {
				t.Errorf("got\n%swant\n%s", got.String(), c.want)
			}
		})
	}
}

// Without what came, the words are those of the earlier revision; without what went, those of the newer. Every unit
// is told of once, or is the same in both.
func TestDifferLosesNothing(t *testing.T) {
	unit := rapid.Custom(func(t *rapid.T) edition.Unit {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"ferry", "harbour", "(U)", "[-", "-]", "{+", "+}", "\n", "漢字"}), 1, 8).Draw(t, "words")
		return edition.Unit{Part: rapid.SampledFrom([]string{"action", "portion"}).Draw(t, "part"), Text: strings.Join(words, " ")}
	})
	rapid.Check(t, func(t *rapid.T) {
		old, new := rapid.SliceOfN(unit, 0, 8).Draw(t, "old"), rapid.SliceOfN(unit, 0, 8).Draw(t, "new")
		numbersOld, numbersNew := numbered(old), numbered(new)
		toldOld, toldNew := map[int]bool{}, map[int]bool{}
		find := func(units []edition.Unit, numbers []int, part string, n int) int {
			for i, u := range units {
				if u.Part == part && numbers[i] == n {
					return i
				}
			}
			t.Fatalf("there is no %s %d", part, n)
			return 0
		}
		for _, c := range differ(old, new).Changes {
			var before, after []string
			for _, r := range c.runs {
				if r.op != diffmatchpatch.DiffInsert {
					before = append(before, r.items...)
				}
				if r.op != diffmatchpatch.DiffDelete {
					after = append(after, r.items...)
				}
			}
			if c.Was > 0 {
				i := find(old, numbersOld, c.Part, c.Was)
				if toldOld[i] || !slices.Equal(before, wordsOf(old[i].Text)) {
					t.Fatalf("%d of the old: %q, told as %q", i, old[i].Text, before)
				}
				toldOld[i] = true
			}
			if c.Is > 0 {
				i := find(new, numbersNew, c.Part, c.Is)
				if toldNew[i] || !slices.Equal(after, wordsOf(new[i].Text)) {
					t.Fatalf("%d of the new: %q, told as %q", i, new[i].Text, after)
				}
				toldNew[i] = true
			}
		}
		var sameOld, sameNew []edition.Unit
		for i, u := range old {
			if !toldOld[i] {
				sameOld = append(sameOld, u)
			}
		}
		for i, u := range new {
			if !toldNew[i] {
				sameNew = append(sameNew, u)
			}
		}
		if !slices.Equal(sameOld, sameNew) {
			t.Fatalf("not told of: %v and %v", sameOld, sameNew)
		}
	})
}

// There are more letters than a text has different words, the surrogates and the replacement character among the
// numbers that are passed over or must come back.
func TestDiffOfManyWords(t *testing.T) {
	var many []int
	for i := range 70000 {
		many = append(many, i)
	}
	got := diffOf(many, append(slices.Clone(many), -1))
	if len(got) != 2 || !slices.Equal(got[0].items, many) || !slices.Equal(got[1].items, []int{-1}) {
		t.Errorf("%d stretches", len(got))
	}
}

func TestDifferencesInColour(t *testing.T) {
	d := differ(units("portion", "one two"), units("portion", "one 2"))
	var b strings.Builder
	screen{Writer: &b, colour: true, terminal: true, width: 80}.differences(d)
	if got := b.String(); !strings.Contains(got, "\x1b[31;9mtwo\x1b[0m \x1b[32;4m2\x1b[0m") || strings.Contains(got, "[-") {
		t.Errorf("%q", got)
	}
}
