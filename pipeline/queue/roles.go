package queue

import (
	"fmt"
	"slices"
	"strings"

	"bulletin/pipeline"
)

// Role is a part of the pipeline that a process may run. A new one is a line here, its rights in
// rights.go, and its wiring in cmd.
type Role string

// The roles.
const (
	RoleDesk    Role = "desk"    // answers people; makes the streams
	RoleTally   Role = "tally"   // counts approvals
	RoleMark    Role = "mark"    // numbers and marks
	RoleRender  Role = "render"  // makes the files
	RolePlan    Role = "plan"    // decides who gets an edition, and cuts the plan into chunks
	RoleDeliver Role = "deliver" // seals and sends, with the signing key
	RoleReceive Role = "receive" // reads recipients' replies, with the desk's key
	RoleNotify  Role = "notify"  // tells the desk's people what waits for them: with the signing key too
	RoleRecord  Role = "record"  // chains the facts into the record
)

var roles = []Role{RoleDesk, RoleTally, RoleMark, RoleRender, RolePlan, RoleDeliver, RoleReceive, RoleNotify, RoleRecord}

// Roles returns all roles, along the flow.
func Roles() []Role { return slices.Clone(roles) }

// ParseRole reads the name of a role.
func ParseRole(s string) (Role, error) {
	if slices.Contains(roles, Role(s)) {
		return Role(s), nil
	}
	known := make([]string, len(roles))
	for i, r := range roles {
		known[i] = string(r)
	}
	if near, ok := pipeline.Nearest(s, known); ok {
		return "", fmt.Errorf("unknown role %q: did you mean %s?", s, near)
	}
	return "", fmt.Errorf("unknown role %q: must be one of %s", s, strings.Join(known, ", "))
}

// National reports whether a role's work is a nation's own: its list, its relay, its recipients' replies.
func (r Role) National() bool { return r == RolePlan || r == RoleDeliver || r == RoleReceive }

// Worker is who a process is to the NATS server: the holder of one role, for one nation or for all.
// The zero value is the process that has everything to itself, as with the embedded server.
type Worker struct {
	Role   Role
	Nation pipeline.Nation // of a national role; empty means all
}

// Workers returns everyone who may have credentials.
func Workers() []Worker {
	var all []Worker
	for _, r := range roles {
		all = append(all, Worker{Role: r})
		if !r.National() {
			continue
		}
		for _, n := range pipeline.Nations() {
			all = append(all, Worker{r, n})
		}
	}
	return all
}

// ParseWorker reads what String wrote.
func ParseWorker(s string) (Worker, error) {
	for _, w := range Workers() {
		if w.String() == s {
			return w, nil
		}
	}
	return Worker{}, fmt.Errorf("%q is not a role, nor a role for one nation such as deliver-NZL", s)
}

// String is the name of the worker's credentials, and a token of its inbox.
func (w Worker) String() string {
	if w.Nation == "" {
		return string(w.Role)
	}
	return string(w.Role) + "-" + string(w.Nation)
}

// nations are those whose work is the worker's.
func (w Worker) nations() []pipeline.Nation {
	if w.Nation == "" {
		return pipeline.Nations()
	}
	return []pipeline.Nation{w.Nation}
}
