package review

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

func TestQuorum(t *testing.T) {
	all := pipeline.Nations()
	two := []pipeline.Nation{pipeline.AUS, pipeline.NZL}
	aus1, aus2 := Approver{Name: "a1", Nation: pipeline.AUS}, Approver{Name: "a2", Nation: pipeline.AUS}
	nzl1, gbr1, can1 := Approver{Name: "n1", Nation: pipeline.NZL}, Approver{Name: "g1", Nation: pipeline.GBR}, Approver{Name: "c1", Nation: pipeline.CAN}
	for _, c := range []struct {
		name      string
		draft     string
		approvers []Approver
		missing   string
	}{
		{"nobody yet", tlpDraft("TLP:AMBER", all, "(TLP:AMBER)"), nil, "[AUS CAN GBR NZL USA 0/2 of 2]"},
		{"one is not enough", tlpDraft("TLP:AMBER", all, "(TLP:AMBER)"), []Approver{aus1}, "[AUS CAN GBR NZL USA 1/2 of 2]"},
		{"two of one nation are not enough", tlpDraft("TLP:AMBER", all, "(TLP:AMBER)"), []Approver{aus1, aus2}, "[AUS CAN GBR NZL USA 2/2 of 2]"},
		{"two from two nations", tlpDraft("TLP:AMBER", all, "(TLP:AMBER)"), []Approver{aus1, nzl1}, ""},
		{"one person twice is one", tlpDraft("TLP:AMBER", all, "(TLP:AMBER)"), []Approver{aus1, aus1}, "[AUS CAN GBR NZL USA 1/2 of 2]"},
		{"one nation's audience", tlpDraft("TLP:AMBER", two[:1], "(TLP:AMBER)"), []Approver{aus1, aus2}, ""},
		{"one nation's audience, one approver", tlpDraft("TLP:AMBER", two[:1], "(TLP:AMBER)"), []Approver{aus1}, "[AUS 1/2 of 1]"},
		{"green needs one", tlpDraft("TLP:GREEN", all, "(TLP:GREEN)"), []Approver{can1}, ""},
		{"clear needs one", tlpDraft("TLP:CLEAR", all, "(TLP:CLEAR)"), []Approver{can1}, ""},
		{"green needs one and has none", tlpDraft("TLP:GREEN", all, "(TLP:GREEN)"), nil, "[AUS CAN GBR NZL USA 0/1 of 1]"},
		{"a nation that may not have the portion does not count", tlpDraft("TLP:AMBER", all, "(TLP:AMBER)", "(TLP:AMBER//REL TO AUS, NZL)"),
			[]Approver{gbr1, can1}, "[AUS NZL 0/2 of 2]"},
		{"nor one of two", tlpDraft("TLP:AMBER", all, "(TLP:AMBER)", "(TLP:AMBER//REL TO AUS, NZL)"),
			[]Approver{gbr1, aus1}, "[AUS NZL 1/2 of 2]"},
		{"each portion has its own", tlpDraft("TLP:AMBER", all, "(TLP:AMBER)", "(TLP:AMBER//REL TO AUS, NZL)"),
			[]Approver{nzl1, aus1}, ""},
		{"a green portion in a red document", tlpDraft("TLP:RED", all, "(TLP:GREEN)", "(TLP:RED//REL TO AUS)"),
			[]Approver{nzl1, aus1}, "[AUS 1/2 of 1]"},
		{"nobody but strangers", tlpDraft("TLP:AMBER", two, "(TLP:AMBER)"), []Approver{gbr1, can1}, "[AUS NZL 0/2 of 2]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			for _, m := range DefaultPolicy().Missing(parse(t, c.draft), c.approvers) {
				got += fmt.Sprintf("[%s %d/%d of %d]", pipeline.JoinNations(m.Audience, " "), m.Have, m.Need, m.Nations)
			}
			if got != c.missing {
				t.Errorf("missing %q, want %q", got, c.missing)
			}
		})
	}
}

