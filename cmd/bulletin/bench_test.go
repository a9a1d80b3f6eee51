package main

import (
	"bytes"
	"encoding/json"
	"testing"
)

// The rows stand in their order, and mails have the size that was asked for, within two in a hundred.
func TestBenchMeasuresWhatItSays(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run([]string{"bench", "--recipients", "20", "--size", "120000", "--json"}, &stdout, &stderr); code != exitDone {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	var got struct{ Rows []benchRow }
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || len(got.Rows) != 3 {
		t.Fatalf("%v: %s", err, &stdout)
	}
	for i, r := range got.Rows {
		if r.Recipients != 20 || r.MailsPerSecond <= 0 || r.Seconds <= 0 || r.WireBytes < 117600 || r.WireBytes > 122400 {
			t.Errorf("row %d: %+v", i, r)
		}
	}
	if got.Rows[0].FirstMail <= 0 {
		t.Errorf("the first mail was accepted before the approval: %+v", got.Rows[0])
	}
}

func TestBenchRefusesWhatItCannotMeasure(t *testing.T) {
	for _, args := range [][]string{{"--recipients", "0"}, {"--size", "-1"}, {"--smtp", "nowhere"}, {"--size", "99999999999"}} {
		var stdout, stderr bytes.Buffer
		if code := run(append([]string{"bench"}, args...), &stdout, &stderr); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%v: exit %d: %s", args, code, &stderr)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"bench", "--recipients", "1", "--size", "2000"}, &stdout, &stderr); code != exitRefused {
		t.Errorf("a mail of 2,000 octets: exit %d: %s", code, &stderr)
	}
}
