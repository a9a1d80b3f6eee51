package desk

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline"
)

// documents is a store in memory.
type documents map[pipeline.Digest][]byte

func (d documents) Get(_ context.Context, digest pipeline.Digest) ([]byte, error) {
	if b, ok := d[digest]; ok {
		return b, nil
	}
	return nil, pipeline.ErrNotFound
}

func (d documents) Put(_ context.Context, b []byte) (pipeline.Digest, error) {
	d[pipeline.DigestOf(b)] = b
	return pipeline.DigestOf(b), nil
}

type fatal interface {
	Helper()
	Fatalf(string, ...any)
}

func factOf(t fatal, name pipeline.Name, ref pipeline.Ref, n pipeline.Nation, body any) pipeline.Fact {
	t.Helper()
	f, err := pipeline.NewFact(name, ref, "test", body)
	must(t, err)
	f.Nation, f.At = n, testTime
	return f
}

// delivered is what follows an approval: two nations, one recipient each, all sent.
func delivered(t fatal, docs interface {
	Put(context.Context, []byte) (pipeline.Digest, error)
}, ref pipeline.Ref) []pipeline.Fact {
	t.Helper()
	nations := []pipeline.Nation{pipeline.GBR, pipeline.NZL}
	out := []pipeline.Fact{
		factOf(t, pipeline.Approved, ref, "", pipeline.ApprovedBody{}),
		factOf(t, pipeline.Numbered, ref, "", pipeline.NumberedBody{Number: "SA26-326A", Nations: nations}),
	}
	for _, n := range nations {
		address := string(n) + "@x.example"
		plan, err := json.Marshal(pipeline.Plan{Chunks: [][]pipeline.Addressee{{{Address: address}}}})
		must(t, err)
		digest, err := docs.Put(ctx, plan)
		must(t, err)
		attempted := factOf(t, pipeline.Attempted, ref, n, pipeline.AttemptedBody{MessageID: "<m>", Indexes: []int{1}})
		outcome := pipeline.Outcome{Address: address, State: pipeline.StateSent, MessageID: "<m>", Attempts: 1}
		receipt := factOf(t, pipeline.Receipt, ref, n, receiptOf(1, outcome))
		settled := factOf(t, pipeline.Settled, ref, n, pipeline.SettledBody{Outcomes: []pipeline.Outcome{outcome}})
		attempted.Chunk, attempted.Ordinal = 1, 1
		receipt.Chunk, receipt.Part, receipt.Ordinal = 1, 1, 1
		settled.Chunk = 1
		out = append(out,
			factOf(t, pipeline.Marked, ref, n, pipeline.MarkedBody{Edition: "e"}),
			factOf(t, pipeline.Rendered, ref, n, pipeline.RenderedBody{Edition: "e"}),
			factOf(t, pipeline.Planned, ref, n, pipeline.PlannedBody{Plan: digest, Recipients: 1, Chunks: 1}),
			attempted, receipt, settled)
	}
	return out
}

