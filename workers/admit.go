package workers

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// over says why nothing of a chunk is sent any more; empty if it is: the bulletin is withdrawn, which whoever got it is
// told by mails of a later revision, or a newer version is planned, which everyone gets who may.
func (d *Deliver) over(ctx context.Context, chunk pipeline.Fact) (string, error) {
	withdrawn, _, err := d.Facts.Facts(ctx, fmt.Sprintf("bulletin.%s.*.%s", chunk.Ref.ID, pipeline.Withdrawn))
	if err != nil {
		return "", fmt.Errorf("look whether it is withdrawn: %w", err)
	}
	for _, f := range withdrawn {
		if f.Ref != chunk.Ref {
			return "withdrawn", nil
		}
	}
	planned, _, err := d.Facts.Facts(ctx, fmt.Sprintf("bulletin.%s.*.%s.%s", chunk.Ref.ID, pipeline.Planned, chunk.Nation))
	if err != nil {
		return "", fmt.Errorf("look for a newer version: %w", err)
	}
	for _, f := range planned {
		if f.Ref.Revision <= chunk.Ref.Revision {
			continue
		}
		var body pipeline.PlannedBody
		if err := f.Decode(&body); err != nil {
			return "", err
		}
		return "superseded by version " + body.Rendered.Version, nil
	}
	return "", nil
}

// lookAgain is how often it is looked whether a chunk is over while its mails are under way: a slow relay may take minutes
// for them, and most chunks are done before the first look.
const lookAgain = time.Second

// awaitOver says why nothing of a chunk is sent any more as soon as that can be read; empty when ctx ends before. That it
// can't be read is no reason to stop: the next look sees it.
func (d *Deliver) awaitOver(ctx context.Context, chunk pipeline.Fact) string {
	looks := time.NewTicker(lookAgain)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return ""
		case <-looks.C:
			if over, err := d.over(ctx, chunk); err == nil && over != "" {
				return over
			}
		}
	}
}

// admit parks whoever has left the list since the plan, may not have the edition by the list as it is now, or
// whose key is no longer fit: someone removed gets nothing more, planned items included. Only the word that a bulletin
// is withdrawn goes to whoever got it, on the list or not.
func (d *Deliver) admit(l *ledger, e edition.Edition) error {
	list, err := d.Lists.Recipients(e.Nation)
	if err != nil {
		return err
	}
	for i := range l.lines {
		if line := &l.lines[i]; !line.final() {
			d.admitLine(list, e, line)
		}
	}
	return nil
}

// admittedFor is how long a recipient's admission holds: where mails wait longer for their turn, behind a slow relay or
// another bulletin's right of way, list and key are looked at again.
const admittedFor = 5 * time.Second

// admitAnew admits a line again whose turn has come late.
func (d *Deliver) admitAnew(e edition.Edition, line *ledgerLine) error {
	if ago := d.Clock().Sub(line.admitted); ago >= 0 && ago < admittedFor {
		return nil
	}
	list, err := d.Lists.Recipients(e.Nation)
	if err == nil {
		d.admitLine(list, e, line)
	}
	return err
}

func (d *Deliver) admitLine(list *pipeline.Roll, e edition.Edition, line *ledgerLine) {
	var r pipeline.Recipient
	var reason string
	if e.Withdrawn() {
		r, reason = d.toldOf(list, e.Nation, line)
	} else {
		r, _ = list.Find(line.outcome.Address)
		reason = refusal(e, r, line)
	}
	if reason != "" {
		line.park(reason)
		return
	}
	f := d.Keys(r)
	if line.recipient, line.key, line.admitted = r, f.Key, d.Clock(); f.Key == nil {
		line.park(strings.Join(f.Reasons, "; "))
	}
}

// refusal says why a planned recipient does not get the edition after all; empty if they do.
func refusal(e edition.Edition, r pipeline.Recipient, line *ledgerLine) string {
	if r.Address == "" {
		return "no longer on the list"
	}
	if reason := unentitled(e, r); reason != "" {
		return reason
	}
	if !strings.EqualFold(r.Fingerprint, line.pinned) {
		return "the key on the list is not the one that was planned for"
	}
	return ""
}

// unentitled says why somebody whose mail was planned, or wanted again, must not have it; empty if they may. Of a
// correction the kinds that they want do not count: its plan has weighed who got what it corrects.
func unentitled(e edition.Edition, r pipeline.Recipient) string {
	if e.Notice() != "" {
		r.Kinds = nil
	}
	return excluded(e, r)
}

// toldOf finds whom a line tells that the bulletin is withdrawn.
func (d *Deliver) toldOf(list *pipeline.Roll, n pipeline.Nation, line *ledgerLine) (pipeline.Recipient, string) {
	r, err := reachGot(list, d.Archive, n, pipeline.Addressee{Address: line.outcome.Address, Fingerprint: line.pinned})
	if err != nil {
		return r, err.Error()
	}
	return r, ""
}
