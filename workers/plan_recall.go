package workers

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// recall plans the word that the bulletin is withdrawn. Deliver begins no mail of an earlier revision once it can read
// the withdrawal, and looks for it after its attempt is on record. So either the attempt can be read here, and is
// waited for until it is settled, or nothing was sent: for that, everyone must be able to read the withdrawal by now.
func (p *Plan) recall(ctx context.Context, ref pipeline.Ref, e edition.Edition, list *pipeline.Roll) (fit []pipeline.Addressee, parked []pipeline.Unreachable, err error) {
	if _, err := p.Facts.Fact(ctx, fmt.Sprintf("bulletin.%s.%s", ref, pipeline.Withdrawn)); err != nil {
		return nil, nil, &pipeline.Retry{Err: fmt.Errorf("the withdrawal: %w", err)}
	}
	if err := pause(ctx, p.Lag); err != nil {
		return nil, nil, &pipeline.Retry{Err: err}
	}
	had, err := whoGot(ctx, p.Facts, p.Restored, ref, e.Nation)
	if err == nil {
		err = p.hasten(ctx, had.idle)
	}
	if err == nil && had.open > 0 {
		err = fmt.Errorf("%d chunk(s) of earlier mails are not settled", had.open)
	}
	if err != nil {
		return nil, nil, &pipeline.Retry{After: recallRetry, Err: err}
	}
	defer p.Way.enter(e.Precedence)(&err) // not before: what it waits for may hang
	seen := map[string]bool{}
	for _, a := range had.who {
		if key := strings.ToLower(a.Address); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		r, err := reachGot(list, p.Archive, e.Nation, a)
		if err != nil {
			parked = append(parked, pipeline.Unreachable{Address: a.Address, Fingerprint: a.Fingerprint, Reason: err.Error()})
			continue
		}
		if f := p.Keys(r); f.Key == nil {
			parked = append(parked, pipeline.Unreachable{Address: a.Address, Fingerprint: a.Fingerprint, Reason: strings.Join(f.Reasons, "; ")})
			continue
		}
		fit = append(fit, pipeline.Addressee{Address: a.Address, Fingerprint: r.Fingerprint})
	}
	return fit, parked, nil
}

// hasten sets chunks going that are parked, or wait for their next attempt, which may be an hour away: deliver sees that
// the bulletin is withdrawn, and settles them. Each is hastened once.
func (p *Plan) hasten(ctx context.Context, chunks []pipeline.Fact) error {
	for _, chunk := range chunks {
		retried, _, err := p.Facts.Facts(ctx, fmt.Sprintf("bulletin.%s.%s.*", chunk.Ref, pipeline.Retried))
		if err != nil {
			return err
		}
		f, err := pipeline.NewFact(pipeline.Retried, chunk.Ref, p.Name(), pipeline.RetriedBody{Worker: "deliver", Subject: chunk.Subject()})
		if err != nil {
			return err
		}
		f.Ordinal = 1
		mine := false
		for _, r := range retried {
			mine = mine || r.By == f.By && string(r.Body) == string(f.Body)
			f.Ordinal = max(f.Ordinal, r.Ordinal+1)
		}
		if mine {
			continue
		}
		if err := p.Publisher.Publish(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// recallRetry is how soon it is looked again whether all that was on its way has arrived.
const recallRetry = time.Second

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
