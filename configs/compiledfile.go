package configs

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"bulletin/pipeline"
)

// compiledHead begins a compiled file: whose it is, who made it, and of what.
type compiledHead struct {
	Program string // another one may judge otherwise
	Nation  pipeline.Nation
	List    sum   // of a list: what it was compiled from
	Folder  stamp // of the key files: where they lie
	Lines   int
}

// program tells this one from any other that has judged keys, an older version of it too.
var program = sync.OnceValue(func() string {
	var out strings.Builder
	if info, ok := debug.ReadBuildInfo(); ok {
		out.WriteString(info.String())
	}
	if file, err := os.Executable(); err == nil {
		s := stampOf(file, time.Time{})
		fmt.Fprintf(&out, "%d %d", s.Size, s.Modified)
	}
	return out.String()
})

func (l *Lists) compiledFile(name string) string {
	return filepath.Join(l.dir, "run", "lists", name+".gob")
}

// blockLines is how many lines are encoded at once, so that neither side holds a whole file.
const blockLines = 1000

var errForeign = errors.New("not a list that this program has compiled")

// writeCompiled writes a compiled file, whole or not at all. Its digest ends it.
func writeCompiled(file string, encode func(*gob.Encoder) error) error {
	return writeWith(file, 0o600, nil, func(f io.Writer) error {
		h := sha256.New()
		w := bufio.NewWriterSize(f, 1<<16)
		if err := encode(gob.NewEncoder(io.MultiWriter(w, h))); err != nil {
			return err
		}
		if _, err := w.Write(h.Sum(nil)); err != nil {
			return err
		}
		return w.Flush()
	})
}

// readCompiled reads it, if it is there and as it was written.
func readCompiled(file string, decode func(*gob.Decoder) error) error {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() < sha256.Size { // to open a named pipe would wait for ever
		return errors.Join(errForeign, err)
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	body := io.NewSectionReader(f, 0, info.Size()-sha256.Size)
	h := sha256.New()
	if _, err := io.Copy(h, body); err != nil {
		return err
	}
	end := make([]byte, sha256.Size)
	if _, err := f.ReadAt(end, body.Size()); err != nil || !bytes.Equal(end, h.Sum(nil)) {
		return errors.Join(errForeign, err)
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return decode(gob.NewDecoder(bufio.NewReaderSize(body, 1<<16)))
}
