package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"bulletin/configs"
	bmail "bulletin/pipeline/mail"
)

const (
	probeTime     = 10 * time.Second // for each thing outside this process
	lowSpace      = 4 << 30
	certificateBy = 14 * 24 * time.Hour
)

func checkDisk(dir string, config configs.Config) finding {
	store := filepath.Join(dir, config.Queue.Store)
	if _, err := os.Stat(store); err != nil {
		store = dir // not made yet
	}
	const do = "make room, or move the working directory to a larger disk: with a full one nothing is taken in and nothing is sent"
	if err := roomFor(store); err != nil {
		return fail("disk", err, do)
	}
	free, size, err := diskSpace(store)
	if err != nil {
		return fail("disk", err, do)
	}
	if free < lowSpace {
		return warn("disk", do, "%d MiB of %d MiB are free", free>>20, size>>20)
	}
	return well("disk", "%d GiB of %d GiB are free", free>>30, size>>30)
}

// checkClock compares with what is on record, and asks the system whether it follows a time server.
func checkClock(ctx context.Context, last, now time.Time) finding {
	const do = "set the clock and let it follow a time server (timedatectl set-ntp true)"
	if now.Before(last.Add(-clockSlack)) {
		return fail("clock", fmt.Errorf("it says %s, before the last fact on record (%s)", now.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339)), do)
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	says, err := exec.CommandContext(ctx, "timedatectl", "show", "--property=NTPSynchronized", "--value").Output()
	at := now.UTC().Format(time.RFC3339)
	switch strings.TrimSpace(string(says)) {
	case "yes":
		return well("clock", "%s, following a time server", at)
	case "no":
		return warn("clock", do, "%s, not following a time server", at)
	}
	if err == nil {
		err = errors.New("timedatectl does not say")
	}
	return well("clock", "%s; whether it follows a time server is not known (%v)", at, err)
}

// checkServer asks the running server how it is.
func checkServer(ctx context.Context, dir string, config configs.Config) finding {
	if config.Queue.URL != "" {
		if err := greets(ctx, config.Queue.URL); err != nil {
			return fail("nats", err, "is the NATS server running, and is queue.url its address?")
		}
	}
	var endpoint struct{ URL, Health string }
	data, err := os.ReadFile(filepath.Join(dir, endpointFile))
	if err == nil {
		err = json.Unmarshal(data, &endpoint)
	}
	switch _, paused := os.Stat(filepath.Join(dir, operatorFile)); {
	case errors.Is(err, os.ErrNotExist) && paused == nil:
		return warn("server", "wait; if it stays so, look at its log", "one is starting, ending, or pausing for a backup")
	case errors.Is(err, os.ErrNotExist):
		return warn("server", "start it: bulletin serve --dir "+dir, "none is running here")
	case err != nil:
		return fail("server", err, "start the server anew: it writes the file")
	}
	if err := greets(ctx, endpoint.URL); err != nil {
		return fail("server", fmt.Errorf("it has ended without a word, or hangs: %w", err), "look at its log; start it anew")
	}
	if endpoint.Health == "" {
		return well("server", "it answers at %s; its health is not to be seen (health.listen is empty)", endpoint.URL)
	}
	if err := askReady(ctx, endpoint.Health); err != nil {
		return fail("server", err, "look at its log")
	}
	return well("server", "it is ready, at %s; health at %s", endpoint.URL, endpoint.Health)
}

// greets waits for the greeting of a NATS server; of several of one cluster, one is enough.
func greets(ctx context.Context, addresses string) error {
	var errs []error
	for address := range strings.SplitSeq(addresses, ",") {
		err := greetsAt(ctx, strings.TrimSpace(address))
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func greetsAt(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%q is no URL of a NATS server", address)
	}
	conn, err := (&net.Dialer{Timeout: probeTime}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return fmt.Errorf("NATS at %s: %w", u.Host, err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(probeTime))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "INFO ") {
		return fmt.Errorf("what answers at %s is no NATS server", u.Host)
	}
	return nil
}

func askReady(ctx context.Context, health string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", health+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil || answer.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("it is not ready: %s", strings.TrimSpace(string(body))), err)
	}
	return nil
}

// checkRelay connects as deliver does, or looks whether the outbox can be written.
func checkRelay(ctx context.Context, dir string, config configs.Config, now time.Time) finding {
	if config.Relay.Address == "" {
		return checkOutbox(filepath.Join(dir, config.Relay.Outbox))
	}
	config.Relay.Timeout = min(config.Relay.Timeout, probeTime)
	const do = "look at relay in configs/bulletin.yaml, and ask who runs the relay; mail waits meanwhile, and is not lost"
	untried, from := "", config.Desk.Address
	if _, err := relayPassword(dir); config.Relay.User != "" && errors.Is(err, os.ErrNotExist) { // the service's credential
		config.Relay.User, config.Relay.TLS, from, untried = "", configs.TLSAlways, "", "; its password is not here, and was not tried"
	}
	relay, err := newRelay(dir, config.Relay)
	if err != nil {
		return fail("relay", err, do)
	}
	defer relay.Close()
	ctx, cancel := context.WithTimeout(ctx, 2*probeTime)
	defer cancel()
	p, err := relay.Probe(ctx, from)
	if err != nil {
		return fail("relay", err, relayAdvice(err, do))
	}
	if !p.TLS {
		return well("relay", "%s answers; without TLS, as it is on this machine", config.Relay.Address)
	}
	if p.CertificateEnds.Before(now.Add(certificateBy)) {
		return warn("relay", "tell who runs the relay: mail stops when it ends", "%s answers; its certificate ends on %s%s", config.Relay.Address, p.CertificateEnds.UTC().Format(time.DateOnly), untried)
	}
	return well("relay", "%s answers, with TLS; its certificate ends on %s%s", config.Relay.Address, p.CertificateEnds.UTC().Format(time.DateOnly), untried)
}

func relayAdvice(err error, otherwise string) string {
	var fault *bmail.DeliveryError
	if !errors.As(err, &fault) {
		return otherwise
	}
	switch fault.Stage {
	case bmail.StageTLS:
		return "the relay must offer STARTTLS with a certificate for its name that this machine trusts"
	case bmail.StageAuth:
		return "look at relay.user and secrets/relay.password"
	case bmail.StageMail:
		return "the relay takes no mail from this desk: look at desk.address and relay.user, and ask who runs the relay to allow it; mail waits meanwhile"
	}
	return otherwise
}

func checkOutbox(outbox string) finding {
	if _, err := os.Stat(outbox); errors.Is(err, os.ErrNotExist) {
		return well("relay", "none is configured: mail will be written to %s, to be carried by hand", outbox)
	}
	waiting, err := filesIn(outbox, ".eml")
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(outbox, ".new-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return fail("relay", fmt.Errorf("the outbox: %w", err), "let the server's user read and write there")
	}
	return well("relay", "none is configured: %d mails lie in %s, to be carried by hand", len(waiting), outbox)
}
