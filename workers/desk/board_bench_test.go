package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"

	"bulletin/pipeline"
)

// How a large list is cut.
const (
	aChunk   = 100
	aReceipt = 50
)

func addressOf(i int) string { return fmt.Sprintf("duty-officer-%06d@cyber.police.example.nz", i) }

// large calls each with the facts of one bulletin's delivery to a large list: of a thousand recipients one is parked, and
// one was in doubt.
func large(t fatal, docs interface {
	Put(context.Context, []byte) (pipeline.Digest, error)
}, ref pipeline.Ref, listed int, each func(f pipeline.Fact)) {
	t.Helper()
	var plan pipeline.Plan
	for c := range listed / aChunk {
		var chunk []pipeline.Addressee
		for i := range aChunk {
			chunk = append(chunk, pipeline.Addressee{Address: addressOf(c*aChunk + i), Fingerprint: "D1A66E1A23B182C9980F788CFBFCC82A015E7330"})
		}
		plan.Chunks = append(plan.Chunks, chunk)
	}
	doc, err := json.Marshal(plan)
	must(t, err)
	digest, err := docs.Put(ctx, doc)
	must(t, err)
	each(factOf(t, pipeline.Submitted, ref, "", pipeline.SubmittedBody{Nation: pipeline.NZL}))
	each(factOf(t, pipeline.Approved, ref, "", pipeline.ApprovedBody{}))
	each(factOf(t, pipeline.Numbered, ref, "", pipeline.NumberedBody{Number: "SA26-326A", Nations: []pipeline.Nation{pipeline.NZL}}))
	each(factOf(t, pipeline.Planned, ref, pipeline.NZL, pipeline.PlannedBody{Plan: digest, Recipients: listed, Chunks: listed / aChunk}))
	for c, chunk := range plan.Chunks {
		largeChunk(t, ref, c+1, chunk, each)
	}
}

