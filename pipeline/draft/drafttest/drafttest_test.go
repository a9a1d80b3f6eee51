package drafttest

import (
	"io/fs"
	"path"
	"strings"
	"testing"
)

// Whoever copies a text into a repository says whose it is.
func TestEveryFileHasItsSource(t *testing.T) {
	entries, err := fs.ReadDir(bulletins, "bulletins")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if path.Ext(e.Name()) == ".source" {
			continue
		}
		source, err := fs.ReadFile(bulletins, "bulletins/"+e.Name()+".source")
		if err != nil {
			t.Errorf("%s has no source", e.Name())
		} else if s := string(source); !strings.Contains(s, "licence:") && !strings.Contains(s, "OGL") {
			t.Errorf("the source of %s names no licence", e.Name())
		}
	}
}

func TestRealBulletinsHaveWords(t *testing.T) {
	for _, r := range All(t) {
		if n := len(r.Words(t)); n < 20 {
			t.Errorf("%s has %d words", r.Name, n)
		}
	}
}
