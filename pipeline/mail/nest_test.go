package mail

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline/draft"
)

// shape writes a tree on a line: ol[1(a ul[(b)]) 2(c)] q[d].
func shape(nodes []node) string {
	var out []string
	for _, n := range nodes {
		switch {
		case n.List != nil:
			kind := "ul"
			if n.List.Ordered {
				kind = "ol"
			}
			var items []string
			for _, i := range n.List.Items {
				number := ""
				if i.Number > 0 {
					number = fmt.Sprint(i.Number)
				}
				if i.Bare {
					number = "…"
				}
				items = append(items, number+"("+shape(i.Nodes)+")")
			}
			out = append(out, kind+"["+strings.Join(items, " ")+"]")
		case n.Quote != nil:
			out = append(out, "q["+shape(n.Quote)+"]")
		default:
			out = append(out, words(n.Block.Text))
		}
	}
	return strings.Join(out, " ")
}

func TestNest(t *testing.T) {
	p := func(s string) draft.Block { return draft.Block{Kind: draft.Paragraph, Text: run1(s)} }
	in := func(depth, list, number int, b draft.Block) draft.Block {
		b.Item = &draft.Item{Depth: depth, List: list, Ordered: number > 0, Number: number}
		return b
	}
	more := func(b draft.Block) draft.Block { b.Continues, b.Item.Number = true, 0; return b }
	quote := func(b draft.Block) draft.Block { b.Quote++; return b }
	for want, blocks := range map[string][]draft.Block{
		"a ol[1(b) 2(c)] d":             {p("a"), in(1, 1, 1, p("b")), in(1, 1, 2, p("c")), p("d")},
		"ol[1(a ul[(b ol[1(c)]) (d)])]": {in(1, 1, 1, p("a")), in(2, 2, 0, p("b")), in(3, 3, 1, p("c")), in(2, 2, 0, p("d"))},
		"ol[1(a) 2(b)] ul[(c)]":         {in(1, 1, 1, p("a")), in(1, 1, 2, p("b")), in(1, 2, 0, p("c"))},
		"ol[1(a b q[c] d) 2(e)]":        {in(1, 1, 1, p("a")), more(in(1, 1, 1, p("b"))), quote(more(in(1, 1, 1, p("c")))), more(in(1, 1, 1, p("d"))), in(1, 1, 2, p("e"))},
		"q[a ul[(b)] q[c]] d":           {quote(p("a")), quote(in(1, 1, 0, p("b"))), quote(quote(p("c"))), p("d")},
		"ul[…(ul[(a)]) (b)]":            {in(2, 2, 0, p("a")), in(1, 1, 0, p("b"))},
		"ul[…(a)]":                      {more(in(1, 1, 0, p("a")))},
	} {
		if got := shape(nest(blocks, 0, 0)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// However lists and quotations are mixed, every block stands once, and in its place.
func TestNestKeepsEveryBlockInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var blocks []draft.Block
		for range rapid.IntRange(0, 12).Draw(t, "blocks") {
			blocks = append(blocks, drawnBlock(t))
		}
		var got []*draft.Block
		var walk func([]node)
		walk = func(nodes []node) {
			for _, n := range nodes {
				if n.Block != nil {
					got = append(got, n.Block)
				}
				walk(n.Quote)
				if n.List != nil {
					for _, i := range n.List.Items {
						walk(i.Nodes)
					}
				}
			}
		}
		walk(nest(blocks, 0, 0))
		for i := range blocks {
			if i >= len(got) || got[i] != &blocks[i] {
				t.Fatalf("block %d of %d is not in its place", i, len(blocks))
			}
		}
		if len(got) != len(blocks) {
			t.Fatalf("%d blocks became %d", len(blocks), len(got))
		}
	})
}
