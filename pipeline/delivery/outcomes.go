package delivery

import (
	"fmt"

	"bulletin/pipeline"
)

// Outcomes is what is known of the recipients of a chunk that is not settled, in its order. An answer to an attempt that is
// not among those given is passed over: receipts are read after the attempts.
func Outcomes(to []pipeline.Addressee, attempts, receipts []pipeline.Fact) ([]pipeline.Outcome, error) {
	type attempt struct{ index, ordinal int }
	var tries Tries
	ids, answered := map[int]string{}, map[attempt]pipeline.Outcome{}
	for _, f := range attempts {
		var body pipeline.AttemptedBody
		if err := f.Decode(&body); err != nil {
			return nil, err
		}
		ids[f.Ordinal] = body.MessageID
		for _, index := range body.Indexes {
			if index < 1 || index > len(to) {
				return nil, fmt.Errorf("%s names recipient %d of %d", f.Subject(), index, len(to))
			}
			tries.Begin(f.Ordinal, index)
		}
	}
	for _, f := range receipts {
		var body pipeline.ReceiptBody
		if err := f.Decode(&body); err != nil {
			return nil, err
		}
		if _, known := ids[f.Ordinal]; !known {
			continue
		}
		for _, a := range body.Answers {
			tries.Answer(f.Ordinal, a.Index, a.State)
			answered[attempt{a.Index, f.Ordinal}] = a.Outcome
		}
	}
	out := make([]pipeline.Outcome, len(to))
	for i, a := range to {
		s := tries.Of(i)
		o, known := answered[attempt{i + 1, s.By}]
		if !known && s.Attempts > 0 {
			o.Reason = "no answer to the last attempt is on record"
		}
		out[i] = pipeline.Outcome{
			Address: a.Address, State: s.State, Reason: o.Reason, Reply: o.Reply, MessageID: ids[s.By], Attempts: s.Attempts, InDoubt: s.InDoubt, At: o.At,
		}
	}
	return out, nil
}
