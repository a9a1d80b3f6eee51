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

// A list, as it is counted.
type list struct {
	id      int
	ordered bool
	count   int
}

// numberLists gives every item its depth, list and number from the shape of what is left alone. An item
// stands at most one level below the item before it: a child whose parent was withheld moves up.
// Neighbours of one level and sort are one list, and every ordered list counts from 1: the draft's own
// lists and starts would tell of what stood between and before them.
func numberLists(blocks []draft.Block) {
	var open []list // one for each level that is open
	lists := 0
	for i := range blocks {
		item := blocks[i].Item
		if item == nil {
			open = nil
			continue
		}
		item.Depth = min(item.Depth, len(open)+1)
		continues := blocks[i].Continues && item.Depth <= len(open)
		if item.Depth < len(open) {
			open = open[:item.Depth]
		}
		if item.Depth > len(open) || !continues && open[item.Depth-1].ordered != item.Ordered {
			lists++
			open = append(open[:item.Depth-1], list{id: lists, ordered: item.Ordered})
		}
		here := &open[item.Depth-1]
		item.List, item.Ordered, item.Start, item.Number = here.id, here.ordered, 0, 0
		if !continues {
			here.count++
		}
		if here.ordered && !continues {
			item.Number = here.count
		}
	}
}

// numberNotes numbers notes in order of appearance; notes of the same text share a number.
func numberNotes(blocks []draft.Block) {
	numbers := map[string]int{}
	for i := range blocks {
		blocks[i].EachInline(func(in *draft.Inline) {
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
