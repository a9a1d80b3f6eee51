package configs

import (
	"os"
	"runtime"
	"runtime/pprof"
	"testing"
	"time"

	"bulletin/pipeline"
)

func TestZZLoad(t *testing.T) {
	dir := os.Getenv("LOAD_DIR")
	if dir == "" {
		t.Skip()
	}
	var m runtime.MemStats
	f, _ := os.Create("/tmp/wt/x/cpu.prof")
	pprof.StartCPUProfile(f)
	t0 := time.Now()
	l := NewLists(dir)
	roll, err := l.Recipients(pipeline.NZL)
	must(t, err)
	t1 := time.Now()
	for _, r := range roll.All() {
		l.Fitness(r, t1)
	}
	t2 := time.Now()
	pprof.StopCPUProfile()
	f.Close()
	runtime.ReadMemStats(&m)
	t.Logf("load %v fitness %v; total alloc %d MB, sys %d MB, heap sys %d", t1.Sub(t0), t2.Sub(t1), m.TotalAlloc>>20, m.Sys>>20, m.HeapSys>>20)
	runtime.GC()
	runtime.ReadMemStats(&m)
	t.Logf("live %d MB", m.HeapAlloc>>20)
	h, _ := os.Create("/tmp/wt/x/heap.prof")
	pprof.WriteHeapProfile(h)
	h.Close()
	runtime.KeepAlive(l)
}
