package configs

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bulletin/pipeline/seal"
)

// keysFolder is where every certificate is kept that a list has named. Whatever else people put there counts too, if it is a
// further copy of a certificate that a list pins: a renewed one, or one that says it is revoked.
var keysFolder = filepath.Join("configs", "recipients", "keys")

// perFile is how often all files in there are looked at, for each of them: one written over in place does not change the
// folder. To look at one takes two microseconds.
const perFile = time.Millisecond

// maxKeyFile is the largest file that is read to see whether it is a certificate, in bytes: several times what passes for
// one. There may be many of them.
const maxKeyFile = 4 << 20

// certificateID is the fingerprint of a certificate, of one of version 6 the first 160 bits of it; zero of what is none.
type certificateID [20]byte

func idOf(fingerprint string) (id certificateID) {
	if b, err := hex.DecodeString(fingerprint); err == nil && (len(b) == 20 || len(b) == 32) {
		copy(id[:], b)
	}
	return id
}

// keyFile is what a file of the working directory holds.
type keyFile struct {
	Name        string
	Stamp       stamp
	Digest      sum // zero if it can't be read
	Certificate certificateID

	looked int64    // when it was last looked at; a time.Time takes three times as much, and there are many
	next   *keyFile // another file in the folder with that certificate
}

// keyFiles knows what the key files hold without reading them again: those that the lists name, and those in the
// folder. It is not safe for use by several goroutines.
type keyFiles struct {
	dir     string
	files   map[string]*keyFile
	copies  map[certificateID]*keyFile // those in the folder
	folder  stamp
	looked  time.Time // at the folder
	scanned time.Time // when all its files were looked at
}

func newKeyFiles(dir string) *keyFiles {
	return &keyFiles{dir: dir, files: map[string]*keyFile{}, copies: map[certificateID]*keyFile{}}
}

// readKeyFile reads a file and says what it holds.
func readKeyFile(dir, name string, at time.Time) (*keyFile, []byte) {
	file := below(dir, name)
	f := &keyFile{Name: name, Stamp: stampOf(file, at), looked: at.UnixNano()}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() > maxKeyFile {
		return f, nil
	}
	data, err := read(file)
	if err != nil {
		return f, nil
	}
	f.Digest = sha256.Sum256(data)
	if fingerprint, err := seal.Fingerprint(data); err == nil {
		f.Certificate = idOf(fingerprint)
	}
	return f, data
}

// look returns what a file holds, which is read if it was not left alone since it was last.
func (k *keyFiles) look(name string, at time.Time) *keyFile {
	f := k.files[name]
	if f != nil && recent(at.Sub(time.Unix(0, f.looked)), keysEvery) {
		return f
	}
	if f != nil && f.Stamp.shows(stampOf(below(k.dir, name), at)) {
		f.looked = at.UnixNano()
		return f
	}
	f, _ = readKeyFile(k.dir, name, at)
	k.put(f)
	return f
}

// recent reports whether so long ago is within the last while: not in the future, of which a clock that was set back knows.
func recent(ago, within time.Duration) bool { return ago >= 0 && ago < within }

// put takes in what was read of a file.
func (k *keyFiles) put(f *keyFile) {
	k.drop(f.Name)
	k.files[f.Name] = f
	if inFolder(f.Name) && f.Certificate != (certificateID{}) {
		f.next, k.copies[f.Certificate] = k.copies[f.Certificate], f
	}
}

func (k *keyFiles) drop(name string) {
	old := k.files[name]
	if old == nil {
		return
	}
	delete(k.files, name)
	var left *keyFile
	for f := k.copies[old.Certificate]; f != nil; {
		next := f.next
		if f != old {
			f.next, left = left, f
		}
		f = next
	}
	if delete(k.copies, old.Certificate); left != nil {
		k.copies[old.Certificate] = left
	}
}

func inFolder(name string) bool {
	return filepath.Dir(name) == keysFolder && slices.Contains([]string{".asc", ".pgp", ".gpg"}, strings.ToLower(filepath.Ext(name)))
}

// refresh takes in what has come into the folder, and what has gone from it.
func (k *keyFiles) refresh(at time.Time) {
	if recent(at.Sub(k.looked), keysEvery) {
		return
	}
	k.looked = at
	folder := stampOf(filepath.Join(k.dir, keysFolder), at)
	if k.folder.shows(folder) && recent(at.Sub(k.scanned), max(keysEvery, time.Duration(len(k.files))*perFile)) {
		return
	}
	k.folder, k.scanned = folder, at
	entries, _ := os.ReadDir(filepath.Join(k.dir, keysFolder)) // without it there are no copies
	var names []string
	there := make(map[string]bool, len(entries))
	for _, e := range entries {
		if name := filepath.Join(keysFolder, e.Name()); inFolder(name) {
			names, there[name] = append(names, name), true
		}
	}
	for name := range k.files {
		if inFolder(name) && !there[name] {
			k.drop(name)
		}
	}
	k.lookAll(names, at)
}

// lookAll looks at many files at once.
func (k *keyFiles) lookAll(names []string, at time.Time) {
	slices.Sort(names)
	names = slices.Compact(names) // several recipients may have one key
	read := make([]*keyFile, len(names))
	onAllCores(len(names), func(i int) {
		if f := k.files[names[i]]; f == nil || !f.Stamp.shows(stampOf(below(k.dir, names[i]), at)) {
			read[i], _ = readKeyFile(k.dir, names[i], at)
		} else {
			f.looked = at.UnixNano()
		}
	})
	for _, f := range read {
		if f != nil {
			k.put(f)
		}
	}
}

// of returns the files of a recipient's key: the one that the list names and, if that holds the certificate that the list
// pins, all in the folder that hold it too. There are none where the one that the list names can't be read.
func (k *keyFiles) of(name, fingerprint string, at time.Time) []*keyFile {
	name = filepath.Clean(name)
	named := k.look(name, at)
	if named.Digest == (sum{}) {
		return nil
	}
	pinned := idOf(fingerprint)
	if pinned == (certificateID{}) || named.Certificate != pinned {
		return []*keyFile{named}
	}
	var others []string
	for f := k.copies[pinned]; f != nil; f = f.next {
		if f.Name != name {
			others = append(others, f.Name)
		}
	}
	out := []*keyFile{named}
	for _, other := range others { // to look at one may take it out of the chain
		if f := k.look(other, at); f.Certificate == pinned {
			out = append(out, f)
		}
	}
	return out
}

// digestOfAll is that of what some files hold, whatever they are called and in whatever order they are.
func digestOfAll(files []*keyFile) sum {
	switch len(files) {
	case 0:
		return sum{}
	case 1:
		return files[0].Digest
	}
	var digests [][]byte
	for _, f := range files {
		digests = append(digests, f.Digest[:])
	}
	slices.SortFunc(digests, slices.Compare)
	digests = slices.CompactFunc(digests, slices.Equal)
	if len(digests) == 1 {
		return sum(digests[0])
	}
	return sha256.Sum256(slices.Concat(digests...))
}
