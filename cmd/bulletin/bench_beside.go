package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"bulletin/pipeline/seal"
)

const (
	notInstalled = "not installed"

	gnupgMails  = 20
	sourceMails = 5_000
	sessions    = 16 // of smtp-source, and of the relay beside it
)

// missing is a row for what is not on this machine.
func missing(name string) benchRow { return benchRow{Name: name, Skipped: notInstalled} }

// intoSink compares the whole path with Postfix's smtp-source, which seals nothing, into the same relay: the one that
// was named, or Postfix's smtp-sink.
func (b *bench) intoSink(ctx context.Context) ([]benchRow, error) {
	const source, whole = "smtp-source -d -s 16", "the whole path, 16 connections"
	to, at := b.smtp, ", into "+b.smtp
	if _, err := exec.LookPath("smtp-source"); err != nil {
		return []benchRow{missing(source)}, nil
	}
	b.progress("the whole path and smtp-source, in turns")
	if to == "" {
		at = ", into smtp-sink"
		sink, stop, err := startSMTPSink(ctx)
		if errors.Is(err, exec.ErrNotFound) {
			return []benchRow{missing(source + at)}, nil
		} else if err != nil {
			return nil, err
		}
		defer stop()
		to = sink
	}
	list := benchList{keys: b.made, recipients: b.most(sourceMails), connections: sessions}
	wire, err := b.wire()
	if err != nil {
		return nil, err
	}
	var ours, theirs benchRow
	err = b.serving(ctx, to, list, func(ctx context.Context, s *benchServer) (err error) {
		ours, theirs, err = b.inTurns(ctx, s, list.recipients, func(ctx context.Context) (benchRow, error) {
			return smtpSource(ctx, to, list.recipients, wire)
		})
		return err
	})
	ours.Name, theirs.Name = whole+at, source+at
	ours.RatioTo = theirs.Name
	return []benchRow{ours, theirs}, err
}

// startSMTPSink starts Postfix's sink on a free port, and waits until it answers.
func startSMTPSink(ctx context.Context) (addr string, stop func(), err error) {
	program, err := exec.LookPath("smtp-sink")
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr = l.Addr().String()
	l.Close()
	var arguments []string
	if os.Geteuid() == 0 {
		arguments = []string{"-u", "nobody"} // it refuses to be root
	}
	c := exec.CommandContext(ctx, program, append(arguments, addr, "100")...)
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { c.Process.Kill(); c.Wait() }
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err = lookUntil(ctx, func() (bool, error) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return false, nil
		}
		return true, conn.Close()
	})
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("smtp-sink: %w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	return addr, stop, nil
}

// smtpSource sends so many mails of a size, over connections that it keeps.
func smtpSource(ctx context.Context, to string, mails int, wire int64) (benchRow, error) {
	c := exec.CommandContext(ctx, "smtp-source", "-d", "-s", strconv.Itoa(min(sessions, mails)), "-m", strconv.Itoa(mails), "-l", strconv.FormatInt(wire, 10),
		"-M", "localhost", "-f", "bench@police.example", "-t", "r@police.example", to)
	began := time.Now()
	if err := ran(c); err != nil {
		return benchRow{}, err
	}
	return benchRow{Recipients: mails, WireBytes: wire}.took(time.Since(began)), nil
}

// ran runs a program, and says what it said if it fails.
func ran(c *exec.Cmd) error {
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(c.Path), err, bytes.TrimSpace(out))
	}
	return nil
}

// benchGnuPG is a key ring of its own, gone afterwards, and a mail to sign and encrypt with it.
type benchGnuPG struct{ home, signer, recipient, mail string }

// besideGnuPG measures gpg as most systems use it: it signs and encrypts the mail for one recipient after another. Nothing
// is sent.
func (b *bench) besideGnuPG(ctx context.Context) ([]benchRow, error) {
	const one, two = "gpg for each recipient", "gpg for each recipient, two side by side"
	if _, err := exec.LookPath("gpg"); err != nil {
		return []benchRow{missing(one), missing(two)}, nil
	}
	b.progress("gpg")
	g, err := b.newGnuPG(ctx)
	defer g.close()
	if err != nil {
		return nil, err
	}
	mails := b.most(gnupgMails)
	alone, err := g.measure(ctx, one, mails, 1)
	if err != nil {
		return nil, err
	}
	both, err := g.measure(ctx, two, mails, 2)
	return []benchRow{alone, both}, err
}

// newGnuPG gives it the desk's secret key, a recipient's certificate, and noise that makes a mail of the same size.
func (b *bench) newGnuPG(ctx context.Context) (g benchGnuPG, err error) {
	dir, err := b.workingDir()
	if err != nil {
		return g, err
	}
	g = benchGnuPG{home: filepath.Join(b.dir, "gnupg"), mail: filepath.Join(dir, "mail"), recipient: b.made[0].key.Fingerprint}
	public, err := os.ReadFile(filepath.Join(dir, deskKeyFile))
	if err != nil {
		return g, err
	}
	if g.signer, err = seal.Fingerprint(public); err != nil {
		return g, err
	}
	wire, err := b.wire()
	if err != nil {
		return g, err
	}
	noise := make([]byte, wire*48/65) // a line of armor holds 48 octets
	rand.Read(noise)                  // never fails (crypto/rand, Go 1.24)
	certificate := filepath.Join(dir, "recipient.asc")
	if err := errors.Join(os.Mkdir(g.home, 0o700), os.WriteFile(g.mail, noise, 0o600), os.WriteFile(certificate, b.made[0].certificate, 0o600)); err != nil {
		return g, err
	}
	return g, ran(g.command(ctx, "--import", filepath.Join(dir, signingKeyFile), certificate))
}

func (g benchGnuPG) command(ctx context.Context, arguments ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "gpg", append([]string{"--homedir", g.home, "--batch", "--quiet", "--yes"}, arguments...)...)
}

// close ends the agent that gpg has started.
func (g benchGnuPG) close() {
	if g.home != "" {
		exec.Command("gpgconf", "--homedir", g.home, "--kill", "all").Run()
	}
}

// measure runs so many processes at a time, each for one mail after another. What can't be compressed is not
// compressed, which makes gpg faster.
func (g benchGnuPG) measure(ctx context.Context, name string, mails, atOnce int) (benchRow, error) {
	began := time.Now()
	all, ctx := errgroup.WithContext(ctx)
	for i := range atOnce {
		all.Go(func() error {
			for range mails {
				out := g.mail + "." + strconv.Itoa(i)
				if err := ran(g.command(ctx, "--trust-model", "always", "--compress-algo", "none", "--armor", "--sign", "--encrypt",
					"--local-user", g.signer, "--recipient", g.recipient, "--output", out, g.mail)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return benchRow{}, err
	}
	row := benchRow{Name: name, Recipients: mails * atOnce}.took(time.Since(began))
	armored, err := os.Stat(g.mail + ".0")
	if err != nil {
		return row, err
	}
	row.WireBytes = armored.Size()
	return row, nil
}