// TestQuorumProperties: one more approver never makes more missing, and where nothing is missing every single
// label has its quorum, counted here the plain way.
func TestQuorumProperties(t *testing.T) {
	marks := []string{"(TLP:CLEAR)", "(TLP:GREEN)", "(TLP:AMBER)", "(TLP:RED)", "(TLP:AMBER//REL TO AUS, NZL)", "(TLP:GREEN//REL TO CAN)", "(TLP:RED//REL TO GBR, USA)"}
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.SliceOfNDistinct(rapid.SampledFrom(pipeline.Nations()), 1, 5, rapid.ID).Draw(t, "to")
		slices.Sort(to)
		doc := parse(t, tlpDraft("TLP:RED", to, rapid.SliceOfN(rapid.SampledFrom(marks), 1, 5).Draw(t, "marks")...))
		p := DefaultPolicy()
		p.Default = Quorum{Approvals: rapid.IntRange(1, 3).Draw(t, "approvals"), Nations: rapid.IntRange(1, 3).Draw(t, "nations")}
		var approvers []Approver
		before := p.Missing(doc, nil)
		for i := range rapid.IntRange(0, 8).Draw(t, "approvers") {
			approvers = append(approvers, Approver{Name: fmt.Sprint("p", i), Nation: rapid.SampledFrom(pipeline.Nations()).Draw(t, "nation")})
			after := p.Missing(doc, approvers)
			for _, m := range after {
				i := slices.IndexFunc(before, func(b Missing) bool {
					return slices.Equal(b.Audience, m.Audience) && b.Need == m.Need && b.Nations == m.Nations
				})
				if i < 0 || before[i].Have > m.Have {
					t.Fatalf("with %v more is missing: %v, before: %v", approvers, after, before)
				}
			}
			before = after
		}
		terms := edition.Terms(doc, nil)
		for _, labelled := range doc.Labels() {
			label := labelled.Label
			quorum := p.Default
			tlp := label.TLP
			if tlp == marking.NoTLP {
				tlp = doc.TLP
			}
			if tlp == marking.Green || tlp == marking.Clear {
				quorum = Quorum{1, 1}
			}
			audience, count, from := 0, 0, map[pipeline.Nation]bool{}
			gets := edition.Nations(doc, terms) // who gets no edition is not asked
			for _, n := range gets {
				if edition.May(label, n, terms) {
					audience++
				}
			}
			for _, a := range approvers {
				if slices.Contains(gets, a.Nation) && edition.May(label, a.Nation, terms) {
					count++
					from[a.Nation] = true
				}
			}
			has := audience == 0 || count >= quorum.Approvals && len(from) >= min(quorum.Nations, audience)
			if len(before) == 0 && !has {
				t.Fatalf("nothing is missing, but %s has %d of %d from %d of %d", label.Print(), count, quorum.Approvals, len(from), quorum.Nations)
			}
		}
	})
}

func TestReleasedControlsWidenTheQuorumsAudience(t *testing.T) {
	doc := parse(t, "---\ntitle: Title\nscheme: usa\ntlp: TLP:AMBER\nreleasable_to: [GBR, USA]\n---\n(U//LES) At home unless released.\n")
	tom, carlos := Approver{Name: "tom", Nation: pipeline.GBR}, Approver{Name: "carlos", Nation: pipeline.USA}
	p := DefaultPolicy()
	if m := p.Missing(doc, []Approver{tom, carlos}); len(m) != 1 || !slices.Equal(m[0].Audience, []pipeline.Nation{pipeline.USA}) {
		t.Errorf("LES at home: missing %v, want the portion for USA", m)
	}
	p.Released = map[string]map[string][]string{"usa": {"LES": {"GBR"}}}
	if m := p.Missing(doc, []Approver{tom, carlos}); len(m) != 0 {
		t.Errorf("LES released to GBR: missing %v, want nothing", m)
	}
}

func TestPolicyAndPeopleReadWhatTheyWrote(t *testing.T) {
	p := DefaultPolicy()
	p.Released = map[string]map[string][]string{"usa": {"LES": {"GBR"}}}
	back, err := ParsePolicy(p.JSON())
	if err != nil || string(back.JSON()) != string(p.JSON()) {
		t.Errorf("policy: %s, %v; want %s", back.JSON(), err, p.JSON())
	}
	people, err := ParsePeople(cast().JSON())
	if err != nil || string(people.JSON()) != string(cast().JSON()) {
		t.Errorf("people: %s, %v", people.JSON(), err)
	}
	if _, err := ParsePolicy([]byte("{")); err == nil {
		t.Error("half a policy was read")
	}
	if _, err := ParsePeople([]byte("{")); err == nil {
		t.Error("half of the people were read")
	}
}