// history draws the life of one bulletin: revisions, parked work, and deliveries that fail, are in doubt, lose
// receipts, or are not over. It returns the facts by stream, each in its order.
func history(t *rapid.T, docs documents) [3][]pipeline.Fact {
	ref := pipeline.Ref{ID: "baaaaaaaaaaaa"}
	var facts, delivery, receipts []pipeline.Fact
	revisions := rapid.IntRange(1, 3).Draw(t, "revisions")
	for ref.Revision = 1; ref.Revision <= revisions; ref.Revision++ {
		facts = append(facts, factOf(t, pipeline.Submitted, ref, "", pipeline.SubmittedBody{Nation: pipeline.USA}))
		if ref.Revision < revisions && rapid.Bool().Draw(t, "returned") {
			facts = append(facts, factOf(t, pipeline.Returned, ref, "", pipeline.DecisionBody{}))
		}
	}
	ref.Revision = revisions
	if rapid.IntRange(0, 4).Draw(t, "in review") == 0 {
		return [3][]pipeline.Fact{facts, nil, nil}
	}
	nations := pipeline.Nations()[:rapid.IntRange(1, 3).Draw(t, "nations")]
	facts = append(facts,
		factOf(t, pipeline.Approved, ref, "", pipeline.ApprovedBody{}),
		factOf(t, pipeline.Numbered, ref, "", pipeline.NumberedBody{Number: "SA26-326A", Nations: nations}))
	ordinal := 0
	for _, n := range nations {
		facts = append(facts, factOf(t, pipeline.Marked, ref, n, pipeline.MarkedBody{Edition: "e"}), factOf(t, pipeline.Rendered, ref, n, pipeline.RenderedBody{Edition: "e"}))
		var plan pipeline.Plan
		for c := range rapid.IntRange(0, 2).Draw(t, "chunks") {
			var chunk []pipeline.Addressee
			for i := range rapid.IntRange(1, 3).Draw(t, "recipients") {
				chunk = append(chunk, pipeline.Addressee{Address: string(n) + string(rune('a'+c)) + string(rune('a'+i)) + "@x.example"})
			}
			plan.Chunks = append(plan.Chunks, chunk)
		}
		if rapid.Bool().Draw(t, "parked") {
			plan.Parked = []pipeline.Unreachable{{Address: string(n) + "-old@x.example", Reason: "the key expired"}}
			parked := factOf(t, pipeline.Parked, ref, "", pipeline.ParkedBody{Worker: "render", Subject: string(n), Reason: "x"})
			retried := factOf(t, pipeline.Retried, ref, "", pipeline.RetriedBody{Worker: "render", Subject: string(n)})
			ordinal++
			parked.Ordinal, retried.Ordinal = ordinal, ordinal
			facts = append(facts, parked)
			if rapid.Bool().Draw(t, "retried") {
				facts = append(facts, retried)
			}
		}
		data, err := json.Marshal(plan)
		must(t, err)
		digest, _ := docs.Put(ctx, data)
		planned := pipeline.PlannedBody{Plan: digest, Chunks: len(plan.Chunks), Parked: len(plan.Parked)}
		for _, chunk := range plan.Chunks {
			planned.Recipients += len(chunk)
		}
		facts = append(facts, factOf(t, pipeline.Planned, ref, n, planned))
		for c, chunk := range slices.Concat(plan.Chunks, again(t, n, plan)) {
			d, r := deliveries(t, ref, n, c+1, chunk)
			delivery, receipts = append(delivery, d...), append(receipts, r...)
			if ordinal := c + 1 - len(plan.Chunks); ordinal > 0 {
				wish := factOf(t, pipeline.Resent, ref, n, pipeline.ResentBody{Address: chunk[0].Address})
				wish.Ordinal = ordinal
				facts = append(facts, wish)
			}
		}
		for i := range min(planned.Recipients, rapid.IntRange(0, 2).Draw(t, "acknowledged")) {
			f := factOf(t, pipeline.Acknowledged, ref, n, pipeline.AcknowledgedBody{Address: slices.Concat(plan.Chunks...)[i].Address, Signed: testTime})
			f.Ordinal = i + 1
			facts = append(facts, f)
		}
	}
	return [3][]pipeline.Fact{facts, delivery, receipts}
}

// again draws who is sent the edition again: of the plan, parked by it, or new on the list.
func again(t *rapid.T, n pipeline.Nation, plan pipeline.Plan) (chunks [][]pipeline.Addressee) {
	who := []pipeline.Addressee{{Address: string(n) + "-new@x.example"}, {Address: string(n) + "-old@x.example"}}
	who = append(who, slices.Concat(plan.Chunks...)...)
	for _, a := range rapid.SliceOfN(rapid.SampledFrom(who), 0, 3).Draw(t, "again") {
		chunks = append(chunks, []pipeline.Addressee{a})
	}
	return chunks
}

