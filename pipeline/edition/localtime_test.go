package edition

import (
	"testing"
	"time"

	"bulletin/pipeline"
)

// A minute before each change of the clocks in 2026, and at it: where digests went wrong by an hour.
func TestReadersClockOnBothSidesOfEachChange(t *testing.T) {
	for _, c := range []struct {
		nation       pipeline.Nation
		at           string
		before, then string
	}{
		{pipeline.AUS, "2026-04-04T16:00:00Z", "5 April 2026 02:59 AEDT (UTC+11:00, Canberra)", "5 April 2026 02:00 AEST (UTC+10:00, Canberra)"},
		{pipeline.AUS, "2026-10-03T16:00:00Z", "4 October 2026 01:59 AEST (UTC+10:00, Canberra)", "4 October 2026 03:00 AEDT (UTC+11:00, Canberra)"},
		{pipeline.CAN, "2026-03-08T07:00:00Z", "8 March 2026 01:59 EST (UTC-05:00, Ottawa)", "8 March 2026 03:00 EDT (UTC-04:00, Ottawa)"},
		{pipeline.CAN, "2026-11-01T06:00:00Z", "1 November 2026 01:59 EDT (UTC-04:00, Ottawa)", "1 November 2026 01:00 EST (UTC-05:00, Ottawa)"},
		{pipeline.GBR, "2026-03-29T01:00:00Z", "29 March 2026 00:59 GMT (UTC+00:00, London)", "29 March 2026 02:00 BST (UTC+01:00, London)"},
		{pipeline.GBR, "2026-10-25T01:00:00Z", "25 October 2026 01:59 BST (UTC+01:00, London)", "25 October 2026 01:00 GMT (UTC+00:00, London)"},
		{pipeline.NZL, "2026-04-04T14:00:00Z", "5 April 2026 02:59 NZDT (UTC+13:00, Wellington)", "5 April 2026 02:00 NZST (UTC+12:00, Wellington)"},
		{pipeline.NZL, "2026-09-26T14:00:00Z", "27 September 2026 01:59 NZST (UTC+12:00, Wellington)", "27 September 2026 03:00 NZDT (UTC+13:00, Wellington)"},
		{pipeline.USA, "2026-03-08T07:00:00Z", "8 March 2026 01:59 EST (UTC-05:00, Washington)", "8 March 2026 03:00 EDT (UTC-04:00, Washington)"},
		{pipeline.USA, "2026-11-01T06:00:00Z", "1 November 2026 01:59 EDT (UTC-04:00, Washington)", "1 November 2026 01:00 EST (UTC-05:00, Washington)"},
		// The rule goes on beyond the tables of the zone files, which end in 2037; and the year is the reader's own.
		{pipeline.NZL, "2061-09-24T14:00:00Z", "25 September 2061 01:59 NZST (UTC+12:00, Wellington)", "25 September 2061 03:00 NZDT (UTC+13:00, Wellington)"},
		{pipeline.NZL, "2026-12-31T11:00:00Z", "31 December 2026 23:59 NZDT (UTC+13:00, Wellington)", "1 January 2027 00:00 NZDT (UTC+13:00, Wellington)"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		e := Edition{Nation: c.nation}
		if got := e.Local(at.Add(-time.Minute)).String(); got != c.before {
			t.Errorf("a minute before %s: %s, want %s", c.at, got, c.before)
		}
		if got := e.Local(at).String(); got != c.then {
			t.Errorf("at %s: %s, want %s", c.at, got, c.then)
		}
	}
}
