package marking

import (
	"fmt"
	"strings"
	"testing"
)

func FuzzAusBanner(f *testing.F)  { fuzzAus(f, "banner") }
func FuzzAusPortion(f *testing.F) { fuzzAus(f, "portion") }
func FuzzAusSubject(f *testing.F) { fuzzAus(f, "subject") }
func FuzzAusHeader(f *testing.F)  { fuzzAus(f, "header") }
func FuzzAusMedium(f *testing.F)  { fuzzAus(f, "medium") }

// fuzzAus holds of what is accepted: it prints what it reads, holds nothing that no mark may hold, and
// its banner names the same audience; and of what is refused, that the error is whole.
func fuzzAus(f *testing.F, name string) {
	for _, v := range readVectors(f) {
		if v.scheme == "aus" {
			f.Add(v.input)
		}
	}
	form := ausFormNamed(f, name)
	f.Fuzz(func(t *testing.T, in string) {
		m, err := form.Parse(in)
		if err != nil {
			checkSyntaxError(t, in, err, form.Parse)
			return
		}
		checkAusForm(t, form, m)
		bare := in
		if name == "header" {
			bare = strings.NewReplacer("\r\n", "", "\t", " ").Replace(in) // the only form that may be folded
		}
		if i := strings.IndexFunc(bare, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 {
			t.Errorf("%q was accepted, character %d included", in, i)
		}
		banner, err := ausScheme{}.ParseBanner(m.Banner())
		if err != nil || fmt.Sprint(banner.Audience()) != fmt.Sprint(m.Audience()) || !SameBanner(banner, m) {
			t.Errorf("%q: its banner %q reads as %v, %v", in, m.Banner(), banner, err)
		}
	})
}
