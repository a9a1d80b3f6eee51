package metrics

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

type fataler interface {
	Helper()
	Fatal(args ...any)
}

// journey is the streams of one bulletin for two nations: NZL's four recipients in two chunks, of whom one is deferred
// once, one is in doubt once and one is parked; and GBR's edition, whose only recipient has no key.
func journey(t fataler) map[string][]queue.Entry {
	t.Helper()
	ref := pipeline.Ref{ID: "0000000000000000000000000a", Revision: 1}
	streams := map[string][]queue.Entry{}
	add := func(stream string, after time.Duration, f pipeline.Fact, body any) {
		t.Helper()
		made, err := pipeline.NewFact(f.Name, ref, "x", body)
		if err != nil {
			t.Fatal(err)
		}
		f.Ref, f.Body = made.Ref, made.Body
		streams[stream] = append(streams[stream], queue.Entry{
			Stream: stream, Seq: uint64(len(streams[stream]) + 1), Subject: f.Subject(), Time: noon.Add(after), Fact: f,
		})
	}
	facts, delivery, receipts := queue.StreamFacts, queue.StreamDelivery, queue.StreamReceipts
	of := func(name pipeline.Name, n pipeline.Nation) pipeline.Fact { return pipeline.Fact{Name: name, Nation: n} }
	at := func(name pipeline.Name, chunk, part, ordinal int) pipeline.Fact {
		return pipeline.Fact{Name: name, Nation: pipeline.NZL, Precedence: pipeline.Flash, Chunk: chunk, Part: part, Ordinal: ordinal}
	}
	line := func(name string, s pipeline.DeliveryState, doubts int) pipeline.Outcome {
		return pipeline.Outcome{Address: name + "@police.example.nz", State: s, InDoubt: doubts, Attempts: 1}
	}
	receipt := func(index int, o pipeline.Outcome) pipeline.ReceiptBody {
		return pipeline.ReceiptBody{Answers: []pipeline.Answer{{Index: index, Outcome: o}}}
	}
	add(facts, 0, of(pipeline.Submitted, ""), pipeline.SubmittedBody{Author: "moana"})
	add(facts, time.Hour, of(pipeline.Approved, ""), pipeline.ApprovedBody{})
	for i, n := range []pipeline.Nation{pipeline.NZL, pipeline.GBR} {
		add(facts, time.Hour+2*time.Second, of(pipeline.Marked, n), pipeline.MarkedBody{Precedence: pipeline.Flash})
		add(facts, time.Hour+3*time.Second, of(pipeline.Rendered, n), pipeline.RenderedBody{})
		add(facts, time.Hour+4*time.Second, of(pipeline.Planned, n), pipeline.PlannedBody{Chunks: 2 - 2*i, Recipients: 4 - 4*i, Parked: i})
	}
	for c := range 2 {
		body := pipeline.ChunkBody{Recipients: make([]pipeline.Addressee, 2)}
		add(delivery, time.Hour+5*time.Second, at(pipeline.Chunk, c+1, 0, 0), body)
	}
	add(delivery, time.Hour+6*time.Second, at(pipeline.Attempted, 1, 0, 1), pipeline.AttemptedBody{Indexes: []int{1, 2}})
	add(receipts, time.Hour+7*time.Second, at(pipeline.Receipt, 1, 1, 1), receipt(1, line("a", pipeline.StateSent, 0)))
	add(receipts, time.Hour+7*time.Second, at(pipeline.Receipt, 1, 2, 1), receipt(2, line("b", pipeline.StateDeferred, 0)))
	add(delivery, time.Hour+8*time.Second, at(pipeline.Attempted, 1, 0, 2), pipeline.AttemptedBody{Indexes: []int{2}})
	add(receipts, time.Hour+9*time.Second, at(pipeline.Receipt, 1, 2, 2), receipt(2, line("b", pipeline.StateSent, 0)))
	add(delivery, time.Hour+10*time.Second, at(pipeline.Settled, 1, 0, 0), pipeline.SettledBody{Outcomes: []pipeline.Outcome{
		line("a", pipeline.StateSent, 0), line("b", pipeline.StateSent, 0)}})
	add(delivery, time.Hour+11*time.Second, at(pipeline.Attempted, 2, 0, 1), pipeline.AttemptedBody{Indexes: []int{1, 2}})
	add(receipts, time.Hour+12*time.Second, at(pipeline.Receipt, 2, 2, 1), receipt(2, line("d", pipeline.StateParked, 0)))
	return streams
}

// finished is what ends the journey: the second chunk is settled, one recipient after a doubt.
func finished() queue.Entry {
	f, _ := pipeline.NewFact(pipeline.Settled, pipeline.Ref{ID: "0000000000000000000000000a", Revision: 1}, "deliver", pipeline.SettledBody{Outcomes: []pipeline.Outcome{
		{State: pipeline.StateSent, InDoubt: 1}, {State: pipeline.StateParked}}})
	f.Nation, f.Chunk = pipeline.NZL, 2
	return queue.Entry{Stream: queue.StreamDelivery, Seq: 7, Subject: f.Subject(), Time: noon.Add(2 * time.Hour), Fact: f}
}

