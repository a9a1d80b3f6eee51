package mail

import (
	"bytes"
	"strconv"
	"strings"
	"time"
)

// drainSession is how far one client has come.
type drainSession struct {
	drain   *Drain
	answers []byte // that were not written yet

	to     string // whom the present mail is for, if somebody wants to know
	octets int64  // that the present mail had so far
	data   bool   // in DATA
	chunk  int64  // octets of the present BDAT that are still to come
	last   bool   // which is the mail's last
	ended  bool
}

// work returns what it can't make anything of yet: the begin of a command, or what may be the begin of the end of DATA.
func (s *drainSession) work(in []byte) (rest []byte) {
	for len(in) > 0 && !s.ended {
		before := len(in)
		switch {
		case s.data:
			in = s.inData(in)
		case s.chunk > 0:
			in = s.inChunk(in)
		default:
			in = s.command(in)
		}
		if s.data && len(in) < len(dataEnd) || len(in) == before {
			return in
		}
	}
	return in
}

// dataEnd is the end of DATA, the end of its last line included (RFC 5321 §4.1.1.4).
const dataEnd = "\r\n.\r\n"

// inData skips what belongs to DATA. What it gets begins with the end of the line before, first that of the command, so
// that a DATA of no lines ends like any other.
func (s *drainSession) inData(in []byte) []byte {
	end := indexDataEnd(in)
	if end < 0 {
		skip := max(0, len(in)-len(dataEnd)+1)
		s.octets += int64(skip)
		return in[skip:]
	}
	s.octets += int64(end)
	s.data = false
	s.accept()
	return in[end+len(dataEnd):]
}

// indexDataEnd looks for the dot alone, which armor has none of: to look for the whole would stop at each line.
func indexDataEnd(b []byte) int {
	for at := 0; ; at++ {
		dot := bytes.IndexByte(b[at:], '.')
		if dot < 0 {
			return -1
		}
		at += dot
		if at >= 2 && string(b[at-2:min(at+3, len(b))]) == dataEnd {
			return at - 2
		}
	}
}

func (s *drainSession) inChunk(in []byte) []byte {
	n := min(s.chunk, int64(len(in)))
	s.octets += n
	if s.chunk -= n; s.chunk == 0 {
		s.chunkDone()
	}
	return in[n:]
}

// chunkDone answers a BDAT, and the mail with its last (RFC 3030 §2).
func (s *drainSession) chunkDone() {
	if s.last {
		s.accept()
		return
	}
	s.answer("250 go on")
}

// command takes one line, if it is there as a whole.
func (s *drainSession) command(in []byte) []byte {
	line, rest, whole := bytes.Cut(in, []byte("\r\n"))
	if !whole {
		return in
	}
	verb, parameters, _ := strings.Cut(string(line), " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		s.answer("250-drain")
		if s.drain.Chunking {
			s.answer("250-CHUNKING")
		}
		s.answer("250 PIPELINING")
	case "RCPT":
		if s.drain.Accepted != nil {
			_, path, _ := strings.Cut(parameters, "<")
			s.to, _, _ = strings.Cut(path, ">")
		}
		s.answer("250 ok")
	case "DATA":
		s.answer("354 go on")
		s.data = true
		return in[len(line):]
	case "BDAT":
		s.bdat(parameters)
	case "QUIT":
		s.answer("221 bye")
		s.ended = true
	default:
		s.answer("250 ok")
	}
	return rest
}

func (s *drainSession) bdat(parameters string) {
	size, last, _ := strings.Cut(parameters, " ")
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil || n < 0 {
		s.answer("501 a size is needed") // what follows can't be told from commands (RFC 3030 §4.2)
		s.ended = true
		return
	}
	s.chunk, s.last = n, strings.EqualFold(last, "LAST")
	if n == 0 {
		s.chunkDone()
	}
}

func (s *drainSession) answer(line string) { s.answers = append(append(s.answers, line...), "\r\n"...) }

func (s *drainSession) accept() {
	d := s.drain
	d.first.CompareAndSwap(0, int64(time.Since(d.started)))
	d.octets.Add(s.octets)
	d.mails.Add(1)
	if d.Accepted != nil {
		d.Accepted(s.to)
	}
	s.answer("250 ok")
	s.octets = 0
}
