package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

const (
	firstMails = 9 // small bulletins, one after another
	shortList  = 5

	rsaMails   = 2_000
	floorMails = 10_000 // enough whatever the size of the list: the floor knows no lists
)

// repeats is how many bulletins a list of this size gets.
func (b *bench) repeats(recipients int) int {
	switch {
	case b.bulletins > 0:
		return b.bulletins
	case recipients > benchSoon:
		return 1
	}
	return benchRepeats
}

// inTurns releases bulletins to the list and measures something else in turns with them, as often as a median needs.
func (b *bench) inTurns(ctx context.Context, s *benchServer, recipients int, other func(context.Context) (benchRow, error)) (whole, beside benchRow, err error) {
	var wholes, others []benchRow
	for range b.repeats(recipients) {
		w, err := s.release(ctx, recipients)
		if err != nil {
			return whole, beside, err
		}
		if err := s.quiet(ctx); err != nil {
			return whole, beside, err
		}
		o, err := other(ctx)
		if err != nil {
			return whole, beside, err
		}
		wholes, others = append(wholes, w), append(others, o)
	}
	beside = median(others)
	return median(wholes).compared(beside), beside, nil
}

// wholePath measures the whole path to a list, and its floor.
func (b *bench) wholePath(ctx context.Context, list benchList) (whole, floor benchRow, err error) {
	b.progress(fmt.Sprintf("the whole path to %d recipients, and its floor", list.recipients))
	err = b.serving(ctx, b.smtp, list, func(ctx context.Context, s *benchServer) error {
		a, err := b.newAlone(s.to.addr)
		if err != nil {
			return err
		}
		defer a.relay.Close()
		whole, floor, err = b.inTurns(ctx, s, list.recipients, func(ctx context.Context) (benchRow, error) {
			return a.floor(ctx, s.to, list, min(list.recipients, floorMails))
		})
		whole.ListRead = s.listRead
		return err
	})
	return whole, floor, err
}

// wholePaths measures lists of each size, with keys as most people have them.
func (b *bench) wholePaths(ctx context.Context) (rows []benchRow, err error) {
	var floors []benchRow
	for _, n := range b.sizes() {
		whole, floor, err := b.wholePath(ctx, benchList{keys: b.made[:min(n, len(b.made))], recipients: n})
		if err != nil {
			return nil, err
		}
		whole.Name = "the whole path: queue, ledger, every promise"
		rows, floors = append(rows, whole), append(floors, floor)
	}
	return append(rows, floors...), nil
}

// wholePathRSA measures a list of larger keys, in which the cryptography weighs more.
func (b *bench) wholePathRSA(ctx context.Context) ([]benchRow, error) {
	k, err := shippedBenchKey("rsa3072")
	if err != nil {
		return nil, err
	}
	whole, floor, err := b.wholePath(ctx, benchList{keys: []benchKey{k}, recipients: b.most(rsaMails)})
	whole.Name, floor.Name = "the whole path, RSA-3072 keys", "the floor, RSA-3072 keys"
	whole.RatioTo = floor.Name
	return []benchRow{whole, floor}, err
}

// firstMail measures how soon the first mail of a small bulletin goes out of a server that has nothing else to do.
func (b *bench) firstMail(ctx context.Context) ([]benchRow, error) {
	b.progress("approval to first mail")
	var rows []benchRow
	err := b.serving(ctx, "", benchList{keys: b.made, recipients: shortList}, func(ctx context.Context, s *benchServer) error {
		for range firstMails {
			row, err := s.release(ctx, shortList)
			if err != nil {
				return err
			}
			row.Peaks = nil
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b benchRow) int { return cmp.Compare(a.FirstMail, b.FirstMail) })
	row := rows[len(rows)/2]
	row.Name = "approval to first mail, on an idle server"
	return []benchRow{row}, nil
}

// overtaking approves a flash bulletin as soon as the first of many routine mails has arrived.
func (b *bench) overtaking(ctx context.Context) ([]benchRow, error) {
	b.progress("a flash bulletin while routine mails are queued")
	sizes := b.sizes()
	list := benchList{keys: b.made, recipients: sizes[len(sizes)-1]}
	list.flash = min(1000, max(1, list.recipients/10))
	var row benchRow
	err := b.serving(ctx, "", list, func(ctx context.Context, s *benchServer) (err error) {
		row, err = s.overtaken(ctx, list)
		return err
	})
	row.Name = "a flash bulletin approved while routine mails are queued"
	return []benchRow{row}, err
}

func (s *benchServer) overtaken(ctx context.Context, list benchList) (row benchRow, err error) {
	routine, err := s.shown(ctx, routineBulletin)
	if err != nil {
		return row, err
	}
	urgent, err := s.shown(ctx, flashBulletin)
	if err != nil {
		return row, err
	}
	if err := s.quiet(ctx); err != nil {
		return row, err
	}
	slow, fast := arrivalsOf("r", list.recipients), arrivalsOf(flashPrefix, list.flash)
	fast.beside = slow
	s.to.tell(slow, fast)
	before := s.to.count()
	began, err := s.approve(ctx, routine)
	if err != nil {
		return row, err
	}
	select {
	case <-slow.first:
	case <-ctx.Done():
		return row, ctx.Err()
	}
	queued := list.recipients - int(slow.came.Load())
	approved, err := s.approve(ctx, urgent)
	if err != nil {
		return row, err
	}
	ended, err := s.settled(ctx, routine.Ref, list.recipients)
	if err != nil {
		return row, err
	}
	if _, err := s.settled(ctx, urgent.Ref, list.flash); err != nil {
		return row, err
	}
	row = benchRow{Recipients: list.recipients + list.flash, WireBytes: s.to.octetsEach(before)}.took(ended.Sub(began))
	first, last := <-fast.first, <-fast.last
	row.Flash = &flashRow{
		Recipients: list.flash, RoutineQueued: queued, RoutineBetween: int(last.beside - first.beside),
		FirstSeconds: first.at.Sub(approved).Seconds(), LastSeconds: last.at.Sub(approved).Seconds(),
	}
	return row, nil
}
