package draft

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "d.md")
	text := strings.Replace(tlp("![a](p.png) ![b](./my%20pic.png) ![c](none.png)\n"), "kind: training", "indicators: i.csv", 1)
	write(t, path, "\ufeff"+strings.ReplaceAll(text, "\n", "\r\n"))
	write(t, filepath.Join(dir, "i.csv"), "type,value,first_seen,last_seen,confidence,note\r\nmutex,\"a, b\",,,,\r\n")
	write(t, filepath.Join(dir, "p.png"), string(onePixel(t)))
	write(t, filepath.Join(dir, "my pic.png"), string(onePixel(t)))
	write(t, filepath.Join(dir, "other.txt"), "not named")
	src, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := src.Files["other.txt"]; ok || len(src.Files) != 4 {
		t.Errorf("loaded %d files, want the draft and three that it names", len(src.Files))
	}
	doc, problems := Parse(src, Options{})
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	if want := filepath.Join(dir, "d.md") + ":8:34: warning: picture none.png is missing"; !strings.Contains(problems.String(), want) {
		t.Errorf("no warning %q in\n%s", want, problems)
	}
	var names []string
	for _, f := range doc.Files {
		names = append(names, f.Name)
		if int(f.Size) != len(doc.Contents[f.Name]) {
			t.Errorf("%s: size %d of %d bytes", f.Name, f.Size, len(doc.Contents[f.Name]))
		}
	}
	if got := strings.Join(names, " "); got != "d.md i.csv my pic.png p.png" {
		t.Errorf("files %s", got)
	}
	if len(doc.Indicators) != 1 || doc.Indicators[0].Value != "a, b" {
		t.Errorf("indicators %v", doc.Indicators)
	}
}

func TestLoadRefuses(t *testing.T) {
	outer := t.TempDir()
	write(t, filepath.Join(outer, "secret.png"), "x")
	for _, c := range []struct {
		name, open, want string
		make             func(dir string) error
	}{
		{"a folder", ".", "is a folder: name the draft in it", func(string) error { return nil }},
		{"nothing there", "d.md", "no such file or directory", func(string) error { return nil }},
		{"no folder", "x/d.md", "open the draft's folder", func(string) error { return nil }},
		{"a draft of 50 MB", "d.md", "has 50000000 bytes: at most 4194304 (4 MiB) are read", func(dir string) error {
			write(t, filepath.Join(dir, "d.md"), "")
			return os.Truncate(filepath.Join(dir, "d.md"), 50_000_000) // sparse
		}},
		{"a pipe", "d.md", "is not a regular file", func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "d.md"), 0o600) }},
		{"an indicator file of 5 MiB", "d.md", "i.csv has 5242880 bytes", func(dir string) error {
			write(t, filepath.Join(dir, "d.md"), strings.Replace(tlp("x\n"), "kind: training", "indicators: i.csv", 1))
			write(t, filepath.Join(dir, "i.csv"), "")
			return os.Truncate(filepath.Join(dir, "i.csv"), 5<<20)
		}},
		{"a link out of the folder", "d.md", "s.png leads out of the draft's folder", func(dir string) error {
			write(t, filepath.Join(dir, "d.md"), tlp("![x](s.png)\n"))
			return os.Symlink(filepath.Join(outer, "secret.png"), filepath.Join(dir, "s.png"))
		}},
		{"a draft that is a link out", "d.md", "d.md leads out of the draft's folder", func(dir string) error {
			return os.Symlink(filepath.Join(outer, "secret.png"), filepath.Join(dir, "d.md"))
		}},
		{"a picture that is a folder", "d.md", "s.png is not a regular file", func(dir string) error {
			write(t, filepath.Join(dir, "d.md"), tlp("![x](s.png)\n"))
			return os.Mkdir(filepath.Join(dir, "s.png"), 0o755)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := c.make(dir); err != nil {
				t.Fatal(err)
			}
			_, err := Load(filepath.Join(dir, c.open))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// What a draft names outside its folder is never opened; Parse says where it is named.
func TestLoadLeavesPathsOutAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "in")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "..", "x.png"), string(onePixel(t)))
	write(t, filepath.Join(dir, "d.md"), tlp("![x](../x.png)\n"))
	src, err := Load(filepath.Join(dir, "d.md"))
	if err != nil || len(src.Files) != 1 {
		t.Fatalf("loaded %d files, error %v", len(src.Files), err)
	}
	if _, p := Parse(src, Options{}); !strings.Contains(p.String(), "d.md:8:1: warning: picture: \"../x.png\" leads out") {
		t.Errorf("got %s", p)
	}
}

func TestParseRefusesWhatIsTooLarge(t *testing.T) {
	_, p := parseText(strings.Repeat("x", MaxDraft+1))
	if want := "d.md:1:1: d.md has 4194305 bytes: at most 4194304 (4 MiB) are read"; p.String() != want {
		t.Errorf("got %s", p)
	}
	if _, p = Parse(Source{Name: "d.md"}, Options{}); p.Err() == nil {
		t.Error("a source without its draft parses")
	}
}
