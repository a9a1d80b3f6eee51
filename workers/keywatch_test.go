package workers

import (
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

type watching struct {
	*KeyWatch
	box   *postbox
	lists *lists
	ends  map[string]time.Time // by address; zero is unfit
	now   time.Time
}

func newWatching(t *testing.T) *watching {
	t.Helper()
	w := &watching{box: &postbox{}, lists: &lists{byNation: map[pipeline.Nation][]pipeline.Recipient{}}, ends: map[string]time.Time{}, now: testTime}
	clock := func() time.Time { return w.now }
	c := storeConfig(t, t.TempDir())
	c.Clock = clock
	q, err := queue.Open(ctx, c)
	must(t, err)
	t.Cleanup(func() { must(t, q.Close()) })
	people := review.People{}
	for name, n := range map[string]pipeline.Nation{"kiwi": pipeline.NZL, "brit": pipeline.GBR} {
		people = append(people, review.Person{Name: name, Nation: n, Roles: []review.Role{review.Admin}, Address: name + "@bulletin.example", Certificate: aCertificate()})
	}
	w.KeyWatch = &KeyWatch{
		Notices: &Notices{Facts: q, Publisher: q, People: func() review.People { return people }, Post: w.box, Clock: clock, Log: discard},
		Lists:   w.lists, Nations: pipeline.Nations(), Desk: func(time.Time) (never time.Time) { return never },
		Keys: func(r pipeline.Recipient) seal.Fitness {
			if w.ends[r.Address].IsZero() {
				return seal.Fitness{State: seal.Unfit}
			}
			return seal.Fitness{State: seal.Fit, Key: &seal.Key{}, Expires: w.ends[r.Address]}
		},
	}
	return w
}

func (w *watching) list(n pipeline.Nation, address string, left time.Duration) {
	w.lists.byNation[n] = append(w.lists.byNation[n], recipient(n, address))
	if left != 0 {
		w.ends[address] = w.now.Add(left)
	}
}

// told lists what went out since the last time: who, and how many within each term.
func (w *watching) told() (out []string) {
	for _, s := range w.box.sent {
		line := s.facts.Name
		for _, e := range s.facts.Ending {
			line += " " + e.Within + ":"
			for _, k := range e.Who {
				name, _, _ := strings.Cut(k.Name, "@")
				line += " " + name
			}
		}
		out = append(out, line)
	}
	w.box.sent = nil
	return out
}

// TestKeysAreToldOfAtEachTerm and at no other time, whatever was missed in between, and to the list's own nation alone.
func TestKeysAreToldOfAtEachTerm(t *testing.T) {
	w := newWatching(t)
	w.list(pipeline.NZL, "soon@x.example", 40*aDay)
	w.list(pipeline.NZL, "later@x.example", 100*aDay)
	w.list(pipeline.NZL, "unfit@x.example", 0)
	var days []string
	for day := range 50 {
		w.now = testTime.Add(time.Duration(day)*aDay + time.Hour)
		if day > 20 && day < 28 {
			continue // nothing runs, and the term of 14 days passes
		}
		for range 3 { // a check an hour: a notice a day
			must(t, w.Check(ctx))
		}
		for _, s := range w.told() {
			days = append(days, w.now.Sub(testTime).Round(aDay).String()+" "+s)
		}
	}
	want := "240h0m0s kiwi 30 days: soon|672h0m0s kiwi 14 days: soon|792h0m0s kiwi 7 days: soon|936h0m0s kiwi 1 day: soon"
	if got := strings.Join(days, "|"); got != want {
		t.Errorf("told\n%s, want\n%s", got, want)
	}
}

// TestKeysNoticeListsAll: when one key comes near, the notice has them all, nearest first, and how many are unfit.
func TestKeysNoticeListsAll(t *testing.T) {
	w := newWatching(t)
	w.list(pipeline.NZL, "c@x.example", 12*aDay)
	w.list(pipeline.NZL, "b@x.example", 20*aDay)
	w.list(pipeline.NZL, "a@x.example", aDay/2)
	w.list(pipeline.NZL, "past@x.example", -aDay)
	w.list(pipeline.NZL, "unfit@x.example", 0)
	must(t, w.Check(ctx))
	if s := w.box.sent; len(s) != 1 || s[0].facts.Unfit != 1 || s[0].facts.Nation != pipeline.NZL || s[0].matter != mail.Keys {
		t.Fatalf("told %+v", s)
	}
	if got := strings.Join(w.told(), "|"); got != "kiwi 1 day: a 14 days: c 30 days: b" {
		t.Errorf("told %s", got)
	}
}

// TestDeskKeyIsEverybodys: all administrators are told of the desk's own key.
func TestDeskKeyIsEverybodys(t *testing.T) {
	w := newWatching(t)
	w.Desk = func(time.Time) time.Time { return testTime.Add(7*aDay - time.Hour) }
	must(t, w.Check(ctx))
	if len(w.box.sent) != 2 || w.box.sent[0].facts.Desk.IsZero() {
		t.Fatalf("told %+v", w.box.sent)
	}
}

// TestOneListInTroubleHidesNoOther: what can be told is told.
func TestOneListInTroubleHidesNoOther(t *testing.T) {
	w := newWatching(t)
	w.list(pipeline.NZL, "a@x.example", aDay)
	w.Lists = brokenList{w.lists, pipeline.GBR}
	if err := w.Check(ctx); err == nil || !strings.Contains(err.Error(), "list of GBR") {
		t.Errorf("got %v", err)
	}
	if got := strings.Join(w.told(), "|"); got != "kiwi 1 day: a" {
		t.Errorf("told %s", got)
	}
}

type brokenList struct {
	*lists
	of pipeline.Nation
}

func (b brokenList) Recipients(n pipeline.Nation) (*pipeline.Roll, error) {
	if n == b.of {
		return nil, errDead
	}
	return b.lists.Recipients(n)
}
