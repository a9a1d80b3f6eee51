package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// TestShapes runs the scripts in testdata/shapes in every shape of the pipeline. They say the same for all.
func TestShapes(t *testing.T) {
	inEachShape(t, func(t *testing.T, deploy func(testing.TB, string) *running) {
		commands := maps.Clone(scriptCommands)
		maps.Copy(commands, map[string]func(*testscript.TestScript, bool, []string){
			"deploy":   deployed{deploy}.start,
			"shutdown": stopDeployed,
			"healthy":  healthy,
			"until":    until,
			"letters":  lettersScript,
			"reply":    replyScript,
			"soon":     soon,
		})
		testscript.Run(t, testscript.Params{
			Dir: "testdata/shapes", RequireExplicitExec: true, RequireUniqueNames: true, Cmds: commands,
			Setup: func(env *testscript.Env) error {
				env.Values["deployed"] = &deployment{t: env.T().(testing.TB)}
				return nil
			},
		})
	})
}

// deployment is what a script has deployed.
type deployment struct {
	t       testing.TB
	running *running
}

func deploymentOf(ts *testscript.TestScript) *deployment { return ts.Value("deployed").(*deployment) }

type deployed struct {
	deploy func(testing.TB, string) *running
}

// deploy DIR runs the pipeline over a working directory, anew after stop. NZL and GBR are then the directories that
// have these nations' lists and inboxes.
func (d deployed) start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: deploy DIR")
	}
	have := deploymentOf(ts)
	if have.running == nil {
		have.running = d.deploy(have.t, ts.MkAbs(args[0]))
	} else {
		have.running.start()
	}
	have.running.url() // people are let in
	for _, n := range []pipeline.Nation{pipeline.NZL, pipeline.GBR} {
		ts.Setenv(string(n), have.running.abode(n))
	}
}

// shutdown ends what runs as ctrl-c does, and finds nothing in its logs that may not be there; a wish to resend that is
// refused may. (The name stop is the script engine's own, which ends a script there and calls it passed.)
func stopDeployed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: shutdown")
	}
	printed, err := deploymentOf(ts).running.stop()
	ts.Check(err)
	for line := range strings.Lines(printed) {
		failed := strings.Contains(line, "level=ERROR") && !strings.Contains(line, "msg=parked worker=resend-")
		if failed || strings.Contains(line, "informant") || strings.Contains(line, "ermissions") {
			ts.Fatalf("it has printed %s", line)
		}
	}
}

// healthy wants every process to be ready, and to show its metrics.
func healthy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: healthy")
	}
	address := regexp.MustCompile(`health +http\S+`)
	for _, p := range deploymentOf(ts).running.processes {
		url := strings.Fields(p.says(deploymentOf(ts).t, address))[1]
		await(ts, func() (bool, string) {
			code, text := look(ts, url+"/readyz")
			return code == http.StatusOK, fmt.Sprintf("%v is not ready: %s", p.command.Args, text)
		})
		if code, text := look(ts, url+"/metrics"); code != http.StatusOK || !strings.Contains(text, "bulletin_ready 1") {
			ts.Fatalf("the metrics of %v: %d %s", p.command.Args, code, text)
		}
	}
}

func look(ts *testscript.TestScript, url string) (int, string) {
	answer, err := http.Get(url)
	ts.Check(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	ts.Check(err)
	return answer.StatusCode, string(text)
}

// until PATTERN VERB ARGS... runs a verb until what it prints matches.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until PATTERN VERB ARGS...")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	await(ts, func() (bool, string) {
		out, errs := inScript(ts, args[1:]...)
		return want.MatchString(out), fmt.Sprintf("bulletin %v never says %s, but\n%s%s", args[1:], want, out, errs)
	})
}

// inScript runs a verb in this process. The working directory is the script's.
func inScript(ts *testscript.TestScript, args ...string) (stdout, stderr string) {
	args = slices.Clone(args)
	if i := slices.Index(args, "--dir"); i >= 0 {
		args[i+1] = ts.MkAbs(args[i+1])
	}
	var out, errs bytes.Buffer
	run(args, &out, &errs)
	return out.String(), errs.String()
}

// letters DIR ADDRESS N FILE waits until N mails to somebody lie in the outbox, wants no more, and writes what they
// read into a file. Their key is keys/ADDRESS.sec.asc.
func lettersScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: letters DIR ADDRESS N FILE")
	}
	dir, address := ts.MkAbs(args[0]), args[1]
	want, err := strconv.Atoi(args[2])
	ts.Check(err)
	var files []string
	await(ts, func() (bool, string) {
		files, err = filepath.Glob(filepath.Join(dir, "outbox", address+".*.eml"))
		ts.Check(err)
		return len(files) >= want, fmt.Sprintf("%d mails of %d to %s", len(files), want, address)
	})
	if len(files) != want {
		ts.Fatalf("%d mails to %s, want %d", len(files), address, want)
	}
	secret, deskKey := []byte(ts.ReadFile("keys/"+address+".sec.asc")), ts.ReadFile(filepath.Join(dir, deskKeyFile))
	var text strings.Builder
	for _, f := range files {
		armored, err := armoredPart([]byte(ts.ReadFile(f)))
		ts.Check(err)
		inner, _, err := seal.Open(armored, secret, nil, deskKey, time.Now())
		ts.Check(err)
		if !bytes.Contains(inner, []byte("multipart/")) { // a notice
			text.Write(inner)
			continue
		}
		l := readLetter(deploymentOf(ts).t, f, inner)
		fmt.Fprintf(&text, "Subject: %s\n\n%s\n%s\n%s\n", l.subject, l.text, l.stix, l.csv)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(text.String()), 0o600))
}

// reply DIR NAME ID ADDRESS FILE writes the signed reply of a recipient who says that they have a bulletin, of whose
// number NAME may know.
func replyScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 5 {
		ts.Fatalf("usage: reply DIR NAME ID ADDRESS FILE")
	}
	out, errs := inScript(ts, "status", args[2], "--json", "--dir", args[0], "--as", args[1])
	var status desk.Status
	if err := json.Unmarshal([]byte(out), &status); err != nil || status.Number == "" {
		ts.Fatalf("%v %s%s", err, out, errs)
	}
	content := "Content-Type: text/plain\r\n\r\nWe have " + status.Number + ".\r\n"
	signature, err := seal.SignDetached([]byte(ts.ReadFile("keys/"+args[3]+".sec.asc")), nil, []byte(content), time.Now())
	ts.Check(err)
	mail := "From: somebody@x.example\r\nContent-Type: multipart/signed; boundary=s; protocol=\"application/pgp-signature\"; micalg=pgp-sha512\r\n\r\n" +
		"--s\r\n" + content + "\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n" + string(signature) + "\r\n--s--\r\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[4]), []byte(mail), 0o600))
}

// soon FILE IN writes, for the word SOON in a file, the time that is so far off.
func soon(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: soon FILE IN")
	}
	in, err := time.ParseDuration(args[1])
	ts.Check(err)
	at := time.Now().Add(in).UTC().Format(time.RFC3339)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(ts.ReadFile(args[0]), "SOON", at)), 0o600))
}
