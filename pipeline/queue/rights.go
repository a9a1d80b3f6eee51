package queue

import (
	"fmt"

	"bulletin/pipeline"
)

// rights are what a worker may do. Everything else is refused by the server.
//
// A worker for one nation publishes and consumes for that nation alone. What it reads is not cut by nation: the
// streams and the documents are shared, so whoever keeps a cluster together trusts the holders of
// workers' credentials with what lies in it.
type rights struct {
	publishes []string   // subjects of facts
	consumes  []consumed // durable consumers, by name and filter: the server holds both against the request
	reads     []string   // streams, whole: a batched read names its subjects where no permission sees them
	hears     []string   // subjects of plain subscriptions
	documents bool       // reads documents
	stores    bool       // and stores them
	answers   bool       // people's requests
	makes     bool       // streams
	counts    bool       // what waits for each consumer
}

type consumed struct{ stream, name, filter string }

// facts are subjects of bulletin facts by what follows the revision: "approved", "marked.*".
func facts(tails ...string) []string {
	out := make([]string, len(tails))
	for i, t := range tails {
		out[i] = "bulletin.*.*." + t
	}
	return out
}

// parkedFacts is what every runner may publish.
const parkedFacts = "parked.*"

// staged is a stage of the pipeline: it consumes facts and what people set going again, reads the facts,
// and parks.
func staged(name, consumes string, publishes ...string) rights {
	return rights{
		publishes: facts(append(publishes, parkedFacts)...),
		consumes:  stageConsumers(name, consumes),
		reads:     []string{StreamFacts},
		documents: true,
	}
}

func stageConsumers(name, tail string) []consumed {
	return []consumed{
		{StreamFacts, name, facts(tail)[0]},
		{StreamFacts, name + "-retried", retriedFacts},
	}
}

// rights returns what the worker may do.
func (w Worker) rights() rights {
	switch w.Role {
	case RoleDesk:
		return rights{
			publishes: facts("submitted", "returned", "rejected", "claimed.*", "commented.*", "approval.*", "retried.>", "withdrawal.*", "resent.>"), counts: true,
			reads: Streams(), hears: followed(), documents: true, stores: true, answers: true, makes: true,
		}
	case RoleTally:
		r := staged("tally", "approval.*", "approved", "withdrawn")
		r.consumes = append(r.consumes, stageConsumers("demands", "withdrawal.*")...)
		return r
	case RoleMark:
		r := staged("mark", "approved", "numbered", "marked.*")
		r.publishes, r.stores = append(r.publishes, "number.*"), true
		r.consumes = append(r.consumes, stageConsumers("recall", "withdrawn")...)
		return r
	case RoleRender:
		r := staged("render", "marked.*", "rendered.*")
		r.stores = true
		return r
	case RolePlan:
		return w.planRights()
	case RoleDeliver:
		return w.deliverRights()
	case RoleReceive:
		return w.receiveRights()
	case RoleNotify:
		return notifyRights()
	case RoleRecord:
		return rights{reads: Streams(), hears: followed(), documents: true, counts: true}
	}
	return rights{}
}

func (w Worker) planRights() rights {
	// A recall reads who got what, and hastens deliver.
	r := rights{publishes: facts(parkedFacts, "retried.*"), reads: Streams(), documents: true, stores: true}
	for _, n := range w.nations() {
		r.publishes = append(r.publishes, facts("planned."+string(n))...)
		r.publishes = append(r.publishes, fmt.Sprintf("delivery.chunk.*.%s.>", n))
		r.consumes = append(r.consumes, stageConsumers(fmt.Sprintf("plan-%s", n), fmt.Sprintf("rendered.%s", n))...)
		r.consumes = append(r.consumes, stageConsumers(fmt.Sprintf("dispatch-%s", n), fmt.Sprintf("planned.%s", n))...)
		r.consumes = append(r.consumes, stageConsumers(fmt.Sprintf("resend-%s", n), fmt.Sprintf("resent.%s.*", n))...)
	}
	return r
}

