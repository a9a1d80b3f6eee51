package configs

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"
	"unique"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// compiledHead begins a compiled file: whose it is, who made it, and of what.
type compiledHead struct {
	Program string // another one may judge otherwise
	Nation  pipeline.Nation
	List    sum   // of a list: what it was compiled from
	Folder  stamp // of the key files: where they lie
	Lines   int
}

// compiledLine is an entry of a list and what was found out about its key.
type compiledLine struct {
	Recipient            pipeline.Recipient
	Text, Files          []byte // sums
	State                string
	Reasons              []string
	Key                  []byte
	Expires, From, Until int64
	Signs                []uint64
}

// compiledKeyFile is a keyFile; to encode an array takes ten times as long as a slice.
type compiledKeyFile struct {
	Name                string
	Stamp               stamp
	Digest, Certificate []byte
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

// store keeps a list as it is compiled. It costs a compilation if it can't be kept, and that is all.
func (l *Lists) store(n pipeline.Nation, list *loadedList) {
	list.stale = 0
	all := list.roll.All()
	_ = writeCompiled(l.compiledFile(string(n)), func(enc *gob.Encoder) error {
		err := enc.Encode(compiledHead{Program: program(), Nation: n, List: list.file.digest, Lines: len(all)})
		for at := 0; at < len(all) && err == nil; at += blockLines {
			var block []compiledLine
			for i := at; i < min(at+blockLines, len(all)); i++ {
				block = append(block, list.lines[i].compiled(all[i]))
			}
			err = enc.Encode(block)
		}
		return err
	})
	l.storeKeys()
}

func (one *line) compiled(r pipeline.Recipient) compiledLine {
	j := one.judgement
	c := compiledLine{
		Recipient: r, Text: one.text[:], Files: one.files[:], State: j.State, Reasons: j.Reasons, Signs: one.signs,
		Expires: unixNano(j.Expires), From: unixNano(j.From), Until: unixNano(j.Until),
	}
	if j.Key != nil {
		c.Key, _ = j.Key.MarshalBinary() // without it, it is judged anew
	}
	return c
}

// stored is a nation's list as it was compiled; nil if it was not, by this program, or what is there is damaged.
func (l *Lists) stored(n pipeline.Nation) *loadedList {
	var list *loadedList
	err := readCompiled(l.compiledFile(string(n)), func(dec *gob.Decoder) error {
		var head compiledHead
		if err := dec.Decode(&head); err != nil || head.Program != program() || head.Nation != n {
			return errors.Join(errForeign, err)
		}
		all := make([]pipeline.Recipient, 0, head.Lines)
		list = &loadedList{file: watched{digest: head.List}, lines: make([]line, 0, head.Lines)}
		for len(all) < head.Lines {
			var block []compiledLine
			if err := dec.Decode(&block); err != nil || len(block) == 0 {
				return errors.Join(errForeign, err)
			}
			for i := range block {
				c := &block[i]
				r := sharing(c.Recipient)
				all, list.lines = append(all, r), append(list.lines, c.line(r))
			}
		}
		list.roll = pipeline.NewRoll(all)
		return nil
	})
	if err != nil {
		return nil
	}
	return list
}

var errForeign = errors.New("not a list that this program has compiled")

func (c *compiledLine) line(r pipeline.Recipient) line {
	j := &seal.Judgement{
		Fitness: seal.Fitness{State: shared(c.State), Reasons: c.Reasons, Expires: timeOf(c.Expires)},
		From:    timeOf(c.From), Until: timeOf(c.Until),
	}
	one := line{judgement: j, signs: c.Signs}
	copy(one.text[:], c.Text)
	copy(one.files[:], c.Files)
	if j.State == seal.Unfit {
		return one
	}
	j.Key = new(seal.Key)
	if err := j.Key.UnmarshalBinary(c.Key); err != nil || j.Key.Fingerprint != r.Fingerprint {
		one.judgement = nil
	}
	j.Key.Fingerprint = r.Fingerprint // once in memory
	return one
}

// sharing returns the recipient with strings that occur again held once.
func sharing(r pipeline.Recipient) pipeline.Recipient {
	r.Nation = pipeline.Nation(shared(string(r.Nation)))
	r.Agency, r.MaxTLP, r.MaxMarking = shared(r.Agency), shared(r.MaxTLP), shared(r.MaxMarking)
	if i := strings.Index(r.KeyFile, r.Fingerprint); i >= 0 {
		r.Fingerprint = r.KeyFile[i:][:len(r.Fingerprint)]
	}
	for i, k := range r.Kinds {
		r.Kinds[i] = pipeline.Kind(shared(string(k)))
	}
	return r
}

func shared(s string) string { return unique.Make(s).Value() }

// unixNano keeps what a judgement says of time, which is within three centuries: 0 is never.
func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func timeOf(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// storedKeys is what was known of the key files. Each is looked at before it is used, and all of them after a while.
func (l *Lists) storedKeys(at time.Time) *keyFiles {
	k := newKeyFiles(l.dir)
	err := readCompiled(l.compiledFile("keys"), func(dec *gob.Decoder) error {
		var head compiledHead
		if err := dec.Decode(&head); err != nil || head.Program != program() {
			return errors.Join(errForeign, err)
		}
		k.folder, k.scanned = head.Folder, at
		for read := 0; read < head.Lines; {
			var block []compiledKeyFile
			if err := dec.Decode(&block); err != nil || len(block) == 0 {
				return errors.Join(errForeign, err)
			}
			for _, c := range block {
				f := &keyFile{Name: c.Name, Stamp: c.Stamp}
				copy(f.Digest[:], c.Digest)
				copy(f.Certificate[:], c.Certificate)
				k.put(f)
			}
			read += len(block)
		}
		return nil
	})
	if err != nil {
		return newKeyFiles(l.dir)
	}
	return k
}

func (l *Lists) storeKeys() {
	files := slices.Collect(maps.Values(l.keys.files))
	_ = writeCompiled(l.compiledFile("keys"), func(enc *gob.Encoder) error {
		err := enc.Encode(compiledHead{Program: program(), Folder: l.keys.folder, Lines: len(files)})
		for chunk := range slices.Chunk(files, blockLines) {
			if err != nil {
				break
			}
			block := make([]compiledKeyFile, len(chunk))
			for i, f := range chunk {
				block[i] = compiledKeyFile{Name: f.Name, Stamp: f.Stamp, Digest: f.Digest[:], Certificate: f.Certificate[:]}
			}
			err = enc.Encode(block)
		}
		return err
	})
}

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
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() < sha256.Size {
		return errors.Join(errForeign, err)
	}
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
