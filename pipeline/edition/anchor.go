package edition

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"bulletin/pipeline/draft"
)

// anchors names the headings that are left as GitHub and its peers name them, and leads the links inside the document to
// them. A link to what is not left becomes its text: its address would tell of what was withheld.
func anchors(blocks []draft.Block) {
	exact, loose := map[string]string{}, map[string]string{}
	name := func(anchor string) bool {
		if exact[anchor] != "" {
			return false
		}
		exact[anchor] = anchor
		if l := letters(anchor); loose[l] == "" {
			loose[l] = anchor
		}
		return true
	}
	for i := range blocks {
		written := blocks[i].Anchors
		blocks[i].Anchors = nil // it is shared with the document
		for _, a := range written {
			if a != "" && name(a) {
				blocks[i].Anchors = append(blocks[i].Anchors, a)
			}
		}
	}
	again := map[string]int{}
	for i := range blocks {
		b := &blocks[i]
		if b.Kind != draft.Heading {
			continue
		}
		slug := slugOf(draft.Plain(b.Text))
		if slug == "" || slices.Contains(b.Anchors, slug) {
			continue
		}
		free := slug
		for !name(free) {
			again[slug]++
			free = fmt.Sprintf("%s-%d", slug, again[slug])
		}
		b.Anchors = append(b.Anchors, free)
	}
	for i := range blocks {
		b := &blocks[i]
		b.Text = followed(b.Text, exact, loose)
		if b.Table == nil {
			continue
		}
		for c := range b.Table.Head {
			b.Table.Head[c] = followed(b.Table.Head[c], exact, loose)
		}
		for _, row := range b.Table.Rows {
			for c := range row.Cells {
				row.Cells[c] = followed(row.Cells[c], exact, loose)
			}
		}
	}
}

// slugOf is the name of a heading: its letters and digits in lower case, hyphens for spaces.
func slugOf(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.In(r, unicode.L, unicode.N, unicode.M):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// letters is what the names that different sites give to a heading have in common.
func letters(anchor string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.L, unicode.N) {
			return unicode.ToLower(r)
		}
		return -1
	}, anchor)
}

// followed is in, its links leading to anchors that are there.
func followed(in []draft.Inline, exact, loose map[string]string) []draft.Inline {
	var out []draft.Inline
	for _, i := range in {
		i.Children = followed(i.Children, exact, loose)
		target, inside := strings.CutPrefix(i.URL, "#")
		if i.Kind != draft.Link || !inside {
			out = append(out, i)
			continue
		}
		if anchor := anchorOf(target, exact, loose); anchor != "" {
			i.URL = "#" + anchor
			out = append(out, i)
		} else {
			out = append(out, i.Children...)
		}
	}
	return joined(out)
}

// anchorOf is the anchor that a link means; empty if there is none.
func anchorOf(target string, exact, loose map[string]string) string {
	if plain, err := url.PathUnescape(target); err == nil && exact[target] == "" {
		target = plain
	}
	if a := exact[target]; a != "" {
		return a
	}
	if l := letters(target); l != "" {
		return loose[l]
	}
	return ""
}
