package workers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/seal"
)

var errDead = errors.New("the process is dead")

// life is one life of the process: it ends at a step that the test has chosen, and whatever is asked after
// that fails and leaves no trace.
type life struct {
	mu    sync.Mutex
	steps int // until the end; below zero never ends
	dead  bool
	end   context.CancelFunc
	lived int            // steps so far
	at    map[int]func() // what others do between the steps, by how many there were

	others sync.Mutex // one of them at a time: receipts have steps of their own
}

// alive counts one step, and reports whether the process has come that far.
func (l *life) alive() bool {
	l.mu.Lock()
	meanwhile := l.at[l.lived]
	l.lived++
	l.mu.Unlock()
	if meanwhile != nil {
		l.others.Lock()
		meanwhile()
		l.others.Unlock()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead {
		return false
	}
	if l.steps == 0 {
		l.dead = true
		l.end()
		return false
	}
	l.steps--
	return true
}

// store is what is on record: a real one, or onRecord.
type store interface {
	Facts
	Publisher
	Ledger
}

// world is everything outside the process: it outlives it.
type world struct {
	t      tester
	q      store
	docs   *memory
	lists  *lists
	now    time.Time
	chunk  pipeline.Fact
	sealed int // how often an edition was sealed

	mu       sync.Mutex
	script   map[string][]error // what the relay answers, by address; nil when it is at its end
	arrived  map[string]int     // mails that reached the recipient
	tries    map[string]int     // calls of Send
	receipts []pipeline.Fact    // written behind
}

// newWorld plans a chunk of recipients of NZL.
func newWorld(t tester, q store, addresses ...string) *world {
	t.Helper()
	w := &world{
		t: t, q: q, docs: newMemory(), now: testTime, lists: &lists{byNation: map[pipeline.Nation][]pipeline.Recipient{}},
		script: map[string][]error{}, arrived: map[string]int{}, tries: map[string]int{},
	}
	body := pipeline.ChunkBody{Rendered: stored(w.docs, testEdition(pipeline.NZL))}
	for _, a := range addresses {
		w.lists.byNation[pipeline.NZL] = append(w.lists.byNation[pipeline.NZL], recipient(pipeline.NZL, a))
		body.Recipients = append(body.Recipients, pipeline.Addressee{Address: a, Fingerprint: testFpr})
	}
	w.chunk = newFact(t, pipeline.Chunk, newRef(), body)
	w.chunk.Nation, w.chunk.Precedence, w.chunk.Chunk, w.chunk.At = pipeline.NZL, pipeline.Routine, 1, testTime
	must(t, q.Publish(ctx, w.chunk))
	return w
}

// process starts a new life, which ends after so many steps.
func (w *world) process(steps int) (*Deliver, context.Context, *life) {
	living, end := context.WithCancel(ctx)
	l := &life{steps: steps, end: end}
	return &Deliver{
		Facts: worldFacts{w}, Documents: w.docs, Ledger: &worldLedger{w, l}, Receipts: func() Receipts { return worldReceipts{w, l} },
		Lists: w.lists, Keys: anyKey, Way: &RightOfWay{}, Poster: &worldPoster{w: w, l: l}, Clock: func() time.Time { return w.now },
		Parallel: func() int { return 1 }, Backoff: func(pipeline.Precedence, int) time.Duration { return time.Minute }, GiveUp: func() time.Duration { return 24 * time.Hour },
	}, living, l
}

// work runs an undisturbed process until the chunk is settled, or for so many rounds.
func (w *world) work(rounds int) error {
	d, living, _ := w.process(-1)
	var err error
	for range rounds {
		if err = d.Work(living, w.chunk); err == nil || !isRetry(err) {
			return err
		}
	}
	return err
}

// settledOf returns how a chunk was settled.
func settledOf(t tester, q Facts, chunk pipeline.Fact) pipeline.Fact {
	t.Helper()
	facts, _, err := q.Facts(ctx, fmt.Sprintf("delivery.settled.%s.%s.%d.*", chunk.Nation, chunk.Ref, chunk.Chunk))
	must(t, err)
	if len(facts) != 1 {
		t.Fatalf("chunk %d was settled %d times", chunk.Chunk, len(facts))
	}
	return facts[0]
}

// settled returns the outcomes on record by address.
func (w *world) settled() map[string]pipeline.Outcome {
	w.t.Helper()
	f := settledOf(w.t, w.q, w.chunk)
	out := map[string]pipeline.Outcome{}
	for _, o := range decoded[pipeline.SettledBody](w.t, f).Outcomes {
		out[o.Address] = o
	}
	return out
}

// attempts returns how often each address is named by an attempt on record.
func (w *world) attempts() map[string]int {
	w.t.Helper()
	planned := decoded[pipeline.ChunkBody](w.t, w.chunk).Recipients
	facts, _, err := w.q.Facts(ctx, fmt.Sprintf("delivery.attempted.NZL.%s.1.*", w.chunk.Ref))
	must(w.t, err)
	out := map[string]int{}
	for _, f := range facts {
		for _, index := range decoded[pipeline.AttemptedBody](w.t, f).Indexes {
			out[planned[index-1].Address]++
		}
	}
	return out
}

// worldFacts are on the real queue, but for receipts: of those a crash loses the last.
type worldFacts struct{ w *world }

func (f worldFacts) Fact(ctx context.Context, subject string) (pipeline.Fact, error) {
	return f.w.q.Fact(ctx, subject)
}

func (f worldFacts) Facts(ctx context.Context, filter string) ([]pipeline.Fact, uint64, error) {
	if !strings.HasPrefix(filter, "receipt.") {
		return f.w.q.Facts(ctx, filter)
	}
	f.w.mu.Lock()
	defer f.w.mu.Unlock()
	var out []pipeline.Fact
	for _, r := range f.w.receipts {
		if strings.HasPrefix(r.Subject(), strings.TrimSuffix(filter, ">")) {
			out = append(out, r)
		}
	}
	return out, 0, nil
}

// worldLedger can die before a fact is stored, and after.
type worldLedger struct {
	w *world
	l *life
}

func (p *worldLedger) PublishAfter(_ context.Context, f pipeline.Fact, filter string, last uint64) (uint64, error) {
	if !p.l.alive() {
		return 0, errDead
	}
	sequence, err := p.w.q.PublishAfter(ctx, f, filter, last)
	if err == nil && !p.l.alive() {
		err = errDead
	}
	return sequence, err
}

type worldReceipts struct {
	w *world
	l *life
}

func (r worldReceipts) Publish(f pipeline.Fact) error {
	if !r.l.alive() {
		return errDead
	}
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	r.w.receipts = append(r.w.receipts, f)
	return nil
}

func (r worldReceipts) Flush(context.Context) error {
	if !r.l.alive() {
		return errDead
	}
	return nil
}

// worldPoster follows the script. Every process seals anew, so that its ciphertext has another digest.
type worldPoster struct {
	w      *world
	l      *life
	digest pipeline.Digest
}

func (p *worldPoster) Seal(ref pipeline.Ref, e edition.Edition, files Rendering) (*Sealed, error) {
	if len(files.PDF) == 0 || len(files.STIX) == 0 || len(files.CSV) == 0 || len(files.Text) == 0 {
		return nil, errors.New("a file is missing")
	}
	p.w.sealed++
	p.digest = pipeline.DigestOf([]byte(fmt.Sprint(p.w.sealed)))
	return &Sealed{Ref: ref, Nation: e.Nation, MessageID: "<" + ref.String() + "@bulletin.example>", Digest: p.digest}, nil
}

func (p *worldPoster) Forget(*Sealed) {}

func (p *worldPoster) Send(ctx context.Context, s *Sealed, to pipeline.Recipient, key *seal.Key) (string, error) {
	if !p.l.alive() {
		return "", errDead
	}
	p.w.mu.Lock()
	p.w.tries[to.Address]++
	err := error(nil)
	if script := p.w.script[to.Address]; len(script) > 0 {
		err, p.w.script[to.Address] = script[0], script[1:]
	}
	if err == nil || errors.Is(err, errTook) {
		p.w.arrived[to.Address]++
	}
	onRecord := p.w.attemptsNow(s)
	tries := p.w.tries[to.Address]
	p.w.mu.Unlock()
	if onRecord < tries {
		p.w.t.Fatalf("try %d at %s, with %d attempts on record", tries, to.Address, onRecord)
	}
	if key == nil || key.Fingerprint != testFpr {
		p.w.t.Fatalf("sent to %s without their key", to.Address)
	}
	if !p.l.alive() {
		return "", ctx.Err()
	}
	if err != nil {
		return "", err
	}
	return "250 2.0.0 queued", nil
}

func (w *world) attemptsNow(s *Sealed) int {
	facts, _, err := w.q.Facts(ctx, fmt.Sprintf("delivery.attempted.NZL.%s.1.*", s.Ref))
	must(w.t, err)
	return len(facts)
}

// What a relay answers. errTook: it took the mail, and its answer was lost.
var (
	errTook      = errors.New("connection lost after the dot")
	errTemporary = &mail.DeliveryError{Stage: mail.StageRcpt, Code: 451, Line: "451 4.3.0 later", Temporary: true}
	errForGood   = &mail.DeliveryError{Stage: mail.StageRcpt, Code: 550, Line: "550 5.1.1 no such user"}
	errInDoubt   = &mail.DeliveryError{Stage: mail.StageDot, Temporary: true, InDoubt: true, Err: errTook}
	errLost      = &mail.DeliveryError{Stage: mail.StageDot, Temporary: true, InDoubt: true, Err: errors.New("connection lost before the dot")}
	errLeak      = &mail.LeakError{Nation: pipeline.NZL, Reason: "its ciphertext was not sealed for this bulletin and nation"}
)

func deliverWorld(t *testing.T, addresses ...string) *world {
	t.Helper()
	return newWorld(t, newQueue(t), addresses...)
}
