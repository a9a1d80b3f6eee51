package mail

import "testing"

func benchmarkSend(b *testing.B, addr string) {
	body := armorLines(make([]byte, 108<<10)) // 150 KB on the wire, as a bulletin with its PDF has
	m := testMessage(b, body)
	r := newTestRelay(b, RelayConfig{Addr: addr})
	b.SetBytes(int64(m.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Send(b.Context(), desk, officer, m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	d, err := NewDrain()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() }) // after the relay has closed its connections
	benchmarkSend(b, d.Addr())
}

func BenchmarkSendToSink(b *testing.B) { benchmarkSend(b, newTestSink(b, SinkConfig{}).Addr()) }

func BenchmarkCompose(b *testing.B) {
	l := testLetter()
	for b.Loop() {
		if _, err := Compose(l); err != nil {
			b.Fatal(err)
		}
	}
}