// deliveries draws the attempts at one chunk as deliver makes them.
func deliveries(t *rapid.T, ref pipeline.Ref, n pipeline.Nation, number int, chunk []pipeline.Addressee) (delivery, receipts []pipeline.Fact) {
	f := factOf(t, pipeline.Chunk, ref, n, pipeline.ChunkBody{Recipients: chunk})
	f.Chunk, f.Precedence = number, pipeline.Routine
	delivery = append(delivery, f)
	outcomes := make([]pipeline.Outcome, len(chunk))
	for attempt := range rapid.IntRange(0, 3).Draw(t, "attempts") {
		body := pipeline.AttemptedBody{MessageID: "<m>"}
		for i := range chunk {
			o := &outcomes[i]
			o.Address = chunk[i].Address
			if o.State == pipeline.StateSent {
				continue
			}
			body.Indexes = append(body.Indexes, i+1)
			o.Attempts++
			o.MessageID = "<m>"
			o.State = rapid.SampledFrom([]pipeline.DeliveryState{pipeline.StateSent, pipeline.StateDeferred, pipeline.StateInDoubt, "lost"}).Draw(t, "state")
			if o.State == pipeline.StateInDoubt || o.State == "lost" {
				o.InDoubt++
			}
			if o.State == "lost" { // the process died: no receipt
				o.State = pipeline.StateInDoubt
				continue
			}
			r := factOf(t, pipeline.Receipt, ref, n, receiptOf(i+1, *o))
			r.Chunk, r.Part, r.Ordinal = number, i+1, attempt+1
			receipts = append(receipts, r)
		}
		a := factOf(t, pipeline.Attempted, ref, n, body)
		a.Chunk, a.Ordinal = number, attempt+1
		delivery = append(delivery, a)
	}
	if rapid.Bool().Draw(t, "settled") {
		for i := range outcomes {
			if o := &outcomes[i]; o.State != pipeline.StateSent {
				o.Address, o.State, o.Reason = chunk[i].Address, pipeline.StateParked, "given up"
			}
		}
		s := factOf(t, pipeline.Settled, ref, n, pipeline.SettledBody{Outcomes: outcomes})
		s.Chunk = number
		delivery = append(delivery, s)
	}
	return delivery, receipts
}

// TestBoardIsTheSameInAnyInterleaving: the streams are followed side by side, so that their facts come mixed in
// any way, and a restart reads them anew.
func TestBoardIsTheSameInAnyInterleaving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := documents{}
		streams := history(t, docs)
		straight, mixed := &Board{Documents: docs}, &Board{Documents: docs}
		for _, s := range streams {
			for _, f := range s {
				must(t, straight.Apply(ctx, f))
			}
		}
		left := streams
		for len(left[0])+len(left[1])+len(left[2]) > 0 {
			i := rapid.IntRange(0, 2).Draw(t, "stream")
			if len(left[i]) == 0 {
				continue
			}
			must(t, mixed.Apply(ctx, left[i][0]))
			left[i] = left[i][1:]
			mixed.All(ctx) // looking changes nothing
		}
		want, got := straight.All(ctx), mixed.All(ctx)
		if !reflect.DeepEqual(want, got) {
			a, _ := json.MarshalIndent(want, "", " ")
			b, _ := json.MarshalIndent(got, "", " ")
			t.Fatalf("stream after stream:\n%s\nmixed:\n%s", a, b)
		}
		full := &Desk{Store: records{docs, slices.Concat(streams[:]...)}, Board: mixed}
		for _, n := range want[0].Nations {
			lines, _, err := full.Ledger(ctx, want[0].ID, n.Nation)
			must(t, err)
			if got, want := numbersOf(n), numbersIn(lines); got != want {
				t.Fatalf("the board counts %+v\nand the ledger has %+v: %+v", got, want, lines)
			}
		}
	})
}

// numbers are those of a status.
type numbers struct{ planned, attempted, sent, inDoubt, parked, withReason, acknowledged int }

