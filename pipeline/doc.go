// Package pipeline holds the words of the system: nations, bulletins, facts, and how work ends.
// It uses the standard library only, and every other package is written in its terms.
//
// # Life of a bulletin
//
// An author hands in a draft and the files beside it. The desk checks it as `bulletin check` does, stores the
// files by digest, and publishes Submitted with what was in force: people and policy, by digest. From then on the
// bulletin has an ID, and this is revision 1.
//
// Reviewers read the edition of their own nation. They may take it for a while (Claimed) and say something of it or of
// a portion (Commented), which decides nothing. An approval is a signed statement over the digests of the files,
// of every nation's edition and of the policy; the desk checks it and publishes Approval. Or somebody publishes
// Returned with a comment, and the author's nation hands in revision 2, which voids what was approved before. Decisions are
// published under the condition that nothing else happened meanwhile.
//
// The tally counts each approval. When the last portion of the revision has its quorum, it publishes Approved.
//
// The marking worker believes none of this: it reads the facts, checks signatures, quorum and digests again, reserves
// the next free number (Reserved), and publishes Numbered and one Marked for each nation that may have something.
//
// The render worker turns each edition into PDF, STIX, CSV and text, and publishes Rendered.
//
// The plan worker decides who on the nation's list gets it: Planned names a plan, a document of its own, so
// that work done twice goes by the same plan. Whom the edition is not for stands in another, which nobody waits for.
// Dispatch cuts the plan into Chunks, whose subjects carry the precedence: a flash overtakes what is already queued. Once it
// is being marked, mails of a lower precedence that are not begun wait.
//
// Deliver takes a chunk. It seals the edition's mail once, publishes Attempted, synced, before the first DATA,
// and after it what the relay answers, in Receipts for some dozens of recipients each. Those who were deferred are tried
// again later; when everyone is sent or parked, Settled closes the chunk. All that is said of a chunk comes in one order:
// each fact under the condition that nothing was said since the one before, so that of two processes with the same
// chunk one alone makes an attempt, and settles what it knows whole. If the process dies in between, whoever has an
// attempt and no answer on record is in doubt, and gets the mail again with the same Message-ID.
//
// A recipient may reply. Receive believes the signature of a key on a list, over content that names the bulletin,
// and nothing else of a reply: it publishes Acknowledged.
//
// Notices tell the desk's own people, by mail that each alone can read and that holds nothing of a bulletin, what waits
// for them. Each is on record as Noticed, on a subject of its own: what people decide depends on the last fact
// of a bulletin, and a notice must not come between.
//
// # After the release
//
// A draft's embargo holds Numbered back, which is the release: mark looks at the clock again and again, and nothing else
// keeps the time. A correction is the next revision, handed in with what it corrects, and takes the same path; it keeps
// the number, is the next version, and is planned for those on the list and for whoever got the former one and may still
// have it. What of the former is still to be sent is parked: superseded.
//
// Two people demand a withdrawal, each with a signed statement (Withdrawal); when the second one does, a tally publishes
// Withdrawn. Of a release and a withdrawal one comes first: both are published under the condition that nothing else
// happened. If the release was first, recall publishes Numbered and Marked again, at the withdrawal's revision: for each
// nation an edition that says nothing but to delete every copy, and why. Its plan is for exactly those who got the
// bulletin. Deliver looks for Withdrawn after its attempt is on record and before the first DATA, and once a second while
// its mails are under way; the plan waits until every attempt that it can read is settled. So either deliver sees the
// withdrawal and sends nothing more, or the plan sees the attempt, and whoever it reached is told.
//
// Resent has one recipient sent the newest release again: a chunk of one, counted on from those of the plan.
//
// Where the streams are those of a copy, the server that it was taken of may have sent what is not settled in it. Such a
// chunk is held back until a person says that it goes on, whoever of it is neither sent to nor parked is in doubt, and the
// word of a withdrawal goes to them too.
//
// The recorder follows all of it and chains it into the record, from which `bulletin verify` proves offline that
// what was approved is what went out.
//
// Work that can't go on is Parked with a reason that people read, and goes on by a Retried fact. History is never
// edited.
package pipeline
