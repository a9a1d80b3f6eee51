package edition

import (
	"embed"
	"fmt"
	"sync"
	"time"

	"bulletin/pipeline"
)

//go:embed zones/*.tzif
var zoneFiles embed.FS

// LocalTime is a moment on the clocks of one nation's capital.
type LocalTime struct {
	Nation pipeline.Nation
	Place  string
	Time   time.Time // in the place's zone
}

type capital struct {
	nation pipeline.Nation
	place  string
	zone   *time.Location
}

// capitals reads the embedded zones once. It does not use time.LoadLocation, which prefers the machine's own
// zone data: the same edition would read differently there.
var capitals = sync.OnceValue(func() []capital {
	out := []capital{
		{nation: pipeline.AUS, place: "Canberra"}, {nation: pipeline.CAN, place: "Ottawa"},
		{nation: pipeline.GBR, place: "London"}, {nation: pipeline.NZL, place: "Wellington"},
		{nation: pipeline.USA, place: "Washington"},
	}
	for i, file := range []string{"Sydney", "Toronto", "London", "Auckland", "New_York"} {
		data, err := zoneFiles.ReadFile("zones/" + file + ".tzif")
		if err == nil {
			out[i].zone, err = time.LoadLocationFromTZData(file, data)
		}
		if err != nil {
			panic(fmt.Sprintf("edition: time zone of %s: %v", out[i].place, err)) // embedded: a bug
		}
	}
	return out
})

// EmbargoHolds says, before the embargo's time, what it means to the reader. Who reads a released edition reads it
// after the embargo has ended: a bulletin is held back until then.
func (e Edition) EmbargoHolds() string {
	if e.Released.IsZero() {
		return "held back until"
	}
	return "ended"
}

// LocalTimes returns t on the clocks of the five capitals, daylight saving of that date included.
func LocalTimes(t time.Time) []LocalTime {
	var out []LocalTime
	for _, c := range capitals() {
		out = append(out, LocalTime{Nation: c.nation, Place: c.place, Time: t.In(c.zone)})
	}
	return out
}

// Local returns t on the clock of the nation that the edition is for: its capital's, where it has several zones.
func (e Edition) Local(t time.Time) LocalTime {
	for _, l := range LocalTimes(t) {
		if l.Nation == e.Nation {
			return l
		}
	}
	return LocalTime{Nation: e.Nation, Place: "UTC", Time: t.UTC()}
}

// String is the moment in full, with the name of the time and its offset, as daylight saving moves them, and the place
// that it is the time of: "23 November 2026 03:00 NZDT (UTC+13:00, Wellington)".
func (l LocalTime) String() string {
	return l.Time.Format("2 January 2006 15:04 MST (UTC-07:00, ") + l.Place + ")"
}

// Stamp is a moment as UTC: "22 November 2026 14:00 UTC".
func Stamp(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") }
