package draft

import "testing"

func TestMissingGlyphHadNoPlaceInTheDraft(t *testing.T) {
	text := "\ufeff---\r\ntitle: t\r\nscheme: tlp\r\ntlp: TLP:AMBER\r\nreleasable_to: [AUS]\r\nindicators: i.csv\r\n---\r\ntext\r\né 日 日\r\n"
	csv := "type,value,first_seen,last_seen,confidence,note\nmutex,a,,,,日 語\n"
	doc, problems := Parse(Source{Name: "d.md", Dir: "some/", Files: map[string][]byte{"d.md": []byte(text), "i.csv": []byte(csv)}}, Options{})
	if doc == nil {
		t.Fatal(problems)
	}
	for ch, want := range map[rune]string{'日': "some/d.md:9:3", '語': "some/i.csv:2:14", '本': ""} {
		at, ok := doc.Find(ch)
		if ok != (want != "") || ok && at.String() != want {
			t.Errorf("%c is at %v, %v; want %s", ch, at, ok, want)
		}
	}
}
