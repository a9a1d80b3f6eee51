package queue

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
)

// allDone is what the workers of the tests of kills leave on record.
var allDone = map[pipeline.Name]int{pipeline.Marked: 10, pipeline.Parked: 1}

// killRun runs a worker until the step has been passed so many times, or all is done.
func killRun(t fataler, q *Queue, from Positions, w worker, step string, passes int) {
	t.Helper()
	var passed atomic.Int64
	q.step = func(s, _ string) error {
		if s == step && passed.Add(1) > int64(passes) {
			return errAbandoned
		}
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var watching sync.WaitGroup
	watching.Go(func() {
		defer cancel()
		_, _ = collectFacts(ctx, q, from, allDone) // all done, or abandoned
	})
	if err := q.Run(ctx, w); err != nil && !errors.Is(err, errAbandoned) {
		t.Fatalf("run: %v", err)
	}
	cancel()
	watching.Wait()
}

// A run is abandoned at some step, again and again, each time followed by another over the same
// store, sometimes with the server restarted. In the end every fact is there once.
func TestKilledAtEachStep(t *testing.T) {
	steps := []string{stepFetched, stepWorked, stepPublished, stepParked, stepAcked}
	c := settings(t.TempDir())
	c.Retries.AckWait = 30 * time.Millisecond
	q := openQueue(t, c)
	defer func() { must(t, q.Close()) }()
	rapid.Check(t, func(t *rapid.T) {
		refs := []pipeline.Ref{newRef(), newRef(), newRef()}
		_, last, err := q.Facts(context.Background(), "bulletin.>")
		must(t, err)
		from := Positions{StreamFacts: last}
		for i, r := range refs {
			must(t, q.Publish(context.Background(), fact(t, pipeline.Approved, r, i)))
		}
		w := worker{name: "mark", consumes: "bulletin.*.*.approved", work: func(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
			if in.Ref == refs[1] {
				return nil, &pipeline.Permanent{Reason: "no"}
			}
			return fiveMarked(ctx, in)
		}}
		for range rapid.IntRange(1, 3).Draw(t, "kills") {
			killRun(t, q, from, w, rapid.SampledFrom(steps).Draw(t, "step"), rapid.IntRange(0, 4).Draw(t, "passes"))
			if rapid.IntRange(0, 4).Draw(t, "restart") == 0 {
				must(t, q.Close())
				q = openQueue(t, c)
			}
		}
		q.step = nil
		stop := running(q, w)
		if _, err := collectFacts(context.Background(), q, from, allDone); err != nil {
			t.Fatalf("%v", err)
		}
		must(t, stop())
		var all []pipeline.Fact
		for _, r := range refs {
			all = append(all, factsOf(t, q, fmt.Sprintf("bulletin.%s.>", r.ID))...)
		}
		onceEach(t, all, 3+10+1)
	})
}

// killDir names the store of a child process; the test binary is then a runner and nothing else.
const killDir = "BULLETIN_TEST_KILL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		runUntilKilled(dir)
		return
	}
	os.Exit(m.Run())
}

// markAndRender are two workers, the second of which consumes what the first publishes.
func markAndRender(q *Queue) []pipeline.Worker {
	return []pipeline.Worker{
		worker{name: "mark", consumes: "bulletin.*.*.approved", work: fiveMarked},
		worker{name: "render", consumes: "bulletin.*.*.marked.*", work: func(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
			if _, err := q.Put(ctx, []byte(in.Subject())); err != nil {
				return nil, err
			}
			in.Name, in.By = pipeline.Rendered, "render"
			return []pipeline.Fact{in}, nil
		}},
	}
}

// runUntilKilled writes a line for each step to standard output.
func runUntilKilled(dir string) {
	q, err := Open(context.Background(), settings(dir))
	if err == nil {
		q.step = func(step, subject string) error {
			_, err := fmt.Println(step, subject)
			return err
		}
		err = q.Run(context.Background(), markAndRender(q)...)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// A process is killed with SIGKILL at random steps, again and again. In the end every fact is there
// once, and no document is missing.
func TestKill9(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	q := openQueue(t, settings(dir))
	const bulletins = 30
	for i := range bulletins {
		must(t, q.Publish(ctx, fact(t, pipeline.Approved, newRef(), i)))
	}
	must(t, q.Close())
	for range 8 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), killDir+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		lines := bufio.NewScanner(out)
		for range 1 + rand.IntN(60) {
			if !lines.Scan() {
				t.Fatal("the child ended by itself")
			}
		}
		must(t, child.Process.Kill())
		if err := child.Wait(); err == nil {
			t.Fatal("the child was not killed")
		}
	}
	q = openQueue(t, settings(dir))
	defer q.Close()
	stop := running(q, markAndRender(q)...)
	await(t, q, pipeline.Rendered, 5*bulletins)
	must(t, stop())
	onceEach(t, factsOf(t, q, "bulletin.>"), bulletins*(1+5+5))
	for _, f := range factsOf(t, q, "bulletin.*.*.marked.>") {
		_, err := q.Get(ctx, pipeline.DigestOf([]byte(f.Subject())))
		must(t, err)
	}
}
