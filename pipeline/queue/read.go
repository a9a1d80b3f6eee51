package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"bulletin/pipeline"
)

// page is how many facts one request asks for. A page holds at most the server's MaxPending octets.
const page = 512

// Fact returns the fact on a subject, or pipeline.ErrNotFound.
func (q *Queue) Fact(ctx context.Context, subject string) (pipeline.Fact, error) {
	f, _, err := q.load(ctx, subject)
	return f, err
}

func (q *Queue) load(ctx context.Context, subject string) (pipeline.Fact, uint64, error) {
	stream, err := streamOf(subject)
	if err != nil {
		return pipeline.Fact{}, 0, err
	}
	msg, err := q.stream[stream].GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return pipeline.Fact{}, 0, fmt.Errorf("%s: %w", subject, pipeline.ErrNotFound)
	}
	if err != nil {
		return pipeline.Fact{}, 0, fmt.Errorf("read %s: %w", subject, err)
	}
	f, err := decode(msg.Subject, msg.Data)
	return f, msg.Sequence, err
}

// decode reads a stored fact, and refuses one that does not belong where it was found.
func decode(subject string, data []byte) (pipeline.Fact, error) {
	var f pipeline.Fact
	if err := json.Unmarshal(data, &f); err != nil {
		return pipeline.Fact{}, fmt.Errorf("what is stored on %s is not a fact: %w", subject, err)
	}
	if f.Subject() != subject {
		return pipeline.Fact{}, fmt.Errorf("what is stored on %s is a fact of another subject", subject)
	}
	return f, nil
}

// Facts returns all facts whose subjects match the filter ("bulletin.<id>.>"), in the order of the
// stream, and the sequence of the last of them (0 if there is none), which Decide takes. On a
// replicated cluster it may miss what was published an instant ago; Decide then says ErrMoved.
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
	seq  uint64
	fact pipeline.Fact
	err  error
}

func (q *Queue) read(ctx context.Context, filter string) ([]stored, error) {
	stream, err := streamOf(filter)
	if err != nil {
		return nil, err
	}
	var all []stored
	var last uint64
	for more := true; more; {
		var msgs []*nats.Msg
		if msgs, more, err = q.getPage(ctx, stream, filter, last+1); err != nil {
			return nil, fmt.Errorf("read %s: %w", filter, err)
		}
		for _, m := range msgs {
			if last, err = strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64); err != nil {
				return nil, fmt.Errorf("read %s: %w", filter, err)
			}
			s := stored{seq: last}
			s.fact, s.err = decode(m.Header.Get("Nats-Subject"), m.Data)
			all = append(all, s)
		}
	}
	return all, nil
}

// getPage asks for the messages from a sequence on that match, in one round trip: many answers to
// one request, ended by status 204 with the number of those left (ADR-31, batched direct get).
func (q *Queue) getPage(ctx context.Context, stream, filter string, from uint64) (msgs []*nats.Msg, more bool, err error) {
	request, err := json.Marshal(struct {
		Seq   uint64 `json:"seq"`
		Next  string `json:"next_by_subj"`
		Batch int    `json:"batch"`
	}{from, filter, page})
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
		switch status := m.Header.Get("Status"); status {
		case "":
			msgs = append(msgs, m)
		case "204":
			return msgs, m.Header.Get("Nats-Num-Pending") != "0", nil
		case "404":
			return nil, false, nil
		default:
			return nil, false, fmt.Errorf("the server answered %s %s", status, m.Header.Get("Description"))
		}
	}
}
