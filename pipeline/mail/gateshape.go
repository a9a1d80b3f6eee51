package mail

import (
	"bytes"
	"errors"
	netmail "net/mail"
	"strings"
)

// The only shape of a mail that the gate lets pass, read line by line and on its own: not with the
// code that writes it.

// maxArmorLine is the longest line of base64 in an armor (RFC 9580 §6.2: at most 76 characters).
const maxArmorLine = 76

// armorBegin is the first line of an armor and the end of its header block: headers, such as
// Comment, are not allowed, as they are clear text.
const armorBegin = "-----BEGIN PGP MESSAGE-----\r\n\r\n"

// armorEnd follows the checksum.
const armorEnd = "\r\n-----END PGP MESSAGE-----\r\n"

// frame is what stands around the armor: the same for all mails to a list.
type frame struct {
	head []byte // up to where the armor begins
	foot []byte // from the armor's last line on
}

// readFrame reads a Message's Head up to where the armor begins. A reason says what is wrong; it holds nothing of the
// head.
func readFrame(head []byte, from, to string) (around *frame, reason string) {
	block, rest, ok := bytes.Cut(head, []byte("\r\n\r\n"))
	if !ok {
		return nil, "it has no header block"
	}
	boundary, reason := readFields(string(block)+"\r\n", from, to)
	if reason != "" {
		return nil, reason
	}
	prefix := "--" + boundary + "\r\n" + versionPart + "--" + boundary + "\r\n" + dataPart
	if !bytes.HasPrefix(rest, []byte(prefix)) {
		return nil, "it does not have the two parts of RFC 3156 and nothing else"
	}
	return &frame{
		head: bytes.Clone(head[:len(head)-len(rest)+len(prefix)]),
		foot: []byte(armorEnd + "\r\n--" + boundary + "--\r\n"),
	}, ""
}

// readRest reads what is a mail's own: the lines of the armor in its Head, and its Foot with the armor's CRC-24.
func (f *frame) readRest(m Message) (reason string) {
	lines, ok := bytes.CutPrefix(m.Head[len(f.head):], []byte(armorBegin))
	if !ok {
		return "its second part does not begin as an armored message without headers"
	}
	if err := checkArmorLines(lines); err != nil {
		return "its second part is not armored: " + err.Error()
	}
	if len(m.Foot) < 5 || m.Foot[0] != '=' || checkArmorLine(m.Foot[1:5]) != nil {
		return "its armor does not end in a checksum"
	}
	if !bytes.Equal(m.Foot[5:], f.foot) {
		return "it does not end with its armor's last line and the closing boundary"
	}
	return ""
}

// readFields reads the header block, whose fields come in one order.
func readFields(block, from, to string) (boundary, reason string) {
	lines := strings.Split(strings.ReplaceAll(block, "\r\n ", " "), "\r\n")
	want := []struct {
		name string
		ok   func(value string) bool
	}{
		{"From: ", func(v string) bool { return v == from }},
		{"To: ", func(v string) bool { return v == to }}, // the nation's list as a group, and nobody in it; or one person
		{"Subject: ", func(v string) bool { return v == outerSubject }},
		{"Date: ", isDate},
		{"Message-ID: ", messageIDForm.MatchString},
		{"MIME-Version: ", func(v string) bool { return v == "1.0" }},
		{"Content-Type: ", func(v string) bool { boundary = boundaryIn(v); return boundary != "" }},
	}
	if len(lines) != len(want)+1 || lines[len(want)] != "" {
		return "", "its header block has not exactly the seven fields that it should"
	}
	for i, w := range want {
		v, ok := strings.CutPrefix(lines[i], w.name)
		if !ok || !w.ok(v) || !isHeaderText(v) {
			return "", "its field " + strings.TrimSuffix(w.name, ": ") + " is missing or is not what it should be"
		}
	}
	return boundary, ""
}

func isDate(v string) bool {
	_, err := netmail.ParseDate(v)
	return err == nil && !strings.ContainsAny(v, "()") // comments are free text
}

func boundaryIn(contentType string) string {
	v, ok := strings.CutPrefix(contentType, strings.TrimPrefix(strings.ReplaceAll(encryptedType, "\r\n ", " "), "Content-Type: "))
	v, quoted := strings.CutSuffix(v, `"`)
	hex, ours := strings.CutPrefix(v, "=_")
	if !ok || !quoted || !ours || len(hex) != 24 || strings.Trim(hex, "0123456789abcdef") != "" {
		return ""
	}
	return v
}

func isHeaderText(v string) bool {
	for i := range len(v) {
		if v[i] < ' ' || v[i] > '~' {
			return false
		}
	}
	return true
}

// checkArmorLines makes sure that b is lines of base64 and nothing else, which also makes it safe
// in DATA: no line begins with a dot, and no CR or LF stands alone.
func checkArmorLines(b []byte) error {
	if !bytes.HasSuffix(b, []byte("\r\n")) {
		return errors.New("does not end in CRLF")
	}
	for line := range bytes.SplitSeq(b[:len(b)-2], []byte("\r\n")) {
		if err := checkArmorLine(line); err != nil {
			return err
		}
	}
	return nil
}

func checkArmorLine(line []byte) error {
	if len(line) == 0 || len(line) > maxArmorLine {
		return errors.New("a line is empty or too long")
	}
	for _, c := range line {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '/' || c > '9') && c != '+' && c != '=' { // "/" stands before "0"
			return errors.New("holds a character that is not base64")
		}
	}
	return nil
}
