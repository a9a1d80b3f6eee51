package desk

import (
	"fmt"
	"testing"

	"bulletin/pipeline"
)

// TestCausesAreFew: of few everyone is named; of many some for each reason, and a relay that names whom it refuses gives
// all the same one.
func TestCausesAreFew(t *testing.T) {
	var list []pipeline.Unreachable
	add := func(n int, reason func(address string) string) {
		for range n {
			address := fmt.Sprintf("%05d@x.example", len(list))
			list = append(list, pipeline.Unreachable{Address: address, Reason: reason(address)})
		}
	}
	same := func(reason string) func(string) string { return func(string) string { return reason } }
	add(3, same("no key"))
	add(2, same("the key expired"))
	if got := causesOf(list); len(got) != 2 || len(got[0].First) != 3 || got[0].Reason != "no key" || got[1].Recipients != 2 {
		t.Errorf("of few: %+v", got)
	}
	add(1000, func(address string) string { return "550 <" + address + "> unknown" })
	if got := causesOf(list); len(got) != 3 || got[0].Reason != "550 <…> unknown" || got[0].Recipients != 1000 || len(got[0].First) != firstFew {
		t.Errorf("of many: %+v", got)
	}
	for i := range 50 {
		add(1, same(fmt.Sprintf("another reason %02d", i)))
	}
	got := causesOf(list)
	last, sum := got[len(got)-1], 0
	for _, c := range got {
		sum += c.Recipients
	}
	if len(got) != fewCauses+1 || last.Reason != others || sum != len(list) || len(last.First) != firstFew || len(causesOf(nil)) != 0 {
		t.Errorf("for many reasons: %d of %d recipients, %+v", sum, len(list), got)
	}
	var still []parkedRecipient
	for _, u := range list {
		still = append(still, parkedOf(u.Address, u.Reason))
	}
	named, more := stillFew(pipeline.Ref{}, pipeline.NZL, still), 0
	for _, s := range named {
		more += s.More
	}
	if len(named) > (fewCauses+1)*firstFew || len(named)+more != len(list) {
		t.Errorf("%d are named, and %d more, of %d", len(named), more, len(list))
	}
}
