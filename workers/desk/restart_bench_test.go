package desk

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/workers/metrics"
)

// BenchmarkRestart has a server that begins read what became of fifty thousand recipients, for its board and its metrics.
func BenchmarkRestart(b *testing.B) {
	const listed = 50_000
	q, err := queue.Open(ctx, queue.Config{Dir: b.TempDir(), StoreKey: bytes.Repeat([]byte("k"), 64), Clock: func() time.Time { return testTime }})
	must(b, err)
	defer func() { must(b, q.Close()) }()
	written := q.Receipts()
	large(b, q, pipeline.Ref{ID: "baaaaaaaaaaaa", Revision: 1}, listed, func(f pipeline.Fact) { must(b, written.Publish(f)) })
	must(b, written.Flush(ctx))
	last, err := q.Last(ctx)
	must(b, err)
	began := userTime()
	for b.Loop() {
		board, facts := &Board{Documents: q}, metrics.NewProjection()
		must(b, readAll(q, last, func(e queue.Entry) error {
			facts.Apply(e)
			return errors.Join(e.Err, board.Apply(ctx, e.Fact))
		}))
		if s, _ := board.Status(ctx, "baaaaaaaaaaaa"); s.Nations[0].Sent != listed-listed/1000 {
			b.Fatalf("%+v", s)
		}
	}
	b.ReportMetric(float64((userTime()-began).Microseconds())/float64(b.N*listed), "user-µs/recipient")
}

// readAll follows all streams as far as they go.
func readAll(q *queue.Queue, last queue.Positions, each func(queue.Entry) error) error {
	read, whole := queue.Positions{}, errors.New("whole")
	err := q.Follow(ctx, queue.Streams(), nil, func(e queue.Entry) error {
		if err := each(e); err != nil {
			return err
		}
		if read[e.Stream] = e.Seq; read.Lag(last, queue.Streams()...) == 0 {
			return whole
		}
		return nil
	})
	if errors.Is(err, whole) {
		return nil
	}
	return err
}

// userTime is the processor time that this process has taken by itself; 0 if the system doesn't say.
func userTime() (t time.Duration) {
	stat, _ := os.ReadFile("/proc/self/stat")
	_, fields, _ := bytes.Cut(stat, []byte(") ")) // behind the program's name
	if f := bytes.Fields(fields); len(f) > 11 {
		fmt.Sscan(string(f[11]), &t) // utime of proc(5), in hundredths of a second
	}
	return t * 10 * time.Millisecond
}
