package mail

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"time"
)

// How fast the pace changes.
const (
	growAfter   = 50                     // successes until one more is allowed
	oneTrouble  = time.Second            // refusals this close together are one trouble, and halve once
	asGoodAsAny = 64                     // a limit that has grown to this, and was none at first, is none again
	firstPause  = 500 * time.Millisecond // after a connection that could not be had; doubles
	maxPause    = 15 * time.Second       // short enough for a flash to wait out
)

// limit is how many may be under way at once: it is halved by a relay that has too much to do and grows by one at a
// time (additive increase, multiplicative decrease, as TCP does; RFC 5681 §3.1). Whoever uses it holds a lock.
type limit struct {
	most    int // what is configured; 0 for no limit
	allowed int // at present; 0 for no limit
	busy    int // under way
	good    int // successes since the last change
	lowered time.Time
}

func newLimit(most int) limit { return limit{most: most, allowed: most} }

func (l *limit) free() bool { return l.allowed == 0 || l.busy < l.allowed }

// over reports whether one of those under way is too many.
func (l *limit) over() bool { return l.allowed != 0 && l.busy > l.allowed }

// untouched reports whether the limit is as it was configured and nothing is under way: it need not be kept.
func (l *limit) untouched() bool { return l.busy == 0 && l.allowed == l.most }

func (l *limit) overloaded(now time.Time) {
	if now.Sub(l.lowered) < oneTrouble {
		return
	}
	from := l.busy
	if l.allowed != 0 {
		from = min(from, l.allowed)
	}
	l.allowed, l.good, l.lowered = max(1, from/2), 0, now
}

func (l *limit) succeeded() {
	if l.allowed == l.most {
		return
	}
	if l.good++; l.good < growAfter {
		return
	}
	l.allowed, l.good = l.allowed+1, 0
	if l.most == 0 && l.allowed >= asGoodAsAny {
		l.allowed = 0
	}
}

// pause is how long to wait before connecting again after so many failures in a row. Its second half is left to
// chance, so that several processes do not come back in step.
func pause(failures int) time.Duration {
	d := min(firstPause<<min(failures-1, 10), maxPause)
	return d/2 + rand.N(d/2)
}

// closesDoor reports whether a refusal of the desk came before any recipient was named: no mail needs to be tried after
// it. One at RCPT may hold for one domain alone, whatever it says.
func (e *DeliveryError) closesDoor() bool {
	return e.OfDesk() && e.Stage != StageRcpt && e.Stage != StageData && e.Stage != StageDot
}

var loadWords = regexp.MustCompile(`\b(rate|too (many|much|fast)|throttl\w*|slow down|busy|congest\w*)\b`)

// ofLoad reports whether a refusal says that the relay, or the server behind it, has too much to do.
func (e *DeliveryError) ofLoad() bool {
	if e.Code/100 != 4 {
		return false
	}
	// 4.3.2 system not accepting, 4.4.5 congestion, 4.7.x policy: rates and greylists (RFC 3463 §3)
	return e.Code == 421 || e.Enhanced == "4.3.2" || e.Enhanced == "4.4.5" || strings.HasPrefix(e.Enhanced, "4.7.") ||
		loadWords.MatchString(strings.ToLower(e.Line))
}
