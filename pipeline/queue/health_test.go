package queue

import (
	"context"
	"testing"

	"bulletin/pipeline"
)

func TestDepthsCountWhatWaits(t *testing.T) {
	q := newQueue(t)
	ctx := context.Background()
	for range 3 {
		f, err := pipeline.NewFact(pipeline.Submitted, pipeline.Ref{ID: pipeline.NewID(), Revision: 1}, "x", struct{}{})
		must(t, err)
		must(t, q.Publish(ctx, f))
	}
	c, err := q.consumer(ctx, consumed{StreamFacts, "mark", "bulletin.*.*.submitted"})
	must(t, err)
	_, err = q.consumer(ctx, consumed{StreamDelivery, "deliver-flash-NZL", "delivery.chunk.flash.NZL.>"})
	must(t, err)
	batch, err := c.FetchNoWait(1)
	must(t, err)
	if msgs := collect(batch); len(msgs) != 1 {
		t.Fatalf("%d messages", len(msgs))
	}
	depths, err := q.Depths(ctx)
	must(t, err)
	if len(depths) != 2 || depths[0].Consumer != "deliver-flash-NZL" || depths[0].Pending != 0 || depths[1] != (Depth{"mark", 2, 1}) {
		t.Errorf("%+v", depths)
	}
}

func TestCheckSaysWhatDoesNotAnswer(t *testing.T) {
	q := newQueue(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	must(t, q.Check(ctx))
	if err := q.CheckDesk(ctx); err == nil {
		t.Error("a desk answers that is not open")
	}
	open, closed := make(chan struct{}), make(chan error, 1)
	q.Serving = func() error { close(open); return nil }
	serving, stop := context.WithCancel(ctx)
	go func() {
		closed <- q.Serve(serving, func(context.Context, Request) ([]byte, error) { return nil, &Refused{Msg: "no"} })
	}()
	<-open
	must(t, q.CheckDesk(ctx))
	stop()
	must(t, <-closed)
	q.nc.Close()
	if err := q.Check(ctx); err == nil {
		t.Error("the streams answer over a closed connection")
	}
}

func TestLag(t *testing.T) {
	read := Positions{StreamFacts: 5, StreamDelivery: 9}
	if n := read.Lag(Positions{StreamFacts: 7, StreamDelivery: 8, StreamReceipts: 3}, StreamFacts, StreamDelivery); n != 2 {
		t.Errorf("%d", n)
	}
}
