package draft

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// What each scheme asks of a draft, and what it says of what it refuses. A case whose name begins with good has no
// error; every other has one at least. A case that begins with --- brings its own front matter, and its body behind
// the next; its indicators stand in a file of its name with .csv.
func TestSchemes(t *testing.T) {
	for name := range rules {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata", "schemes", name)
			archive, err := txtar.ParseFile(path + ".txtar")
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, f := range archive.Files {
				text := head(name) + string(f.Data)
				if more, ok := strings.CutPrefix(string(f.Data), "---\n"); ok {
					text = strings.TrimSuffix(head(name), "---\n") + more
				}
				errs := errorsOf(text)
				if (len(errs) == 0) != strings.HasPrefix(f.Name, "good") {
					t.Errorf("%s: %q", f.Name, errs)
				}
				got.WriteString(strings.Join(append([]string{"== " + f.Name}, errs...), "\n") + "\n")
			}
			if *update {
				if err := os.WriteFile(path+".golden", []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path + ".golden")
			if err != nil || got.String() != string(want) {
				t.Errorf("%v; -update writes it anew:\n%s", err, got.String())
			}
		})
	}
}
