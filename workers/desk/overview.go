package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/overview"
	"bulletin/pipeline/review"
)

// OverviewOrder asks for a compendium of what was first released from one day to another, both included, UTC.
type OverviewOrder struct {
	From   string `json:"from"` // 2026-07-01
	To     string `json:"to"`
	Scheme string `json:"scheme"` // tlp, or the scheme of the person's nation
}

// Overview is the compendium as a draft, and what stands in it.
type Overview struct {
	Draft     string             `json:"draft"` // Markdown with front matter
	Bulletins []overview.Carried `json:"bulletins"`
}

// maxOverview is the size that a compendium may have, so that it fits into an answer.
const maxOverview = 2 << 20

// overview compiles the released bulletins of a period of which the person's nation has an edition that they are
// cleared for. It stores nothing: what becomes of the draft goes the way of every draft.
func (d *Desk) overview(ctx context.Context, p review.Person, r OverviewOrder) (any, error) {
	if !p.Has(review.Author) {
		return nil, refuse("", "%s is not an author", p.Name)
	}
	o, err := order(p, r)
	if err != nil {
		return nil, err
	}
	o.Policy = d.Policy().Released[o.Scheme.Name()]
	released, err := d.releasedIn(ctx, o.From, o.To.AddDate(0, 0, 1))
	if err != nil {
		return nil, err
	}
	var bulletins []overview.Bulletin
	for _, id := range slices.Sorted(maps.Keys(released)) {
		b, ok, err := d.compilable(ctx, p, released[id])
		if err != nil {
			return nil, err
		}
		if ok {
			bulletins = append(bulletins, b)
		}
	}
	if len(bulletins) == 0 {
		return nil, refuse("look at the dates: they are those of the release, UTC", "no bulletin that you may have was released from %s to %s", r.From, r.To)
	}
	text, carried := overview.Compile(o, bulletins)
	if len(text) > maxOverview {
		return nil, refuse("compile a shorter period", "the overview has %d bulletins and %d KiB: at most %d KiB are compiled at once", len(carried), len(text)>>10, maxOverview>>10)
	}
	return Overview{Draft: text, Bulletins: carried}, nil
}

func order(p review.Person, r OverviewOrder) (o overview.Order, err error) {
	o.Nation = p.Nation
	if o.Scheme, err = marking.ByName(r.Scheme); err != nil {
		return o, refuse("", "%v", err)
	}
	if owner := pipeline.Nation(o.Scheme.Owner()); owner != "" && owner != p.Nation {
		return o, refuse("use scheme tlp", "scheme %s belongs to %s, and you are of %s", r.Scheme, owner, p.Nation)
	}
	for _, day := range []struct {
		into *time.Time
		text string
	}{{&o.From, r.From}, {&o.To, r.To}} {
		if *day.into, err = time.Parse(time.DateOnly, day.text); err != nil {
			return o, refuse("write it like 2026-07-01", "%q is not a date", day.text)
		}
	}
	if o.To.Before(o.From) {
		return o, refuse("exchange them", "the period ends on %s, before it begins on %s", r.To, r.From)
	}
	return o, nil
}

// release is when a bulletin was first released, and its newest released revision.
type release struct {
	ref    pipeline.Ref
	number string
	first  time.Time
}

// releasedIn returns the bulletins that were first released in the period and have not been withdrawn.
func (d *Desk) releasedIn(ctx context.Context, from, before time.Time) (map[pipeline.ID]release, error) {
	numbered, _, err := d.Store.Facts(ctx, "bulletin.*.*."+string(pipeline.Numbered))
	if err != nil {
		return nil, err
	}
	withdrawn, _, err := d.Store.Facts(ctx, "bulletin.*.*."+string(pipeline.Withdrawn))
	if err != nil {
		return nil, err
	}
	all := map[pipeline.ID]release{}
	for _, f := range numbered {
		var body pipeline.NumberedBody
		if err := f.Decode(&body); err != nil {
			return nil, err
		}
		r, known := all[f.Ref.ID]
		if !known || body.Released.Before(r.first) {
			r.first = body.Released
		}
		if f.Ref.Revision > r.ref.Revision {
			r.ref, r.number = f.Ref, body.Number
		}
		all[f.Ref.ID] = r
	}
	for _, f := range withdrawn {
		delete(all, f.Ref.ID)
	}
	maps.DeleteFunc(all, func(_ pipeline.ID, r release) bool { return r.first.Before(from) || !r.first.Before(before) })
	return all, nil
}

// compilable lays out a released bulletin, if it is one for this person's overviews: not an overview itself, and
// not one whose embargo lasts.
func (d *Desk) compilable(ctx context.Context, p review.Person, r release) (b overview.Bulletin, ok bool, err error) {
	submitted, _, err := d.Store.Facts(ctx, fmt.Sprintf("bulletin.%s.%d.%s", r.ref.ID, r.ref.Revision, pipeline.Submitted))
	if err != nil {
		return b, false, err
	}
	if len(submitted) != 1 {
		return b, false, fmt.Errorf("%s is released, and %d times handed in", r.ref, len(submitted))
	}
	c, err := review.OpenCase(ctx, d.Store, submitted[0])
	if err != nil {
		return b, false, err
	}
	if _, err := d.edition(p, c); err != nil || c.Doc.Kind == "overview" || c.Doc.Embargo.After(d.Clock()) {
		return b, false, nil // d.edition has no other error than that there is none
	}
	return overview.Bulletin{
		Number: r.number, Released: r.first, Doc: c.Doc, Policy: c.Policy.Released[c.Doc.Scheme.Name()],
	}, true, nil
}

// Overview compiles the released bulletins of a period.
func (c *Client) Overview(ctx context.Context, o OverviewOrder) (Overview, error) {
	return ask[Overview](ctx, c, "overview", o)
}