func (w Worker) deliverRights() rights {
	r := rights{publishes: facts(parkedFacts), reads: Streams(), documents: true}
	for _, n := range w.nations() {
		r.publishes = append(r.publishes, fmt.Sprintf("delivery.attempted.%s.>", n), fmt.Sprintf("delivery.settled.%s.>", n), fmt.Sprintf("receipt.%s.>", n))
		r.hears = append(r.hears, chunksOf(n))
		for _, p := range pipeline.Precedences() {
			r.consumes = append(r.consumes, laneOf("deliver", p, n))
		}
		r.consumes = append(r.consumes, retriedLaneOf("deliver", n))
	}
	return r
}

func (w Worker) receiveRights() rights {
	r := rights{reads: []string{StreamFacts, StreamDelivery}}
	for _, n := range w.nations() {
		r.publishes = append(r.publishes, facts(fmt.Sprintf("acknowledged.%s.*", n))...)
	}
	return r
}

func notifyRights() rights {
	r := rights{publishes: append(facts(parkedFacts), "notice.>"), reads: []string{StreamFacts, StreamDelivery}, documents: true}
	for name, tail := range map[string]string{
		"waiting": "submitted", "unclaimed": "submitted", "returned": "returned", "parked": "parked.*", "planned": "planned.*",
	} {
		r.consumes = append(r.consumes, stageConsumers("notify-"+name, tail)...)
	}
	r.consumes = append(r.consumes, consumed{StreamDelivery, "notify-settled", "delivery.settled.>"},
		consumed{StreamFacts, "notify-settled-retried", retriedFacts})
	return r
}

// chunksOf are the subjects of a nation's chunks, of whatever precedence.
func chunksOf(n pipeline.Nation) string { return fmt.Sprintf("delivery.chunk.*.%s.>", n) }

// laneOf is the consumer of a nation's chunks of one precedence.
func laneOf(worker string, p pipeline.Precedence, n pipeline.Nation) consumed {
	return consumed{StreamDelivery, fmt.Sprintf("%s-%s-%s", worker, p, n), fmt.Sprintf("delivery.chunk.%s.%s.>", p, n)}
}

// retriedLaneOf is the consumer of what people set going again.
func retriedLaneOf(worker string, n pipeline.Nation) consumed {
	return consumed{StreamFacts, fmt.Sprintf("%s-retried-%s", worker, n), retriedFacts}
}

// publish lists every subject that the worker may publish on, JetStream's own among them.
func (r rights) publish() []string {
	out := append([]string{"$JS.API.INFO"}, r.publishes...)
	streams := r.reads
	if r.documents {
		streams = append(streams[:len(streams):len(streams)], documentStream)
	}
	for _, s := range streams {
		out = append(out, "$JS.API.STREAM.INFO."+s, "$JS.API.DIRECT.GET."+s)
		if r.makes {
			out = append(out, "$JS.API.STREAM.CREATE."+s)
		}
		if r.counts {
			out = append(out, "$JS.API.CONSUMER.LIST."+s)
		}
	}
	for _, c := range r.consumes {
		out = append(out,
			fmt.Sprintf("$JS.API.CONSUMER.CREATE.%s.%s.%s", c.stream, c.name, c.filter),
			fmt.Sprintf("$JS.API.CONSUMER.MSG.NEXT.%s.%s", c.stream, c.name),
			fmt.Sprintf("$JS.ACK.%s.%s.>", c.stream, c.name))
	}
	if r.stores {
		out = append(out, documentSubjects, "$JS.API.DIRECT.GET."+documentStream+".>") // is it there already?
	}
	if r.answers {
		out = append(out, deskPing)
	}
	return out
}

// subscribe lists what the worker with that inbox may hear.
func (r rights) subscribe(inbox string) []string {
	out := append([]string{inbox + ".>"}, r.hears...)
	if r.answers {
		out = append(out, deskSubjects+" "+deskGroup) // in the group alone: each request is answered once
	}
	return out
}
