package draft

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"bulletin/pipeline/marking"
)

var update = flag.Bool("update", false, "write the golden files anew")

// onePixel is a small valid picture.
func onePixel(t testing.TB) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGood(t *testing.T) {
	paths, err := filepath.Glob("testdata/good/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no drafts in testdata/good: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			src := Source{Name: "draft.md", Files: map[string][]byte{"p4.png": onePixel(t)}}
			if !bytes.Contains(archive.Files[0].Data, []byte("p4.png")) {
				delete(src.Files, "p4.png")
			}
			for _, f := range archive.Files {
				src.Files[f.Name] = f.Data
			}
			doc, problems := Parse(src, Options{})
			if err := problems.Err(); err != nil {
				t.Fatal(err)
			}
			got := dump(doc) + problems.String() + "\n"
			golden := strings.TrimSuffix(path, ".txtar") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func schemeOf(name string) marking.Scheme {
	s, err := marking.ByName(name)
	if err != nil {
		panic(err)
	}
	return s
}