func TestPersonHas(t *testing.T) {
	p := person("tom", pipeline.GBR, Reviewer)
	if !p.Has(Reviewer) || p.Has(Author) {
		t.Errorf("%+v: reviewer %v, author %v", p, p.Has(Reviewer), p.Has(Author))
	}
	p.Disabled = true
	if p.Has(Reviewer) {
		t.Error("someone disabled has a role")
	}
	for name, want := range map[string]bool{"tom": true, "a-1": true, "": false, "Tom": false, "a.b": false, "*": false, ">": false, "a b": false, "abcdefghijklmnopqrstuvwxyz-012345": false} {
		if ValidName(name) != want {
			t.Errorf("ValidName(%q) = %v", name, !want)
		}
	}
}

// The only text is for one nation, the title for everybody: who has no edition can't be asked to approve.
func TestQuorumAsksNoNationWithoutAnEdition(t *testing.T) {
	doc := parse(t, "---\ntitle: For all\nscheme: usa\nkind: notice\ntlp: TLP:AMBER\nreleasable_to: [AUS, NZL, USA]\n---\n(U//LES) For one.\n")
	missing := DefaultPolicy().Missing(doc, nil)
	if len(missing) != 1 || !slices.Equal(missing[0].Audience, []pipeline.Nation{pipeline.USA}) || missing[0].Nations != 1 {
		t.Fatalf("missing %v, want two approvals from the USA alone", missing)
	}
	if left := DefaultPolicy().Missing(doc, []Approver{{Name: "a", Nation: pipeline.USA}, {Name: "b", Nation: pipeline.USA}}); len(left) != 0 {
		t.Fatalf("two approvals leave %v", left)
	}
}

func TestQuorumCountsOneKeyOnce(t *testing.T) {
	doc := parse(t, tlpDraft("TLP:AMBER", []pipeline.Nation{pipeline.AUS, pipeline.GBR}, "(TLP:AMBER)"))
	twins := []Approver{{Name: "twin1", Nation: pipeline.AUS, Key: "K"}, {Name: "twin2", Nation: pipeline.GBR, Key: "K"}}
	if missing := DefaultPolicy().Missing(doc, twins); len(missing) != 1 || missing[0].Have != 1 {
		t.Errorf("one key under two names: missing %v", missing)
	}
}

// A row is seen only by those who may have it and its table: others can't approve it.
func TestQuorumOfARowIsOfThoseWhoSeeIt(t *testing.T) {
	doc := parse(t, "---\ntitle: T\nscheme: usa\nkind: notice\ntlp: TLP:AMBER\nreleasable_to: [AUS, GBR, USA]\n---\n(U) For all.\n\n"+
		"| (U//REL TO USA, GBR) a | b |\n|---|---|\n| (U//REL TO USA, AUS) c | d |\n")
	approvers := []Approver{{Name: "a", Nation: pipeline.AUS}, {Name: "g", Nation: pipeline.GBR}, {Name: "u", Nation: pipeline.USA}}
	missing := DefaultPolicy().Missing(doc, approvers)
	if len(missing) != 1 || !slices.Equal(missing[0].Audience, []pipeline.Nation{pipeline.USA}) || missing[0].Have != 1 {
		t.Errorf("missing %v, want one more approval of the row from the USA", missing)
	}
}

// The fonts belong to what is approved: with others, every edition and so the statement is another.
func TestFontsBelongToWhatIsApproved(t *testing.T) {
	text := "---\ntitle: t\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [AUS, NZL]\n---\na\n"
	doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text)}}, draft.Options{})
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	seen := map[pipeline.Digest]bool{}
	for _, fonts := range [][]pipeline.Digest{nil, {"a"}, {"a", "b"}, {"b", "a"}} {
		policy := DefaultPolicy()
		policy.Fonts = fonts
		back, err := ParsePolicy(policy.JSON())
		if err != nil {
			t.Fatal(err)
		}
		editions, err := Editions(doc, back)
		if err != nil || len(editions) != 2 {
			t.Fatal(editions, err)
		}
		for _, e := range editions {
			if !slices.Equal(e.Fonts, fonts) || seen[e.ContentDigest()] {
				t.Errorf("fonts %q: edition with %q has the digest of another", fonts, e.Fonts)
			}
			seen[e.ContentDigest()] = true
		}
		seen[pipeline.DigestOf(policy.JSON())] = true
	}
	if len(seen) != 12 {
		t.Errorf("%d digests of 8 editions and 4 policies", len(seen))
	}
}
