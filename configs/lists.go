package configs

import (
	"fmt"
	"os"
	"sync"
	"time"

	"bulletin/pipeline"
)

const (
	// settled is how old a change must be before time and size are believed to show the next one: two changes
	// within the granularity of the file system's clock look the same.
	settled = 2 * time.Second
	// keysEvery is how often the key files are looked at: there may be as many as recipients.
	keysEvery = 5 * time.Second
)

// Lists gives the nations' lists of a working directory, reading a list anew when its file has changed, or
// within seconds when one of its key files has.
type Lists struct {
	dir string
	now pipeline.Clock

	mu     sync.Mutex
	loaded map[pipeline.Nation]*loadedList
	kept   map[string]pipeline.Digest // certificates known to be where Former finds them, by file
}

type loadedList struct {
	files sources
	list  *pipeline.Roll
}

// sources are the files that something was read from: those that say who, looked at each time, and their keys, looked
// at now and then.
type sources struct {
	files  []watched
	keys   []watched
	looked time.Time // when the keys were last looked at
}

// NewLists returns the lists of the working directory.
func NewLists(dir string) *Lists {
	return &Lists{dir: dir, now: time.Now, loaded: map[pipeline.Nation]*loadedList{}, kept: map[string]pipeline.Digest{}}
}

// Recipients returns the nation's list as it stands now. The caller must not change it.
func (l *Lists) Recipients(n pipeline.Nation) (*pipeline.Roll, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if old, ok := l.loaded[n]; ok && old.files.unchanged(now) {
		return old.list, nil
	}
	delete(l.loaded, n)
	file := recipientsFile(l.dir, n)
	data, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("list of %s: %w", n, err)
	}
	list, err := parseRecipients(l.dir, n, file, data)
	if err != nil {
		return nil, err
	}
	loaded := &loadedList{files: sources{files: []watched{watch(file, data, now)}, looked: now}, list: pipeline.NewRoll(list)}
	for _, r := range list {
		loaded.files.keys = append(loaded.files.keys, watch(below(l.dir, r.KeyFile), r.Key, now))
	}
	l.loaded[n] = loaded
	return loaded.list, nil
}

func (s *sources) unchanged(now time.Time) bool {
	for i := range s.files {
		if !s.files[i].unchanged(now) {
			return false
		}
	}
	if now.Sub(s.looked) < keysEvery {
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

// watched is a file as it was when it was read; info is nil if it could not be.
type watched struct {
	name   string
	info   os.FileInfo
	digest pipeline.Digest
	read   time.Time
}

// watch keeps what a file held. at is a time before it was read.
func watch(name string, data []byte, at time.Time) watched {
	w := watched{name: name, digest: pipeline.DigestOf(data), read: at}
	w.info, _ = os.Stat(name)
	return w
}

// unchanged reports whether the file still holds what it held.
func (w *watched) unchanged(now time.Time) bool {
	info, err := os.Stat(w.name)
	if err != nil || w.info == nil {
		return err != nil && w.info == nil
	}
	if os.SameFile(info, w.info) && info.ModTime().Equal(w.info.ModTime()) && info.Size() == w.info.Size() && w.read.Sub(info.ModTime()) > settled {
		return true
	}
	data, err := read(w.name)
	if err != nil {
		data = nil // as a key that can't be read is kept
	}
	if pipeline.DigestOf(data) != w.digest {
		return false
	}
	w.info, w.read = info, now
	return true
}
