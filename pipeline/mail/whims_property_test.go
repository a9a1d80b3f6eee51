package mail

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

const (
	offersNothing  = "250 whims"
	offersTogether = "250-whims\r\n250-SIZE 10000000\r\n250 PIPELINING"
	offersChunks   = "250-whims\r\n250-PIPELINING\r\n250 CHUNKING"
)

// TestVerdictIsWhatThePeerDid: whatever a relay refuses, drops or cuts off, of each mail the client says what became of it: sent
// is accepted, refused is not accepted, and only what was handed over and not answered is in doubt. No mail is accepted
// twice, or with another's content or recipient.
func TestVerdictIsWhatThePeerDid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cuts := rapid.SliceOfN(rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 2000), rapid.IntRange(1, 700_000)), 0, 4).Draw(t, "cuts")
		offers := rapid.SampledFrom([]string{offersNothing, offersTogether, offersChunks}).Draw(t, "offers")
		kinds := []whim{"", "", "", "", "", "", "450 4.2.1 later", "550 5.1.1 no", "452 4.3.1 full", "421 4.3.2 closing", "drop", "swallow", "twice"}
		list := rapid.SliceOfN(rapid.SampledFrom(kinds), 0, 40).Draw(t, "whims")
		conns := rapid.IntRange(1, 3).Draw(t, "connections")
		sizes := rapid.SliceOfN(rapid.SampledFrom([]int{1, 1, 20, 5000}), 1, 12).Draw(t, "sizes")
		perDomain := rapid.IntRange(0, 3).Draw(t, "per domain")

		w, stop := newWhims(t, offers, slices.Clone(list), slices.Clone(cuts))
		defer stop()
		r, err := NewRelay(RelayConfig{Addr: w.addr, Hello: "desk.bulletin.example", MaxConns: conns, PerDomain: perDomain})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		mails, faults := make([]Message, len(sizes)), make([]error, len(sizes))
		var wg sync.WaitGroup
		for i, size := range sizes {
			mails[i] = Message{Head: fmt.Appendf(nil, "Subject: %d\r\n\r\n", i), Body: bytes.Repeat([]byte("0123456789012345678901234567890123456789012345678901234567\r\n"), size), Foot: []byte("foot\r\n")}
			wg.Go(func() { _, faults[i] = r.Send(t.Context(), desk, whoever(i), mails[i]) })
		}
		wg.Wait()
		w.mu.Lock()
		defer w.mu.Unlock()
		for i := range sizes {
			compareVerdict(t, w, whoever(i), mails[i], faults[i])
		}
		if len(w.amiss) > 0 {
			t.Errorf("the client did what it may not: %q", w.amiss)
		}
		if len(cuts) == 0 && !slices.ContainsFunc(list, func(w whim) bool { return w == "drop" || w == "swallow" || w == "twice" || w[:min(3, len(w))] == "421" }) {
			for i, err := range faults {
				if fault := (*DeliveryError)(nil); errors.As(err, &fault) && fault.Code == 0 {
					t.Errorf("mail %d has no answer from a relay that answered all: %v", i, err)
				}
			}
		}
	})
}

func whoever(i int) string { return fmt.Sprintf("u%d@police.example.nz", i) }

func compareVerdict(t rapid.TB, w *whims, to string, m Message, err error) {
	t.Helper()
	var fault *DeliveryError
	if err != nil && !errors.As(err, &fault) {
		t.Fatal(err)
	}
	n := w.accepted[to]
	switch {
	case n > 1:
		t.Errorf("%s: accepted %d times", to, n)
	case fault == nil && n != 1:
		t.Errorf("%s: said to be sent, and was not accepted", to)
	case fault != nil && !fault.InDoubt && n != 0:
		t.Errorf("%s: accepted, but said to have failed: %v", to, fault)
	case fault != nil && fault.InDoubt && !fault.Temporary:
		t.Errorf("%s: in doubt and for good: %v", to, fault)
	}
	if whole := bytes.Join([][]byte{m.Head, m.Body, m.Foot}, nil); n == 1 && w.content[to] != string(whole) {
		t.Errorf("%s: accepted %d octets, not the %d that were sent", to, len(w.content[to]), len(whole))
	}
}
