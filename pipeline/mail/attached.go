package mail

import (
	"fmt"
	"path"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// mediaTypes are the types that are named. The system's own table is not asked: it differs from machine to machine,
// and the same letter is the same bytes everywhere. What a reader might run, open or draw by itself (HTML, SVG,
// scripts, mails) is not among them.
var mediaTypes = map[string]string{
	".csv":  "text/csv; charset=utf-8",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".gz":   "application/gzip",
	".jpeg": "image/jpeg",
	".jpg":  "image/jpeg",
	".json": "application/json",
	".odp":  "application/vnd.oasis.opendocument.presentation",
	".ods":  "application/vnd.oasis.opendocument.spreadsheet",
	".odt":  "application/vnd.oasis.opendocument.text",
	".pdf":  "application/pdf",
	".png":  "image/png",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".txt":  "text/plain; charset=utf-8",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".zip":  "application/zip",
}

// mediaTypeOf is the type of a file by its ending; any other is just bytes (RFC 2046 §4.5.1).
func mediaTypeOf(name string) string {
	if t, ok := mediaTypes[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}

// attached is what the author attached, in the order of the manifest.
func attached(e edition.Edition) []file {
	var out []file
	for _, a := range e.Attachments {
		out = append(out, file{Attachment{a.Name, e.Attached[a.Digest]}, mediaTypeOf(a.Name)})
	}
	return out
}

// checkAttached makes sure that the mail holds what its manifest says: exactly those bytes, under names that need no
// encoding and that none of the letter's own files has.
func (l Letter) checkAttached() error {
	names := map[string]bool{}
	for _, own := range []Attachment{l.PDF, l.STIX, l.CSV} {
		names[strings.ToLower(own.Name)] = true
	}
	for i, a := range l.Edition.Attachments { // by number: errors reach the log, and a name may tell of content
		content := l.Edition.Attached[a.Digest]
		folded := strings.ToLower(a.Name)
		switch {
		case !nameForm.MatchString(a.Name):
			return fmt.Errorf("the name of the author's attachment %d must be letters, digits, dot, hyphen and underscore", i+1)
		case names[folded]:
			return fmt.Errorf("the author's attachment %d has the name of another file of the mail", i+1)
		case len(content) == 0:
			return fmt.Errorf("the bytes of the author's attachment %d are not there", i+1)
		case int64(len(content)) != a.Size || pipeline.DigestOf(content) != a.Digest:
			return fmt.Errorf("the author's attachment %d is not the one that the edition names", i+1)
		}
		names[folded] = true
	}
	return nil
}
