package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// conduct is how a relay treats those who bring mail. It misbehaves at each nth mail that it is brought, of the
// first ones (see spell); 0 never.
type conduct struct {
	Slow        time.Duration // before each reply
	Busy        int           // 421 and the connection closed, in place of MAIL's reply
	DropInData  int           // the connection closed in the middle of the content
	DropAtDot   int           // the mail received whole and thrown away, and the connection closed without an answer
	DropAfter   int           // the mail accepted, and the connection closed without an answer
	Die         int           // the mail accepted and answered, and the relay is dead at once
	Greylist    bool          // 450 to each recipient's first mail
	RefuseTenth bool          // 550 to every tenth recipient of a nation: see refused
	Chunking    bool          // offers CHUNKING (RFC 3030)
}

// refused are those whom such a relay refuses: duty9@…, duty19@…
func refused(address string) bool {
	name, _, _ := strings.Cut(address, "@")
	return strings.HasSuffix(name, "9")
}

// bookLine is a line of the relay's book: what it knows of one mail. It is written before the mail is answered.
type bookLine struct {
	To        string `json:"to"`
	MessageID string `json:"message_id,omitempty"`
	Queued    string `json:"queued,omitempty"`  // as the reply names it: the mail was accepted
	Dropped   bool   `json:"dropped,omitempty"` // received whole, and thrown away
	Refused   bool   `json:"refused,omitempty"` // at RCPT, for good
	Size      int    `json:"size,omitempty"`
	Broken    bool   `json:"broken,omitempty"` // what is sealed in it is not there whole
}

// relay is an SMTP server in a process of its own, with its book on disk. Its argument says all of it.
type relay struct {
	Port    int
	Book    string
	Conduct conduct

	mu    sync.Mutex
	mails int
	seen  map[string]bool
	book  *os.File
}

// relayMain is the process.
func relayMain() {
	var r relay
	err := json.Unmarshal([]byte(os.Args[1]), &r)
	if err == nil {
		err = r.serve()
	}
	fmt.Fprintln(os.Stderr, "relay:", err)
	os.Exit(1)
}

func (r *relay) serve() (err error) {
	if r.book, err = os.OpenFile(r.Book, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return err
	}
	r.seen = map[string]bool{}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", r.Port))
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until whoever started it has gone
		os.Exit(0)
	}()
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			_ = r.talk(c) // an error is the client's going away, or the conduct
		}()
	}
}

var errConduct = errors.New("the relay hangs up")

// talk holds one conversation.
func (r *relay) talk(c net.Conn) error {
	in := bufio.NewReader(c)
	say := func(line string) error {
		<-time.NewTimer(r.Conduct.Slow).C
		_, err := io.WriteString(c, line+"\r\n")
		return err
	}
	offers := "250-localhost\r\n250-PIPELINING\r\n250 SIZE 0"
	if r.Conduct.Chunking {
		offers = strings.Replace(offers, "250 SIZE", "250-CHUNKING\r\n250 SIZE", 1)
	}
	if err := say("220 localhost"); err != nil {
		return err
	}
	var to, nth = "", 0
	var chunks bytes.Buffer
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		words := strings.Fields(line)
		if len(words) == 0 {
			return errConduct
		}
		answer := "250 2.0.0 so be it"
		switch strings.ToUpper(words[0]) {
		case "EHLO":
			answer = offers
		case "MAIL":
			to, nth = "", r.next()
			chunks.Reset()
			if every(r.Conduct.Busy, nth) {
				_ = say("421 4.3.2 busy, come again")
				return errConduct
			}
		case "RCPT":
			if to, answer, err = r.recipient(line); err != nil {
				return err
			}
		case "DATA":
			if answer = "554 5.5.1 no recipient"; to != "" {
				if err := say("354 go on"); err != nil {
					return err
				}
				mail, err := r.content(in, nth)
				if err != nil {
					return err
				}
				if answer, err = r.take(to, mail, nth); err != nil {
					return err
				}
			}
		case "BDAT":
			var size int64
			if _, err := fmt.Sscan(words[1], &size); err != nil {
				return err
			}
			if every(r.Conduct.DropInData, nth) {
				size /= 2
			}
			if _, err := io.CopyN(&chunks, in, size); err != nil {
				return err
			}
			switch {
			case every(r.Conduct.DropInData, nth):
				return errConduct
			case to == "":
				answer = "554 5.5.1 no recipient"
			case len(words) == 3:
				if answer, err = r.take(to, chunks.Bytes(), nth); err != nil {
					return err
				}
			}
		case "QUIT":
			return say("221 2.0.0 farewell")
		}
		if err := say(answer); err != nil {
			return err
		}
		if strings.Contains(answer, "queued") && every(r.Conduct.Die, nth) {
			os.Exit(1)
		}
	}
}