func numbersOf(n NationStatus) numbers {
	out := numbers{planned: n.Planned, attempted: n.Attempted, sent: n.Sent, inDoubt: n.InDoubt, parked: n.Parked, acknowledged: n.Acknowledged}
	for _, c := range n.Why {
		out.withReason += c.Recipients
	}
	return out
}

// numbersIn counts recipients one by one.
func numbersIn(all []pipeline.Outcome) (n numbers) {
	n.planned = len(all)
	for _, o := range all {
		n.attempted += min(o.Attempts, 1)
		n.inDoubt += o.InDoubt
		switch o.State {
		case pipeline.StateSent:
			n.sent++
		case pipeline.StateParked:
			n.parked, n.withReason = n.parked+1, n.withReason+1
		}
		if !o.Acknowledged.IsZero() {
			n.acknowledged++
		}
	}
	return n
}

// records is a store in memory with facts.
type records struct {
	documents
	facts []pipeline.Fact
}

func (r records) Facts(_ context.Context, filter string) (out []pipeline.Fact, _ uint64, _ error) {
	for _, f := range r.facts {
		if matches(strings.Split(filter, "."), strings.Split(f.Subject(), ".")) {
			out = append(out, f)
		}
	}
	return out, 0, nil
}

func (r records) Decide(context.Context, uint64, ...pipeline.Fact) (uint64, error) {
	return 0, errors.New("nothing is decided here")
}

func matches(filter, subject []string) bool {
	for i, token := range filter {
		switch {
		case token == ">":
			return len(subject) > i
		case i >= len(subject) || token != "*" && token != subject[i]:
			return false
		}
	}
	return len(filter) == len(subject)
}

func TestBoardStates(t *testing.T) {
	docs := documents{}
	b := &Board{Documents: docs}
	ref := pipeline.Ref{ID: "baaaaaaaaaaaa", Revision: 1}
	if _, ok := b.Status(ctx, ref.ID); ok {
		t.Error("a bulletin that is not there has a status")
	}
	step := func(f pipeline.Fact, state string) {
		t.Helper()
		changed := b.Changed()
		must(t, b.Apply(ctx, f))
		select {
		case <-changed:
		default:
			t.Errorf("%s: nobody was told", f.Name)
		}
		if s, _ := b.Status(ctx, ref.ID); s.State != state {
			t.Errorf("after %s the state is %q, want %q", f.Name, s.State, state)
		}
		if waits := len(b.InReview()) == 1; waits != (state == "in review") {
			t.Errorf("after %s it waits for review: %v", f.Name, waits)
		}
	}
	step(factOf(t, pipeline.Submitted, ref, "", pipeline.SubmittedBody{Nation: pipeline.USA}), "in review")
	step(factOf(t, pipeline.Returned, ref, "", pipeline.DecisionBody{}), "returned")
	ref.Revision = 2
	step(factOf(t, pipeline.Submitted, ref, "", pipeline.SubmittedBody{Nation: pipeline.USA}), "in review")
	facts := delivered(t, docs, ref)
	step(facts[0], "approved")
	for _, f := range facts[1 : len(facts)-1] {
		step(f, "delivering")
	}
	step(facts[len(facts)-1], "delivered")
}

func TestBoardSaysWhichPlanIsMissing(t *testing.T) {
	b := &Board{Documents: documents{}}
	ref := pipeline.Ref{ID: "baaaaaaaaaaaa", Revision: 1}
	err := b.Apply(ctx, factOf(t, pipeline.Planned, ref, pipeline.NZL, pipeline.PlannedBody{Plan: "gone", Parked: 1}))
	if err == nil || !strings.Contains(err.Error(), "planned.NZL") {
		t.Errorf("got %v", err)
	}
	if err := b.Apply(ctx, pipeline.Fact{Name: pipeline.Submitted, Ref: ref, Body: []byte("{")}); err == nil {
		t.Error("half a fact was taken")
	}
}

func receiptOf(index int, o pipeline.Outcome) pipeline.ReceiptBody {
	return pipeline.ReceiptBody{Answers: []pipeline.Answer{{Index: index, Outcome: o}}}
}
