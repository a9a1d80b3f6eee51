package mail

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// meddling is what a man in the middle does to keep TLS from beginning; nothing passes all on.
type meddling struct {
	hides   string // a keyword of EHLO's answer that he takes out
	shows   string // and what he puts in its place
	answers string // to STARTTLS, which he keeps to himself
	injects string // after the relay's 220 to STARTTLS, in clear
}

// middle stands between a client and its relay.
type middle struct {
	addr string
	does meddling

	mu    sync.Mutex
	verbs []string // what the client said in clear
}

func meddle(t *testing.T, relay string, does meddling) *middle {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	m := &middle{addr: l.Addr().String(), does: does}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", relay)
			if err != nil {
				client.Close()
				return
			}
			go m.between(client, server)
		}
	}()
	return m
}

// heard returns the verbs that the client said in clear, but for its goodbye.
func (m *middle) heard() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, v := range m.verbs {
		if v != "QUIT" {
			out = append(out, v)
		}
	}
	return out
}

// between passes on command by command and answer by answer until TLS begins, and then whatever there is.
func (m *middle) between(client, server net.Conn) {
	defer client.Close()
	defer server.Close()
	said, answered := bufio.NewReader(client), bufio.NewReader(server)
	if !m.answer(client, answered, "") {
		return
	}
	for {
		line, err := said.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.Fields(line + " ?")[0])
		m.mu.Lock()
		m.verbs = append(m.verbs, verb)
		m.mu.Unlock()
		if verb == "STARTTLS" && m.does.answers != "" {
			io.WriteString(client, m.does.answers+"\r\n")
			continue
		}
		io.WriteString(server, line)
		if !m.answer(client, answered, verb) {
			return
		}
		if verb == "STARTTLS" {
			go io.Copy(server, said)
			io.Copy(client, answered)
			return
		}
	}
}

// answer passes on one answer of the relay, in one write.
func (m *middle) answer(client io.Writer, answered *bufio.Reader, verb string) bool {
	var out []string
	for {
		line, err := answered.ReadString('\n')
		if err != nil {
			return false
		}
		if m.does.hides != "" && strings.Contains(line, m.does.hides) {
			line = line[:4] + strings.TrimSpace(m.does.shows+" X-MIDDLE") + "\r\n"
		}
		out = append(out, line)
		if line[3] == ' ' {
			break
		}
	}
	if verb == "STARTTLS" && m.does.injects != "" {
		out = append(out, m.does.injects+"\r\n")
	}
	_, err := io.WriteString(client, strings.Join(out, ""))
	return err == nil
}
