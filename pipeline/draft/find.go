package draft

import (
	"bytes"
	"path/filepath"
)

// Find returns the first place of a character in the text that the document was read from: the draft, then its
// indicator file. It finds what stands there as itself, not what an entity such as &eacute; stands for.
func (d *Document) Find(ch rune) (Pos, bool) {
	main := d.Title.Pos.File // every draft has a title
	files := []*textFile{newDraftFile(main, d.Contents[filepath.Base(main)], &problems{})}
	if len(d.Indicators) > 0 {
		name := d.Indicators[0].Pos.File
		files = append(files, newTextFile(name, d.Contents[filepath.Base(name)], &problems{}))
	}
	for _, f := range files {
		if i := bytes.IndexRune(f.text, ch); i >= 0 {
			return f.pos(i), true
		}
	}
	return Pos{}, false
}
