package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"bulletin/pipeline"
	"bulletin/workers/desk"
)

// mailbox is what is known of one bulletin's mails to one recipient: as the relay has it, as the record has it, and as
// people are told.
type mailbox struct {
	copies, dropped int // received whole: accepted, thrown away
	queued          []string
	attempts        int // on record
	settled         *pipeline.Outcome
	shown           *pipeline.Outcome
}

type mailboxOf struct {
	id      pipeline.ID
	address string
}

// holds ends the pipeline and compares, mail by mail, the ledger with what the relay has; then it starts everything
// anew and sees that nothing of it is sent again.
func (r *ring) holds() {
	r.Helper()
	r.delivered()
	r.quiet()
	shown := r.shown()
	r.end()
	book := readBook(r, r.book)
	r.compare(book, shown)
	if r.Failed() {
		return
	}
	before := accepted(book)
	for _, m := range r.members {
		r.start(m)
	}
	r.behave(conduct{})
	r.release()
	r.delivered()
	r.quiet()
	r.end()
	after := accepted(readBook(r, r.book))
	if want := before + len(r.addresses()); after != want {
		r.Errorf("after a restart the relay has %d mails, want the %d from before and one for each recipient of one more bulletin", after, before)
	}
}

// addresses of all who are on the lists.
func (r *ring) addresses() []string {
	var all []string
	for _, n := range []pipeline.Nation{pipeline.NZL, pipeline.GBR} {
		all = append(all, r.list(n)...)
	}
	return all
}

func (r *ring) list(n pipeline.Nation) (all []string) {
	var listed []struct{ Address string }
	if err := json.Unmarshal(r.bulletin("recipients", "list", "--json", "--dir", r.dir, "--nation", string(n)), &listed); err != nil {
		r.Fatal(err)
	}
	for _, l := range listed {
		all = append(all, l.Address)
	}
	return all
}

// shown is what status says of each recipient, to people of their own nation.
func (r *ring) shown() map[mailboxOf]pipeline.Outcome {
	r.Helper()
	out := map[mailboxOf]pipeline.Outcome{}
	for _, id := range r.ids {
		for _, name := range []string{"moana", "tom"} {
			var s desk.Status
			if err := json.Unmarshal(r.bulletin("status", string(id), "--recipients", "--json", "--dir", r.dir, "--as", name, "--server", r.url()), &s); err != nil {
				r.Fatal(err)
			}
			for _, n := range s.Nations {
				for _, o := range n.Deliveries {
					out[mailboxOf{id, o.Address}] = o
				}
			}
		}
	}
	return out
}

// compare holds the record, the status and the relay's book against each other.
func (r *ring) compare(book []bookLine, shown map[mailboxOf]pipeline.Outcome) {
	r.Helper()
	var v verified
	if err := json.Unmarshal(r.bulletin("verify", "--json", r.dir), &v); err != nil {
		r.Fatal(err)
	}
	if len(v.Open) > 0 {
		r.Errorf("verify: open: %v", v.Open)
	}
	boxes, refused := r.mailboxes(book), map[string]bool{}
	for _, t := range book {
		refused[t.To] = refused[t.To] || t.Refused
	}
	want := len(r.ids) * len(r.addresses())
	if len(boxes) != want {
		r.Errorf("%d mailboxes, want %d", len(boxes), want)
	}
	var copies, dropped, inDoubt int
	for _, of := range slices.SortedFunc(maps.Keys(boxes), func(a, b mailboxOf) int {
		return strings.Compare(string(a.id)+a.address, string(b.id)+b.address)
	}) {
		m := boxes[of]
		if o, ok := shown[of]; ok {
			m.shown = &o
		}
		if why := m.wrong(refused[of.address]); why != "" {
			r.Errorf("%s %s: %s: the relay accepted %d (%v) and threw away %d; %d attempts are on record; the ledger has %+v; status shows %+v",
				of.id, of.address, why, m.copies, m.queued, m.dropped, m.attempts, m.settled, m.shown)
		}
		if m.settled != nil {
			inDoubt += m.settled.InDoubt
		}
		copies, dropped = copies+m.copies, dropped+m.dropped
	}
	// What one fault leaves in doubt are the attempts that were in hand. A relay that does not answer leaves any.
	bound := r.faults * len(r.deliverers()) * chunksAtOnce * ringChunk
	if !r.unanswered && inDoubt > bound {
		r.Errorf("%d attempts are in doubt; %d faults explain %d at most", inDoubt, r.faults, bound)
	}
	r.Logf("%d bulletins, %d faults: %d mails for %d mailboxes, %d thrown away by the relay, %d attempts in doubt",
		len(r.ids), r.faults, copies, len(boxes), dropped, inDoubt)
}

