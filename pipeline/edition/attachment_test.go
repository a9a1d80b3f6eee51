package edition

import (
	"strings"
	"testing"
)

// What is missing is said where people look, not left out.
func TestManifestInText(t *testing.T) {
	e := Edition{Banner: "TLP:AMBER", Attachments: []Attachment{
		{Mark: "(TLP:RED)", Name: "figures.xlsx", About: "Cases by month", Size: 1204331, Digest: "0a1b"}, {Name: "gone.pdf"},
	}}
	got := Text(e)
	for _, want := range []string{
		"-  (TLP:RED) figures.xlsx, 1,204,331 bytes\n   Cases by month\n   SHA-256 0a1b\n", "-  gone.pdf, missing: not beside the draft\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	for size, want := range map[int64]string{1: "1 byte", 999: "999 bytes", 1000: "1,000 bytes", 12345678: "12,345,678 bytes"} {
		if got := (Attachment{Size: size, Digest: "0a"}).Count(); got != want {
			t.Errorf("%d: %q", size, got)
		}
	}
}
