package queue

import (
	"context"
	"fmt"
	"testing"

	"bulletin/pipeline"
)

func BenchmarkPublish(b *testing.B) {
	q, ctx, ref, i := newQueue(b), context.Background(), newRef(), 0
	for b.Loop() {
		i++
		must(b, q.Publish(ctx, chunk(b, pipeline.Routine, pipeline.AUS, ref, i)))
	}
}

// BenchmarkReceipts counts receipts, a thousand on their way at once.
func BenchmarkReceipts(b *testing.B) {
	q, ctx, ref, i := newQueue(b), context.Background(), newRef(), 0
	batch := q.Receipts()
	for b.Loop() {
		i++
		f := fact(b, pipeline.Receipt, ref, i)
		f.Nation, f.Chunk, f.Part, f.Ordinal = pipeline.AUS, 1, i, 1
		must(b, batch.Publish(f))
		if i%1000 == 0 {
			must(b, batch.Flush(ctx))
		}
	}
	must(b, batch.Flush(ctx))
}

// BenchmarkFacts reads a bulletin of thirty facts among many others.
func BenchmarkFacts(b *testing.B) {
	q, ctx := newQueue(b), context.Background()
	var refs []pipeline.Ref
	for range 100 {
		ref := newRef()
		refs = append(refs, ref)
		for i := range 30 {
			f := fact(b, pipeline.Approval, ref, i)
			f.Ordinal = i + 1
			must(b, q.Publish(ctx, f))
		}
	}
	i := 0
	for b.Loop() {
		i++
		if n := len(factsOf(b, q, fmt.Sprintf("bulletin.%s.>", refs[i%len(refs)].ID))); n != 30 {
			b.Fatalf("%d facts", n)
		}
	}
}

// BenchmarkDrain counts chunks of five nations, worked on by doing nothing.
func BenchmarkDrain(b *testing.B) {
	q, ref := newQueue(b), newRef()
	for i := range b.N {
		must(b, q.Publish(context.Background(), chunk(b, pipeline.Routine, pipeline.Nations()[i%5], ref, i+1)))
	}
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan struct{}, b.N)
	q.step = func(s, _ string) error {
		if s == stepAcked {
			if left <- struct{}{}; len(left) == b.N {
				cancel()
			}
		}
		return nil
	}
	b.ResetTimer()
	must(b, q.Drain(ctx, pipeline.Nations(), 2, "deliver", func(context.Context, pipeline.Fact) error { return nil }))
	cancel()
}