// wrong says what does not hold of a mailbox.
func (m *mailbox) wrong(refused bool) string {
	o := m.settled
	switch {
	case o == nil:
		return "nothing is settled"
	case m.shown == nil:
		return "status does not show it"
	case m.shown.State != o.State || m.shown.InDoubt != o.InDoubt || m.shown.Attempts != o.Attempts || m.shown.MessageID != o.MessageID || m.shown.Reply != o.Reply:
		return "status and the record differ"
	case o.Attempts != m.attempts:
		return "the ledger's attempts are not those on record"
	case m.copies+m.dropped > m.attempts:
		return "more mails than attempts"
	case o.State == pipeline.StateParked && !(refused && strings.Contains(o.Reason, "550 5.1.1")):
		return "parked without having been refused"
	case o.State == pipeline.StateParked && m.copies > o.InDoubt:
		return "parked, and mailed otherwise than in doubt"
	case o.State == pipeline.StateParked:
		return ""
	case o.State != pipeline.StateSent:
		return "neither sent nor parked"
	case m.copies < 1:
		return "LOST"
	case m.copies > 1+o.InDoubt:
		return "SENT TWICE, and not in doubt"
	case !slices.ContainsFunc(m.queued, func(q string) bool { return strings.HasSuffix(o.Reply, " "+q) }):
		return "the reply in the ledger is of no mail that the relay has"
	}
	return ""
}

// mailboxes gathers what the record and the relay's book have. A mail that nobody attempted is an error.
func (r *ring) mailboxes(book []bookLine) map[mailboxOf]*mailbox {
	r.Helper()
	boxes, of := map[mailboxOf]*mailbox{}, map[string]pipeline.ID{}
	at := func(id pipeline.ID, address string) *mailbox {
		m := boxes[mailboxOf{id, address}]
		if m == nil {
			m = &mailbox{}
			boxes[mailboxOf{id, address}] = m
		}
		return m
	}
	h := &household{t: r.T, dir: r.dir}
	type place struct {
		ref    pipeline.Ref
		nation pipeline.Nation
		chunk  int
	}
	chunks := map[place][]pipeline.Addressee{}
	for _, f := range h.record(pipeline.Chunk) {
		var body pipeline.ChunkBody
		h.must(f.Decode(&body))
		chunks[place{f.Ref, f.Nation, f.Chunk}] = body.Recipients
	}
	ids := map[string]map[string]bool{} // Message-IDs by edition
	for _, f := range h.record(pipeline.Attempted) {
		var body pipeline.AttemptedBody
		h.must(f.Decode(&body))
		of[body.MessageID] = f.Ref.ID
		edition := string(f.Ref.ID) + string(f.Nation)
		if ids[edition] == nil {
			ids[edition] = map[string]bool{}
		}
		ids[edition][body.MessageID] = true
		for _, i := range body.Indexes {
			at(f.Ref.ID, chunks[place{f.Ref, f.Nation, f.Chunk}][i-1].Address).attempts++
		}
	}
	for edition, all := range ids {
		if len(all) != 1 {
			r.Errorf("%s has %d Message-IDs", edition, len(all))
		}
	}
	for _, f := range h.record(pipeline.Settled) {
		var body pipeline.SettledBody
		h.must(f.Decode(&body))
		for _, o := range body.Outcomes {
			at(f.Ref.ID, o.Address).settled = &o
		}
	}
	for _, t := range book {
		if t.Broken {
			r.Errorf("the relay took a part of a mail for the whole: %+v", t)
		}
		id, attempted := of[t.MessageID]
		switch {
		case t.MessageID == "":
		case !attempted:
			r.Errorf("the relay has a mail %s that nobody attempted", t.MessageID)
		case t.Dropped:
			at(id, t.To).dropped++
		default:
			m := at(id, t.To)
			m.copies, m.queued = m.copies+1, append(m.queued, t.Queued)
		}
	}
	return boxes
}
