package draft

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"bulletin/pipeline"
)

// Limits of attachments, in bytes. What is attached grows by a third on its way into the mail and, as far as it
// does not compress, by another third in the armor: relays commonly take mails of 25 MB.
const (
	MaxAttachment  = 8 << 20  // each
	MaxAttachments = 12 << 20 // all together
)

// Attachment is a file that goes out as it is. Its name and what is said about it go where the file goes.
type Attachment struct {
	Label  Label
	Name   string          // base name, plain
	About  string          // what it is; may be empty
	Size   int64           // bytes; 0 if the file is missing
	Digest pipeline.Digest // empty: the file is missing
	Pos    Pos
}

// attachmentName is plain in every file system and mail reader, so that it needs no encoding in a header, and ends in
// the kind of file that it is.
var attachmentName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,90}\.[A-Za-z0-9]{1,9}$`)

// productNumber begins the names of what the mail carries anyway: SA26-326A-NZL.pdf.
var productNumber = regexp.MustCompile(`(?i)^SA\d\d-\d{3}`)

// attachments reads a list of file names, each of which may begin with a mark, or of maps of a file and what it is.
func (f *front) attachments(n ast.Node) {
	values, _ := f.list(n, "attachments")
	seen := map[string]Pos{}
	for _, v := range values {
		a, ok := f.attachment(v)
		if !ok {
			continue
		}
		folded := strings.ToLower(a.Name) // to a reader on another system they may be one file
		if first, again := seen[folded]; again {
			f.probs.errorf(a.Pos, "give each a name of its own", "attachments names %s twice; first at %s", a.Name, first)
			continue
		}
		seen[folded] = a.Pos
		f.doc.Attachments = append(f.doc.Attachments, a)
	}
}

func (f *front) attachment(n ast.Node) (Attachment, bool) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return f.attachedFile(n)
	}
	var a Attachment
	haveFile, good, about := false, true, ""
	given := map[string]ast.Node{}
	for _, pair := range m.Values {
		k, ok := f.key(pair, "attachments", []key{{name: "file"}, {name: "about"}}, given)
		if !ok {
			good = false
			continue
		}
		given[k.name] = pair.Value
		if k.name == "file" {
			a, ok = f.attachedFile(pair.Value)
			haveFile, good = true, good && ok
			continue
		}
		s, at, ok := f.scalar(pair.Value, "attachments: about")
		if ok && f.marks.holds(s) {
			f.probs.errorf(at, `put the mark before the file's name: {file: "(…) report.xlsx", about: …}`, "attachments: about holds a mark")
			ok = false
		}
		about, good = strings.TrimSpace(s), good && ok
	}
	if !haveFile {
		f.probs.errorf(f.pos(n.GetToken()), "write {file: report.xlsx, about: what it is}", "attachments: a map without a file")
	}
	a.About = about
	return a, haveFile && good
}

func (f *front) attachedFile(n ast.Node) (Attachment, bool) {
	l, ok := f.line(n, "an attachment")
	if !ok {
		return Attachment{}, false
	}
	const hint = "put the file beside the draft and give its name alone"
	name, err := besideDraft(l.Text)
	switch {
	case err != nil:
		f.probs.errorf(l.Pos, hint, "attachments: %v", err)
	case !attachmentName.MatchString(name):
		f.probs.errorf(l.Pos, "rename it: letters, digits, dot, hyphen and underscore, with its ending, as in report-2026.xlsx",
			"attachments: %q is not a name that every mail reader shows alike", name)
	case productNumber.MatchString(name):
		f.probs.errorf(l.Pos, "rename it", "attachments: %q reads like a bulletin's own file", name)
	default:
		return Attachment{Label: l.Label, Name: name, Pos: l.Pos}, true
	}
	return Attachment{}, false
}

// attach fills in what is known of the attached files themselves. The draft and its indicators hold what not
// everybody may have, and are projected: as they are they must not go out, under no name.
func (r *reader) attach() {
	var sum int64
	for i := range r.doc.Attachments {
		a := &r.doc.Attachments[i]
		content, ok := r.src.Files[a.Name]
		size := int64(len(content))
		switch {
		case !ok:
			r.probs.warnf(a.Pos, "put it beside the draft; submit refuses a draft without it", "attachment %s is missing", a.Name)
			continue
		case r.isSource(a.Name, content):
			r.probs.errorf(a.Pos, "attach an extract that everybody who gets it may have", "attachment %s is the draft, or its indicator file, with all that only some may have", a.Name)
			continue
		case size == 0:
			r.probs.errorf(a.Pos, "delete the line, or look at the file", "attachment %s is empty", a.Name)
			continue
		case size > MaxAttachment:
			r.probs.errorf(a.Pos, "hand in an extract, or say where to get it", "attachment %v", tooLarge(a.Name, size, MaxAttachment))
			continue
		}
		if sum += size; sum > MaxAttachments && sum-size <= MaxAttachments {
			r.probs.errorf(a.Pos, "send them with two bulletins, or say where to get them", "the attachments up to this one have %d bytes: at most %d (%d MiB) go into a mail", sum, MaxAttachments, MaxAttachments>>20)
		}
		a.Size, a.Digest = size, pipeline.DigestOf(content)
		r.keep(a.Name)
	}
}

func (r *reader) isSource(name string, content []byte) bool {
	for _, own := range []string{r.src.Name, r.front.indicators} {
		if own != "" && (own == name || string(r.src.Files[own]) == string(content) && len(content) > 0) {
			return true
		}
	}
	return false
}

// MissingAttachments names the attachments that are not beside the draft.
func (d *Document) MissingAttachments() []Attachment {
	var out []Attachment
	for _, a := range d.Attachments {
		if a.Digest == "" {
			out = append(out, a)
		}
	}
	return out
}
