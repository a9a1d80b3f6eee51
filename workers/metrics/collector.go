package metrics

import (
	"context"
	"maps"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
)

// Source is what the collector asks at each scrape. A part that does not answer is left out of the scrape; that
// it is missing, and bulletin_ready, say so.
type Source interface {
	Depths(ctx context.Context) ([]queue.Depth, error)
	RecordLag(ctx context.Context) (uint64, error)
	Disk() (free, size uint64, err error)
	Keys() []KeyStanding
	SigningKeyEnd() time.Time // zero if it does not end
	Ready(ctx context.Context) bool
}

// KeyStanding is the keys of one nation's list.
type KeyStanding struct {
	Nation pipeline.Nation
	Unfit  int
	Ends   []time.Time // of the fit ones that end some day
}

// ended counts the keys that are not fit any more at a time: a key is fit until the instant that it ends at.
func (k KeyStanding) ended(at time.Time) (n int) {
	for _, end := range k.Ends {
		if !end.After(at) {
			n++
		}
	}
	return n
}

// scrapeTime bounds one scrape's questions.
const scrapeTime = 5 * time.Second

// within are the spans that key expiries are counted in.
var within = []struct {
	label string
	span  time.Duration
}{{"1d", 24 * time.Hour}, {"7d", 7 * 24 * time.Hour}, {"14d", 14 * 24 * time.Hour}, {"30d", 30 * 24 * time.Hour}}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("bulletin_"+name, help, labels, nil)
}

var (
	factsDesc    = desc("facts_total", "Facts on record, by what happened. From the streams: a restart does not reset it.", "stage")
	secondsDesc  = desc("stage_seconds", "Time between the fact that begins a stage and the one that ends it. From the streams.", "stage")
	sentDesc     = desc("deliveries", "Recipients of all editions, by how it stands with them now. From the streams.", "nation", "outcome")
	answersDesc  = desc("attempts_answered_total", "What came of attempts at recipients, as their receipts say: its rate is that of mails. From the streams.", "nation", "outcome")
	doubtDesc    = desc("deliveries_in_doubt_total", "Attempts that ended without an answer, or were made though an earlier one had sent the mail, of settled chunks. From the streams.", "nation")
	parkedDesc   = desc("parked", "Work that stands still until a person sets it going again. From the streams.", "worker")
	reviewDesc   = desc("in_review", "Bulletins whose newest revision is undecided. From the streams.")
	waitingDesc  = desc("oldest_in_review_seconds", "Age of the oldest revision that is undecided; 0 if there is none.")
	undelivDesc  = desc("oldest_undelivered_seconds", "Since the marking of the oldest edition of which not everyone is sent or parked; 0 if there is none.", "precedence")
	pendingDesc  = desc("queue_pending", "Messages that wait for a consumer.", "consumer")
	inHandDesc   = desc("queue_in_hand", "Messages that a consumer has and is not done with.", "consumer")
	expiringDesc = desc("keys_expiring", "Recipients' keys that are fit now and end within the span.", "nation", "within")
	unfitDesc    = desc("keys_unfit", "Recipients who would not get the next bulletin because of their key.", "nation")
	signingDesc  = desc("signing_key_expiry_seconds", "Until the desk's signing key ends; absent if it does not end.")
	lagDesc      = desc("record_lag", "Facts of the synced streams that are not in the record yet.")
	freeDesc     = desc("store_free_bytes", "Free space where the store lies.")
	sizeDesc     = desc("store_size_bytes", "Size of the file system where the store lies.")
	readyDesc    = desc("ready", "1 if /readyz says that the server is ready.")
	buildDesc    = desc("build_info", "Always 1.", "version", "go")
)

// Collector turns the projection and the answers of the source into metrics.
type Collector struct {
	Facts   *Projection
	Source  func() Source // nil while the server pauses
	Clock   pipeline.Clock
	Version string
}

// Handler serves the collector's metrics, and those of the process, and nothing else.
func (c *Collector) Handler() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(c, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{})
}

// Describe names every metric that Collect may send.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		factsDesc, secondsDesc, sentDesc, answersDesc, doubtDesc, parkedDesc, reviewDesc, waitingDesc, undelivDesc, pendingDesc,
		inHandDesc, expiringDesc, unfitDesc, signingDesc, lagDesc, freeDesc, sizeDesc, readyDesc, buildDesc,
	} {
		out <- d
	}
}

