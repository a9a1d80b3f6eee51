package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"bulletin/pipeline"
	"bulletin/pipeline/queue/natstest"
)

// estate is everybody who may speak to an external server, and their keys.
type estate struct {
	accounts Accounts
	text     string
	seeds    map[string][]byte // of workers and people, by name
}

func newEstate(t testing.TB, persons ...string) *estate {
	t.Helper()
	e := &estate{accounts: Accounts{Workers: map[Worker]string{}}, seeds: map[string][]byte{}}
	for _, w := range Workers() {
		seed, public, err := NewUserKey()
		must(t, err)
		e.accounts.Workers[w], e.seeds[w.String()] = public, []byte(seed)
	}
	for _, p := range persons {
		seed, public, err := NewUserKey()
		must(t, err)
		e.accounts.People = append(e.accounts.People, Person{p, public})
		e.seeds[p] = []byte(seed)
	}
	var err error
	e.text, err = e.accounts.Config()
	must(t, err)
	e.text += fmt.Sprintf("max_payload: %d\n", MaxPayload)
	return e
}

// open connects as a worker.
func (e *estate) open(t testing.TB, url string, w Worker, change ...func(*Config)) *Queue {
	t.Helper()
	c := settings("")
	c.StoreKey, c.URL, c.Worker, c.Seed = nil, url, w, e.seeds[w.String()]
	for _, f := range change {
		f(&c)
	}
	q := openQueue(t, c)
	t.Cleanup(func() { q.Close() })
	return q
}

// probe is a bare connection that notes what the server refuses.
type probe struct {
	*nats.Conn
	t      *testing.T
	denied chan string
}

func (e *estate) probe(t *testing.T, url, name string) *probe {
	t.Helper()
	p := &probe{t: t, denied: make(chan string, 1000)}
	key, err := withKey(e.seeds[name])
	must(t, err)
	p.Conn, err = nats.Connect(url, key, nats.CustomInboxPrefix(inboxOf(name)),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { p.denied <- err.Error() }))
	must(t, err)
	t.Cleanup(p.Close)
	return p
}

// refusals collects what the server refuses of what ask asks, by its own words.
func (p *probe) refusals(ask func()) string {
	p.t.Helper()
	ask()
	must(p.t, p.Publish("nobody.may", nil)) // refused after all the others
	must(p.t, p.Flush())
	var all strings.Builder
	for text := range p.denied {
		if !strings.Contains(strings.ToLower(text), "permissions violation") {
			p.t.Errorf("the server says %q", text)
		}
		if strings.Contains(text, "nobody.may") {
			break
		}
		all.WriteString(text + "\n")
	}
	return all.String()
}

// mayPublish returns which of the subjects the connection may publish on.
func (p *probe) mayPublish(subjects []string) (may []string) {
	p.t.Helper()
	refused := p.refusals(func() {
		for _, s := range subjects {
			must(p.t, p.Publish(s, []byte("{}"))) // no fact: whoever may publish it harms nothing here
		}
	})
	return slices.DeleteFunc(slices.Clone(subjects), func(s string) bool { return strings.Contains(refused, fmt.Sprintf("Publish to %q", s)) })
}

// maySubscribe returns which of the subjects the connection may hear, as a member of the group.
func (p *probe) maySubscribe(subjects []string, group string) (may []string) {
	p.t.Helper()
	refused := p.refusals(func() {
		for _, s := range subjects {
			_, err := p.QueueSubscribeSync(s, group)
			must(p.t, err)
		}
	})
	return slices.DeleteFunc(slices.Clone(subjects), func(s string) bool { return strings.Contains(refused, fmt.Sprintf("Subscription to %q", s)) })
}

