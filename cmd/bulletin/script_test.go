package main

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"bulletin/pipeline/queue/natstest"
)

func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "5") // those that run in parallel, the torture tests, wait more than they work
	testscript.Main(m, map[string]func(){
		"bulletin": func() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) },
		"peak":     printPeak,
		"relay":    relayMain,
		"nats":     func() { natstest.Main(os.Args[1]) },
	})
}

// TestScripts runs the verbs as their users do. The scripts are in testdata/script, one subject each.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                scriptCommands,
	})
}

// scriptCommands are what scripts can do besides.
var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"exitcode": exitCode,
	"bigfile":  bigFile,
	"garbage":  garbage,
	"deskdir":  deskDirScript,
	"serving":  serving,
	"lastid":   lastID,
	"mails":    mails,
	"awaits":   awaits,
	"cut":      truncate,
}

// exitcode N ARGS... runs bulletin and wants that exit code; never a stack trace.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	stdout, err := os.Create(ts.MkAbs("stdout.txt"))
	ts.Check(err)
	defer stdout.Close()
	stderr, err := os.Create(ts.MkAbs("stderr.txt"))
	ts.Check(err)
	defer stderr.Close()
	// In the script's directory, which the process shares with nobody: files are named whole.
	for i, a := range args[1:] {
		if _, err := os.Stat(ts.MkAbs(a)); err == nil {
			args[i+1] = ts.MkAbs(a)
		}
	}
	if got := run(args[1:], stdout, stderr); got != want {
		text, _ := os.ReadFile(stderr.Name())
		ts.Fatalf("bulletin %v: exit %d, want %d\n%s", args[1:], got, want, text)
	}
}

// bigfile NAME BYTES makes a sparse file.
func bigFile(ts *testscript.TestScript, neg bool, args []string) {
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(f.Truncate(size))
	ts.Check(f.Close())
}

// garbage NAME writes bytes that are not UTF-8 behind valid front matter.
func garbage(ts *testscript.TestScript, neg bool, args []string) {
	text := "---\ntitle: T\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [NZL]\n---\n\nSome text \xff\xfe here.\n"
	ts.Check(os.WriteFile(filepath.Clean(ts.MkAbs(args[0])), []byte(text), 0o600))
}

// awaits FILE waits until a file is there that another program writes.
func awaits(ts *testscript.TestScript, neg bool, args []string) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%s did not come", args[0])
		}
	}
}

// cut FILE N takes the last N octets off a file.
func truncate(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()-n))
}
