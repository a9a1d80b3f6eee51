package draft

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// Limits of what is read, in bytes.
const (
	MaxDraft = 4 << 20  // the draft, and the indicator file
	MaxImage = 16 << 20 // each picture
)

// Source is a draft as it was handed in: the Markdown file and the files that it names.
type Source struct {
	Name  string            // which of Files is the draft
	Dir   string            // where it was read from, for messages; empty if it was submitted
	Files map[string][]byte // by name; a picture by its path in the draft's folder, with slashes
}

// Load reads the draft in file and the files beside it that it names, as far as they exist; Parse
// reports those that do not. It refuses what is not a regular file, what is too large (without
// reading it) and what leads out of the draft's folder.
func Load(file string) (Source, error) {
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return Source{}, fmt.Errorf("%s is a folder: name the draft in it", file)
	}
	dir, name := filepath.Split(file)
	root, err := os.OpenRoot(filepath.Clean(dir + "."))
	if err != nil {
		return Source{}, fmt.Errorf("open the draft's folder: %w", err)
	}
	defer root.Close()
	src := Source{Name: name, Dir: dir, Files: map[string][]byte{}}
	if src.Files[name], err = readFile(root, dir, name, MaxDraft); err != nil {
		return Source{}, err
	}
	r := reader{src: src, opt: Options{}}
	r.read()
	for _, n := range r.named {
		if _, have := src.Files[n.name]; have {
			continue
		}
		content, err := readFile(root, dir, n.name, n.limit)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) { // a folder of its path is a file
			continue
		}
		if err != nil {
			return Source{}, fmt.Errorf("%s: %w", n.at, err)
		}
		src.Files[n.name] = content
	}
	return src, nil
}

func readFile(root *os.Root, dir, name string, limit int64) ([]byte, error) {
	// Looked at before it is opened: to open a named pipe would wait for its writer.
	info, err := root.Stat(name)
	if err != nil {
		return nil, outside(dir, name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s%s is not a regular file: name the file itself", dir, name)
	}
	if info.Size() > limit {
		return nil, tooLarge(dir+name, info.Size(), limit)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, outside(dir, name, err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s%s: %w", dir, name, err)
	}
	if int64(len(content)) > limit {
		return nil, tooLarge(dir+name, int64(len(content)), limit)
	}
	return content, nil
}

func outside(dir, name string, err error) error {
	if strings.Contains(err.Error(), "escapes") { // os.Root has no error to compare with (go.dev/issue/67002)
		return fmt.Errorf("%s%s leads out of the draft's folder: copy the file itself there", dir, name)
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fmt.Errorf("read %s%s: %w", dir, name, err)
}

func tooLarge(name string, size, limit int64) error {
	return fmt.Errorf("%s has %d bytes: at most %d (%d MiB) are read", name, size, limit, limit>>20)
}

// besideDraft returns the base name that a draft means by file, or why it may not.
func besideDraft(file string) (string, error) {
	name, err := inFolder(file)
	if err == nil && strings.Contains(name, "/") {
		return "", fmt.Errorf("%q is not beside the draft", file)
	}
	return name, err
}

// inFolder returns the path, from the draft's folder, of the file that a draft means by name, or why it may not.
func inFolder(name string) (string, error) {
	file := path.Clean(strings.ReplaceAll(name, `\`, "/"))
	switch {
	case strings.HasPrefix(file, "/") || filepath.IsAbs(name) || strings.Contains(name, ":"):
		return "", fmt.Errorf("%q is not a file in the draft's folder", name)
	case file == ".." || strings.HasPrefix(file, "../"):
		return "", fmt.Errorf("%q leads out of the draft's folder", name)
	case file == ".":
		return "", fmt.Errorf("%q is not the name of a file", name)
	case len(file) > maxPath:
		return "", fmt.Errorf("a file's name has at most %d bytes, this one has %d", maxPath, len(file))
	}
	if _, bad := firstForbidden(file); bad || strings.ContainsAny(file, "\n\t") {
		return "", fmt.Errorf("%q holds a character that no file's name should", name)
	}
	return file, nil
}

// maxPath is how long a file's path may be, in bytes: as long as a name may be on common systems.
const maxPath = 255
