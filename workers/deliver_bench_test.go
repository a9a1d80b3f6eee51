package workers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"sync"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/seal"
)

// benchAt is what a benchmark of sending has: a real store, a real post and relay, and a server that only reads. Keys
// are judged beforehand.
type benchAt struct {
	q     *queue.Queue
	docs  *memory
	post  *Post
	keys  []*seal.Key
	files Rendering
}

const benchKeys = 16 // different ones: to make one takes longer than to seal to it

func newBench(b *testing.B) *benchAt {
	b.Helper()
	c := queue.Config{Dir: b.TempDir()}
	c.StoreKey, _ = hex.DecodeString("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	q, err := queue.Open(ctx, c)
	must(b, err)
	drain, err := mail.NewDrain()
	must(b, err)
	relay, err := mail.NewRelay(mail.RelayConfig{Addr: drain.Addr(), Hello: "localhost", MaxConns: 16})
	must(b, err)
	b.Cleanup(func() { must(b, errors.Join(relay.Close(), drain.Close(), q.Close())) })
	secret, _, err := seal.GenerateKey("Desk", "desk@bulletin.example", time.Now().Add(-time.Hour), 0)
	must(b, err)
	signer, err := seal.LoadSigner(secret, nil)
	must(b, err)
	from := netmail.Address{Name: "Desk", Address: "desk@bulletin.example"}
	at := &benchAt{q: q, docs: newMemory(), files: testFiles, post: &Post{
		From: from, Domain: "bulletin.example", MessageKey: []byte("key"), Signer: signer,
		Gate: mail.NewGate(from, seal.KeyPacketIDs), Sender: relay, Clock: time.Now,
	}}
	at.files.PDF = make([]byte, 100<<10) // about 150 KB on the wire
	rand.Read(at.files.PDF)              // never fails (crypto/rand, Go 1.24)
	for range benchKeys {
		_, public, err := seal.GenerateKey("Reader", "reader@police.example", time.Now().Add(-time.Hour), 0)
		must(b, err)
		at.keys = append(at.keys, seal.Examine(public, "reader@police.example", time.Now()).Key)
	}
	return at
}

func (at *benchAt) list(n int) []pipeline.Recipient {
	var list []pipeline.Recipient
	for i := range n {
		r := recipient(pipeline.NZL, fmt.Sprintf("r%d@police.example", i))
		r.Fingerprint = at.keys[i%benchKeys].Fingerprint
		list = append(list, r)
	}
	return list
}

func (at *benchAt) key(r pipeline.Recipient) seal.Fitness {
	for _, k := range at.keys {
		if k.Fingerprint == r.Fingerprint {
			return seal.Fitness{State: seal.Fit, Key: k}
		}
	}
	return seal.Fitness{State: seal.Unfit}
}

const benchChunk = 200

// BenchmarkFloor counts mails that are sealed and sent, with nothing promised. Compare BenchmarkDelivery with it.
func BenchmarkFloor(b *testing.B) {
	at := newBench(b)
	sealed, err := at.post.Seal(newRef(), testEdition(pipeline.NZL), at.files)
	must(b, err)
	list := at.list(b.N)
	next := make(chan pipeline.Recipient)
	var wg sync.WaitGroup
	b.ResetTimer()
	for range 32 {
		wg.Go(func() {
			for r := range next {
				if _, err := at.post.Send(ctx, sealed, r, at.key(r).Key); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, r := range list {
		next <- r
	}
	close(next)
	wg.Wait()
}

// readOnce is a list that was read before, as configs.Lists has it.
type readOnce struct{ roll *pipeline.Roll }

func (l readOnce) Recipients(pipeline.Nation) (*pipeline.Roll, error) { return l.roll, nil }

// BenchmarkDelivery counts mails from chunks on record to settled ones, with every promise kept, while two follow
// what is put on record, as the board and the record do.
func BenchmarkDelivery(b *testing.B) {
	at := newBench(b)
	list := at.list(b.N)
	chunks := at.publish(b, list)
	d := &Deliver{
		Facts: at.q, Documents: at.docs, Ledger: at.q, Receipts: func() Receipts { return at.q.Receipts() },
		Lists: readOnce{pipeline.NewRoll(list)}, Keys: at.key, Way: &RightOfWay{}, Poster: at.post, Clock: time.Now,
		Parallel: func() int { return 16 }, Backoff: func(pipeline.Precedence, int) time.Duration { return time.Minute },
		GiveUp: func() time.Duration { return time.Hour },
	}
	running, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	b.ResetTimer()
	wg.Go(func() { must(b, at.q.Follow(running, queue.Streams(), nil, func(queue.Entry) error { return nil })) })
	wg.Go(func() { must(b, at.q.Drain(running, pipeline.Nations(), 5, "deliver", d.Work)) })
	must(b, at.q.Follow(running, queue.Streams(), nil, func(e queue.Entry) error {
		if e.Fact.Name == pipeline.Settled {
			chunks--
		}
		if chunks == 0 {
			stop()
		}
		return nil
	}))
	b.StopTimer()
	wg.Wait()
}

// publish puts an edition on record, and the chunks that a list is cut into.
func (at *benchAt) publish(b *testing.B, list []pipeline.Recipient) (chunks int) {
	rendered := stored(at.docs, testEdition(pipeline.NZL))
	rendered.PDF.Digest = at.docs.put(at.files.PDF)
	ref := newRef()
	for len(list) > 0 {
		body := pipeline.ChunkBody{Rendered: rendered}
		n := min(benchChunk, len(list))
		for _, r := range list[:n] {
			body.Recipients = append(body.Recipients, pipeline.Addressee{Address: r.Address, Fingerprint: r.Fingerprint})
		}
		list = list[n:]
		chunks++
		f := newFact(b, pipeline.Chunk, ref, body)
		f.Nation, f.Precedence, f.Chunk = pipeline.NZL, pipeline.Routine, chunks
		must(b, at.q.Publish(ctx, f))
	}
	return chunks
}
