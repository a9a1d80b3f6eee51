package mail

import (
	"fmt"
	"strings"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// anchors are the places of one mail that links in it lead to. They are numbered: nothing that an author wrote becomes
// an id.
type anchors struct {
	ids    map[string]string       // by name; the first block of a name keeps it
	blocks map[*draft.Block]string // ids of blocks
	noted  map[int]bool            // notes that were referred to already
}

func anchorsOf(e edition.Edition) anchors {
	a := anchors{ids: map[string]string{}, blocks: map[*draft.Block]string{}, noted: map[int]bool{}}
	for i := range e.Blocks {
		b := &e.Blocks[i]
		for _, name := range b.Anchors {
			if _, taken := a.ids[name]; !taken {
				a.ids[name] = fmt.Sprintf("b-p%d", i+1)
				a.blocks[b] = a.ids[name]
			}
		}
	}
	return a
}

// of is the id of a block; empty where nothing leads there.
func (a anchors) of(b *draft.Block) string { return a.blocks[b] }

// inside is the id that a link leads to, if it leads to a place of this mail.
func (a anchors) inside(url string) string {
	name, ok := strings.CutPrefix(url, "#")
	if !ok {
		return ""
	}
	return a.ids[name]
}

// A reference leads to a note, and a note back to where it is referred to first.
type reference struct{ Note, Back string }

// refer gives the ids for a reference to a note. Back is set for the first alone: an id is of one place.
func (a anchors) refer(number int) reference {
	r := reference{Note: fmt.Sprintf("b-n%d", number)}
	if !a.noted[number] {
		r.Back = fmt.Sprintf("b-r%d", number)
	}
	a.noted[number] = true
	return r
}

// note gives the ids for the note itself, after all that refers to it.
func (a anchors) note(number int) reference {
	r := reference{Note: fmt.Sprintf("b-n%d", number)}
	if a.noted[number] {
		r.Back = fmt.Sprintf("b-r%d", number)
	}
	return r
}
