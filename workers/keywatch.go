package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

// KeyWatch tells each nation's administrators which keys are about to end: of their list and of their people, and
// the desk's own. It does so when a key comes within one of the terms, once a day at most. What it told is on
// record, so that a day on which nothing ran is made up for.
type KeyWatch struct {
	*Notices
	Lists   Lists
	Keys    Keys
	Nations []pipeline.Nation                   // whose lists are here
	Desk    func(now time.Time) (end time.Time) // when the desk can sign no more; zero for never
}

const (
	keysEvery = time.Hour // the check, not the notice
	aDay      = 24 * time.Hour
)

// term is how long before its end a key is spoken of.
type term struct {
	within time.Duration
	name   string
}

// Term names the nearest of the terms that a key ends within, such as "7 days"; empty if it ends later, never, or has ended.
func Term(end, now time.Time) string {
	if i := termOf(end, now); i >= 0 {
		return terms[i].name
	}
	return ""
}

// Terms names them all, nearest first.
func Terms() (names []string) {
	for _, t := range terms {
		names = append(names, t.name)
	}
	return names
}

// terms are all of them, nearest first.
var terms = []term{{aDay, "1 day"}, {7 * aDay, "7 days"}, {14 * aDay, "14 days"}, {30 * aDay, "30 days"}}

// Run checks every hour, until ctx ends: there is one notice a day.
func (w *KeyWatch) Run(ctx context.Context) error {
	tick := time.NewTicker(keysEvery)
	defer tick.Stop()
	for {
		if err := w.Check(ctx); err != nil && ctx.Err() == nil {
			w.Log.Warn("keys about to end were not all told of", "worker", noticeName, "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Check tells whoever has to be told today.
func (w *KeyWatch) Check(ctx context.Context) error {
	var errs []error
	for _, n := range w.Nations {
		admins := w.those(func(p review.Person) bool { return p.Nation == n && p.Has(review.Admin) })
		if len(admins) == 0 {
			continue // nobody to tell
		}
		ending, unfit, err := w.ending(n)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, p := range admins {
			errs = append(errs, w.tellAdmin(ctx, n, p, ending, unfit))
		}
	}
	return errors.Join(errs...)
}

// endings is whose key ends when.
type endings []mail.EndingKey

// ending looks at the keys of a nation's list and of its people.
func (w *KeyWatch) ending(n pipeline.Nation) (out endings, unfit int, err error) {
	list, err := w.Lists.Recipients(n)
	if err != nil {
		return nil, 0, fmt.Errorf("the list of %s can't be read: %w", n, err)
	}
	for _, r := range list.All() {
		switch f := w.Keys(r); {
		case f.Key == nil:
			unfit++
		case !f.Expires.IsZero():
			out = append(out, mail.EndingKey{Name: r.Address, Ends: f.Expires})
		}
	}
	for _, p := range w.People() {
		if p.Disabled || p.Nation != n {
			continue
		}
		if f := seal.Examine([]byte(p.Certificate), "", w.Clock()); !f.Expires.IsZero() {
			out = append(out, mail.EndingKey{Name: "the desk's " + p.Name, Ends: f.Expires})
		}
	}
	slices.SortFunc(out, func(a, b mail.EndingKey) int { return cmp.Or(a.Ends.Compare(b.Ends), cmp.Compare(a.Name, b.Name)) })
	return out, unfit, nil
}

// tellAdmin sends today's notice if a key has come nearer to its end, by a term, since the last one.
func (w *KeyWatch) tellAdmin(ctx context.Context, n pipeline.Nation, p review.Person, ending endings, unfit int) error {
	now := w.Clock()
	since, err := w.lastTold(ctx, p)
	if err != nil {
		return err
	}
	desk := w.Desk(now)
	nearer := func(end time.Time) bool {
		term := termOf(end, now)
		return term >= 0 && (since.IsZero() || termOf(end, since) != term)
	}
	if !nearer(desk) && !slices.ContainsFunc(ending, func(k mail.EndingKey) bool { return nearer(k.Ends) }) {
		return nil
	}
	facts := mail.NoticeFacts{Name: p.Name, Nation: n, Ending: byTerm(ending, now), Unfit: unfit}
	if termOf(desk, now) >= 0 {
		facts.Desk = desk
	}
	about := pipeline.Fact{Name: pipeline.Noticed, About: "keys-" + now.UTC().Format(time.DateOnly), Person: p.Name}
	return w.send(ctx, about, mail.Keys, facts, p)
}

// lastTold is when the person was last told of keys; zero if never.
func (w *KeyWatch) lastTold(ctx context.Context, p review.Person) (at time.Time, err error) {
	told, _, err := w.Facts.Facts(ctx, "notice.*."+p.Name)
	for _, f := range told {
		at = f.At
	}
	return at, err
}

// termOf is the place of the nearest term that a key's end lies within; -1 if that is far, past or never.
func termOf(end, now time.Time) int {
	if end.IsZero() || !end.After(now) {
		return -1
	}
	return slices.IndexFunc(terms, func(t term) bool { return end.Sub(now) <= t.within })
}

func byTerm(ending endings, now time.Time) (out []mail.Ending) {
	for i, t := range terms {
		e := mail.Ending{Within: t.name}
		for _, k := range ending {
			if termOf(k.Ends, now) == i {
				e.Who = append(e.Who, k)
			}
		}
		if len(e.Who) > 0 {
			out = append(out, e)
		}
	}
	return out
}
