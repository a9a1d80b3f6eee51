package draft

import (
	"bytes"
	"path/filepath"
)

// Find returns the first place of a character in the text that the document was read from: the draft, then its
// indicator file. It finds what stands there as itself, not what an entity such as &eacute; stands for.
func (d *Document) Find(ch rune) (Pos, bool) {
	places := []Pos{d.Title.Pos} // every draft has a title
	if len(d.Indicators) > 0 {
		places = append(places, d.Indicators[0].Pos)
	}
	for _, at := range places {
		f := newTextFile(at.File, d.Contents[filepath.Base(at.File)], &problems{})
		if i := bytes.IndexRune(f.text, ch); i >= 0 {
			return f.pos(i), true
		}
	}
	return Pos{}, false
}
