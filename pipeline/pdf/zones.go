package pdf

import (
	"embed"
	"fmt"
	"time"

	"bulletin/pipeline"
)

//go:embed zones/*.tzif
var zoneFiles embed.FS

// A zone is the local time of one nation's capital.
type zone struct {
	nation pipeline.Nation
	city   string
	loc    *time.Location
}

// loadZones reads the embedded zone files. It does not use time.LoadLocation, which prefers the
// machine's own zone data: the same edition would be drawn differently there.
func loadZones() ([]zone, error) {
	zones := []zone{
		{nation: pipeline.AUS, city: "Canberra"},
		{nation: pipeline.CAN, city: "Ottawa"},
		{nation: pipeline.GBR, city: "London"},
		{nation: pipeline.NZL, city: "Wellington"},
		{nation: pipeline.USA, city: "Washington"},
	}
	files := []string{"Sydney", "Toronto", "London", "Auckland", "New_York"}
	for i := range zones {
		b, err := zoneFiles.ReadFile("zones/" + files[i] + ".tzif")
		if err != nil {
			return nil, fmt.Errorf("zone of %s: %w", zones[i].city, err)
		}
		if zones[i].loc, err = time.LoadLocationFromTZData(files[i], b); err != nil {
			return nil, fmt.Errorf("zone of %s: %w", zones[i].city, err)
		}
	}
	return zones, nil
}

// utc writes a moment as it stands in the date line.
func utc(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") }

// local writes a moment as a clock on the wall there shows it, with its offset, so that nobody
// has to know whether daylight saving is in force.
func (z zone) local(t time.Time) string { return t.In(z.loc).Format("2 Jan 15:04 -07:00") }
