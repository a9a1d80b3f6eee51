package queue

import (
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// keeper tells the server that messages are still being worked on, so that none is handed to
// another process while work takes longer than AckWait.
type keeper struct {
	mu   sync.Mutex
	held map[jetstream.Msg]bool
	end  chan struct{}
	done chan struct{}
	beat func() // tests: called after each round
}

func (q *Queue) keep(msgs ...jetstream.Msg) *keeper {
	k := &keeper{held: map[jetstream.Msg]bool{}, end: make(chan struct{}), done: make(chan struct{}), beat: q.beat}
	k.hold(msgs...)
	go k.run(q.retries.AckWait / 3)
	return k
}

func (k *keeper) run(every time.Duration) {
	defer close(k.done)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-k.end:
			return
		case <-tick.C:
			k.renew()
		}
	}
}

func (k *keeper) renew() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for m := range k.held {
		_ = m.InProgress() // if it doesn't arrive, the fact is worked on twice, which is allowed
	}
	if k.beat != nil {
		k.beat()
	}
}

func (k *keeper) hold(msgs ...jetstream.Msg) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, m := range msgs {
		k.held[m] = true
	}
}

func (k *keeper) release(m jetstream.Msg) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.held, m)
}

func (k *keeper) stop() {
	close(k.end)
	<-k.done
}
