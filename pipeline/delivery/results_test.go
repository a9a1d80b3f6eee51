package delivery

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
)

// What is read the short way is read the same as by the library, and what is encoded here is read so.
func TestResultsAreReadAsTheyAreDecoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "a@x.example", `250 "queued" \`, `","state":"sent`, "Übel <&>", "\\", "]}"})
		var outcomes []pipeline.Outcome
		var answers []pipeline.Answer
		for i := range rapid.IntRange(0, 3).Draw(t, "recipients") {
			o := pipeline.Outcome{
				Address: text.Draw(t, "address"), Reason: text.Draw(t, "reason"), Reply: text.Draw(t, "reply"), MessageID: text.Draw(t, "id"),
				State: rapid.SampledFrom(states[:]).Draw(t, "state"), Attempts: rapid.IntRange(0, 11).Draw(t, "attempts"), InDoubt: i, At: time.Unix(1e9, 0).UTC(),
			}
			outcomes, answers = append(outcomes, o), append(answers, pipeline.Answer{Index: i + 1, Outcome: o})
		}
		for _, c := range []struct {
			body  any
			head  string
			which func(b *both) *[]Result
		}{
			{pipeline.ReceiptBody{Answers: answers}, `{"answers":[`, func(b *both) *[]Result { return &b.Answers }},
			{pipeline.SettledBody{Outcomes: outcomes}, `{"outcomes":[`, func(b *both) *[]Result { return &b.Outcomes }},
		} {
			data, err := json.Marshal(c.body)
			if err != nil {
				t.Fatal(err)
			}
			indexed := c.head == `{"answers":[`
			if _, ok := short(data, c.head, indexed); !ok && len(outcomes) > 0 {
				t.Fatalf("not read: %s", data)
			}
			for range rapid.IntRange(0, 2).Draw(t, "changes") {
				i, j := rapid.IntRange(0, len(data)).Draw(t, "from"), rapid.IntRange(0, 12).Draw(t, "length")
				piece := rapid.SampledFrom([]string{"", "}", "{", `,"state":"parked"`, `"`, ",", "1", " ", "-", "e5", `\`, "null", "99999999999999999999"}).Draw(t, "piece")
				data = slices.Concat(data[:i], []byte(piece), data[min(len(data), i+j):])
			}
			if !json.Valid(data) { // a fact's body is
				continue
			}
			var want both
			refused := json.Unmarshal(data, &want)
			got, ok := short(data, c.head, indexed)
			if ok && (refused != nil || !reflect.DeepEqual(got, *c.which(&want))) {
				t.Fatalf("%s\nis read as %+v\nand decoded into %+v: %v", data, got, want, refused)
			}
		}
	})
}

// Of a chunk of one it is said who that is.
func TestAddressees(t *testing.T) {
	for body, want := range map[string]struct {
		n     int
		alone string
	}{
		`{"rendered":{},"recipients":[]}`:                                                    {0, ""},
		`{"rendered":{},"recipients":[{"address":"a@x.example"}]}`:                           {1, "a@x.example"},
		`{"rendered":{},"recipients":[{"address":"a@x.example"},{"address":"b@x.example"}]}`: {2, ""},
	} {
		if n, alone, err := Addressed(pipeline.Fact{Body: []byte(body)}); n != want.n || alone != want.alone || err != nil {
			t.Errorf("%s: %d, %q, %v", body, n, alone, err)
		}
	}
	if _, _, err := Addressed(pipeline.Fact{Body: []byte(`{"recipients":1}`)}); err == nil {
		t.Error("a chunk that is none is read")
	}
}

type both struct{ Answers, Outcomes []Result }

// Whatever order the attempts and answers come in, they say the same.
func TestTriesTakeAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type step struct {
			ordinal, index int
			answer         pipeline.DeliveryState // empty: it is begun
		}
		var steps []step
		for ordinal := range rapid.IntRange(1, 3).Draw(t, "attempts") {
			for index := range 2 {
				steps = append(steps, step{ordinal + 1, index + 1, ""})
				if rapid.Bool().Draw(t, "answered") {
					steps = append(steps, step{ordinal + 1, index + 1, rapid.SampledFrom(states[1:]).Draw(t, "answer")})
				}
			}
		}
		standing := func(steps []step) (out [2]Standing) {
			var tries Tries
			for _, s := range steps {
				if s.answer == "" {
					tries.Begin(s.ordinal, s.index)
				} else {
					tries.Answer(s.ordinal, s.index, s.answer)
				}
			}
			return [2]Standing{tries.Of(0), tries.Of(1)}
		}
		if want, got := standing(steps), standing(rapid.Permutation(steps).Draw(t, "order")); got != want {
			t.Fatalf("%+v, and in order %+v", got, want)
		}
	})
}

// What counts of attempts at one recipient, in order: none is answered with "".
func TestStandingAfterAttempts(t *testing.T) {
	const (
		sent, parked, deferred, doubt = pipeline.StateSent, pipeline.StateParked, pipeline.StateDeferred, pipeline.StateInDoubt
	)
	for _, c := range []struct {
		answers []pipeline.DeliveryState
		want    Standing
	}{
		{nil, Standing{State: pipeline.StatePlanned}},
		{[]pipeline.DeliveryState{""}, Standing{doubt, 1, 1, 1}},
		{[]pipeline.DeliveryState{deferred}, Standing{deferred, 1, 0, 1}},
		{[]pipeline.DeliveryState{deferred, ""}, Standing{doubt, 2, 1, 2}},
		{[]pipeline.DeliveryState{"", sent}, Standing{sent, 2, 1, 2}},
		{[]pipeline.DeliveryState{parked, ""}, Standing{doubt, 2, 1, 2}},      // the first answer came late: it is tried again
		{[]pipeline.DeliveryState{sent, ""}, Standing{sent, 2, 1, 1}},         // likewise: it is tried no more
		{[]pipeline.DeliveryState{sent, sent}, Standing{sent, 2, 1, 1}},       // two mails, of which one was in doubt
		{[]pipeline.DeliveryState{sent, parked, ""}, Standing{sent, 3, 2, 1}}, // whoever was sent it is not parked
		{[]pipeline.DeliveryState{parked, deferred}, Standing{deferred, 2, 0, 2}},
	} {
		var tries Tries
		for i, a := range c.answers {
			tries.Begin(i+1, 1)
			if a != "" {
				tries.Answer(i+1, 1, a)
			}
		}
		if got := tries.Of(0); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.answers, got, c.want)
		}
	}
}

func TestNoSuchRecipient(t *testing.T) {
	var tries Tries
	for _, index := range []int{-1, 0, maxPlace + 1} {
		tries.Begin(1, index)
		tries.Answer(1, index, pipeline.StateSent)
	}
	if tries.Places() != 0 {
		t.Errorf("%d places", tries.Places())
	}
}
