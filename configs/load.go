package configs

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
)

// Paths below a working directory.
const (
	configFile = "configs/bulletin.yaml"
	policyFile = "configs/policy.yaml"
	peopleFile = "configs/people.yaml"
)

// Load reads and validates a working directory's configuration. All errors are reported at once.
func Load(dir string) (Config, error) {
	c := Default()
	file := filepath.Join(dir, configFile)
	data, err := read(file)
	if errors.Is(err, os.ErrNotExist) {
		return Config{}, notWorkingDir(dir)
	}
	if err != nil {
		return Config{}, err
	}
	if err := decode(file, data, &c); err != nil {
		return Config{}, err
	}
	at := placesOf(file, data)
	if misfits := at.misfits(&c); len(misfits) > 0 { // what the YAML library rounds in silence
		return Config{}, errors.Join(misfits...)
	}
	for i, f := range c.Fonts {
		c.Fonts[i] = below(dir, f)
	}
	if c.Desk.PassphraseFile != "" {
		c.Desk.PassphraseFile = below(dir, c.Desk.PassphraseFile)
	}
	if c.Relay.CA != "" {
		c.Relay.CA = below(dir, c.Relay.CA)
	}
	return c, c.validate(at)
}

// IsWorkingDir is nil for a directory that init made.
func IsWorkingDir(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, configFile)); errors.Is(err, os.ErrNotExist) {
		return notWorkingDir(dir)
	} else if err != nil {
		return err
	}
	return nil
}

var errNoDir = errors.New("not a working directory")

func notWorkingDir(dir string) error {
	return fmt.Errorf("%s is %w (no %s): make one with: bulletin init %s", dir, errNoDir, configFile, dir)
}

// below is a path that the configuration gives relative to the working directory.
func below(dir, file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(dir, file)
}

func (c Config) validate(at places) error {
	var errs []error
	wrong := func(path, hint, format string, args ...any) {
		errs = append(errs, at.errorf(path, hint, format, args...))
	}
	if _, err := mail.ParseAddress(c.Desk.Address); err != nil {
		wrong("$.desk.address", "write one bare address", "%v", err)
	}
	if c.Desk.Domain == "" || strings.ContainsAny(c.Desk.Domain, " @<>\r\n") {
		wrong("$.desk.domain", "write a host name such as bulletin.example", "domain %q is not a host name", c.Desk.Domain)
	}
	if c.Relay.Address != "" {
		if err := hostPort(c.Relay.Address); err != nil {
			wrong("$.relay.address", "write host:port, such as mail.example:25", "%v", err)
		}
	}
	if t := c.Relay.TLS; t != TLSRemote && t != TLSAlways {
		wrong("$.relay.tls", "write remote or always: there is no way to send without TLS to another host", "tls %q: must be remote or always", t)
	}
	if err := CheckURL(c.Queue.URL); err != nil {
		wrong("$.queue.url", "write tls://host:4222, several of one cluster with commas, or leave it empty", "%v", err)
	}
	if n := c.Queue.Replicas; n != 1 && n != 3 && n != 5 {
		wrong("$.queue.replicas", "write 1, or 3 or 5 for a cluster of as many servers", "%d replicas can't hold a majority: must be 1, 3 or 5", n)
	}
	if r := c.Queue.Receipts; r != ReceiptsBehind && r != ReceiptsSynced {
		wrong("$.queue.receipts", "write behind or synced", "receipts %q: must be behind or synced", r)
	}
	if c.Queue.Listen != "" {
		if err := hostPort(c.Queue.Listen); err != nil {
			wrong("$.queue.listen", "write host:port, such as 127.0.0.1:4222", "%v", err)
		}
	}
	if c.Health.Listen != "" {
		if err := loopback(c.Health.Listen); err != nil {
			wrong("$.health.listen", "write 127.0.0.1:9464, or leave it empty for none", "%v", err)
		}
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		wrong("$.log.format", "write text or json", "there is no format %q", c.Log.Format)
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		wrong("$.log.level", "write debug, info, warn or error", "there is no level %q", c.Log.Level)
	}
	for _, v := range []struct {
		path string
		n    int
	}{{"$.relay.connections", c.Relay.Connections}, {"$.delivery.chunk", c.Delivery.Chunk}, {"$.delivery.parallel", c.Delivery.Parallel}} {
		if v.n < 1 || v.n > 1000 {
			wrong(v.path, "write a number between them", "%d is not between 1 and 1000", v.n)
		}
	}
	if n := c.Relay.PerDomain; n < 0 || n > 1000 {
		wrong("$.relay.per_domain", "write a number between them; 0 is no limit", "%d is not between 0 and 1000", n)
	}
	for _, v := range []struct {
		key string
		d   time.Duration
	}{{"retry_after", c.Delivery.RetryAfter}, {"give_up", c.Delivery.GiveUp}} {
		if v.d <= 0 {
			wrong("$.delivery."+v.key, "write a duration such as 90s, 5m or 24h", "%s must be longer than nothing", v.key)
		}
	}
	if c.Notices.RemindAfter < time.Minute || c.Notices.RemindAfter > 24*time.Hour {
		wrong("$.notices.remind_after", "write a duration such as 10m", "%s is not between 1m and 24h", c.Notices.RemindAfter)
	}
	for _, n := range slices.Sorted(maps.Keys(c.Contacts)) {
		if _, err := pipeline.ParseNation(string(n)); err != nil {
			wrong("$.contacts."+string(n), nationsHint, "%v", err)
		}
	}
	return errors.Join(errs...)
}

const nationsHint = "write AUS, CAN, GBR, NZL or USA"

// CheckURL checks where an external NATS server is: one URL, or several of one cluster with commas. Empty is
// none.
func CheckURL(urls string) error {
	if urls == "" {
		return nil
	}
	for _, s := range strings.Split(urls, ",") {
		u, err := url.Parse(strings.TrimSpace(s))
		switch {
		case err != nil:
			return errors.New("it is not a URL") // the parser's own words quote it, and it may hold a password
		case !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) || u.Hostname() == "":
			return fmt.Errorf("%q is not the URL of a NATS server such as tls://nats.example:4222", u.Redacted())
		case u.User != nil:
			return errors.New("the URL holds a user or a password: a process has the nkey of its role, in secrets/roles")
		}
	}
	return nil
}

// hostPort checks an address to listen on or to connect to.
func hostPort(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("address %s: port %q is not a number from 0 to 65535", address, port)
	}
	return nil
}

// loopback checks an address that only this machine may reach: whoever reads it needs no credentials.
func loopback(address string) error {
	if err := hostPort(address); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(address) // hostPort has split it
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s can be reached from other machines: it must be on loopback", address)
	}
	return nil
}
