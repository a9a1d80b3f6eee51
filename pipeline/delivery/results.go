package delivery

import (
	"bytes"
	"encoding/json"
	"strconv"

	"bulletin/pipeline"
)

// Result is what counts of an outcome. There are hundreds in a fact, and whoever counts those of every mail ever sent
// goes by all the rest.
type Result struct {
	Index    int                    `json:"index"` // of an answer: the recipient's place in the chunk, from 1
	State    pipeline.DeliveryState `json:"state"`
	Attempts int                    `json:"attempts"`
	InDoubt  int                    `json:"in_doubt"`
}

// Answers reads those of a Receipt fact.
func Answers(f pipeline.Fact) ([]Result, error) {
	if all, ok := short(f.Body, `{"answers":[`, true); ok {
		return all, nil
	}
	var body struct{ Answers []Result }
	err := json.Unmarshal(f.Body, &body)
	return body.Answers, err
}

// Settled reads those of a Settled fact.
func Settled(f pipeline.Fact) ([]Result, error) {
	if all, ok := short(f.Body, `{"outcomes":[`, false); ok {
		return all, nil
	}
	var body struct{ Outcomes []Result }
	err := json.Unmarshal(f.Body, &body)
	return body.Outcomes, err
}

// Addressed says how many recipients a Chunk fact has, and who it is if there is one alone.
func Addressed(f pipeline.Fact) (n int, alone string, err error) {
	var body struct{ Recipients []struct{ Address string } }
	if err = json.Unmarshal(f.Body, &body); err == nil && len(body.Recipients) == 1 {
		alone = body.Recipients[0].Address
	}
	return len(body.Recipients), alone, err
}

// short reads results as they are encoded here, of a body that is JSON: every field in its place, and no space between. It
// reads nothing otherwise than json.Unmarshal; what it leaves alone may be results all the same. A restart takes about half
// the processor time by it (BenchmarkRestart).
func short(body []byte, head string, indexed bool) ([]Result, bool) {
	out := make([]Result, 0, bytes.Count(body, []byte(`,"state":"`)))
	s := scan{rest: body}
	s.skip(head)
	for first := true; !s.failed && !s.have("]}"); first = false {
		if !first {
			s.skip(",")
		}
		out = append(out, s.result(indexed))
	}
	return out, !s.failed && len(s.rest) == 0
}

// scan goes through JSON once; failed says that it met what it does not know.
type scan struct {
	rest   []byte
	failed bool
}

// result reads one pipeline.Answer, or pipeline.Outcome.
func (s *scan) result(indexed bool) (r Result) {
	s.skip("{")
	if indexed {
		s.skip(`"index":`)
		r.Index = s.number()
		s.skip(",")
	}
	s.skip(`"address":"`)
	s.text()
	s.skip(`,"state":"`)
	r.State = stateOf(s.text())
	for _, key := range []string{`,"reason":"`, `,"reply":"`, `,"message_id":"`} {
		if s.have(key) {
			s.text()
		}
	}
	s.skip(`,"attempts":`)
	r.Attempts = s.number()
	s.skip(`,"in_doubt":`)
	r.InDoubt = s.number()
	s.skip(`,"at":"`)
	s.text()
	s.skip("}")
	s.failed = s.failed || r.State == ""
	return r
}

// stateOf is a state that is known; empty for another.
func stateOf(text []byte) pipeline.DeliveryState {
	for _, state := range states {
		if string(text) == string(state) {
			return state
		}
	}
	return ""
}

func (s *scan) have(token string) bool {
	if len(s.rest) < len(token) || string(s.rest[:len(token)]) != token {
		return false
	}
	s.rest = s.rest[len(token):]
	return true
}

func (s *scan) skip(token string) { s.failed = !s.have(token) || s.failed }

// text reads what is left of a string, escapes as they are, and its end.
func (s *scan) text() []byte {
	for i := 0; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '\\':
			i++
		case '"':
			text := s.rest[:i]
			s.rest = s.rest[i+1:]
			return text
		}
	}
	s.failed = true
	return nil
}

func (s *scan) number() int {
	i := 0
	for i < len(s.rest) && '0' <= s.rest[i] && s.rest[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(string(s.rest[:i]))
	s.failed = s.failed || err != nil
	s.rest = s.rest[i:]
	return n
}
