package configs

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// sayFrom is how many keys take so long to judge, seconds, that whoever waits is told.
const sayFrom = 5000

// judgeAll judges the keys that were not judged yet.
func (l *Lists) judgeAll(n pipeline.Nation, list *loadedList, now time.Time) {
	var places []int
	var names []string
	for i, r := range list.roll.All() {
		if list.lines[i].judgement == nil {
			places, names = append(places, i), append(names, filepath.Clean(r.KeyFile))
		}
	}
	if len(places) >= sayFrom && l.Log != nil {
		l.Log.Info("the keys of a list are being judged: that takes a while, and is kept for the next start", "nation", n, "keys", len(places))
	}
	l.keys.lookAll(names, now)
	files := make([][]*keyFile, len(places))
	for i, place := range places {
		r := list.roll.All()[place]
		files[i] = l.keys.of(r.KeyFile, r.Fingerprint, now)
	}
	onAllCores(len(places), func(i int) {
		place := places[i]
		list.lines[place].judge(l.dir, list.roll.All()[place], files[i], now)
	})
}

// judge reads the files of a key and judges it.
func (one *line) judge(dir string, r pipeline.Recipient, files []*keyFile, now time.Time) {
	read, copies := make([]*keyFile, len(files)), make([][]byte, len(files))
	for i, f := range files {
		read[i], copies[i] = readKeyFile(dir, f.Name, now)
	}
	one.files = digestOfAll(read)
	one.signs = nil
	for _, c := range copies {
		ids, _ := seal.KeyIDs(c) // what is no certificate signs nothing
		one.signs = append(one.signs, ids...)
	}
	slices.Sort(one.signs)
	one.signs = slices.Clip(slices.Compact(one.signs))
	j := judgementOf(r, copies, now)
	one.judgement = &j
}

// judgementOf judges the copies of a recipient's certificate: fit to be sealed to, and the one that the list pins. The
// reasons are whole sentences.
func judgementOf(r pipeline.Recipient, copies [][]byte, now time.Time) seal.Judgement {
	if len(copies) == 0 {
		return unfit(fmt.Sprintf("no key: %s can't be read", r.KeyFile))
	}
	j := seal.Judge(copies, r.Address, now)
	for i := range j.Reasons {
		j.Reasons[i] = "the key " + j.Reasons[i]
	}
	if j.Key != nil && j.Key.Fingerprint != r.Fingerprint {
		return unfit("the key file holds another key than the list pins")
	}
	if j.Key != nil {
		j.Key.Fingerprint = r.Fingerprint // the same, and once in memory
	}
	return j
}

func unfit(reason string) seal.Judgement {
	return seal.Judgement{Fitness: seal.Fitness{State: seal.Unfit, Reasons: []string{reason}}}
}

// Fitness judges the key of a recipient, of one on a list or of one who was. The caller must not change what it says.
func (l *Lists) Fitness(r pipeline.Recipient, now time.Time) seal.Fitness {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.now()
	l.openKeys(at)
	files := l.keys.of(r.KeyFile, r.Fingerprint, at)
	var one *line
	list := l.loaded[r.Nation]
	if list != nil {
		if i, ok := list.index(r); ok {
			one = &list.lines[i]
		}
	}
	switch {
	case one == nil: // no longer on the list, or otherwise
		one = &line{}
		one.judge(l.dir, r, files, now)
	case one.judgement == nil || one.files != digestOfAll(files) || !one.judgement.Holds(now):
		one.judge(l.dir, r, files, now)
		list.stale++
	}
	return one.judgement.Fitness
}