// everySubject is a subject of each kind that somebody may publish on, and of some that nobody may.
func everySubject() []string {
	var out []string
	for _, name := range []string{"submitted", "returned", "rejected", "approved", "withdrawn", "numbered", "noise"} {
		out = append(out, "bulletin.x.1."+name)
	}
	for _, name := range []string{"claimed.1", "commented.1", "approval.1", "withdrawal.1", "retried.1", "resent.NZL.1", "parked.1"} {
		out = append(out, "bulletin.x.1."+name)
	}
	out = append(out, "number.SA26-001A", "notice.x.1.waiting.ann", "desk.-.ping", "desk.ann.queue", "_INBOX.ann.x", "$O.DOCUMENTS.C.x", "$SYS.REQ.SERVER.PING", "_R_.x", "$JS.FC.x", "else.x")
	for _, n := range []pipeline.Nation{pipeline.AUS, pipeline.NZL} {
		for _, s := range []string{
			"bulletin.x.1.marked.%s", "bulletin.x.1.rendered.%s", "bulletin.x.1.planned.%s", "bulletin.x.1.acknowledged.%s.1", "delivery.chunk.flash.%s.x.1.1",
			"delivery.attempted.%s.x.1.1.1", "delivery.settled.%s.x.1.1", "receipt.%s.x.1.1.1.1",
		} {
			out = append(out, fmt.Sprintf(s, n))
		}
	}
	for _, w := range Workers() {
		out = append(out, inboxOf(w.String())+".x")
	}
	for _, s := range append(Streams(), documentStream) {
		for _, verb := range []string{
			"STREAM.INFO.%s", "STREAM.CREATE.%s", "STREAM.UPDATE.%s", "STREAM.DELETE.%s", "STREAM.PURGE.%s", "STREAM.MSG.DELETE.%s", "STREAM.MSG.GET.%s",
			"STREAM.SNAPSHOT.%s", "STREAM.RESTORE.%s", "STREAM.LEADER.STEPDOWN.%s", "STREAM.PEER.REMOVE.%s", "DIRECT.GET.%s", "DIRECT.GET.%s.x", "CONSUMER.CREATE.%s",
			"CONSUMER.CREATE.%s.mine", "CONSUMER.CREATE.%s.mine.bulletin.>", "CONSUMER.DURABLE.CREATE.%s.mark", "CONSUMER.LIST.%s", "CONSUMER.DELETE.%s.mark",
			"CONSUMER.PAUSE.%s.mark", "CONSUMER.INFO.%s.mark",
		} {
			out = append(out, "$JS.API."+fmt.Sprintf(verb, s))
		}
	}
	for _, w := range Workers() {
		for _, c := range w.rights().consumes {
			out = append(out, fmt.Sprintf("$JS.API.CONSUMER.MSG.NEXT.%s.%s", c.stream, c.name), fmt.Sprintf("$JS.ACK.%s.%s.1.1.1.1.0", c.stream, c.name),
				fmt.Sprintf("$JS.API.CONSUMER.CREATE.%s.%s.>", c.stream, c.name), fmt.Sprintf("$JS.API.CONSUMER.CREATE.%s.%s", c.stream, c.name))
		}
	}
	out = append(out, "$JS.API.INFO", "$JS.API.STREAM.LIST", "$JS.API.STREAM.NAMES", "$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE", "$JS.API.ACCOUNT.PURGE.WORKERS")
	slices.Sort(out)
	return slices.Compact(out)
}

