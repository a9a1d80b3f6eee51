package mail

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// peer is an SMTP server that does as it is told. Each command gets the reply that script names
// for it; these are no replies:
//
//	drop     close the connection
//	hang     say nothing more
//
// script is keyed by the command's verb, "greeting", and "." for the end of the content. A key
// with a number, such as "MAIL 2", is for the nth time over all connections. "content" drops or
// hangs in the middle of the content.
type peer struct {
	addr   string
	script map[string]string
	tls    *tls.Config
	took   chan struct{} // says when the first content has come

	mu       sync.Mutex
	times    map[string]int
	commands []string
	content  []string
	conns    []net.Conn
}

func newPeer(t testing.TB, script map[string]string) *peer { return newTLSPeer(t, script, nil) }

func newTLSPeer(t testing.TB, script map[string]string, config *tls.Config) *peer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{addr: l.Addr().String(), script: script, tls: config, took: make(chan struct{}, 1), times: map[string]int{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.conns = append(p.conns, c)
			p.mu.Unlock()
			wg.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.closeConns()
		wg.Wait()
	})
	return p
}

// closeConns closes all connections from the relay's side, as after its idle timeout.
func (p *peer) closeConns() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func (p *peer) serve(c net.Conn) {
	defer func() { c.Close() }()
	r := bufio.NewReader(c)
	if !p.answer(c, "greeting", "220 peer ESMTP") {
		return
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb, _, _ := strings.Cut(line, " ")
		p.mu.Lock()
		p.commands = append(p.commands, line)
		p.mu.Unlock()
		if size := 0; verb == "BDAT" { // its content follows at once
			fmt.Sscan(line[len("BDAT "):], &size)
			io.CopyN(io.Discard, r, int64(size))
		}
		standard := map[string]string{"EHLO": "250-peer\r\n250-SIZE 100000\r\n250 PIPELINING", "STARTTLS": "220 go on", "AUTH": "235 2.7.0 yes",
			"DATA": "354 go on", "QUIT": "221 bye"}[verb]
		if standard == "" {
			standard = "250 2.0.0 ok"
		}
		if !p.answer(c, verb, standard) || verb == "QUIT" {
			return
		}
		switch {
		case verb == "STARTTLS" && p.tls != nil:
			secured := tls.Server(c, p.tls)
			c, r = secured, bufio.NewReader(secured)
		case verb == "DATA" && strings.HasPrefix(p.reply("DATA", 0, standard), "354"):
			if !p.readContent(c, r) {
				return
			}
		}
	}
}

func (p *peer) readContent(c net.Conn, r *bufio.Reader) bool {
	var content strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		content.WriteString(line)
		if p.reply("content", 0, "") != "" {
			return p.answer(c, "content", "")
		}
	}
	p.mu.Lock()
	p.content = append(p.content, content.String())
	p.mu.Unlock()
	select {
	case p.took <- struct{}{}:
	default:
	}
	return p.answer(c, ".", "250 2.0.0 queued as 1")
}

// reply returns what is scripted for the nth time of a command; n 0 is the present time.
func (p *peer) reply(key string, n int, standard string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n == 0 {
		n = p.times[key]
	}
	if s, ok := p.script[fmt.Sprintf("%s %d", key, n)]; ok {
		return s
	}
	if s, ok := p.script[key]; ok {
		return s
	}
	return standard
}

func (p *peer) answer(c net.Conn, key, standard string) bool {
	p.mu.Lock()
	p.times[key]++
	p.mu.Unlock()
	switch s := p.reply(key, 0, standard); s {
	case "drop":
		return false
	case "hang":
		b := make([]byte, 1<<16)
		for { // until the other side gives up
			if _, err := c.Read(b); err != nil {
				return false
			}
		}
	default:
		_, err := c.Write([]byte(s + "\r\n"))
		return err == nil
	}
}

// said returns how many commands began with a verb.
func (p *peer) said(verb string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, c := range p.commands {
		if c == verb || strings.HasPrefix(c, verb+" ") || strings.HasPrefix(c, verb+":") {
			n++
		}
	}
	return n
}

func (p *peer) received() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.content)
}

func (p *peer) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.commands)
}
