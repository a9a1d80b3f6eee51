package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"bulletin/pipeline"
)

// page is how many facts one request asks for: few, since a settled chunk tells of hundreds of recipients and what reads
// all of a stream would hold many pages' worth at a time.
const page = 64

// Fact returns the fact on a subject, or pipeline.ErrNotFound.
func (q *Queue) Fact(ctx context.Context, subject string) (pipeline.Fact, error) {
	f, _, err := q.load(ctx, subject)
	return f, err
}

func (q *Queue) load(ctx context.Context, subject string) (pipeline.Fact, uint64, error) {
	all, err := q.read(ctx, subject)
	if err != nil {
		return pipeline.Fact{}, 0, err
	}
	if len(all) == 0 {
		return pipeline.Fact{}, 0, fmt.Errorf("%s: %w", subject, pipeline.ErrNotFound)
	}
	last := all[len(all)-1]
	return last.fact, last.seq, last.err
}

// decode reads a stored fact, and refuses one that does not belong where it was found.
func decode(subject string, data []byte) (pipeline.Fact, error) {
	f, ok := cutFact(data)
	if !ok {
		f = pipeline.Fact{}
		if err := json.Unmarshal(data, &f); err != nil {
			return pipeline.Fact{}, fmt.Errorf("what is stored on %s is not a fact: %w", subject, err)
		}
	}
	if f.Subject() != subject {
		return pipeline.Fact{}, fmt.Errorf("what is stored on %s is a fact of another subject", subject)
	}
	return f, nil
}

// cutFact decodes a fact as they are encoded here, with its body last: that may hold hundreds of outcomes, and is looked
// at once and not copied. It takes nothing that json.Unmarshal does not, and reads it the same; what it leaves alone may be
// a fact all the same. (Within a string the quotes would be escaped; within another value the head would not be whole.)
func cutFact(data []byte) (f pipeline.Fact, ok bool) {
	head, body, found := bytes.Cut(data, []byte(`,"body":`))
	body, closed := bytes.CutSuffix(body, []byte("}"))
	if !found || !closed || len(head) < 2 || !json.Valid(body) {
		return f, false
	}
	if err := json.Unmarshal(append(bytes.Clone(head), '}'), &f); err != nil || f.Body != nil {
		return f, false
	}
	f.Body = body
	return f, true
}

// Facts returns all facts whose subjects match the filter ("bulletin.<id>.>"), in the order of the
// stream, and the sequence of the last of them (0 if there is none), which Decide takes.
func (q *Queue) Facts(ctx context.Context, filter string) ([]pipeline.Fact, uint64, error) {
	all, err := q.read(ctx, filter)
	if err != nil {
		return nil, 0, err
	}
	var last uint64
	facts := make([]pipeline.Fact, len(all))
	for i, s := range all {
		if s.err != nil {
			return nil, 0, s.err
		}
		facts[i], last = s.fact, s.seq
	}
	return facts, last, nil
}

// stored is a message as it lies in a stream; err says why it is no fact.
type stored struct {
	seq     uint64
	subject string
	at      time.Time
	data    []byte
	fact    pipeline.Fact
	err     error
}

func (q *Queue) read(ctx context.Context, filter string) ([]stored, error) {
	stream, err := streamOf(filter)
	if err != nil {
		return nil, err
	}
	msgs, err := q.messages(ctx, stream, filter)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filter, err)
	}
	all := make([]stored, len(msgs))
	for i, m := range msgs {
		if all[i], err = storedOf(m); err != nil {
			return nil, fmt.Errorf("read %s: %w", filter, err)
		}
	}
	return all, nil
}

func storedOf(m *nats.Msg) (s stored, err error) {
	if s.seq, err = strconv.ParseUint(said(m, "Nats-Sequence"), 10, 64); err != nil {
		return s, err
	}
	s.subject, s.data = said(m, "Nats-Subject"), m.Data
	if s.at, err = time.Parse(time.RFC3339Nano, said(m, "Nats-Time-Stamp")); err != nil {
		return s, err
	}
	if len(m.Header["Nats-Stream"]) > 1 {
		s.err = errReflected
	} else {
		s.fact, s.err = decode(s.subject, s.data)
	}
	return s, nil
}

// said returns what the server says of a message that it returns. Its headers come after those that the
// message was published with, which may have the same names.
func said(m *nats.Msg, header string) string {
	values := m.Header[header]
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// errReflected is a message that nobody published. The server does not check where a worker wants its answer: one
// who names the subject of a fact has the server put the answer, a document of its own making, on
// record there. Such an answer has the headers of one.
var errReflected = errors.New("it was not published but is an answer of the server, sent there by whoever asked for it")

// pageBytes bounds a page; what is beyond it comes with the next.
const pageBytes = 2 << 20

// getPage asks for the messages from a sequence on that match, in one round trip: many answers to
// one request, ended by status 204 with the number of those left (ADR-31, batched direct get).
func (q *Queue) getPage(ctx context.Context, stream, filter string, from uint64) (msgs []*nats.Msg, more bool, err error) {
	request, err := json.Marshal(struct {
		Seq   uint64 `json:"seq"`
		Next  string `json:"next_by_subj"`
		Batch int    `json:"batch"`
		// Named, though it is the server's default: nats-server 2.15.2 reads that default without its lock, and may do
		// so while people change (stream.go, getDirectRequest).
		Bytes int `json:"max_bytes"`
	}{from, filter, page, pageBytes})
	if err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	inbox := q.nc.NewInbox()
	sub, err := q.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, false, err
	}
	defer sub.Unsubscribe()
	if err := q.nc.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox, request); err != nil {
		return nil, false, err
	}
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, false, err
		}
		if said(m, "Nats-Sequence") != "" {
			msgs = append(msgs, m)
			continue
		}
		switch status := m.Header.Get("Status"); status {
		case "204":
			return msgs, m.Header.Get("Nats-Num-Pending") != "0", nil
		case "404":
			return nil, false, nil
		default:
			return nil, false, fmt.Errorf("the server answered %s %s", status, m.Header.Get("Description"))
		}
	}
}
