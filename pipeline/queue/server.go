package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	workersAccount = "WORKERS"
	peopleAccount  = "PEOPLE"
	minStoreKey    = 32
	startTimeout   = 30 * time.Second
)

// MaxPayload is the largest message, in octets: a desk's answer with an edition in it.
const MaxPayload = 8 << 20

// embedded is a NATS server in this process, and the lock on its store.
type embedded struct {
	config Config
	log    *slog.Logger
	lock   *os.File
	server *server.Server
	seed   string // of the workers' user, made for this process alone
	public string

	mu     sync.Mutex // guards people, and reloading
	people []Person
}

func startServer(c Config, log *slog.Logger) (*embedded, error) {
	if len(c.StoreKey) < minStoreKey {
		return nil, fmt.Errorf("the store key has %d octets: at least %d are needed to keep the store encrypted", len(c.StoreKey), minStoreKey)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the store: %w", err)
	}
	lock, err := Lock(filepath.Join(c.Dir, "lock"))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(isFree(c.Listen), setAsideUnfinished(c.Dir)); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	e := &embedded{config: c, log: log, lock: lock, people: c.People}
	if err := e.start(); err != nil {
		return nil, errors.Join(err, e.stop())
	}
	return e, nil
}

// isFree refuses an address that can't be listened on: the server itself would say so in its log alone, and
// leave us waiting.
func isFree(address string) error {
	if address == "" {
		return nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen address: %w", err)
	}
	return l.Close()
}

// completeFile says that the streams were made once: only then can something have been published.
const completeFile = "complete"

// setAsideUnfinished moves a store out of the way whose making was cut off, which would never open again.
// Nothing is deleted.
func setAsideUnfinished(dir string) error {
	store := filepath.Join(dir, server.JetStreamStoreDir)
	if _, err := os.Stat(filepath.Join(dir, completeFile)); err == nil {
		return nil
	}
	if _, err := os.Stat(store); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := os.Rename(store, fmt.Sprintf("%s.unfinished-%d", store, time.Now().UnixNano())); err != nil {
		return fmt.Errorf("set the unfinished store aside: %w", err)
	}
	return nil
}

// complete marks the store as one whose streams are all there.
func (e *embedded) complete() error {
	f, err := os.OpenFile(filepath.Join(e.config.Dir, completeFile), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("mark the store as complete: %w", err)
	}
	return errors.Join(f.Sync(), f.Close())
}

func (e *embedded) start() error {
	var err error
	if e.seed, e.public, err = NewUserKey(); err != nil {
		return err
	}
	options, err := e.options(e.people)
	if err != nil {
		return err
	}
	if e.server, err = server.NewServer(options); err != nil {
		return fmt.Errorf("start the embedded server: %w", err)
	}
	e.server.SetLoggerV2(serverLog{e.log}, false, false, false)
	e.server.Start()
	if !e.server.ReadyForConnections(startTimeout) {
		return fmt.Errorf("the embedded server was not ready within %s; is the address %q free?", startTimeout, e.config.Listen)
	}
	return nil
}

// options are made anew for each reload; the accounts are written the way an operator would.
func (e *embedded) options(people []Person) (*server.Options, error) {
	accounts, err := Accounts{Workers: map[Worker]string{{}: e.public}, People: people}.Config()
	if err != nil {
		return nil, err
	}
	o := &server.Options{
		ServerName: "bulletin", NoSigs: true, NoLog: true, MaxPayload: MaxPayload,
		JetStream: true, StoreDir: e.config.Dir, SyncAlways: true,
		JetStreamKey: string(e.config.StoreKey), JetStreamCipher: server.ChaCha,
		DontListen: e.config.Listen == "",
	}
	if e.config.Listen != "" {
		host, port, err := net.SplitHostPort(e.config.Listen)
		if err != nil {
			return nil, fmt.Errorf("listen address: %w", err)
		}
		o.Host = host
		if o.Port, err = strconv.Atoi(port); err != nil {
			return nil, fmt.Errorf("listen address %q: the port is not a number", e.config.Listen)
		}
		if o.Port == 0 {
			o.Port = server.RANDOM_PORT
		}
	}
	if err := o.ProcessConfigString(accounts); err != nil {
		return nil, fmt.Errorf("configure the embedded server: %w", err)
	}
	return o, nil
}

func (e *embedded) setPeople(people []Person) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	options, err := e.options(people)
	if err != nil {
		return err
	}
	if err := e.server.ReloadOptions(options); err != nil {
		return fmt.Errorf("change who may connect: %w", err)
	}
	e.people = people
	return nil
}

// knows says whether a person may connect with the key of this seed.
func (e *embedded) knows(person string, seed []byte) bool {
	pair, err := userKey(seed)
	if err != nil {
		return false
	}
	public, err := pair.PublicKey()
	e.mu.Lock()
	defer e.mu.Unlock()
	return err == nil && slices.Contains(e.people, Person{person, public})
}

func (e *embedded) url() string {
	if e.config.Listen == "" {
		return ""
	}
	return e.server.ClientURL()
}

// connect returns the workers' own connection.
func (e *embedded) connect() (*nats.Conn, error) {
	return connectURL("", []byte(e.seed), nats.InProcessServer(e.server), nats.Name("bulletin"))
}

// checkLoaded compares what lies on disk with what the server loaded. With a wrong key, or damaged
// descriptions, it passes streams over with no more than a warning; we'd start empty ones instead.
func (e *embedded) checkLoaded(ctx context.Context, js jetstream.JetStream) error {
	dirs, err := os.ReadDir(filepath.Join(e.config.Dir, server.JetStreamStoreDir, workersAccount, "streams"))
	if errors.Is(err, os.ErrNotExist) {
		return nil // a new store
	}
	if err != nil {
		return fmt.Errorf("read the store: %w", err)
	}
	for _, d := range dirs {
		if _, err := js.Stream(ctx, d.Name()); err != nil {
			return fmt.Errorf("the store in %s cannot be read (stream %s): the store key is not the one it was made with, or its files are damaged: %w",
				e.config.Dir, d.Name(), err)
		}
	}
	return nil
}

func (e *embedded) stop() error {
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
	return e.lock.Close() // gives the lock back
}

// serverLog passes on what an operator must see, and no more.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(string, ...any)         {}
func (l serverLog) Debugf(string, ...any)          {}
func (l serverLog) Tracef(string, ...any)          {}
func (l serverLog) Warnf(format string, v ...any)  { l.log.Warn("nats: " + fmt.Sprintf(format, v...)) }
func (l serverLog) Errorf(format string, v ...any) { l.log.Error("nats: " + fmt.Sprintf(format, v...)) }
func (l serverLog) Fatalf(format string, v ...any) { l.log.Error("nats: " + fmt.Sprintf(format, v...)) }
