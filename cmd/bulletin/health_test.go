package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline/mail"
)

// samplePNG is a picture of one dot.
func samplePNG() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		panic(err) // in memory
	}
	return b.Bytes()
}

// healthOf is the URL that the running server wrote down.
func healthOf(t *testing.T, dir string) string {
	t.Helper()
	return eventually(t, func() (string, error) {
		var endpoint struct{ URL, Health string }
		data, err := os.ReadFile(filepath.Join(dir, endpointFile))
		if err == nil {
			err = json.Unmarshal(data, &endpoint)
		}
		if err == nil && (endpoint.Health == "" || endpoint.URL == "") {
			err = errors.New("no health")
		}
		return endpoint.Health, err
	})
}

func get(t *testing.T, url, accept string) (int, string) {
	t.Helper()
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", accept)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(b)
}

// TestHealthFollowsTheServer sees a server ready, paused, ready again, and gone.
func TestHealthFollowsTheServer(t *testing.T) {
	dir, sign, seeds := deskDir(t, 2)
	_, stop := startServe(t, dir)
	url := healthOf(t, dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	isReady := func() {
		t.Helper()
		eventually(t, func() (struct{}, error) {
			if code, body := get(t, url+"/readyz", ""); code != 200 || !strings.Contains(body, "queue ok") || !strings.Contains(body, "desk ok") ||
				!strings.Contains(body, "store ok") || !strings.Contains(body, "record ok") {
				return struct{}{}, fmt.Errorf("%d %s", code, body)
			}
			return struct{}{}, nil
		})
	}
	isReady()
	ref := released(ctx, t, dir, seeds, sign, "One")
	reaches(ctx, t, as(t, dir, seeds, sign, "moana"), ref.ID, delivered)
	counted := func(line string) {
		t.Helper()
		eventually(t, func() (struct{}, error) {
			if _, body := get(t, url+"/metrics", ""); !strings.Contains(body, line) {
				return struct{}{}, fmt.Errorf("no %s in\n%s", line, body)
			}
			return struct{}{}, nil
		})
	}
	counted(`bulletin_deliveries{nation="NZL",outcome="sent"} 2`)
	counted(`bulletin_facts_total{stage="settled"} 2`)

	resume, err := askPause(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	if code, body := get(t, url+"/readyz", "application/json"); code != 503 || !strings.Contains(body, pausing) || !json.Valid([]byte(body)) {
		t.Errorf("while paused: %d %s", code, body)
	}
	if code, body := get(t, url+"/healthz", ""); code != 200 {
		t.Errorf("while paused: %d %s", code, body)
	}
	if _, body := get(t, url+"/metrics", ""); !strings.Contains(body, "bulletin_ready 0") {
		t.Errorf("while paused: %s", body)
	}
	resume()
	isReady()
	counted(`bulletin_deliveries{nation="NZL",outcome="sent"} 2`) // not four: what was read is not read again
	for path, want := range map[string]int{"/": 404, "/debug/pprof/": 404, "/metrics/x": 404} {
		if code, _ := get(t, url+path, ""); code != want {
			t.Errorf("%s: %d", path, code)
		}
	}
	if _, err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
		t.Error("its health is still there")
	}
}

// TestHealthAddressIsRefused tries addresses that are taken, or that others could reach: nothing is served.
func TestHealthAddressIsRefused(t *testing.T) {
	dir, _, _ := deskDir(t, 1)
	sink, err := mail.NewSink(mail.SinkConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	for listen, want := range map[string]string{
		sink.Addr():           "address already in use",
		"0.0.0.0:0":           "bulletin.yaml:2:11: 0.0.0.0:0 can be reached from other machines",
		":9464":               "can be reached from other machines",
		"192.0.2.1:9464":      "can be reached from other machines",
		"police.example:9464": "can be reached from other machines",
		"127.0.0.1":           "missing port",
	} {
		text := "health:\n  listen: \"" + listen + "\"\n"
		if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		if code := run([]string{"serve", "--dir", dir}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), want) || !strings.Contains(stderr.String(), "hint: ") {
			t.Errorf("%s: exit %d\n%s", listen, code, &stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "store")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a server that was refused has made its store: %v", err)
	}
}

// TestReadinessNamesWhatIsWrong asks a server whose parts fail.
func TestReadinessNamesWhatIsWrong(t *testing.T) {
	h := &health{why: "starting"}
	if c := h.checks(t.Context()); ready(c) || c[0].Detail != "starting" {
		t.Errorf("%+v", c)
	}
	var w recordWatch
	now := time.Now()
	for i, c := range []struct {
		after time.Duration
		lag   uint64
		ok    bool
	}{{0, 5, true}, {29 * time.Second, 5, true}, {31 * time.Second, 6, false}, {32 * time.Second, 4, true}, {70 * time.Second, 4, false}, {71 * time.Second, 0, true}} {
		if err := w.keepsUp(c.lag, now.Add(c.after)); (err == nil) != c.ok {
			t.Errorf("%d: %v", i, err)
		}
	}
	if err := roomFor(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a store that is not there has room")
	}
	for want, fault := range map[string]error{
		"the relay refuses the desk, not this mail alone, at mail": &mail.DeliveryError{Stage: mail.StageMail, Code: 550, Line: "550 5.7.1 not you", Temporary: true},
		"": &mail.DeliveryError{Stage: mail.StageConnect, Temporary: true, Err: errors.New("connection refused")}, // passes by itself
	} {
		if err := relayRefuses(fault); (err == nil) != (want == "") || err != nil && !strings.Contains(discreetError(err), want) {
			t.Errorf("%v: %v", fault, err)
		}
	}
	if err := relayRefuses(nil); err != nil {
		t.Error(err)
	}
}

// TestRelayThatRefusesTheDeskIsSeen asks doctor and /readyz about a relay that takes no mail from the desk.
func TestRelayThatRefusesTheDeskIsSeen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "220 relay\r\n")
			said := bufio.NewScanner(c)
			for said.Scan() {
				answer := "250 ok"
				if strings.HasPrefix(said.Text(), "MAIL") {
					answer = "550 5.7.1 sender not allowed"
				}
				io.WriteString(c, answer+"\r\n")
			}
			c.Close()
		}
	}()
	config := configs.Default()
	config.Desk.Address, config.Relay.Address, config.Relay.Hello = "desk@bulletin.example", l.Addr().String(), "localhost"
	f := checkRelay(t.Context(), t.TempDir(), config, time.Now())
	if f.State != "fail" || !strings.Contains(f.Detail, "550 5.7.1 sender not allowed") || !strings.Contains(f.Do, "takes no mail from this desk") {
		t.Errorf("%+v", f)
	}
	relay, err := newRelay(t.TempDir(), config.Relay)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { relay.Close() })
	if relay.Fault() != nil {
		t.Error("it is not well before any mail was tried")
	}
	m := mail.Message{Head: []byte("Subject: x\r\n\r\n"), Body: []byte("x\r\n"), Foot: []byte("x\r\n")}
	if _, err := relay.Send(t.Context(), config.Desk.Address, "officer@police.example", m); err == nil {
		t.Fatal("sent")
	}
	if err := relayRefuses(relay.Fault()); err == nil || !strings.Contains(discreetError(err), "the relay refuses the desk") {
		t.Errorf("after it refused a mail: %v", err)
	}
}
