package edition

import (
	"fmt"
	"time"
	_ "time/tzdata" // a machine without time zones still prints the right hour

	"bulletin/pipeline"
)

// LocalTime is a moment on the clocks of one nation's capital.
type LocalTime struct {
	Nation pipeline.Nation
	Place  string
	Time   time.Time // in the place's zone
}

// LocalTimes returns t on the clocks of the five capitals, daylight saving of that date included.
func LocalTimes(t time.Time) []LocalTime {
	places := []struct {
		nation      pipeline.Nation
		place, zone string
	}{
		{pipeline.AUS, "Canberra", "Australia/Sydney"},
		{pipeline.CAN, "Ottawa", "America/Toronto"},
		{pipeline.GBR, "London", "Europe/London"},
		{pipeline.NZL, "Wellington", "Pacific/Auckland"},
		{pipeline.USA, "Washington", "America/New_York"},
	}
	out := make([]LocalTime, len(places))
	for i, p := range places {
		zone, err := time.LoadLocation(p.zone)
		if err != nil {
			panic(fmt.Sprintf("edition: time zone %s: %v", p.zone, err)) // embedded by time/tzdata
		}
		out[i] = LocalTime{Nation: p.nation, Place: p.place, Time: t.In(zone)}
	}
	return out
}
