package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/review"
)

// Client speaks to the desk for one person: the command line and the demo use it, and nothing else
// speaks to the desk.
type Client struct {
	Connection interface {
		Request(ctx context.Context, verb string, data []byte) ([]byte, error)
	}
	// Sign makes a detached signature with the person's own key.
	Sign func(data []byte) (armored []byte, err error)
}

// Submit hands in a draft with the files beside it; with an id it is the next revision of that bulletin.
func (c *Client) Submit(ctx context.Context, id pipeline.ID, src draft.Source) (Submitted, error) {
	return c.submit(ctx, Submission{ID: id, Draft: filepath.Base(src.Name)}, src)
}

// Correct hands in a correction of a released bulletin, or the next revision of one that is in review.
func (c *Client) Correct(ctx context.Context, id pipeline.ID, src draft.Source) (Submitted, error) {
	return c.submit(ctx, Submission{ID: id, Correct: true, Draft: filepath.Base(src.Name)}, src)
}

func (c *Client) submit(ctx context.Context, s Submission, src draft.Source) (Submitted, error) {
	for _, name := range slices.Sorted(maps.Keys(src.Files)) {
		data := src.Files[name]
		file := pipeline.File{Name: name, Digest: pipeline.DigestOf(data), Size: int64(len(data))}
		if err := c.upload(ctx, file, data); err != nil {
			return Submitted{}, err
		}
		s.Files = append(s.Files, file)
	}
	return ask[Submitted](ctx, c, "submit", s)
}

func (c *Client) upload(ctx context.Context, file pipeline.File, data []byte) error {
	for offset := 0; ; {
		part := data[offset:min(offset+PartSize, len(data))]
		last := offset+len(part) == len(data)
		if _, err := ask[struct{}](ctx, c, "upload", Upload{Digest: file.Digest, Offset: offset, Data: part, Last: last}); err != nil {
			return fmt.Errorf("send %s: %w", file.Name, err)
		}
		if offset += len(part); last {
			return nil
		}
	}
}

// Queue lists what waits for a decision.
func (c *Client) Queue(ctx context.Context) ([]Waiting, error) {
	return ask[[]Waiting](ctx, c, "queue", struct{}{})
}

// Show gives the newest revision of a bulletin.
func (c *Client) Show(ctx context.Context, id pipeline.ID) (Shown, error) {
	return c.ShowTo(ctx, id, "")
}

// ShowTo gives it to one who names a nation: their own, or they are refused.
func (c *Client) ShowTo(ctx context.Context, id pipeline.ID, nation pipeline.Nation) (Shown, error) {
	return ask[Shown](ctx, c, "show", Look{ID: id, Nation: nation})
}

// Earlier gives a revision by its number, to compare the newest with.
func (c *Client) Earlier(ctx context.Context, id pipeline.ID, revision int) (Earlier, error) {
	return ask[Earlier](ctx, c, "revision", Look{ID: id, Revision: revision})
}

// PDF gives the person's own edition of the newest revision as a PDF.
func (c *Client) PDF(ctx context.Context, id pipeline.ID) ([]byte, error) {
	return c.fetch(ctx, "pdf", func(offset int) any { return Drawing{Look: Look{ID: id}, Offset: offset} })
}

// Claim takes an item for a while.
func (c *Client) Claim(ctx context.Context, id pipeline.ID, length time.Duration) (Claimed, error) {
	return ask[Claimed](ctx, c, "claim", Claiming{ID: id, Seconds: int(length / time.Second)})
}

// Release gives an item back that was claimed.
func (c *Client) Release(ctx context.Context, id pipeline.ID) (Claimed, error) {
	return ask[Claimed](ctx, c, "claim", Claiming{ID: id, Release: true})
}

// Comment says something of a revision, or of one portion of it.
func (c *Client) Comment(ctx context.Context, r Remark) error {
	_, err := ask[struct{}](ctx, c, "comment", r)
	return err
}

// Approve signs the statement that Show gave.
func (c *Client) Approve(ctx context.Context, shown Shown) (Approved, error) {
	signature, err := c.Sign([]byte(shown.Statement))
	if err != nil {
		return Approved{}, fmt.Errorf("sign the approval: %w", err)
	}
	return ask[Approved](ctx, c, "approve", Approve{Ref: shown.Ref, Statement: shown.Statement, Signature: string(signature)})
}