// mayPublish is who may publish what, written down by hand beside the code that grants it.
var mayPublish = map[string][]string{
	"desk": {"bulletin.x.1.submitted", "bulletin.x.1.returned", "bulletin.x.1.rejected", "bulletin.x.1.claimed.1", "bulletin.x.1.commented.1",
		"bulletin.x.1.approval.1", "bulletin.x.1.withdrawal.1", "bulletin.x.1.retried.1", "bulletin.x.1.resent.NZL.1", "$O.DOCUMENTS.C.x", "$JS.API.DIRECT.GET.OBJ_DOCUMENTS.x",
		"$JS.API.STREAM.CREATE.FACTS", "$JS.API.STREAM.CREATE.DELIVERY", "$JS.API.STREAM.CREATE.RECEIPTS", "$JS.API.STREAM.CREATE.OBJ_DOCUMENTS"},
	"tally":  {"bulletin.x.1.approved", "bulletin.x.1.withdrawn", "bulletin.x.1.parked.1"},
	"mark":   {"bulletin.x.1.numbered", "bulletin.x.1.marked.AUS", "bulletin.x.1.marked.NZL", "number.SA26-001A", "bulletin.x.1.parked.1", "$O.DOCUMENTS.C.x", "$JS.API.DIRECT.GET.OBJ_DOCUMENTS.x"},
	"render": {"bulletin.x.1.rendered.AUS", "bulletin.x.1.rendered.NZL", "bulletin.x.1.parked.1", "$O.DOCUMENTS.C.x", "$JS.API.DIRECT.GET.OBJ_DOCUMENTS.x"},
	"plan": {"bulletin.x.1.retried.1", "bulletin.x.1.planned.AUS", "bulletin.x.1.planned.NZL", "delivery.chunk.flash.AUS.x.1.1", "delivery.chunk.flash.NZL.x.1.1",
		"bulletin.x.1.parked.1", "$O.DOCUMENTS.C.x", "$JS.API.DIRECT.GET.OBJ_DOCUMENTS.x"},
	"plan-NZL": {"bulletin.x.1.retried.1", "bulletin.x.1.planned.NZL", "delivery.chunk.flash.NZL.x.1.1", "bulletin.x.1.parked.1", "$O.DOCUMENTS.C.x", "$JS.API.DIRECT.GET.OBJ_DOCUMENTS.x"},
	"deliver": {"delivery.attempted.AUS.x.1.1.1", "delivery.attempted.NZL.x.1.1.1", "delivery.settled.AUS.x.1.1", "delivery.settled.NZL.x.1.1",
		"receipt.AUS.x.1.1.1.1", "receipt.NZL.x.1.1.1.1", "bulletin.x.1.parked.1"},
	"deliver-NZL": {"delivery.attempted.NZL.x.1.1.1", "delivery.settled.NZL.x.1.1", "receipt.NZL.x.1.1.1.1", "bulletin.x.1.parked.1"},
	"receive":     {"bulletin.x.1.acknowledged.AUS.1", "bulletin.x.1.acknowledged.NZL.1"},
	"receive-NZL": {"bulletin.x.1.acknowledged.NZL.1"},
	"notify":      {"notice.x.1.waiting.ann", "bulletin.x.1.parked.1"},
	"record":      {},
}

// ownConsumers are the durable consumers of a worker: their names and no others.
var ownConsumers = map[string][]string{
	"desk": nil, "record": nil, "receive-NZL": nil,
	"tally": {"FACTS.tally", "FACTS.tally-retried", "FACTS.demands", "FACTS.demands-retried"},
	"mark":  {"FACTS.mark", "FACTS.mark-retried", "FACTS.recall", "FACTS.recall-retried"}, "render": {"FACTS.render", "FACTS.render-retried"},
	"plan-NZL": {"FACTS.plan-NZL", "FACTS.plan-NZL-retried", "FACTS.dispatch-NZL", "FACTS.dispatch-NZL-retried", "FACTS.resend-NZL", "FACTS.resend-NZL-retried"},
	"deliver-NZL": {"DELIVERY.deliver-flash-NZL", "DELIVERY.deliver-immediate-NZL", "DELIVERY.deliver-priority-NZL", "DELIVERY.deliver-routine-NZL",
		"FACTS.deliver-retried-NZL"},
}