// spell is for how many mails a relay misbehaves: what fails again and again is tried at ever longer
// intervals, and a test would wait for those.
const spell = 40

func every(n, nth int) bool { return n > 0 && nth%n == 0 && nth <= spell }

// next numbers the mails that are brought.
func (r *relay) next() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mails++
	return r.mails
}

func (r *relay) write(t bookLine) error {
	line, err := json.Marshal(t)
	if err == nil {
		_, err = r.book.Write(append(line, '\n')) // one write: whole or not there, whenever the process is killed
	}
	return err
}

func (r *relay) recipient(line string) (to, answer string, err error) {
	_, after, _ := strings.Cut(line, "<")
	address, _, _ := strings.Cut(after, ">")
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.Conduct.RefuseTenth && refused(address):
		return "", "550 5.1.1 no such mailbox", r.write(bookLine{To: address, Refused: true})
	case r.Conduct.Greylist && !r.seen[address]:
		r.seen[address] = true
		return "", "450 4.2.1 greylisted, come again", nil
	}
	return address, "250 2.1.5 known", nil
}

// content reads a mail up to its dot.
func (r *relay) content(in *bufio.Reader, nth int) ([]byte, error) {
	var mail bytes.Buffer
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		if string(line) == ".\r\n" {
			return mail.Bytes(), nil
		}
		mail.Write(line)
		if every(r.Conduct.DropInData, nth) && mail.Len() > 10_000 {
			return nil, errConduct
		}
	}
}

// take decides over a mail that is there whole.
func (r *relay) take(to string, mail []byte, nth int) (answer string, err error) {
	_, after, _ := strings.Cut(string(mail), "\nMessage-ID: ")
	id, _, _ := strings.Cut(after, "\r\n")
	t := bookLine{To: to, MessageID: id, Size: len(mail), Broken: !unbroken(mail)}
	if t.Dropped = every(r.Conduct.DropAtDot, nth); !t.Dropped {
		t.Queued = fmt.Sprintf("%d-%d", os.Getpid(), nth)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.write(t); err != nil {
		return "", err
	}
	if t.Dropped || every(r.Conduct.DropAfter, nth) {
		return "", errConduct
	}
	return "250 2.0.0 queued as " + t.Queued, nil
}

// unbroken reports whether a mail has all of its sealed part: the packets end where the armor does, and that with the mail.
func unbroken(mail []byte) bool {
	_, after, _ := bytes.Cut(mail, []byte("\r\n-----BEGIN PGP MESSAGE"))
	sealed, err := armor.Decode(io.MultiReader(strings.NewReader("-----BEGIN PGP MESSAGE"), bytes.NewReader(after)))
	if err != nil {
		return false
	}
	packets := packet.NewOpaqueReader(sealed.Body)
	for {
		if _, err := packets.Next(); err != nil {
			return err == io.EOF && bytes.HasSuffix(mail, []byte("--\r\n"))
		}
	}
}

// readBook reads what a relay has taken, in all its lives.
func readBook(t testing.TB, file string) []bookLine {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var all []bookLine
	for line := range bytes.Lines(data) {
		var one bookLine
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, one)
	}
	return all
}

// accepted counts the mails that a relay has taken.
func accepted(book []bookLine) int {
	return len(slices.DeleteFunc(slices.Clone(book), func(t bookLine) bool { return t.Queued == "" }))
}