// TestAnyOrderOfTheStreams takes the streams in every interleaving: the numbers are the same.
func TestAnyOrderOfTheStreams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		streams := journey(t)
		p := NewProjection()
		for {
			var left []string
			for _, name := range queue.Streams() {
				if len(streams[name]) > 0 {
					left = append(left, name)
				}
			}
			if len(left) == 0 {
				break
			}
			name := rapid.SampledFrom(left).Draw(t, "stream")
			p.Apply(streams[name][0])
			streams[name] = streams[name][1:]
		}
		want := map[pipeline.Nation]outcomes{pipeline.NZL: {inDoubt: 1, sent: 2, parked: 1}, pipeline.GBR: {parked: 1}}
		for n, got := range p.outcomes {
			if *got != want[n] {
				t.Fatalf("%s: %v, want %v", n, *got, want[n])
			}
		}
		if want := (outcomes{deferred: 1, sent: 2, parked: 1}); p.answers[pipeline.NZL] != want {
			t.Fatalf("answers: %v, want %v", p.answers[pipeline.NZL], want)
		}
		p.Apply(finished())
		for _, entries := range journey(t) { // after a pause the streams are read anew
			for _, e := range entries {
				p.Apply(e)
			}
		}
		if want := (outcomes{sent: 3, parked: 1}); *p.outcomes[pipeline.NZL] != want || p.doubts[pipeline.NZL] != 1 {
			t.Fatalf("at the end: %v, %v", p.outcomes[pipeline.NZL], p.doubts)
		}
		if len(p.chunks) > 0 || len(p.editions[place{finished().Fact.Ref, pipeline.NZL}].settled) > 0 {
			t.Fatalf("kept of what is complete: %v", p.chunks)
		}
		if want := (outcomes{deferred: 1, sent: 2, parked: 1}); p.answers[pipeline.NZL] != want || p.facts[pipeline.Receipt] != 4 {
			t.Fatalf("counted twice: %v of %d receipts", p.answers[pipeline.NZL], p.facts[pipeline.Receipt])
		}
		if h := p.took[stageDeliver]; h.count != 2 {
			t.Fatalf("deliver was timed %d times", h.count)
		}
	})
}