// Each worker may publish what its role publishes, ask JetStream for what its role reads, and nothing else.
func TestWorkersPublishOnlyTheirOwn(t *testing.T) {
	e := newEstate(t, "ann")
	server := natstest.Start(t, e.text)
	subjects := everySubject()
	for name, own := range mayPublish {
		p := e.probe(t, server.URL(), name)
		w, err := ParseWorker(name)
		must(t, err)
		allowed := append([]string{"$JS.API.INFO"}, own...)
		for _, s := range w.rights().reads {
			allowed = append(allowed, "$JS.API.STREAM.INFO."+s, "$JS.API.DIRECT.GET."+s)
		}
		if w.Role == RoleDesk || w.Role == RoleRecord { // they tell an operator what waits
			for _, stream := range append(Streams(), documentStream) {
				allowed = append(allowed, "$JS.API.CONSUMER.LIST."+stream)
			}
		}
		if w.Role == RoleDesk {
			allowed = append(allowed, deskPing)
		}
		if w.Role != RoleReceive { // what a recipient answers names a bulletin by its number: no document is needed
			allowed = append(allowed, "$JS.API.STREAM.INFO.OBJ_DOCUMENTS", "$JS.API.DIRECT.GET.OBJ_DOCUMENTS")
		}
		consumers, listed := ownConsumers[name]
		got := p.mayPublish(subjects)
		for _, s := range subjects {
			may := slices.Contains(allowed, s)
			for _, prefix := range []string{"$JS.API.CONSUMER.MSG.NEXT.", "$JS.ACK."} {
				rest, ok := strings.CutPrefix(s, prefix)
				if ok && !listed { // the roles for all nations: those of each
					rest = ""
					may = slices.ContainsFunc(w.rights().consumes, func(c consumed) bool { return strings.HasPrefix(s+".", prefix+c.stream+"."+c.name+".") })
				}
				may = may || rest != "" && slices.ContainsFunc(consumers, func(c string) bool { return strings.HasPrefix(rest+".", c+".") })
			}
			if slices.Contains(got, s) != may {
				t.Errorf("%s may publish on %s: %v, want %v", name, s, !may, may)
			}
		}
	}
}

// A person asks the desk as themselves, and speaks to nobody else.
func TestPeoplePublishOnlyTheirOwn(t *testing.T) {
	e := newEstate(t, "ann", "ben")
	server := natstest.Start(t, e.text)
	for name, want := range map[string][]string{"ann": {"desk.ann.queue"}, "ben": nil} {
		if got := e.probe(t, server.URL(), name).mayPublish(everySubject()); !slices.Equal(got, want) {
			t.Errorf("%s may publish on %v, want %v", name, got, want)
		}
	}
}

// Nobody hears what is not theirs, alone or in a group.
func TestWorkersHearOnlyTheirOwn(t *testing.T) {
	e := newEstate(t, "ann", "ben")
	server := natstest.Start(t, e.text)
	hears := map[string][]string{
		"desk":   {"bulletin.>", "bulletin.x.1.approved", "number.>", "delivery.>", "delivery.chunk.*.NZL.>", "receipt.>", "receipt.NZL.>", "delivery.chunk.*.AUS.>"},
		"record": {"bulletin.>", "bulletin.x.1.approved", "number.>", "delivery.>", "delivery.chunk.*.NZL.>", "receipt.>", "receipt.NZL.>", "delivery.chunk.*.AUS.>"},
		"tally":  {}, "mark": {}, "render": {}, "plan": {}, "plan-NZL": {},
		"deliver": {"delivery.chunk.*.NZL.>", "delivery.chunk.*.AUS.>"}, "deliver-NZL": {"delivery.chunk.*.NZL.>"},
		"ann": {}, "ben": {},
	}
	subjects := []string{
		">", "*", "*.>", "bulletin.>", "bulletin.x.1.approved", "number.>", "delivery.>", "delivery.chunk.*.NZL.>", "delivery.chunk.*.AUS.>", "receipt.>",
		"receipt.NZL.>", "desk.>", "desk.*.*", "desk.ann.*", "_INBOX.>", "_INBOX.*.>", "_INBOX.ann.>", "_INBOX.ben.>", "$JS.>", "$JS.API.>", "$JS.API.*.*", "$JS.ACK.>", "$JS.EVENT.>",
		"$JS.FC.>", "$SYS.>", "_R_.>", "$O.>", "$O.DOCUMENTS.C.>", "$NRG.>",
	}
	for _, w := range Workers() {
		subjects = append(subjects, inboxOf(w.String())+".>")
	}
	for name, own := range hears {
		p := e.probe(t, server.URL(), name)
		for _, group := range []string{"", "desk", "other"} {
			got := p.maySubscribe(subjects, group)
			for _, s := range subjects {
				may := slices.Contains(own, s) || s == inboxOf(name)+".>" || name == "desk" && s == deskSubjects && group == deskGroup ||
					name == "desk" && group == deskGroup && s == "desk.ann.*"
				if slices.Contains(got, s) != may {
					t.Errorf("%s may subscribe to %s (group %q): %v, want %v", name, s, group, !may, may)
				}
			}
		}
	}
}

