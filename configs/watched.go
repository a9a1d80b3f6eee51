package configs

import (
	"crypto/sha256"
	"io"
	"os"
	"time"
)

const (
	// settled is how old a change must be before time and size are believed to show the next one: two changes
	// within the granularity of the file system's clock look the same.
	settled = 2 * time.Second
	// keysEvery is how often a key file is looked at: there may be as many as recipients.
	keysEvery = 5 * time.Second
)

// sum is the SHA-256 of something; zero of nothing.
type sum = [sha256.Size]byte

// stamp is the state of a file when it was read. A file that has it still holds what it held.
type stamp struct {
	Size, Modified int64
	Inode          uint64
	Changed        int64 // when anything of it did; 0 where that is not known
	Read           int64
}

// stampOf is that of a file that is read after at; zero if it is not there.
func stampOf(file string, at time.Time) stamp {
	info, err := os.Stat(file)
	if err != nil {
		return stamp{}
	}
	s := stamp{Size: info.Size(), Modified: info.ModTime().UnixNano(), Read: at.UnixNano()}
	s.Inode, s.Changed = inode(info)
	return s
}

// shows reports whether a file whose state is now like that holds what it held.
func (s stamp) shows(now stamp) bool {
	same := s.Size == now.Size && s.Modified == now.Modified && s.Changed == now.Changed && s.Inode == now.Inode
	return same && (s == stamp{} || time.Duration(s.Read-max(s.Modified, s.Changed)) > settled)
}

// sources are the files that something was read from: those that say who, looked at each time, and their keys, looked
// at now and then.
type sources struct {
	files  []watched
	keys   []watched
	looked time.Time // when the keys were last looked at
}

func (s *sources) unchanged(now time.Time) bool {
	for i := range s.files {
		if !s.files[i].unchanged(now) {
			return false
		}
	}
	if recent(now.Sub(s.looked), keysEvery) {
		return true
	}
	for i := range s.keys {
		if !s.keys[i].unchanged(now) {
			return false
		}
	}
	s.looked = now
	return true
}

// watched is a file as it was when it was read.
type watched struct {
	name   string
	stamp  stamp
	digest sum
}

// watch keeps what a file held. at is a time before it was read.
func watch(name string, data []byte, at time.Time) watched {
	return watched{name: name, digest: sha256.Sum256(data), stamp: stampOf(name, at)}
}

// unchanged reports whether the file still holds what it held.
func (w *watched) unchanged(now time.Time) bool {
	state := stampOf(w.name, now)
	if w.stamp.shows(state) {
		return true
	}
	digest, err := digestOf(w.name)
	if err != nil {
		digest = sha256.Sum256(nil) // as a key that can't be read is kept
	}
	if digest != w.digest {
		return false
	}
	w.stamp = state
	return true
}

// digestOf is that of a file's bytes, of which there may be many.
func digestOf(file string) (digest sum, err error) {
	if err := readable(file); err != nil {
		return digest, err
	}
	f, err := os.Open(file)
	if err != nil {
		return digest, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return sum(h.Sum(nil)), err
}
