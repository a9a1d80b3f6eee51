package mail

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"text/template"
	"time"

	"bulletin/pipeline"
	"bulletin/templates"
)

// Notice is a short mail to one of the desk's people, before it is sealed. It says that something waits, and
// nothing of a bulletin's content: no title, no marking, no nations but the reader's own.
type Notice struct {
	Header
	Matter NoticeMatter
	Facts  NoticeFacts
}

// NoticeMatter is what a notice is about; each has a template.
type NoticeMatter string

// The matters.
const (
	Waiting   NoticeMatter = "waiting"   // for a reviewer
	Unclaimed NoticeMatter = "unclaimed" // for a reviewer, again
	Returned  NoticeMatter = "returned"  // to an author
	Parked    NoticeMatter = "parked"    // for an administrator
	Unreached NoticeMatter = "unreached" // for an administrator
	Keys      NoticeMatter = "keys"      // for an administrator
)

// NoticeFacts are all that a notice may say.
type NoticeFacts struct {
	Name       string // of the person who reads it
	ID         pipeline.ID
	Revision   int
	Precedence pipeline.Precedence
	Waited     time.Duration // unclaimed
	Stage      string        // parked: the worker
	Nation     pipeline.Nation
	Unreached  int       // recipients who did not get it
	Ending     []Ending  // keys: nearest first
	Unfit      int       // keys: recipients who can't be reached already
	Desk       time.Time // keys: when the desk's signing key ends; zero if that is far
}

// Ending are keys that end within a time.
type Ending struct {
	Within string // "7 days"
	Who    []EndingKey
}

// EndingKey is whose key ends, by address or, for the desk's people, name.
type EndingKey struct {
	Name string
	Ends time.Time
}

// Urgent reports whether minutes count.
func (f NoticeFacts) Urgent() bool {
	return f.Precedence == pipeline.Flash || f.Precedence == pipeline.Immediate
}

// noticePages are parsed once, at start, so that a broken template cannot reach a server.
var noticePages = template.Must(template.New("notices").Funcs(template.FuncMap{
	"upper":   func(v any) string { return strings.ToUpper(fmt.Sprint(v)) },
	"day":     func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
	"minutes": minutes,
}).ParseFS(templates.Notices(), "notices/*.txt"))

func minutes(d time.Duration) string {
	if n := int(d.Round(time.Minute) / time.Minute); n != 1 {
		return fmt.Sprintf("%d minutes", n)
	}
	return "a minute"
}

// NoticeID returns the Message-ID of the notice that a fact's subject stands for, as MessageID does for an edition:
// a repeat carries the same.
func NoticeID(key []byte, subject, domain string) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "bulletin-notice-id-v1\x00%s", subject)
	local := base32.StdEncoding.EncodeToString(h.Sum(nil)[:20])
	return "<" + strings.ToLower(local) + "@" + domain + ">"
}

// ComposeNotice returns the inner message of a notice, its header protected as that of a bulletin is (RFC 9788).
// Lines end in CRLF.
func ComposeNotice(n Notice) ([]byte, error) {
	if n.Person == "" {
		return nil, errors.New("compose notice: it is to nobody")
	}
	if err := n.Check(); err != nil {
		return nil, fmt.Errorf("compose notice: %w", err)
	}
	var page bytes.Buffer
	if err := noticePages.ExecuteTemplate(&page, string(n.Matter), n.Facts); err != nil {
		return nil, fmt.Errorf("compose notice: %w", err)
	}
	if err := noticePages.ExecuteTemplate(&page, "foot", struct{ From string }{n.From.Name}); err != nil {
		return nil, fmt.Errorf("compose notice: %w", err)
	}
	first, text, _ := strings.Cut(page.String(), "\n\n")
	subject, ok := strings.CutPrefix(first, "Subject: ")
	if !ok || strings.ContainsAny(subject, "\r\n") {
		return nil, fmt.Errorf("compose notice: the template of %s does not begin with the line of its subject", n.Matter)
	}
	var b strings.Builder
	n.protect(&b, subject)
	b.WriteString("Content-Type: text/plain; charset=utf-8; hp=\"cipher\";\r\n protected-headers=\"v1\"\r\n" +
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n")
	return append([]byte(b.String()), quoted(text)...), nil
}

func quoted(text string) []byte {
	var b bytes.Buffer
	w := quotedprintable.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // a Buffer does not fail
	_ = w.Close()
	return protectFrom(b.Bytes())
}
