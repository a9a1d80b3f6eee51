package mail

import (
	"bulletin/pipeline/draft"
)

// A node is a block, or a quotation or list with what stands in it: HTML nests what an edition has flat, so that a
// reader who hears the page is told of lists, and where they end.
type node struct {
	Block *draft.Block
	Quote []node
	List  *list
}

// A list is one level of it.
type list struct {
	Ordered bool
	Long    bool // its numbers take three digits
	Items   []item
}

// An item is what stands behind one number or bullet.
type item struct {
	Number int  // 0 in a list without numbers
	Bare   bool // a continuation, which has no number or bullet of its own
	Nodes  []node
}

// nest builds the tree of blocks that stand in so many quotations and levels of lists. A list within a quotation and a
// quotation within an item are told apart by which of them is open already.
func nest(blocks []draft.Block, quote, depth int) []node {
	var out []node
	for len(blocks) > 0 {
		b := &blocks[0]
		n := 1
		switch {
		case b.Quote > quote:
			n = run(blocks, func(b *draft.Block) bool { return b.Quote > quote })
			out = append(out, node{Quote: nest(blocks[:n], quote+1, depth)})
		case depthOf(b) > depth:
			n = run(blocks, func(next *draft.Block) bool {
				return depthOf(next) > depth && (depthOf(next) > depth+1 || next.Item.List == b.Item.List || depthOf(b) > depth+1)
			})
			out = append(out, node{List: listOf(blocks[:n], quote, depth+1)})
		default:
			out = append(out, node{Block: b})
		}
		blocks = blocks[n:]
	}
	return out
}

// listOf cuts the blocks of a list into its items.
func listOf(blocks []draft.Block, quote, depth int) *list {
	l := &list{}
	starts := func(b *draft.Block) bool { return depthOf(b) == depth && !b.Continues }
	for len(blocks) > 0 {
		i := item{Bare: !starts(&blocks[0])}
		if !i.Bare {
			i.Number, l.Ordered = blocks[0].Item.Number, blocks[0].Item.Ordered
			l.Long = l.Long || i.Number > 99
		}
		n := 1 + run(blocks[1:], func(b *draft.Block) bool { return !starts(b) })
		i.Nodes = nest(blocks[:n], quote, depth)
		l.Items, blocks = append(l.Items, i), blocks[n:]
	}
	return l
}

// run is how many of the first blocks are of a sort.
func run(blocks []draft.Block, same func(*draft.Block) bool) int {
	for i := range blocks {
		if !same(&blocks[i]) {
			return i
		}
	}
	return len(blocks)
}

func depthOf(b *draft.Block) int {
	if b.Item == nil {
		return 0
	}
	return b.Item.Depth
}

// Lead is the paragraph that stands directly behind the number or bullet, if it is one.
func (i item) Lead() *draft.Block {
	if b := i.Nodes[0].Block; b != nil && b.Kind == draft.Paragraph {
		return b
	}
	return nil
}

// Rest is what stands below it.
func (i item) Rest() []node {
	if i.Lead() != nil {
		return i.Nodes[1:]
	}
	return i.Nodes
}

// Opening is the text that a quotation begins with.
func (n node) Opening() []draft.Inline {
	for n.Block == nil {
		if n.List != nil {
			n = n.List.Items[0].Nodes[0]
		} else {
			n = n.Quote[0]
		}
	}
	return n.Block.Text
}
