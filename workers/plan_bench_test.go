package workers

import (
	"fmt"
	"testing"

	"bulletin/pipeline"
)

// BenchmarkPlanFor plans an edition for a hundred thousand.
func BenchmarkPlanFor(b *testing.B) {
	list := make([]pipeline.Recipient, 100_000)
	for i := range list {
		list[i] = recipient(pipeline.NZL, fmt.Sprintf("r%d@x.example", i))
		list[i].MaxMarking = "UNCLASSIFIED//LES"
	}
	e := testEdition(pipeline.NZL)
	b.ReportAllocs()
	for b.Loop() {
		if fit, _, _ := PlanFor(e, list, anyKey); len(fit) != len(list) {
			b.Fatal(len(fit))
		}
	}
}