func largeChunk(t fatal, ref pipeline.Ref, number int, chunk []pipeline.Addressee, each func(f pipeline.Fact)) {
	t.Helper()
	of := func(name pipeline.Name, body any) {
		f := factOf(t, name, ref, pipeline.NZL, body)
		f.Chunk = number
		switch name {
		case pipeline.Chunk:
			f.Precedence = pipeline.Routine
		case pipeline.Attempted:
			f.Ordinal = 1
		case pipeline.Receipt:
			f.Ordinal, f.Part = 1, body.(pipeline.ReceiptBody).Answers[0].Index
		}
		each(f)
	}
	of(pipeline.Chunk, pipeline.ChunkBody{Recipients: chunk})
	attempted, answers, settled := pipeline.AttemptedBody{MessageID: "<5a0bb5cf81d7c19b1f6d0c2ee3c13e0a@desk.example>"}, []pipeline.Answer{}, pipeline.SettledBody{}
	for i, a := range chunk {
		o := pipeline.Outcome{Address: a.Address, State: pipeline.StateSent, Reply: "250 2.0.0 Ok: queued as 4F2B61A0C3", MessageID: attempted.MessageID, Attempts: 1, At: testTime}
		if number%10 == 1 && i == 0 {
			o.State, o.Reason, o.Reply = pipeline.StateParked, "550 5.1.1 User unknown", ""
		}
		if number%10 == 1 && i == 1 {
			o.InDoubt = 1
		}
		attempted.Indexes = append(attempted.Indexes, i+1)
		answers = append(answers, pipeline.Answer{Index: i + 1, Outcome: o})
		settled.Outcomes = append(settled.Outcomes, o)
	}
	of(pipeline.Attempted, attempted)
	for i := 0; i < len(answers); i += aReceipt {
		of(pipeline.Receipt, pipeline.ReceiptBody{Answers: answers[i:min(i+aReceipt, len(answers))]})
	}
	of(pipeline.Settled, settled)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one's finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// fill puts bulletins to a list of that size onto a board, and returns the octets of memory that each takes: under way,
// all attempted and answered, and delivered.
func fill(t fatal, bulletins, listed int) (open, over []uint64) {
	t.Helper()
	docs := documents{}
	b := &Board{Documents: docs}
	var facts []pipeline.Fact
	large(t, docs, pipeline.Ref{}, listed, func(f pipeline.Fact) { facts = append(facts, f) })
	for i := range bulletins {
		ref := pipeline.Ref{ID: pipeline.ID(fmt.Sprintf("b%012d", i)), Revision: 1}
		before := heap()
		take := func(settled bool) NationStatus {
			for _, f := range facts {
				if f.Ref = ref; settled == (f.Name == pipeline.Settled) {
					must(t, b.Apply(ctx, f))
				}
			}
			s, _ := b.Status(ctx, ref.ID)
			return s.Nations[0]
		}
		if n := take(false); n.Planned != listed || n.Attempted != listed || n.Parked != listed/1000 || n.Complete {
			t.Fatalf("%+v", n)
		}
		open = append(open, max(heap(), before)-before)
		if n := take(true); n.Sent != listed-listed/1000 || n.Parked != listed/1000 || n.InDoubt != listed/1000 || !n.Complete {
			t.Fatalf("%+v", n)
		}
		over = append(over, max(heap(), before)-before)
	}
	runtime.KeepAlive(b)
	runtime.KeepAlive(facts)
	return open, over
}

// TestBoardStaysSmall: the tenth bulletin to a large list takes no more than the first. Of one that is delivered there is
// next to nothing left but who is parked; of one that is under way an octet for each attempt, and what holds them.
func TestBoardStaysSmall(t *testing.T) {
	const listed = 10_000
	open, over := fill(t, 10, listed)
	for i := range open {
		if open[i] > 20*listed || over[i] > 32<<10 {
			t.Errorf("of %d bulletins to %d, octets under way %v, delivered %v", len(open), listed, open, over)
		}
	}
}

// BenchmarkBoardMemory has ten bulletins to a hundred thousand.
func BenchmarkBoardMemory(b *testing.B) {
	const listed = 100_000
	for b.Loop() {
		open, over := fill(b, 10, listed)
		b.ReportMetric(float64(open[9])/listed, "B/recipient-under-way")
		b.ReportMetric(float64(over[9])/listed, "B/recipient-delivered")
		b.ReportMetric(float64(over[0])/listed, "B/recipient-delivered-first")
	}
}

// BenchmarkBoard takes the facts of a delivery to a large list.
func BenchmarkBoard(b *testing.B) {
	by := map[pipeline.Name][]pipeline.Fact{}
	large(b, documents{}, pipeline.Ref{ID: "baaaaaaaaaaaa", Revision: 1}, 10_000, func(f pipeline.Fact) { by[f.Name] = append(by[f.Name], f) })
	for _, name := range []pipeline.Name{pipeline.Chunk, pipeline.Attempted, pipeline.Receipt, pipeline.Settled} {
		b.Run(string(name), func(b *testing.B) {
			board := &Board{}
			b.ReportAllocs()
			facts := by[name]
			for i := 0; b.Loop(); i++ {
				f := facts[i%len(facts)]
				f.Ref.Revision = 1 + i/len(facts) // not twice the same
				must(b, board.Apply(ctx, f))
			}
			per := aChunk
			if name == pipeline.Receipt {
				per = aReceipt
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*per), "ns/recipient")
		})
	}
}

// BenchmarkLedger has a person read everyone of a large list over NATS.
func BenchmarkLedger(b *testing.B) {
	const listed = 100_000
	o := newOffice(b)
	ref := o.submit()
	receipts := o.q.Receipts()
	large(b, o.q, ref, listed, func(f pipeline.Fact) {
		switch f.Name {
		case pipeline.Submitted: // as a draft, already
		case pipeline.Receipt:
			must(b, receipts.Publish(f))
		default:
			must(b, o.q.Publish(ctx, f))
		}
		must(b, o.desk.Board.Apply(ctx, f))
	})
	must(b, receipts.Flush(ctx))
	for b.Loop() {
		s, err := o.clients["aroha"].Ledger(ctx, ref.ID)
		must(b, err)
		if n := s.Nations[0]; len(n.Deliveries) != listed || n.Sent != listed-listed/1000 {
			b.Fatalf("%d lines", len(n.Deliveries))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/ledger")
}