// TestKeysAtTheEdges: a key is fit until the instant that it ends at, and one that has ended since the keys were judged is
// unfit, not about to end.
func TestKeysAtTheEdges(t *testing.T) {
	day := 24 * time.Hour
	for end, want := range map[time.Duration]string{
		-time.Second: "1 0 0 0 0", 0: "1 0 0 0 0", 1: "0 1 1 1 1", day: "0 1 1 1 1", day + 1: "0 0 1 1 1", 7 * day: "0 0 1 1 1",
		14 * day: "0 0 0 1 1", 14*day + 1: "0 0 0 0 1", 30 * day: "0 0 0 0 1", 30*day + 1: "0 0 0 0 0",
	} {
		source := Source(keysEnding(noon.Add(end)))
		c := &Collector{Facts: NewProjection(), Source: func() Source { return source }, Clock: func() time.Time { return noon }}
		text := scrape(t, c)
		var got []string
		for _, name := range []string{`keys_unfit{nation="CAN"}`, `keys_expiring{nation="CAN",within="1d"}`, `keys_expiring{nation="CAN",within="7d"}`,
			`keys_expiring{nation="CAN",within="14d"}`, `keys_expiring{nation="CAN",within="30d"}`} {
			_, after, _ := strings.Cut(text, "\nbulletin_"+name+" ")
			value, _, _ := strings.Cut(after, "\n")
			got = append(got, value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("a key that ends in %s: %v, want %s", end, got, want)
		}
	}
}

// keysEnding is a source with one key.
type keysEnding time.Time

func (keysEnding) Depths(context.Context) ([]queue.Depth, error) { return nil, nil }
func (keysEnding) RecordLag(context.Context) (uint64, error)     { return 0, nil }
func (keysEnding) Disk() (free, size uint64, err error)          { return 0, 0, nil }
func (keysEnding) SigningKeyEnd() time.Time                      { return time.Time{} }
func (keysEnding) Ready(context.Context) bool                    { return true }
func (k keysEnding) Keys() []KeyStanding {
	return []KeyStanding{{Nation: pipeline.CAN, Ends: []time.Time{time.Time(k)}}}
}

type fakeSource struct{ fail error }

func (f fakeSource) Depths(context.Context) ([]queue.Depth, error) {
	return []queue.Depth{{Consumer: "mark", Pending: 3, InHand: 1}}, f.fail
}
func (f fakeSource) RecordLag(context.Context) (uint64, error) { return 2, f.fail }
func (f fakeSource) Disk() (free, size uint64, err error)      { return 10, 100, f.fail }
func (f fakeSource) Keys() []KeyStanding {
	return []KeyStanding{{Nation: pipeline.CAN, Unfit: 1, Ends: []time.Time{noon.Add(3 * time.Hour), noon.Add(20 * 24 * time.Hour)}}}
}
func (f fakeSource) SigningKeyEnd() time.Time       { return noon.Add(26 * time.Hour) }
func (f fakeSource) Ready(ctx context.Context) bool { return f.fail == nil }

func scrape(t *testing.T, c *Collector) string {
	t.Helper()
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	body, err := io.ReadAll(w.Body)
	if err != nil || w.Code != 200 {
		t.Fatalf("%d, %v\n%s", w.Code, err, body)
	}
	return string(body)
}

func TestScrape(t *testing.T) {
	p := NewProjection()
	source := Source(fakeSource{})
	c := &Collector{Facts: p, Source: func() Source { return source }, Clock: func() time.Time { return noon.Add(2 * time.Hour) }, Version: "v"}
	last := queue.Positions{}
	streams := journey(t)
	for name, entries := range streams {
		last[name] = uint64(len(entries))
	}
	p.CatchUp(last)
	if early := scrape(t, c); strings.Contains(early, "bulletin_deliveries") || !strings.Contains(early, "bulletin_ready 1") {
		t.Errorf("shown before it has caught up:\n%s", early)
	}
	for _, entries := range streams {
		for _, e := range entries {
			p.Apply(e)
		}
	}
	parked, err := pipeline.NewFact(pipeline.Parked, pipeline.Ref{ID: "0000000000000000000000000a", Revision: 1}, "render",
		pipeline.ParkedBody{Worker: "render", Subject: "s", Reason: "secret reason"})
	if err != nil {
		t.Fatal(err)
	}
	p.Apply(queue.Entry{Stream: queue.StreamFacts, Seq: 99, Fact: parked})
	got := scrape(t, c)
	for _, line := range []string{
		`bulletin_build_info{go="go`, `bulletin_ready 1`, `bulletin_facts_total{stage="receipt"} 4`, `bulletin_facts_total{stage="approved"} 1`,
		`bulletin_deliveries{nation="NZL",outcome="in_doubt"} 1`, `bulletin_deliveries{nation="NZL",outcome="sent"} 2`,
		`bulletin_deliveries{nation="GBR",outcome="parked"} 1`, `bulletin_attempts_answered_total{nation="NZL",outcome="deferred"} 1`, `bulletin_parked{worker="render"} 1`, `bulletin_parked{worker="mark"} 0`,
		`bulletin_queue_pending{consumer="mark"} 3`, `bulletin_queue_in_hand{consumer="mark"} 1`,
		`bulletin_keys_expiring{nation="CAN",within="1d"} 1`, `bulletin_keys_expiring{nation="CAN",within="30d"} 2`, `bulletin_keys_unfit{nation="CAN"} 1`,
		`bulletin_signing_key_expiry_seconds 86400`, `bulletin_record_lag 2`, `bulletin_store_free_bytes 10`,
		`bulletin_stage_seconds_bucket{stage="review",le="900"} 0`, `bulletin_stage_seconds_bucket{stage="review",le="3600"} 1`,
		`bulletin_stage_seconds_sum{stage="mark"} 4`, `bulletin_stage_seconds_count{stage="deliver"} 1`,
		`bulletin_oldest_undelivered_seconds{precedence="flash"} 3598`, `bulletin_oldest_undelivered_seconds{precedence="routine"} 0`,
		`bulletin_in_review 0`, "go_goroutines", "process_start_time_seconds",
	} {
		if !strings.Contains(got, "\n"+line) {
			t.Errorf("missing: %s", line)
		}
	}
	if leak := regexp.MustCompile(`0000000000000000000000000a|@|secret reason|moana`).FindString(got); leak != "" {
		t.Errorf("the metrics hold %q", leak)
	}
	source = fakeSource{fail: errors.New("down")}
	if got := scrape(t, c); !strings.Contains(got, "bulletin_ready 0") || strings.Contains(got, "bulletin_record_lag ") {
		t.Errorf("of a queue that is down:\n%s", got)
	}
	source = nil
	if got := scrape(t, c); !strings.Contains(got, "bulletin_ready 0") || strings.Contains(got, "bulletin_deliveries") {
		t.Errorf("while it pauses:\n%s", got)
	}
}

// TestLabels holds every label to the few that are no secret.
func TestLabels(t *testing.T) {
	descs := make(chan *prometheus.Desc, 100)
	(&Collector{}).Describe(descs)
	close(descs)
	allowed := []string{"", "stage", "nation", "outcome", "worker", "precedence", "consumer", "within", "version", "go"}
	form := regexp.MustCompile(`variableLabels: \{([^}]*)\}`)
	for d := range descs {
		for label := range strings.SplitSeq(form.FindStringSubmatch(d.String())[1], ",") {
			if !slices.Contains(allowed, label) {
				t.Errorf("label %q: %s", label, d)
			}
		}
	}
}
