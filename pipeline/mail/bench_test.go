package mail

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
)

// readOnlySink takes mail as fast as it comes, and looks at no more than it must.
func readOnlySink(b *testing.B) (addr string) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go takeAll(c)
		}
	}()
	return l.Addr().String()
}

func takeAll(c net.Conn) {
	defer c.Close()
	r := bufio.NewReaderSize(c, 64<<10)
	io.WriteString(c, "220 sink\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch {
		case strings.HasPrefix(line, "EHLO"):
			io.WriteString(c, "250-sink\r\n250 PIPELINING\r\n")
		case strings.HasPrefix(line, "DATA"):
			io.WriteString(c, "354 go on\r\n")
			for !bytes.Equal(skipLine(r), []byte(".\r\n")) {
			}
			io.WriteString(c, "250 2.0.0 ok\r\n")
		default:
			io.WriteString(c, "250 ok\r\n")
		}
	}
}

func skipLine(r *bufio.Reader) []byte {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return []byte(".\r\n")
	}
	return line
}

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

func BenchmarkSend(b *testing.B)       { benchmarkSend(b, readOnlySink(b)) }
func BenchmarkSendToSink(b *testing.B) { benchmarkSend(b, newTestSink(b, SinkConfig{}).Addr()) }

func BenchmarkCompose(b *testing.B) {
	l := testLetter()
	for b.Loop() {
		if _, err := Compose(l); err != nil {
			b.Fatal(err)
		}
	}
}
