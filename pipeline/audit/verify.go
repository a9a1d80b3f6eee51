package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"
)

// Summary says what a record holds.
type Summary struct {
	ID      string            // of the record, from its first line
	Entries int               // lines after the first
	Streams map[string]uint64 // the last sequence of each stream
	First   time.Time         // when the first entry was stored; zero if there is none
	Last    time.Time         // when the last entry was stored
	Missing []Gap             // messages that were lost before they were recorded
	Head    string            // the hash of the last line: who keeps it elsewhere can show that nothing was cut off
}

// Gap names messages of a stream that are not in the record though later ones are.
type Gap struct {
	Line     int // the first line after the gap
	Stream   string
	From, To uint64
}

func (g Gap) Error() string {
	return fmt.Sprintf("messages %d to %d of stream %s are missing: they were lost before they were recorded", g.From, g.To, g.Stream)
}

// LineError says what is wrong with which line of a record, counted from 1.
type LineError struct {
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *LineError) Unwrap() error { return e.Err }

// ErrTorn reports a last line without its end: a crash cut it off while it was written. OpenLog drops
// such a line; Verify refuses it.
var ErrTorn = errors.New("the last line is cut off")

// Verify proves a record: that every line is as it was written and follows the one before, and that
// no message of any stream is missing or there twice. The error is a *LineError. If messages are
// missing it wraps the first Gap, the rest of the record has been proven all the same, and the
// Summary is complete; after any other error the Summary says what holds before that line.
func Verify(r io.Reader) (Summary, error) { return Entries(r, nil) }

// Entries is Verify that calls each with every entry once it is proven, in order. An error of each
// ends it.
func Entries(r io.Reader, each func(Entry) error) (Summary, error) {
	s, _, err := scan(r, each)
	if err == nil && len(s.Missing) > 0 {
		err = &LineError{s.Missing[0].Line, s.Missing[0]}
	}
	return s, err
}

// scan returns also how many octets the lines that hold take.
func scan(r io.Reader, each func(Entry) error) (Summary, int64, error) {
	s := Summary{Streams: map[string]uint64{}}
	var size int64
	lines := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 && n > 1 {
			return s, size, nil
		}
		if err == io.EOF {
			if n == 1 && len(line) == 0 {
				return s, 0, &LineError{1, errors.New("the record is empty")}
			}
			return s, size, &LineError{n, ErrTorn}
		}
		if err != nil {
			return s, size, &LineError{n, err}
		}
		if err := s.add(n, bytes.TrimSuffix(line, []byte("\n")), each); err != nil {
			return s, size, &LineError{n, err}
		}
		size += int64(len(line))
	}
}

// add proves one line against those before it.
func (s *Summary) add(n int, line []byte, each func(Entry) error) error {
	if n == 1 {
		var g genesis
		if err := open(line, &g, &g.Hash); err != nil {
			return err
		}
		if g.Format != format {
			return fmt.Errorf("the record has the form %q, this program reads %q", g.Format, format)
		}
		s.ID, s.Head = g.ID, g.Hash
		return nil
	}
	var e Entry
	if err := open(line, &e, &e.Hash); err != nil {
		return err
	}
	switch last := s.Streams[e.Stream]; {
	case e.N != s.Entries+1:
		return fmt.Errorf("entry %d follows entry %d: lines are missing, repeated or out of order", e.N, s.Entries)
	case e.Prev != s.Head:
		return errors.New("it does not continue the line before it: one of them was changed")
	case e.Seq <= last:
		return fmt.Errorf("message %d of stream %s comes again after %d", e.Seq, e.Stream, last)
	case e.Seq > last+1:
		s.Missing = append(s.Missing, Gap{n, e.Stream, last + 1, e.Seq - 1})
	}
	if each != nil {
		if err := each(e); err != nil {
			return err
		}
	}
	if s.Entries == 0 {
		s.First = e.At
	}
	s.Entries, s.Streams[e.Stream], s.Last, s.Head = e.N, e.Seq, e.At, e.Hash
	return nil
}
