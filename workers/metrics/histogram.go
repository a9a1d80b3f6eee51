package metrics

import "time"

// bounds of the times that stages take: machines take seconds, people hours and days.
var bounds = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute,
	time.Hour, 4 * time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour,
}

type histogram struct {
	count   uint64
	sum     float64
	buckets map[float64]uint64 // cumulative, by upper bound in seconds
}

func newHistogram() *histogram {
	h := &histogram{buckets: map[float64]uint64{}}
	for _, b := range bounds {
		h.buckets[b.Seconds()] = 0
	}
	return h
}

func (h *histogram) add(d time.Duration) {
	h.count++
	h.sum += d.Seconds()
	for _, b := range bounds {
		if d <= b {
			h.buckets[b.Seconds()]++
		}
	}
}
