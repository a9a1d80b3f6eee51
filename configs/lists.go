package configs

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// Lists gives the nations' lists of a working directory, and judges their keys. A list is read anew when its file has changed;
// a key is judged anew when one of its files has, which is seen within seconds, or when time has passed that changes the
// judgement. Everything else is a lookup.
//
// Compiled, a list is kept below run/lists, so that none is made anew at the next start. That file says which keys are fit,
// and is believed: it lies in the same working directory as the lists and the keys, and only who may write those may
// write it.
type Lists struct {
	Log *slog.Logger // says what takes long; nil for nothing

	dir string
	now pipeline.Clock

	mu     sync.Mutex
	keys   *keyFiles // nil until they are asked for
	loaded map[pipeline.Nation]*loadedList
}

// loadedList is a list as it was compiled.
type loadedList struct {
	file  watched
	roll  *pipeline.Roll
	lines []line // of the roll's entries
	stale int    // how many have been judged anew since it was stored
}

// line is what was found out about an entry.
type line struct {
	text      sum // of the entry; zero where it was not read by itself
	files     sum // what its key files held when it was judged
	judgement *seal.Judgement
	signs     []uint64 // the ids of its keys: one of them may have signed a reply
}

// NewLists returns the lists of the working directory.
func NewLists(dir string) *Lists {
	return &Lists{dir: dir, now: time.Now, loaded: map[pipeline.Nation]*loadedList{}}
}

// compilingGC is how much garbage there may be while a list is read, in percent of what is in use.
const compilingGC = 40

// storeAfter is how many new judgements are worth storing: to judge as many takes half a second.
const storeAfter = 1000

// Recipients returns the nation's list as it stands now. The caller must not change it.
func (l *Lists) Recipients(n pipeline.Nation) (*pipeline.Roll, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	list := l.loaded[n]
	if list == nil || !list.file.unchanged(now) {
		var err error
		if list, err = l.read(n, list, now); err != nil {
			return nil, err
		}
		l.loaded[n] = list
	}
	if list.stale >= storeAfter {
		l.store(n, list)
	}
	return list.roll, nil
}

// read reads a list, as it was compiled or else as it is written. What is known of it from before is used again.
func (l *Lists) read(n pipeline.Nation, old *loadedList, now time.Time) (*loadedList, error) {
	file := recipientsFile(l.dir, n)
	stamp := stampOf(file, now)
	digest, err := digestOf(file)
	if err != nil {
		return nil, fmt.Errorf("list of %s: %w", n, err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(compilingGC)) // a hundred thousand leave GBs behind, of which little is kept
	l.openKeys(now)
	if old == nil {
		if old = l.stored(n); old != nil && old.file.digest == digest {
			old.file.name, old.file.stamp = file, stamp
			return old, nil
		}
	}
	data, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("list of %s: %w", n, err)
	}
	made := &loadedList{file: watched{name: file, stamp: stamp, digest: sha256.Sum256(data)}}
	list, err := parseRecipients(n, file, data, old.known())
	if err != nil {
		return nil, err
	}
	made.roll, made.lines = pipeline.NewRoll(list.recipients), make([]line, len(list.recipients))
	for i, r := range list.recipients {
		made.lines[i] = old.line(r)
		made.lines[i].text = list.texts[i]
	}
	l.judgeAll(n, made, now)
	l.store(n, made)
	return made, nil
}

// known finds the entries of a list by their texts.
func (old *loadedList) known() func(sum) (pipeline.Recipient, bool) {
	places := map[sum]int{}
	if old != nil {
		for i := range old.lines {
			places[old.lines[i].text] = i
		}
	}
	delete(places, sum{})
	return func(text sum) (r pipeline.Recipient, ok bool) {
		i, ok := places[text]
		if ok {
			r = old.roll.All()[i]
		}
		return r, ok
	}
}

// line is what is known of a recipient's key; nothing if that is another one.
func (old *loadedList) line(r pipeline.Recipient) line {
	if old == nil {
		return line{}
	}
	i, ok := old.index(r)
	if !ok {
		return line{}
	}
	return old.lines[i]
}

// index finds the entry that says the same as r of a key.
func (l *loadedList) index(r pipeline.Recipient) (int, bool) {
	i, ok := l.roll.Index(r.Address)
	if !ok {
		return 0, false
	}
	on := l.roll.All()[i]
	return i, on.KeyFile == r.KeyFile && on.Fingerprint == r.Fingerprint && on.Address == r.Address
}

// Signers returns whose key, by the lists, may have made a signature that names the id of its key. Such ids collide.
func (l *Lists) Signers(n pipeline.Nation, id uint64) (by []pipeline.Recipient, err error) {
	if _, err := l.Recipients(n); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.loaded[n]
	for i := range list.lines {
		if slices.Contains(list.lines[i].signs, id) {
			by = append(by, list.roll.All()[i])
		}
	}
	return by, nil
}

// Certificates returns all copies of a recipient's certificate.
func (l *Lists) Certificates(r pipeline.Recipient) (copies [][]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.openKeys(now)
	for _, f := range l.keys.of(r.KeyFile, r.Fingerprint, now) {
		_, data := readKeyFile(l.dir, f.Name, now)
		copies = append(copies, data)
	}
	return copies
}

// openKeys has the key files known, and the folder looked at.
func (l *Lists) openKeys(now time.Time) {
	if l.keys == nil {
		l.keys = l.storedKeys(now)
	}
	l.keys.refresh(now)
}
