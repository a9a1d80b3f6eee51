package audit

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"
)

// Log appends to a record. Only one Log may be open on a file at a time.
type Log struct {
	mu   sync.Mutex
	file *os.File
	n    int
	head string
	last map[string]uint64
	bad  error // what left the file in a state that only OpenLog can mend
}

// OpenLog opens a record, or begins one where there is none. It proves what is there, drops a last
// line that a crash cut off, and refuses a record that was changed. A gap among the messages of a
// stream does not keep it from going on: what was lost stays to be seen, and the rest is recorded.
func OpenLog(path string) (*Log, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the record: %w", err)
	}
	l := &Log{file: file, last: map[string]uint64{}}
	if err := l.load(path); err != nil {
		return nil, errors.Join(fmt.Errorf("open the record %s: %w", path, err), file.Close())
	}
	return l, nil
}

func (l *Log) load(path string) error {
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	s, size, err := scan(l.file, nil)
	switch {
	case errors.Is(err, ErrTorn) || info.Size() == 0:
		if err := l.file.Truncate(size); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	l.n, l.head = s.Entries, s.Head
	maps.Copy(l.last, s.Streams)
	if _, err := l.file.Seek(size, io.SeekStart); err != nil {
		return err
	}
	if size > 0 {
		return nil
	}
	return l.begin(path)
}

// begin writes the first line, and makes the file's name last as well.
func (l *Log) begin(path string) error {
	var id [16]byte
	rand.Read(id[:]) // never fails (crypto/rand, Go 1.24)
	line, hash, err := seal(genesis{Format: format, ID: hex.EncodeToString(id[:])})
	if err != nil {
		return err
	}
	if err := l.write(line); err != nil {
		return err
	}
	l.head = hash
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Append writes entries, chained to what is there, and returns once they are synced to disk: all of
// them or none. It sets N, Prev and Hash. A message that is recorded already is refused.
func (l *Log) Append(entries ...Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bad != nil {
		return fmt.Errorf("the record must be opened again: %w", l.bad)
	}
	var lines bytes.Buffer
	n, head, last := l.n, l.head, maps.Clone(l.last)
	for _, e := range entries {
		if e.Seq <= last[e.Stream] {
			return fmt.Errorf("message %d of stream %s is not after %d, the last one recorded", e.Seq, e.Stream, last[e.Stream])
		}
		n++
		e.N, e.Prev, e.Hash, e.At = n, head, "", e.At.UTC()
		if !json.Valid(e.Data) {
			e.Raw, e.Data = e.Data, nil
		}
		line, hash, err := seal(e)
		if err != nil {
			return fmt.Errorf("record message %d of stream %s: %w", e.Seq, e.Stream, err)
		}
		lines.Write(line)
		head, last[e.Stream] = hash, e.Seq
	}
	if err := l.write(lines.Bytes()); err != nil {
		return err
	}
	l.n, l.head, l.last = n, head, last
	return nil
}

// write puts whole lines at the end. After a failure nobody knows what is on disk.
func (l *Log) write(lines []byte) error {
	_, err := l.file.Write(lines)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		l.bad = err
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}

// Last returns the sequence of the last message of a stream that is recorded; 0 if there is none.
func (l *Log) Last(stream string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last[stream]
}

// Head returns the hash of the last line. Kept or published elsewhere, it shows later that nothing
// was cut off.
func (l *Log) Head() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Close closes the file. Every entry is on disk already.
func (l *Log) Close() error { return l.file.Close() }
