package main

import (
	"slices"
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// difference is what a reader sees changed from one revision to another.
type difference struct {
	ID      pipeline.ID `json:"id"`
	From    int         `json:"from"`
	To      int         `json:"to"`
	Changes []change    `json:"changes"`
}

// change is one unit of an edition that came, went, or reads differently.
type change struct {
	Part  string `json:"part"`            // title, action, portion …
	Was   int    `json:"was,omitempty"`   // its number among its part in the earlier revision; 0: it was not there
	Is    int    `json:"is,omitempty"`    // in the newer one; 0: it is gone
	Words string `json:"words,omitempty"` // with [-what went-] and {+what came+}
	runs  []stretch[string]
}

// differ compares the units of two editions: first which units are the same, then word by word those that are not.
func differ(old, new []edition.Unit) difference {
	d := difference{Changes: []change{}}
	m := matcher{old: old, new: new, numbersOld: numbered(old), numbersNew: numbered(new)}
	i, j := 0, 0
	var goneTo, cameTo int
	for _, r := range diffOf(old, new) {
		switch n := len(r.items); r.op {
		case diffmatchpatch.DiffEqual:
			d.Changes = append(d.Changes, m.gap(i, goneTo, j, cameTo)...)
			i, j = goneTo+n, cameTo+n
			goneTo, cameTo = i, j
		case diffmatchpatch.DiffDelete:
			goneTo += n
		case diffmatchpatch.DiffInsert:
			cameTo += n
		}
	}
	d.Changes = append(d.Changes, m.gap(i, goneTo, j, cameTo)...)
	return d
}

// numbered counts each unit among its part, from 1.
func numbered(units []edition.Unit) []int {
	counts, out := map[string]int{}, make([]int, len(units))
	for i, u := range units {
		counts[u.Part]++
		out[i] = counts[u.Part]
	}
	return out
}

// matcher pairs units that differ.
type matcher struct {
	old, new               []edition.Unit
	numbersOld, numbersNew []int
}

// single are the parts of which an edition has one: its unit changes, and does not come and go.
var single = []string{"banner", "TLP", "title", "kind", "precedence", "for", "embargo"}

// window is how far ahead a unit's later wording is looked for: two texts with nothing in common take no longer for it.
const window = 40

// gap compares the units of two stretches between units that are the same.
func (m matcher) gap(oldFrom, oldTo, newFrom, newTo int) (out []change) {
	i := oldFrom
	for j := newFrom; j < newTo; j++ {
		for i < oldTo && !slices.ContainsFunc(m.new[j:min(j+window, newTo)], func(u edition.Unit) bool { return alike(m.old[i], u) }) {
			out = append(out, m.change(i, -1)) // what went stands before what came in its place
			i++
		}
		at := slices.IndexFunc(m.old[i:min(i+window, oldTo)], func(u edition.Unit) bool { return alike(u, m.new[j]) })
		if at < 0 {
			out = append(out, m.change(-1, j))
			continue
		}
		for ; at > 0; at, i = at-1, i+1 {
			out = append(out, m.change(i, -1))
		}
		out = append(out, m.change(i, j))
		i++
	}
	for ; i < oldTo; i++ {
		out = append(out, m.change(i, -1))
	}
	return out
}

// alike reports whether one unit is the other's later wording: half of their words are the same.
func alike(a, b edition.Unit) bool {
	if a.Part != b.Part {
		return false
	}
	if slices.Contains(single, a.Part) {
		return true
	}
	count, same := map[string]int{}, 0
	before, after := strings.Fields(a.Text), strings.Fields(b.Text)
	for _, w := range before {
		count[w]++
	}
	for _, w := range after {
		if count[w] > 0 {
			count[w]--
			same++
		}
	}
	return 4*same >= len(before)+len(after)
}

// change compares two units word by word; an index below zero is a unit that is not there.
func (m matcher) change(i, j int) change {
	var c change
	var before, after []string
	if i >= 0 {
		c.Part, c.Was, before = m.old[i].Part, m.numbersOld[i], wordsOf(m.old[i].Text)
	}
	if j >= 0 {
		c.Part, c.Is, after = m.new[j].Part, m.numbersNew[j], wordsOf(m.new[j].Text)
	}
	c.runs = diffOf(before, after)
	c.Words = strings.Join(c.lines(screen{}, 0), "\n")
	return c
}

// newline is the word that ends a line of a table or of code.
const newline = "\n"

func wordsOf(text string) []string {
	var out []string
	for i, l := range strings.Split(text, "\n") {
		if i > 0 {
			out = append(out, newline)
		}
		out = append(out, strings.Fields(l)...)
	}
	return out
}

// stretch is things in a row that stayed, went or came.
type stretch[T comparable] struct {
	op    diffmatchpatch.Operation
	items []T
}

// diffOf compares two lists. The library compares texts: each different thing is given a letter of its own.
func diffOf[T comparable](a, b []T) []stretch[T] {
	letters, things := map[T]rune{}, map[rune]T{}
	spell := func(in []T) []rune {
		out := make([]rune, len(in))
		for i, thing := range in {
			letter, known := letters[thing]
			if !known {
				letter = rune(len(letters) + 1)
				if letter >= 0xd800 { // the surrogates are no letters
					letter += 0x800
				}
				letters[thing], things[letter] = letter, thing
			}
			out[i] = letter
		}
		return out
	}
	before, after := spell(a), spell(b)
	var out []stretch[T]
	for _, d := range diffmatchpatch.New().DiffMainRunes(before, after, false) {
		one := stretch[T]{op: d.Type}
		for _, letter := range d.Text {
			one.items = append(one.items, things[letter])
		}
		out = append(out, one)
	}
	return out
}
