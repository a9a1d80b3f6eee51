package draft

import (
	"fmt"
	"maps"
	"slices"

	"bulletin/pipeline"
)

// Options is what the caller knows beside the files.
type Options struct {
	Author pipeline.Nation // the author's nation; empty if nobody has said, as offline
}

// Parse reads a draft. It returns everything that is wrong with it at once; the document is nil
// if any of that is an Error. It touches no file: a picture that is not in src is a Warning and
// has no digest, and the caller says whether that will do.
func Parse(src Source, opt Options) (*Document, Problems) {
	r := reader{src: src, opt: opt}
	r.read()
	r.finish()
	list := r.probs.sorted(src.Dir + src.Name)
	if list.Err() != nil {
		return nil, list
	}
	return r.doc, list
}

// reader holds what is gathered while one draft is read.
type reader struct {
	src   Source
	opt   Options
	probs problems
	marks marker
	front front
	doc   *Document
	named []namedFile // the files that the draft names, in order of the text
}

// namedFile is a file beside the draft.
type namedFile struct {
	name  string
	limit int64
	at    Pos
}

// read reads the draft's own file.
func (r *reader) read() {
	r.doc = &Document{Kind: "bulletin", Precedence: pipeline.Routine, Contents: map[string][]byte{}}
	r.marks = marker{probs: &r.probs}
	content, ok := r.src.Files[r.src.Name]
	at := Pos{File: r.src.Dir + r.src.Name, Line: 1, Col: 1}
	switch {
	case !ok:
		r.probs.errorf(at, "", "the draft itself is missing from what was handed in")
		return
	case len(content) > MaxDraft:
		r.probs.errorf(at, "", "%v", tooLarge(r.src.Name, int64(len(content)), MaxDraft))
		return
	}
	file := newDraftFile(at.File, content, &r.probs)
	yaml, start, ok := splitFront(file, &r.probs)
	if !ok {
		return
	}
	r.front = front{file: file, probs: &r.probs, marks: &r.marks, doc: r.doc}
	r.front.read(yaml)
	if r.front.indicators != "" {
		r.named = append(r.named, namedFile{r.front.indicators, MaxDraft, r.front.indicatorsPos})
	}
	for _, a := range r.doc.Attachments {
		r.named = append(r.named, namedFile{a.Name, MaxAttachment, a.Pos})
	}
	b := body{file: file, probs: &r.probs, marks: &r.marks, doc: r.doc, start: start}
	b.read()
	r.marks.honest(file)
	inside := slices.DeleteFunc(slices.Clone(b.pictures), func(p picture) bool { return p.file == "" })
	for _, p := range inside {
		r.named = append(r.named, namedFile{p.file, MaxImage, p.at})
	}
	r.files(inside)
}

// finish reads the indicator file and checks what only the whole shows.
func (r *reader) finish() {
	if r.front.file == nil {
		return
	}
	if name := r.front.indicators; name != "" {
		r.indicators(name)
	}
	r.checkOriginator()
	r.allOrNone()
	r.checkTLP()
	r.rollUp()
	if r.probs.list.Err() == nil { // of what could not be read, nothing is missing
		editorial(r.doc, &r.front, &r.probs)
	}
}

// files fills the document's files from the source, and the digests of its pictures.
func (r *reader) files(pictures []picture) {
	r.keep(r.src.Name)
	for _, p := range pictures {
		content, ok := r.src.Files[p.file]
		if !ok {
			r.probs.warnf(p.at, "put it beside the draft; submit refuses a draft without it", "picture %s is missing", p.file)
			continue
		}
		if err := checkPicture(content); err != nil {
			r.probs.warnf(p.at, "use PNG or JPEG; submit refuses a draft without the picture", "picture %s is not drawn: %v", p.file, err)
			continue
		}
		p.image.Digest = pipeline.DigestOf(content)
		r.keep(p.file)
	}
	r.attach()
	known := map[string]bool{r.src.Name: true, r.front.indicators: true}
	for _, p := range pictures {
		known[p.file] = true
	}
	for _, a := range r.doc.Attachments {
		known[a.Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(r.src.Files)) {
		if !known[name] {
			at := Pos{File: r.src.Dir + r.src.Name, Line: 1, Col: 1}
			r.probs.warnf(at, "leave it away, or name it in the draft", "file %s is not named in the draft, and is no part of it", name)
		}
	}
}

// keep makes a file of the source a file of the document.
func (r *reader) keep(name string) {
	if _, have := r.doc.Contents[name]; have {
		return
	}
	content := r.src.Files[name]
	r.doc.Contents[name] = content
	f := pipeline.File{Name: name, Digest: pipeline.DigestOf(content), Size: int64(len(content))}
	at, _ := slices.BinarySearchFunc(r.doc.Files, f, func(a, b pipeline.File) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	r.doc.Files = slices.Insert(r.doc.Files, at, f)
}

// checkOriginator settles whose draft it is: the nation that owns the scheme, or the author's.
func (r *reader) checkOriginator() {
	r.doc.Originator = r.opt.Author
	if r.doc.Scheme == nil {
		return
	}
	owner := pipeline.Nation(r.doc.Scheme.Owner())
	if owner == "" {
		return
	}
	if r.opt.Author != "" && r.opt.Author != owner {
		hint := fmt.Sprintf("use scheme tlp, or the scheme of %s", r.opt.Author)
		r.probs.errorf(r.front.schemePos, hint, "scheme %s belongs to %s, and the author is of %s", r.doc.Scheme.Name(), owner, r.opt.Author)
	}
	r.doc.Originator = owner
}
