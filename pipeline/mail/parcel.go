package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"weak"
)

// parcel is one mail on its way. Its sender waits until done is closed, and looks at the outcome then.
type parcel struct {
	ctx      context.Context
	from, to string
	domain   string
	msg      Message

	over  *session // which has it; nil while it waits
	again bool     // a connection went away before any of its content was sent: it is tried once more

	done   chan struct{}
	answer string
	fault  *DeliveryError
}

func (r *Relay) parcel(ctx context.Context, from, to string, msg Message) (*parcel, error) {
	if err := checkSend(from, to, msg, r.safe.holds); err != nil {
		return nil, err
	}
	domain := strings.ToLower(to[strings.LastIndexByte(to, '@')+1:])
	return &parcel{ctx: ctx, from: from, to: to, domain: domain, msg: msg, done: make(chan struct{})}, nil
}

// checkSend says why a mail is not fit to be sent. safe is dotSafe for the body, which is the largest part by far.
func checkSend(from, to string, msg Message, safe func(body []byte) bool) error {
	if _, err := ParseAddress(from); err != nil {
		return fmt.Errorf("send from: %w", err)
	}
	if _, err := ParseAddress(to); err != nil {
		return fmt.Errorf("send to: %w", err)
	}
	if !dotSafe(msg.Head) || !dotSafe(msg.Foot) || !safe(msg.Body) {
		return errors.New("send: the message is not whole lines, or one begins with a dot")
	}
	return nil
}

func (p *parcel) settle(answer string, fault *DeliveryError) {
	p.answer, p.fault = answer, fault
	close(p.done)
}

// safeBodies remembers which bodies were found dot-safe: one is shared by the mails to a whole list, is never written
// to, and may be megabytes. It keeps none of them in memory.
type safeBodies struct {
	mu    sync.RWMutex
	known map[weak.Pointer[byte]]int // first octet → how many were looked at
}

// maxSafeBodies is far more than are in use at once: three for each edition and each notice.
const maxSafeBodies = 256

func (s *safeBodies) holds(body []byte) bool {
	if len(body) == 0 {
		return false
	}
	first := weak.Make(&body[0])
	s.mu.RLock()
	n := s.known[first]
	s.mu.RUnlock()
	if n == len(body) {
		return true
	}
	if !dotSafe(body) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxSafeBodies {
		s.known = map[weak.Pointer[byte]]int{}
	}
	s.known[first] = len(body)
	return true
}