// Return sends a revision back to its author.
func (c *Client) Return(ctx context.Context, ref pipeline.Ref, comment string) error {
	_, err := ask[struct{}](ctx, c, "return", Decision{Ref: ref, Comment: comment})
	return err
}

// Reject ends a bulletin before its release.
func (c *Client) Reject(ctx context.Context, ref pipeline.Ref, comment string) error {
	_, err := ask[struct{}](ctx, c, "reject", Decision{Ref: ref, Comment: comment})
	return err
}

// Status says how far a bulletin has come.
func (c *Client) Status(ctx context.Context, id pipeline.ID) (Status, error) {
	return ask[Status](ctx, c, "status", Subject{ID: id})
}

// pageTime bounds how long one page of a ledger is waited for.
const pageTime = time.Minute

// Ledger is Status with a line for each recipient of the person's own nation.
func (c *Client) Ledger(ctx context.Context, id pipeline.ID) (Status, error) {
	s, err := within(ctx, func(ctx context.Context) (Status, error) { return c.Status(ctx, id) })
	if err != nil || !slices.ContainsFunc(s.Nations, func(n NationStatus) bool { return n.Planned+n.Excluded > 0 }) {
		return s, err
	}
	var book book
	nation, err := book.read(func(from place) (Page, error) {
		return within(ctx, func(ctx context.Context) (Page, error) { return ask[Page](ctx, c, "ledger", Leaf{ID: id, From: from}) })
	})
	for i := range s.Nations {
		if n := &s.Nations[i]; n.Nation == nation {
			n.Deliveries, n.NotMeant = book.sorted()
		}
	}
	return s, err
}

func within[T any](ctx context.Context, ask func(ctx context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, pageTime)
	defer cancel()
	return ask(ctx)
}

// Demands tells who wants a bulletin withdrawn, and what a demand is to be signed for.
func (c *Client) Demands(ctx context.Context, id pipeline.ID) (Demands, error) {
	return ask[Demands](ctx, c, "demands", Subject{ID: id})
}

// Withdraw demands that a bulletin be withdrawn, as Demands gave it: a new demand, or an open one that is joined.
func (c *Client) Withdraw(ctx context.Context, ref pipeline.Ref, of int, reason string) (WithdrawAnswer, error) {
	signature, err := c.Sign([]byte(review.WithdrawalStatement(ref, of, pipeline.DigestOf([]byte(reason)))))
	if err != nil {
		return WithdrawAnswer{}, fmt.Errorf("sign the demand: %w", err)
	}
	return ask[WithdrawAnswer](ctx, c, "withdraw", Withdraw{Ref: ref, Of: of, Reason: reason, Signature: string(signature)})
}

// Bulletins lists what the person may know of, the newest first; the newest alone, unless all are asked for.
func (c *Client) Bulletins(ctx context.Context, all bool) ([]Status, error) {
	return ask[[]Status](ctx, c, "bulletins", Listing{All: all})
}

// Parked lists what stands still.
func (c *Client) Parked(ctx context.Context) ([]Still, error) {
	return ask[[]Still](ctx, c, "parked", struct{}{})
}

// Retry sets parked work going again, and says which.
func (c *Client) Retry(ctx context.Context, r Retrying) ([]Still, error) {
	return ask[[]Still](ctx, c, "retry", r)
}

// Resend has one recipient sent a bulletin again.
func (c *Client) Resend(ctx context.Context, id pipeline.ID, recipient string) (Resent, error) {
	return ask[Resent](ctx, c, "resend", Resending{ID: id, Recipient: recipient})
}

func ask[T any](ctx context.Context, c *Client, verb string, request any) (answer T, err error) {
	data, err := json.Marshal(request)
	if err != nil {
		return answer, err
	}
	reply, err := c.Connection.Request(ctx, verb, data)
	if err != nil {
		return answer, err
	}
	if err := json.Unmarshal(reply, &answer); err != nil {
		return answer, fmt.Errorf("read the desk's answer to %s: %w", verb, err)
	}
	return answer, nil
}
