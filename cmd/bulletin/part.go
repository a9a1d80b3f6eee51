package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/queue"
)

// part is what one process runs of the pipeline.
type part struct {
	roles   []queue.Role
	nations []pipeline.Nation // whose plans and mail
	spread  bool              // the nations are spread over processes: each has credentials of its own

	clockWasAhead bool // facts may be later than the clock says
}

// whole is all of it.
func whole() part { return part{roles: queue.Roles(), nations: pipeline.Nations()} }

// parsePart reads the values of --roles and --nation; empty means all.
func parsePart(roles, nations []string) (part, error) {
	p := whole()
	if len(roles) > 0 {
		p.roles = nil
	}
	for _, s := range roles {
		r, err := queue.ParseRole(s)
		if err != nil {
			return part{}, err
		}
		if !p.has(r) {
			p.roles = append(p.roles, r)
		}
	}
	slices.SortFunc(p.roles, func(a, b queue.Role) int { // along the flow: the desk makes what the others find
		return slices.Index(queue.Roles(), a) - slices.Index(queue.Roles(), b)
	})
	if len(nations) == 0 {
		return p, nil
	}
	if !p.national() {
		return part{}, hint(fmt.Errorf("--nation has no meaning for %s", p), "it is for the roles plan, deliver and receive, which work with a nation's own list")
	}
	p.nations, p.spread = nil, true
	for _, s := range nations {
		n, err := pipeline.ParseNation(s)
		if err != nil {
			return part{}, err
		}
		if !slices.Contains(p.nations, n) {
			p.nations = append(p.nations, n)
		}
	}
	return p, nil
}

func (p part) has(r queue.Role) bool { return slices.Contains(p.roles, r) }

// national reports whether the part works with lists of recipients.
func (p part) national() bool { return slices.ContainsFunc(p.roles, queue.Role.National) }

// isWhole reports whether nothing is left to another process.
func (p part) isWhole() bool { return len(p.roles) == len(queue.Roles()) && !p.spread }

// listed are the nations whose lists this process works with.
func (p part) listed() []pipeline.Nation {
	if !p.national() {
		return nil
	}
	return p.nations
}

// scope is the files that the part reads.
func (p part) scope() configs.Scope {
	s := configs.Scope{People: p.has(queue.RoleDesk) || p.has(queue.RoleNotify), Nations: p.listed()}
	if p.has(queue.RoleDesk) || p.has(queue.RoleRender) {
		s.Font = checkFont
	}
	return s
}

func (p part) String() string {
	names := make([]string, len(p.roles))
	for i, r := range p.roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// workers are those whose credentials the process needs for a role, and the nations that each works for.
func (p part) workers(r queue.Role) map[queue.Worker][]pipeline.Nation {
	if !r.National() || !p.spread {
		return map[queue.Worker][]pipeline.Nation{{Role: r}: p.nations}
	}
	out := map[queue.Worker][]pipeline.Nation{}
	for _, n := range p.nations {
		out[queue.Worker{Role: r, Nation: n}] = []pipeline.Nation{n}
	}
	return out
}

// connect gives a worker its facts: one connection to the embedded server, which is this process's own; at
// an external server a connection for each worker, with that worker's credentials and rights.
func (s *server) connect(ctx context.Context, w queue.Worker) (*queue.Queue, error) {
	c := s.at
	if c.URL == "" && len(s.queues) > 0 {
		return s.queues[0], nil
	}
	if c.URL != "" {
		var err error
		if c.Worker, c.Seed, err = w, nil, s.lock(w); err != nil {
			return nil, err
		}
		if c.Seed, err = readRoleKey(s.dir, w); err != nil {
			return nil, err
		}
	}
	q, err := queue.Open(ctx, c)
	switch {
	case err != nil && c.URL != "":
		return nil, hint(err, "is %s the server's URL, and has it the accounts that bulletin nats-config prints?", c.URL)
	case errors.Is(err, queue.ErrInUse):
		return nil, hint(err, "one process serves a directory: stop the other first. Nothing was changed")
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, hint(err, "another program listens there: stop it, or write another address at queue.listen")
	case err != nil:
		return nil, err
	}
	s.queues = append(s.queues, q)
	return q, s.checkClock(ctx, q, s.now)
}

// lock keeps a second process from doing the same work with the same directory. (The embedded server locks its
// store.)
func (s *server) lock(w queue.Worker) error {
	file := filepath.Join(s.dir, runDir, w.String()+".lock")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	lock, err := queue.Lock(file)
	if err != nil {
		return hint(fmt.Errorf("the role %s of %s is run by another process", w, s.dir), "stop that one first")
	}
	s.locks = append(s.locks, lock)
	return nil
}

// roleKeyFile and rolePublicFile are where the halves of a worker's nkey lie: the seed with the process that
// runs the role and nowhere else, the public key where nats-config finds it.
func roleKeyFile(w queue.Worker) string    { return filepath.Join(roleKeysDir, w.String()+".nk") }
func rolePublicFile(w queue.Worker) string { return filepath.Join(rolePublicDir, w.String()+".pub") }

func readRoleKey(dir string, w queue.Worker) ([]byte, error) {
	file := filepath.Join(dir, roleKeyFile(w))
	seed, err := os.ReadFile(file)
	if err != nil {
		return nil, hint(fmt.Errorf("the credentials of %s: %w", w, err), "bulletin init makes them; bring the file from the directory where nats-config was run, and to no process that runs another role")
	}
	return bytes.TrimSpace(seed), nil
}

// makeRoleKeys makes the credentials that are missing, and returns whose.
func makeRoleKeys(dir string) (made []queue.Worker, err error) {
	for _, w := range queue.Workers() {
		if _, err := os.Stat(filepath.Join(dir, rolePublicFile(w))); !errors.Is(err, os.ErrNotExist) {
			if err != nil {
				return made, err
			}
			continue
		}
		seed, public, err := queue.NewUserKey()
		if err != nil {
			return made, err
		}
		for _, f := range []struct{ name, text string }{{roleKeyFile(w), seed}, {rolePublicFile(w), public}} { // the public half last: it says that both are there
			if err := configs.WriteFile(filepath.Join(dir, f.name), []byte(f.text+"\n"), 0o600); err != nil {
				return made, err
			}
		}
		made = append(made, w)
	}
	return made, nil
}
