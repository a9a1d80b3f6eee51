package draft

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bulletin/pipeline"
)

// attaching is a draft that attaches the files, each with some letters in it.
func attaching(sizes map[string]int, lines string) Source {
	src := Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte("---\ntitle: T\nscheme: tlp\ntlp: TLP:AMBER\n" +
		"releasable_to: [AUS, NZL]\nattachments: " + lines + "\n---\n(TLP:AMBER) Text.\n")}}
	for name, size := range sizes {
		src.Files[name] = bytes.Repeat([]byte("x"), size)
	}
	return src
}

func TestAttachments(t *testing.T) {
	src := attaching(map[string]int{"a.bin": 3, "b.zip": 4},
		`[a.bin, {file: "(TLP:RED//REL TO NZL) b.zip", about: "Samples: three"}]`)
	src.Files["draft.md"] = bytes.Replace(src.Files["draft.md"], []byte("tlp: TLP:AMBER"), []byte("tlp: TLP:RED"), 1)
	doc, problems := Parse(src, Options{})
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	b := doc.Attachments[1]
	if doc.Attachments[0].Name != "a.bin" || b.Name != "b.zip" || b.About != "Samples: three" || b.Size != 4 ||
		b.Digest != pipeline.DigestOf([]byte("xxxx")) || b.Label.Print() != "(TLP:RED//REL TO NZL)" {
		t.Errorf("%+v", doc.Attachments)
	}
	if len(doc.Files) != 3 { // what an approval signs holds them too
		t.Errorf("files %v", doc.Files)
	}
}

// A mark on an attachment counts like any other: the document's TLP must not be below it.
func TestAttachmentCountsInTLP(t *testing.T) {
	_, problems := Parse(attaching(map[string]int{"b.zip": 4}, `["(TLP:RED) b.zip"]`), Options{})
	if !strings.Contains(problems.String(), "is below what stands at draft.md:6:16") {
		t.Errorf("got %s", problems)
	}
}

func TestAttachmentLimits(t *testing.T) {
	for _, c := range []struct {
		sizes map[string]int
		says  string
	}{
		{map[string]int{"a.bin": MaxAttachment, "b.bin": MaxAttachments - MaxAttachment}, ""},
		{map[string]int{"a.bin": MaxAttachment + 1, "b.bin": 1}, "attachment a.bin has 8388609 bytes: at most 8388608 (8 MiB) are read"},
		{map[string]int{"a.bin": MaxAttachment, "b.bin": MaxAttachments - MaxAttachment + 1}, "the attachments up to this one have 12582913 bytes"},
	} {
		_, problems := Parse(attaching(c.sizes, "[a.bin, b.bin]"), Options{})
		if got := problems.String(); c.says == "" && problems.Err() != nil || !strings.Contains(got, c.says) {
			t.Errorf("%v: %s", c.says, got)
		}
	}
}

// Load reads what is attached, and nothing larger than may be.
func TestLoadReadsAttachments(t *testing.T) {
	dir := t.TempDir()
	src := attaching(map[string]int{"a.bin": 3}, "[a.bin, gone.bin]")
	for name, content := range src.Files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := Load(filepath.Join(dir, "draft.md"))
	if err != nil || string(loaded.Files["a.bin"]) != "xxx" || len(loaded.Files) != 2 {
		t.Fatalf("%v, %v", loaded.Files, err)
	}
	if doc, problems := Parse(loaded, Options{}); problems.Err() != nil || len(doc.MissingAttachments()) != 1 {
		t.Errorf("%v", problems)
	}
	if err := os.Truncate(filepath.Join(dir, "a.bin"), MaxAttachment+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(filepath.Join(dir, "draft.md")); err == nil || !strings.Contains(err.Error(), "at most 8388608") {
		t.Errorf("too large: %v", err)
	}
}

// A placeholder that nobody has filled in is named, wherever it stands.
func TestPlaceholdersAreNamed(t *testing.T) {
	src := attaching(map[string]int{"a.bin": 1}, "[a.bin]\nactions: [\"Do [To write: the most urgent thing.] now\"]")
	src.Files["draft.md"] = append(src.Files["draft.md"], "\n(TLP:AMBER) We [To write: what we do.] now.\n"...)
	_, problems := Parse(src, Options{})
	for _, want := range []string{
		"draft.md:7:12: warning: nobody has written this yet: the most urgent thing\n",
		"draft.md:11:1: warning: nobody has written this yet: what we do\n",
	} {
		if !strings.Contains(problems.String(), want) {
			t.Errorf("%q is not in\n%s", want, problems)
		}
	}
}
