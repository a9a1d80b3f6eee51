package pipeline

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"releasable_to", "delivery", "tlp"}
	for word, want := range map[string]string{
		"releaseable_to": "releasable_to", "Releasable-To": "releasable_to", "delivry": "delivery", "tpl": "tlp", "colour": "", "": "",
	} {
		if got, ok := Nearest(word, known); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v, want %q", word, got, ok, want)
		}
	}
}
