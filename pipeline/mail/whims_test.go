package mail

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
)

// whim is what a peer does with one command instead of obeying: a reply, or one of these.
//
//	drop   close the connection without a reply
//	swallow do what is asked, and close the connection without a reply
//	twice   do what is asked, and say the reply twice
type whim string

// whims is an SMTP server that keeps the standard in what it accepts (RFC 5321, 2920, 3030), and is told of each
// connection when to end it and of each command how to fail. It says what it has accepted, and for whom.
type whims struct {
	addr   string
	offers string

	mu       sync.Mutex
	whims    []whim         // of one command after another, over all connections; then it obeys
	cuts     []int          // octets that it reads of one connection after another before it ends it; 0 for all
	accepted map[string]int // by recipient
	content  map[string]string
	amiss    []string // what no client may do
	commands int
}

func newWhims(t interface{ Fatal(...any) }, offers string, list []whim, cuts []int) (w *whims, stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w = &whims{addr: l.Addr().String(), offers: offers, whims: list, cuts: cuts, accepted: map[string]int{}, content: map[string]string{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { w.serve(c) })
		}
	})
	return w, func() { l.Close(); wg.Wait() }
}

func (w *whims) whim() whim {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.commands++
	if len(w.whims) == 0 {
		return ""
	}
	now := w.whims[0]
	w.whims = w.whims[1:]
	return now
}

func (w *whims) wrong(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.amiss = append(w.amiss, fmt.Sprintf(format, args...))
}

// whimsical is one connection: where a transaction is.
type whimsical struct {
	*whims
	r        *bufio.Reader
	out      *bufio.Writer
	from, to string // of the transaction; empty before
}

func (w *whims) serve(c net.Conn) {
	defer c.Close()
	in := io.Reader(c)
	w.mu.Lock()
	if len(w.cuts) > 0 {
		if w.cuts[0] > 0 {
			in = io.LimitReader(c, int64(w.cuts[0]))
		}
		w.cuts = w.cuts[1:]
	}
	w.mu.Unlock()
	s := &whimsical{whims: w, r: bufio.NewReaderSize(in, 4096), out: bufio.NewWriter(c)}
	s.out.WriteString("220 whims\r\n")
	for {
		if s.r.Buffered() == 0 && s.out.Flush() != nil { // replies go together, as commands do
			return
		}
		line, err := s.r.ReadString('\n')
		if err != nil || !s.command(strings.TrimSuffix(line, "\r\n")) {
			s.out.Flush()
			return
		}
	}
}

// command obeys, or follows a whim; false ends the connection.
func (s *whimsical) command(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	do := whim("")
	if verb != "EHLO" && verb != "QUIT" && verb != "NOOP" {
		do = s.whim()
	}
	if do == "drop" {
		return false
	}
	if verb == "RSET" && do != "swallow" && do != "twice" && !strings.HasPrefix(string(do), "421") { // is not refused (RFC 5321 §4.1.1.5)
		do = ""
	}
	refused := do != "" && do != "swallow" && do != "twice"
	ok, good := s.obey(verb, rest, refused)
	if !good || do == "swallow" {
		return false
	}
	if refused {
		ok = string(do)
	}
	s.out.WriteString(ok + "\r\n")
	if do == "twice" {
		s.out.WriteString(ok + "\r\n")
	}
	return !strings.HasPrefix(ok, "421") && verb != "QUIT"
}

// obey does what a command asks for, unless it is refused, and says what the reply to it is.
func (s *whimsical) obey(verb, rest string, refused bool) (reply string, good bool) {
	switch verb {
	case "EHLO":
		return s.offers, true
	case "RSET":
		s.from, s.to = "", ""
		return "250 reset", true
	case "MAIL":
		if s.from != "" {
			return "503 5.5.1 nested MAIL", true
		}
		if !refused {
			s.from = rest
		}
		return "250 2.1.0 ok", true
	case "RCPT":
		to := strings.TrimSuffix(strings.TrimPrefix(rest, "TO:<"), ">")
		switch {
		case s.from == "":
			return "503 5.5.1 MAIL first", true
		case s.to != "":
			s.wrong("a mail to %s and to %s", s.to, to)
		}
		if !refused {
			s.to = to
		}
		return "250 2.1.5 ok", true
	case "DATA":
		return s.data(refused)
	case "BDAT":
		return s.chunk(rest, refused)
	case "QUIT", "NOOP":
	default:
		s.wrong("said %q", verb)
	}
	return "250 2.0.0 ok", true
}

func (s *whimsical) data(refused bool) (reply string, good bool) {
	if refused {
		return "", true
	}
	if s.to == "" && s.commandCount()%4 != 0 { // some relays take content for nobody: it must get none
		s.out.WriteString("354 go on\r\n")
		s.out.Flush()
		if b, _ := io.ReadAll(s.r); len(b) > 0 {
			s.wrong("content for nobody: %q", b)
		}
		return "", false
	}
	if s.to == "" {
		return "554 5.5.1 no valid recipients", true
	}
	s.out.WriteString("354 go on\r\n")
	if s.out.Flush() != nil {
		return "", false
	}
	var content strings.Builder
	for {
		line, err := s.r.ReadString('\n')
		if err != nil {
			return "", false
		}
		if line == ".\r\n" {
			return s.end(content.String(), s.whim())
		}
		content.WriteString(line)
	}
}

// end follows the whim of the final dot, which is not DATA's.
func (s *whimsical) end(content string, do whim) (reply string, good bool) {
	if do == "" || do == "swallow" || do == "twice" {
		s.accept(content)
	}
	s.from, s.to = "", ""
	switch do {
	case "twice":
		return "250 2.0.0 queued\r\n250 2.0.0 queued", true
	case "":
		return "250 2.0.0 queued", true
	case "drop", "swallow":
		return "", false
	}
	return string(do), true
}

func (s *whimsical) chunk(rest string, refused bool) (reply string, good bool) {
	size, last, _ := strings.Cut(rest, " ")
	n, err := strconv.Atoi(size)
	if err != nil || last != "LAST" {
		s.wrong("BDAT %s", rest)
		return "", false
	}
	content := make([]byte, n)
	s.out.Flush() // what was answered so far is there long before the verdict
	if _, err := io.ReadFull(s.r, content); err != nil {
		return "", false
	}
	if s.to == "" { // thrown away (RFC 3030 §2); the transaction is left as it is
		if s.commandCount()%2 == 0 { // and some are glad to
			return "250 2.0.0 queued for nobody", true
		}
		return "554 5.5.1 no valid recipients", true
	}
	if !refused {
		s.accept(string(content))
		s.from, s.to = "", ""
	}
	return "250 2.0.0 queued", true
}

func (s *whimsical) accept(content string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepted[s.to]++
	s.content[s.to] = content
}

func (w *whims) commandCount() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.commands
}