// A worker gets at no other consumer, and at no wider filter, by asking JetStream for them properly.
func TestWorkersMakeOnlyTheirOwnConsumers(t *testing.T) {
	e := newEstate(t)
	server := natstest.Start(t, e.text)
	e.open(t, server.URL(), Worker{Role: RoleDesk}) // makes the streams
	for _, w := range Workers() {
		q := e.open(t, server.URL(), w)
		for _, c := range w.rights().consumes {
			if _, err := q.consumer(context.Background(), c); err != nil {
				t.Errorf("%s: its own consumer: %v", w, err)
			}
		}
	}
	for name, c := range map[string]consumed{
		"render": {StreamFacts, "mark", "bulletin.*.*.approved"}, "mark": {StreamFacts, "mark", "bulletin.>"}, "deliver-NZL": laneOf("deliver", pipeline.Flash, pipeline.AUS),
		"deliver-AUS": {StreamReceipts, "deliver-flash-AUS", "receipt.>"}, "record": {StreamFacts, "record", "bulletin.>"}, "tally": {StreamFacts, "tally", ""},
	} {
		w, err := ParseWorker(name)
		must(t, err)
		q := e.open(t, server.URL(), w)
		ctx, cancel := context.WithCancel(context.Background())
		q.nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) { cancel() }) // the refusal: nobody answers
		if _, err := q.consumer(ctx, c); err == nil {
			t.Errorf("%s made the consumer %v", name, c)
		}
		// With the name of its own in the subject, and more in the request.
		if own := w.rights().consumes; len(own) > 0 {
			request := fmt.Sprintf(`{"stream_name":%q,"config":{"durable_name":%q,"name":%q,"filter_subject":"bulletin.>","ack_policy":"explicit"}}`, own[0].stream, own[0].name, own[0].name)
			m, err := q.nc.Request(fmt.Sprintf("$JS.API.CONSUMER.CREATE.%s.%s.%s", own[0].stream, own[0].name, own[0].filter), []byte(request), nats.DefaultTimeout)
			if err != nil || !strings.Contains(string(m.Data), `"error"`) {
				t.Errorf("%s widened its filter: %v, %s", name, err, m.Data)
			}
		}
		cancel()
	}
}

// The server puts its answer where a worker wants it, and does not ask whether the worker may publish there.
// What comes onto the record in this way is not taken for a fact.
func TestAnswersAreNoFacts(t *testing.T) {
	e := newEstate(t)
	server := natstest.Start(t, e.text)
	desk := e.open(t, server.URL(), Worker{Role: RoleDesk})
	ctx, ref := context.Background(), newRef()
	must(t, desk.Publish(ctx, fact(t, pipeline.Submitted, ref, "by the desk")))
	render := e.open(t, server.URL(), Worker{Role: RoleRender})
	forged := fact(t, pipeline.Approved, ref, "by render alone")
	msg, err := render.message(forged)
	must(t, err)
	subject := "$O.DOCUMENTS.C.forged"
	_, err = render.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: msg.Data, Header: nats.Header{
		"Nats-Sequence": {"1"}, "Nats-Subject": {forged.Subject()}, "Status": {"404"}, "Nats-Time-Stamp": {"never"},
	}})
	must(t, err)
	must(t, render.nc.PublishRequest("$JS.API.DIRECT.GET.OBJ_DOCUMENTS."+subject, forged.Subject(), nil))
	must(t, render.nc.Flush())
	var entries []Entry
	err = desk.Follow(ctx, Streams(), nil, func(entry Entry) error {
		if entries = append(entries, entry); len(entries) == 2 {
			return errEnough
		}
		return nil
	})
	if len(entries) != 2 || entries[0].Err != nil || entries[1].Seq != 2 || entries[1].Err == nil || entries[1].Fact.Name != "" {
		t.Fatalf("%v: %+v", err, entries)
	}
	if f, err := desk.Fact(ctx, entries[1].Subject); err == nil {
		t.Errorf("the forged fact is believed: %+v", f)
	}
}