// Collect sends what is known.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	s := sending{out}
	s.gauge(buildDesc, 1, c.Version, runtime.Version())
	source := c.Source()
	if source == nil {
		s.gauge(readyDesc, 0)
		return
	}
	s.gauge(readyDesc, number(source.Ready(ctx)))
	s.keys(source, c.Clock())
	if free, size, err := source.Disk(); err == nil {
		s.gauge(freeDesc, float64(free))
		s.gauge(sizeDesc, float64(size))
	}
	if lag, err := source.RecordLag(ctx); err == nil {
		s.gauge(lagDesc, float64(lag))
	}
	if depths, err := source.Depths(ctx); err == nil {
		for _, d := range depths {
			s.gauge(pendingDesc, float64(d.Pending), d.Consumer)
			s.gauge(inHandDesc, float64(d.InHand), d.Consumer)
		}
	}
	c.Facts.collect(s, c.Clock())
}

type sending struct{ out chan<- prometheus.Metric }

func (s sending) gauge(d *prometheus.Desc, v float64, labels ...string) {
	s.out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func (s sending) counter(d *prometheus.Desc, v float64, labels ...string) {
	s.out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (s sending) keys(source Source, now time.Time) {
	for _, k := range source.Keys() {
		unfit := k.Unfit + k.ended(now) // since the keys were judged
		s.gauge(unfitDesc, float64(unfit), string(k.Nation))
		for _, w := range within {
			s.gauge(expiringDesc, float64(k.Unfit+k.ended(now.Add(w.span))-unfit), string(k.Nation), w.label)
		}
	}
	if end := source.SigningKeyEnd(); !end.IsZero() {
		s.gauge(signingDesc, end.Sub(now).Seconds())
	}
}

// CatchUp says how far the streams went when the projection began to read them: before it has come there it shows
// nothing, so that a restart looks like no change rather than like a fall and a rise.
func (p *Projection) CatchUp(last queue.Positions) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = maps.Clone(last)
}

func (p *Projection) collect(s sending, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.target == nil || !p.reaches(p.target) {
		return
	}
	for name, n := range p.facts {
		s.counter(factsDesc, float64(n), string(name))
	}
	for stage, h := range p.took {
		s.out <- prometheus.MustNewConstHistogram(secondsDesc, h.count, h.sum, maps.Clone(h.buckets), stage)
	}
	for _, n := range pipeline.Nations() {
		s.counter(doubtDesc, float64(p.doubts[n]), string(n))
		now, answers := p.of(n), p.answers[n]
		for i, state := range states {
			s.gauge(sentDesc, float64(now[i]), string(n), label(state))
			if state != pipeline.StatePlanned { // nobody answers that
				s.counter(answersDesc, float64(answers[i]), string(n), label(state))
			}
		}
	}
	p.collectWaiting(s, now)
}

// label writes a state as one word.
func label(state pipeline.DeliveryState) string {
	if state == pipeline.StateInDoubt {
		return "in_doubt"
	}
	return string(state)
}

// collectWaiting sends what waits for people, and for how long something has.
func (p *Projection) collectWaiting(s sending, now time.Time) {
	parked := map[string]int{}
	for at := range p.parked {
		parked[at.worker]++
	}
	for _, worker := range []string{"tally", "mark", "render", "plan", "dispatch", "deliver"} {
		parked[worker] += 0
	}
	for worker, n := range parked {
		s.gauge(parkedDesc, float64(n), worker)
	}
	open, oldest := 0, now
	for _, r := range p.revisions {
		if !r.decided && !r.submitted.IsZero() {
			open++
			oldest = earlier(oldest, r.submitted)
		}
	}
	s.gauge(reviewDesc, float64(open))
	s.gauge(waitingDesc, now.Sub(oldest).Seconds())
	since := map[pipeline.Precedence]time.Time{}
	for _, precedence := range pipeline.Precedences() {
		since[precedence] = now
	}
	for _, e := range p.editions {
		if !e.complete && !e.marked.IsZero() {
			since[e.precedence] = earlier(since[e.precedence], e.marked)
		}
	}
	for _, precedence := range pipeline.Precedences() {
		s.gauge(undelivDesc, now.Sub(since[precedence]).Seconds(), string(precedence))
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
