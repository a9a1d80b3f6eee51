package marking

import (
	"math/bits"
	"slices"
	"strings"
)

// canScheme is Canada's system (Treasury Board, Directive on Security Management, 2019, Appendix J),
// of two ladders and two languages.
type canScheme struct{}

func (canScheme) Name() string    { return "can" }
func (canScheme) Profile() string { return "TBS-2019" }
func (canScheme) Owner() string   { return "CAN" }

func (s canScheme) Forms() []Form { return bannerAndPortion(s) }
func (canScheme) Lowest() Mark    { return &canMark{} }

func (canScheme) ParsePortion(s string) (Mark, error) {
	m, err := parseCANPortion(s)
	if err != nil {
		err.Suggestion = suggestCAN(s, true)
		return nil, err
	}
	return m, nil
}

func (canScheme) ParseBanner(s string) (Mark, error) {
	m, err := parseCANBanner(s)
	if err != nil {
		err.Suggestion = suggestCAN(s, false)
		return nil, err
	}
	return m, nil
}

// Releasable returns the levels of both ladders.
func (canScheme) Releasable() []string {
	var names []string
	for _, l := range canLevels {
		names = append(names, l.english)
	}
	slices.Sort(names)
	return names
}

// canMark is a mark of the can scheme, parsed or rolled up: all that its portions said.
type canMark struct {
	levels   uint8      // the levels that were said, a bit each; none is UNCLASSIFIED
	eyesOnly bool       // CANADIAN EYES ONLY
	tongues  canTongues // in which it was written; none is English, too
}

// canTongues is a set of languages. What is the same in both says neither.
type canTongues struct{ english, french bool }

func (t canTongues) with(u canTongues) canTongues {
	return canTongues{t.english || u.english, t.french || u.french}
}

// protected returns the highest level of the protected ladder.
func (m *canMark) protected() (l canLevel, ok bool) {
	n := bits.Len8(m.levels & canProtected)
	return canLevel(n - 1), n > 0
}

// classified returns the highest level of the classified ladder.
func (m *canMark) classified() (l canLevel, ok bool) {
	n := bits.Len8(m.levels &^ canProtected)
	return canLevel(n - 1), n > 0
}

func (m *canMark) Scheme() string          { return "can" }
func (m *canMark) BannerFor(string) string { return m.Banner() }

// Banner is written in the languages in which the portions were: English, French, or both.
func (m *canMark) Banner() string {
	var level, eyes string
	switch {
	case m.tongues == canTongues{true, true}:
		level = m.print(canEnglish) + canBetween + m.print(canFrench)
		eyes = canEyes[canEnglish] + canBetween + canEyes[canFrench]
	case m.tongues.french:
		level, eyes = m.print(canFrench), canEyes[canFrench]
	default:
		level, eyes = m.print(canEnglish), canEyes[canEnglish]
	}
	if m.eyesOnly {
		return level + canCaveat + eyes
	}
	return level
}

// Portion has the short form, which is the same in both languages.
func (m *canMark) Portion() string {
	if m.eyesOnly {
		return "(" + m.print(canShort) + canShortEyes + ")"
	}
	return "(" + m.print(canShort) + ")"
}

// completed returns the portion, which says nothing of languages, in those of its document's banner.
func (m *canMark) completed(banner Mark) Mark {
	b, ok := banner.(*canMark)
	if !ok || b == nil || m.tongues != (canTongues{}) {
		return m
	}
	full := *m
	full.tongues = b.tongues
	return &full
}

// print writes the highest level of each ladder.
func (m *canMark) print(t canTongue) string {
	p, isProtected := m.protected()
	c, isClassified := m.classified()
	switch {
	case isProtected && isClassified:
		return t.level(p) + t.and() + t.level(c)
	case isProtected:
		return t.level(p)
	case isClassified:
		return t.level(c)
	}
	return canUnclassified[t]
}

func (m *canMark) Audience() Audience {
	switch {
	case m.eyesOnly:
		return Listed("CAN")
	case m.levels == 0:
		return Unlimited()
	}
	return Originator()
}

// DomesticControls are every level that a portion has, of either ladder.
func (m *canMark) DomesticControls() []string {
	var names []string
	for l := range canLevels {
		if m.levels&(1<<l) != 0 {
			names = append(names, canLevels[l].english)
		}
	}
	return names
}

// Levels are the highest of each ladder, in English.
func (m *canMark) Levels() []string { return strings.Split(m.print(canEnglish), canEnglish.and()) }

func (m *canMark) rungs() [2]int {
	return [2]int{bits.Len8(m.levels & canProtected), bits.Len8(m.levels >> canConfidential)}
}

// Statements are none: the Directive asks for the mark alone.
func (m *canMark) Statements(Page) (statements, missing []string) { return nil, nil }

// RollUp keeps the highest level of each ladder (TBS-2019 Appendix J has no order between them).
func (canScheme) RollUp(portions []Mark) (Mark, error) { return rollUpCAN(portions, nil) }

// Explain is RollUp with its reasons written down.
func (canScheme) Explain(portions []Mark) []Reason {
	var w why
	if _, err := rollUpCAN(portions, &w); err != nil {
		return nil
	}
	return w
}

func rollUpCAN(portions []Mark, w *why) (Mark, error) {
	marks, err := marksOf[*canMark]("can", portions)
	if err != nil {
		return nil, err
	}
	sum := &canMark{}
	for _, m := range marks {
		sum.levels |= m.levels
		sum.eyesOnly = sum.eyesOnly || m.eyesOnly
		sum.tongues = sum.tongues.with(m.tongues)
	}
	sum.explain(w)
	return sum, nil
}

func (m *canMark) explain(w *why) {
	if w == nil {
		return
	}
	levels := m.Levels()
	if len(levels) == 2 {
		w.note(canLadderRule, "%s and %s stand on two ladders, and neither is higher: both are printed", levels[0], levels[1])
	} else {
		w.note(canLevelRule, "the highest level is %s", levels[0])
	}
	if m.tongues == (canTongues{true, true}) {
		w.note(canLevelRule, "the portions are written in English and in French: so is the banner")
	}
	switch {
	case m.eyesOnly:
		w.note(canEyesRule, "a portion is CANADIAN EYES ONLY: so is the banner")
	case m.levels != 0:
		w.note(canLevelRule, "it stays in Canada until policy releases %s", strings.Join(m.DomesticControls(), ", "))
	}
}
