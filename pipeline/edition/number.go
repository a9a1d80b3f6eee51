package edition

import (
	"encoding/json"

	"bulletin/pipeline/draft"
)

// number counts list items and notes from what is left, so that no gap shows what was withheld.
func number(blocks []draft.Block) {
	numberLists(blocks)
	numberNotes(blocks)
}

// A list, as it is counted: which list of the draft its first level was, and how far it has counted.
type list struct {
	source  int // the draft's number of the list; counts for the outermost level only
	id      int
	ordered bool
	count   int
}

// numberLists gives every item its depth, list and number from the shape of what is left alone:
// an item stands at most one level below the item before it (a child whose parent was withheld
// moves up), and every ordered list counts from 1 (its start would tell of items before it).
func numberLists(blocks []draft.Block) {
	var open []list // one for each level that is open
	lists := 0
	for i := range blocks {
		item := blocks[i].Item
		if item == nil {
			open = nil
			continue
		}
		source, lifted := item.List, item.Depth > len(open)+1
		item.Depth = min(item.Depth, len(open)+1)
		if item.Depth < len(open) {
			open = open[:item.Depth]
		}
		if continues := blocks[i].Continues && item.Depth == len(open); !continues {
			if item.Depth > len(open) || startsNewList(open[item.Depth-1], *item, lifted) {
				lists++
				open = append(open[:item.Depth-1], list{source: source, id: lists, ordered: item.Ordered})
			}
			open[item.Depth-1].count++
		}
		here := open[item.Depth-1]
		item.List, item.Start, item.Number = here.id, 0, 0
		if here.ordered && !blocks[i].Continues {
			item.Number = here.count
		}
	}
}

// startsNewList tells neighbours of one level apart: by their bullets, and at the outermost level by
// the draft's own lists.
func startsNewList(before list, item draft.Item, lifted bool) bool {
	if before.ordered != item.Ordered {
		return true
	}
	return item.Depth == 1 && !lifted && before.source != item.List
}

// numberNotes numbers notes in order of appearance; notes of the same text share a number.
func numberNotes(blocks []draft.Block) {
	numbers := map[string]int{}
	for i := range blocks {
		eachInline(&blocks[i], func(in *draft.Inline) {
			if in.Kind != draft.Footnote {
				return
			}
			text, _ := json.Marshal(in.Children) // plain values
			if numbers[string(text)] == 0 {
				numbers[string(text)] = len(numbers) + 1
			}
			in.Number = numbers[string(text)]
		})
	}
}
