package mail

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
)

// gulp is an SMTP server that only reads, at as little cost as can be, and answers all that came together in one go.
func gulp(b testing.TB, offers string) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { swallow(c, offers) })
		}
	})
	b.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String()
}

func swallow(c net.Conn, offers string) {
	defer c.Close()
	r, w := bufio.NewReaderSize(c, 256<<10), bufio.NewWriter(c)
	w.WriteString("220 gulp\r\n")
	for {
		if r.Buffered() == 0 {
			w.Flush()
		}
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		switch string(line[:4]) {
		case "EHLO":
			w.WriteString(offers + "\r\n")
			continue
		case "DATA":
			w.WriteString("354 go on\r\n")
			w.Flush()
			if !toDot(r) {
				return
			}
		case "BDAT":
			n, _ := strconv.Atoi(string(bytes.Fields(line)[1]))
			if _, err := r.Discard(n); err != nil {
				return
			}
		}
		w.WriteString("250 2.0.0 ok\r\n")
	}
}

// toDot skips content in as large pieces as come.
func toDot(r *bufio.Reader) bool {
	end := []byte("\r\n.\r\n")
	for {
		if _, err := r.Peek(len(end)); err != nil {
			return false
		}
		b, _ := r.Peek(r.Buffered())
		if i := bytes.Index(b, end); i >= 0 {
			r.Discard(i + len(end))
			return true
		}
		r.Discard(len(b) - len(end) + 1)
		if _, err := r.Peek(len(end)); err == io.EOF {
			return false
		}
	}
}

// BenchmarkRelay is the client alone: many callers, 16 connections, and a server that only reads on the same processors.
func BenchmarkRelay(b *testing.B) {
	for name, size := range map[string]int{"small": 1 << 10, "150KB": 108 << 10} {
		for offer, offers := range map[string]string{"DATA": "250-gulp\r\n250 PIPELINING", "BDAT": offersChunks, "step by step": "250 gulp"} {
			b.Run(name+"/"+offer, func(b *testing.B) {
				m := testMessage(b, armorLines(make([]byte, size)))
				r := newTestRelay(b, RelayConfig{Addr: gulp(b, offers)})
				b.SetBytes(int64(m.Len()))
				b.ReportAllocs()
				b.SetParallelism(16) // of two processors: twice the connections
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if _, err := r.Send(b.Context(), desk, officer, m); err != nil {
							b.Error(err)
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
			})
		}
	}
}
