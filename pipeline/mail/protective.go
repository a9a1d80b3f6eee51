package mail

import (
	"fmt"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// protectiveField is how Australia's mail systems know the marking of a mail (EPMS-2024.1). A sender outside gov.au
// must use it rather than the subject.
const protectiveField = "X-Protective-Marking"

// protectiveMarking is the value of that field: of Australia's own mark, and with it what another nation marked, so
// that the original stays. It is empty for other nations; under the scheme tlp, since TLP is no classification and no
// marking can be made of it; and where there is no equivalent, which is the policy's to refuse, before there is a mail.
func (l Letter) protectiveMarking() (string, error) {
	e := l.Edition
	own := e.OwnMark()
	if e.Nation != pipeline.AUS || own == "" {
		return "", nil
	}
	mark, err := marking.NationalBanner(string(e.Nation), own)
	if err != nil {
		return "", err
	}
	value, err := marking.ProtectiveMarking(mark, original(e), l.From.Address)
	if err != nil {
		return "", err
	}
	return value, safeField(value)
}

// original is what another nation marked, where Australia's own mark is an equivalent. A banner longer than a text
// of the field may be (EPMS-2024.1, txt) is left to the message, and the field says so.
func original(e edition.Edition) string {
	const most = 128
	switch {
	case e.Equivalent == "":
		return ""
	case len(e.Banner) > most:
		return "foreign marking as at the head of the message"
	}
	return e.Banner
}

// safeField refuses what could become a header field of its own, whoever wrote the value.
func safeField(value string) error {
	for i := range len(value) {
		if value[i] < ' ' || value[i] > '~' {
			return fmt.Errorf("%s: has the byte %#x", protectiveField, value[i])
		}
	}
	return nil
}

// writeProtective writes the field, folded behind its commas alone: white space may change there, and nowhere else in
// a value (EPMS-2024.1, cFWS). A backslash takes the next character with it.
func writeProtective(b *strings.Builder, value string) {
	line := protectiveField + ":"
	for _, part := range parts(value) {
		if len(line)+1+len(part) > maxLine {
			b.WriteString(line + "\r\n")
			line = ""
		}
		line += " " + part
	}
	b.WriteString(line + "\r\n")
}

// parts divides a marking behind its commas.
func parts(value string) []string {
	var out []string
	start := 0
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == '\\':
			i++
		case value[i] == ',' && strings.HasPrefix(value[i+1:], " "):
			out = append(out, value[start:i+1])
			start = i + 2
		}
	}
	return append(out, value[start:])
}
