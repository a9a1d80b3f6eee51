package configs

import (
	"encoding/gob"
	"errors"
	"strings"
	"time"
	"unique"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// compiledLine is an entry of a list and what was found out about its key.
type compiledLine struct {
	Recipient            pipeline.Recipient
	Text, Files          []byte // sums
	State                string
	Reasons              []string
	Key                  []byte
	Expires, From, Until int64
	Signs                []uint64
}

// store keeps a list as it is compiled. It costs a compilation if it can't be kept, and that is all.
func (l *Lists) store(n pipeline.Nation, list *loadedList) {
	list.stale = 0
	all := list.roll.All()
	_ = writeCompiled(l.compiledFile(string(n)), func(enc *gob.Encoder) error {
		err := enc.Encode(compiledHead{Program: program(), Nation: n, List: list.file.digest, Lines: len(all)})
		for at := 0; at < len(all) && err == nil; at += blockLines {
			var block []compiledLine
			for i := at; i < min(at+blockLines, len(all)); i++ {
				block = append(block, list.lines[i].compiled(all[i]))
			}
			err = enc.Encode(block)
		}
		return err
	})
	l.storeKeys()
}

func (one *line) compiled(r pipeline.Recipient) compiledLine {
	j := one.judgement
	c := compiledLine{
		Recipient: r, Text: one.text[:], Files: one.files[:], State: j.State, Reasons: j.Reasons, Signs: one.signs,
		Expires: unixNano(j.Expires), From: unixNano(j.From), Until: unixNano(j.Until),
	}
	if j.Key != nil {
		c.Key, _ = j.Key.MarshalBinary() // without it, it is judged anew
	}
	return c
}

// stored is a nation's list as it was compiled; nil if it was not, by this program, or what is there is damaged.
func (l *Lists) stored(n pipeline.Nation) *loadedList {
	var list *loadedList
	err := readCompiled(l.compiledFile(string(n)), func(dec *gob.Decoder) error {
		var head compiledHead
		if err := dec.Decode(&head); err != nil || head.Program != program() || head.Nation != n {
			return errors.Join(errForeign, err)
		}
		all := make([]pipeline.Recipient, 0, head.Lines)
		list = &loadedList{file: watched{digest: head.List}, lines: make([]line, 0, head.Lines)}
		for len(all) < head.Lines {
			var block []compiledLine
			if err := dec.Decode(&block); err != nil || len(block) == 0 {
				return errors.Join(errForeign, err)
			}
			for i := range block {
				c := &block[i]
				r := sharing(c.Recipient)
				all, list.lines = append(all, r), append(list.lines, c.line(r))
			}
		}
		list.roll = pipeline.NewRoll(all)
		return nil
	})
	if err != nil {
		return nil
	}
	return list
}

func (c *compiledLine) line(r pipeline.Recipient) line {
	j := &seal.Judgement{
		Fitness: seal.Fitness{State: shared(c.State), Reasons: c.Reasons, Expires: timeOf(c.Expires)},
		From:    timeOf(c.From), Until: timeOf(c.Until),
	}
	one := line{judgement: j, signs: c.Signs}
	copy(one.text[:], c.Text)
	copy(one.files[:], c.Files)
	if j.State == seal.Unfit {
		return one
	}
	j.Key = new(seal.Key)
	if err := j.Key.UnmarshalBinary(c.Key); err != nil || j.Key.Fingerprint != r.Fingerprint {
		one.judgement = nil
	}
	j.Key.Fingerprint = r.Fingerprint // once in memory
	return one
}

// sharing returns the recipient with strings that occur again held once.
func sharing(r pipeline.Recipient) pipeline.Recipient {
	r.Nation = pipeline.Nation(shared(string(r.Nation)))
	r.Agency, r.MaxTLP, r.MaxMarking = shared(r.Agency), shared(r.MaxTLP), shared(r.MaxMarking)
	if i := strings.Index(r.KeyFile, r.Fingerprint); i >= 0 {
		r.Fingerprint = r.KeyFile[i:][:len(r.Fingerprint)]
	}
	for i, k := range r.Kinds {
		r.Kinds[i] = pipeline.Kind(shared(string(k)))
	}
	return r
}

func shared(s string) string { return unique.Make(s).Value() }

// unixNano keeps what a judgement says of time, which is within three centuries: 0 is never.
func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func timeOf(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
