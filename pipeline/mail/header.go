package mail

import (
	"encoding/base64"
	"errors"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bulletin/pipeline"
)

// Header is what the inner message and its envelope have in common: all of the header block but
// the subject. It is the same for everyone on a nation's list.
type Header struct {
	From      netmail.Address
	List      string    // what To shows: the group's name, see ListName; empty for a notice
	Person    string    // what To shows of a notice: the one address that it goes to
	MessageID string    // with angle brackets, see MessageID
	Date      time.Time // when the bulletin was released; a repeat carries the same
}

// outerSubject is what everybody may see (RFC 9788 §3.2.1, hcp_baseline).
const outerSubject = "[...]"

// maxLine is where header lines are folded (RFC 5322 §2.1.1).
const maxLine = 78

// ListName is the name under which a nation's list stands in To.
func ListName(n pipeline.Nation) string { return string(n) + " recipients" }

var (
	listForm      = regexp.MustCompile(`^[A-Za-z0-9]+( [A-Za-z0-9]+)*$`) // atoms, so that the group needs no quoting
	messageIDForm = regexp.MustCompile(`^<[a-z2-7]{32}@[A-Za-z0-9.-]{1,200}>$`)
)

// Check says what is wrong with a header before anything is composed under it.
func (h Header) Check() error {
	if _, err := ParseAddress(h.From.Address); err != nil {
		return fmt.Errorf("sender: %w", err)
	}
	if h.Person != "" {
		if _, err := ParseAddress(h.Person); err != nil {
			return err
		}
	}
	switch {
	case strings.Join(strings.Fields(h.From.Name), " ") != h.From.Name || strings.ContainsFunc(h.From.Name, unicode.IsControl) || len(h.From.Name) > 100:
		return errors.New("sender's name: must be one line of at most 100 bytes, its words separated by single spaces")
	case h.Person != "" && h.List != "":
		return errors.New("the mail is to a list and to a person")
	case h.Person == "" && (!listForm.MatchString(h.List) || len(h.List) > 60):
		return fmt.Errorf("name of the list %.60q: must be letters, digits and single spaces, such as %q", h.List, ListName(pipeline.NZL))
	case !messageIDForm.MatchString(h.MessageID):
		return fmt.Errorf("message-id %.60q: must be one that MessageID made, its domain a plain host name", h.MessageID)
	case h.Date.IsZero():
		return errors.New("date of the mail is not set")
	}
	return nil
}

// mailbox writes an address with its name (RFC 5322 §3.4). net/mail's own String leaves a backslash
// in an encoded word, where it is not allowed (RFC 2047 §5).
func mailbox(a netmail.Address) string {
	if a.Name == "" || isPlain(a.Name) {
		return a.String()
	}
	return encodeWords(a.Name) + " <" + a.Address + ">"
}

// field is one header field, its value unfolded.
type field struct{ name, value string }

// outer returns the fields that stand outside, and that the inner message attests.
func (h Header) outer() []field { return h.fields(outerSubject) }

// fields returns the non-structural fields (RFC 9788 §1.8) with the given subject, already encoded.
func (h Header) fields(subject string) []field {
	return []field{
		{"From", mailbox(h.From)},
		{"To", h.to()},
		{"Subject", subject},
		{"Date", h.Date.UTC().Format("Mon, 02 Jan 2006 15:04:05 -0700")},
		{"Message-ID", h.MessageID},
	}
}

func (h Header) to() string {
	if h.Person != "" {
		return h.Person
	}
	return groupOf(h.List)
}

// groupOf writes a group without addresses (RFC 5322 §3.4).
func groupOf(list string) string { return list + ":;" }

// write writes the field, folded. A value must not hold CR or LF: every value comes through
// Check or encodeWords.
func (f field) write(b *strings.Builder) {
	words := strings.Split(f.value, " ")
	line := f.name + ": " + words[0]
	for _, word := range words[1:] {
		if len(line)+1+len(word) > maxLine {
			b.WriteString(line + "\r\n")
			line = ""
		}
		line += " " + word
	}
	b.WriteString(line + "\r\n")
}

// encodeWords writes a text for an unstructured field (RFC 2047 §5): as it is where that is
// certain to come back the same, else in encoded words. Control characters become spaces.
func encodeWords(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if isPlain(s) {
		return s
	}
	var words []string
	for len(s) > 0 {
		n := wordEnd(s)
		words, s = append(words, encodedWord(s[:n])), s[n:]
	}
	return strings.Join(words, " ")
}

// wordEnd is where an encoded word of s ends. It holds whole characters (RFC 2047 §5). Only the last has padding: GMime,
// and with it notmuch, joins the base64 of adjacent words, and drops what follows the first sign of padding.
func wordEnd(s string) int {
	const most = 39 // bytes: 52 of base64 and 12 around them, beside the field's name
	if len(s) <= most {
		return len(s)
	}
	n := most
	for n > 0 && !utf8.RuneStart(s[n]) {
		n -= 3
	}
	if n == 0 {
		_, n = utf8.DecodeRuneInString(s)
	}
	return n
}

// encodedWord writes base64, and a single character byte by byte: so nothing follows padding.
func encodedWord(s string) string {
	if utf8.RuneCountInString(s) == 1 {
		return "=?utf-8?Q?=" + strings.ReplaceAll(fmt.Sprintf("% X", s), " ", "=") + "?="
	}
	return "=?utf-8?B?" + base64.StdEncoding.EncodeToString([]byte(s)) + "?="
}

// isPlain reports whether s survives folding at its spaces and decoding: printable ASCII, single
// spaces, words that fit a line, nothing that looks like an encoded word.
func isPlain(s string) bool {
	if strings.Contains(s, "=?") {
		return false
	}
	for word := range strings.SplitSeq(s, " ") {
		if word == "" || len(word) > 60 {
			return false
		}
		for _, r := range word {
			if r <= ' ' || r >= utf8.RuneSelf || r == 0x7f {
				return false
			}
		}
	}
	return true
}
