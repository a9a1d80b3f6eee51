package draft

import (
	"regexp"
	"strings"
)

// tlpMarks finds labels of TLP: under every scheme anything that its author must have meant as one.
type tlpMarks struct{}

var (
	tlpWords   tlpMarks
	tlpOpening = regexp.MustCompile(`(?i)^[(\[{]\s*TLP\s*(?:[:=_–—-]|\s(?:RED|AMBER|GREEN|CLEAR|WHITE)\b)`)
)

func (tlpMarks) opens(text string) bool { return tlpOpening.MatchString(text) }
func (tlpMarks) alike(text string) bool { return tlpOpening.MatchString(text) }

func opensTLP(text string) bool { return tlpOpening.MatchString(fold(text)) }

// nationalMarks finds the marks of a national scheme.
type nationalMarks struct {
	own    []*regexp.Regexp
	other  []*regexp.Regexp
	inside *regexp.Regexp   // in the middle of a text
	late   *regexp.Regexp   // at the start of a line of a text, which is no place to mention one
	slips  []*regexp.Regexp // at the start of what has no mark: a level as a small letter, or in words without parentheses
}

// anyonesSlips are what nobody begins a text with but to keep it from somebody, in whatever scheme.
var anyonesSlips = []string{
	`^\(\s*[A-Z][A-Z /:;,_&-]+\)`, // (SECERT), (UKEO), (OS), (COMMERCIAL): capitals in parentheses
	`^(?:NOFORN|RELIDO|FOUO|ORCON|AUSTEO|AGAO|NZEO|\(?O:S|LAW ENFORCEMENT SENSITIVE)(?:[^\pL\pN]|$)|^CUI\s*$`,
	`(?i)^\(?\s*(?:(?:UK|U\.K\.|GBR|BRITISH|USA?|U\.S\.|AMERICAN|AUS?|AUSTRALIAN|CAN|CANADIAN|NZL?|NEW ZEALAND|FIVE|FVEY|5)[ ,/&-]+)+EYES[ -]ONLY\b`,
	`^(?:[A-Z]+[ /&-]+)*(?:USE|RECIPIENTS|FED|DL|UK|USA?|AUS|CAN|NZL?) ONLY\b`, // HMG USE ONLY: …
	`^(?:[A-Z]+[ -]+)+IN[ -]CONFIDENCE\b`,
}

// ordinary are words that read like a level and its control, and are none.
var ordinary = regexp.MustCompile(`^\(\s*(?:S/MIME|C/C\+\+|R/W)[^/)]*\)`)

func (m nationalMarks) opens(text string) bool { return begins(m.own, text) }
func (m nationalMarks) alike(text string) bool { return begins(m.other, text) }

func begins(forms []*regexp.Regexp, text string) bool {
	if strings.HasPrefix(text, "(") {
		text = "(" + strings.TrimLeft(text, "( ") // ((P)) is no better than (P)
	}
	return anyMatches(forms, text) && !ordinary.MatchString(text)
}

func anyMatches(forms []*regexp.Regexp, text string) bool {
	for _, form := range forms {
		if form.MatchString(text) {
			return true
		}
	}
	return false
}

// The words of the schemes, longer ones before those that they begin with. A space in a level stands for whatever
// separates its parts. Ordinary words in parentheses, as in (see below), (a), (Secret Service agents), are none: what
// counts is where a word ends and what follows it.
var (
	usaWords = national("UNCLASSIFIED CONFIDENTIAL SECRET TOP_SECRET", "U C S TS R CUI",
		"NF NOFORN REL RELIDO FOUO LES LES-NF SBU SBU-NF SSI OC ORCON FISA PR IMC RS FGI", `^\(\s*(?://|/\s*[A-Z]{2,}\b)`) // (//GBR S): CAPCO-2016 B.1
	cuiWords = national("UNCLASSIFIED CONFIDENTIAL SECRET TOP_SECRET CONTROLLED", "U C S TS CUI",
		"CUI NF NOFORN REL RELIDO FED_ONLY FEDCON NOCON DL_ONLY DISPLAY_ONLY LEI SP")
	gbrWords = national("OFFICIAL_SENSITIVE OFFICIAL SECRET TOP_SECRET UK_OFFICIAL_SENSITIVE UK_OFFICIAL UK_SECRET UK_TOP_SECRET RESTRICTED CONFIDENTIAL PROTECT", "O_S S",
		"", `^\(\s*(?i:(?:[A-Z]+[ /,&-]+)+EYES\s+ONLY)\b`, `^\([A-Z /-]*\b(?:USE|RECIPIENTS)\s+ONLY\b`)
	ausWords = national("UNOFFICIAL OFFICIAL_SENSITIVE OFFICIAL PROTECTED SECRET TOP_SECRET", "UO O_S O P S TS",
		"REL AUSTEO AGAO CABINET NATIONAL_CABINET DELICATE_SOURCE ORCON EXCLUSIVE_FOR ACCOUNTABLE_MATERIAL PERSONAL_PRIVACY LEGAL_PRIVILEGE LEGISLATIVE_SECRECY", `(?i)^\(\s*(?:O:S\s*\)|SEC\s*=)`)
	canWords = national("UNCLASSIFIED NON_CLASSIFIE PROTECTED_A PROTECTED_B PROTECTED_C PROTEGE_A PROTEGE_B PROTEGE_C PROTECTED PROTEGE CONFIDENTIAL CONFIDENTIEL SECRET TOP_SECRET TRES_SECRET", "U NC P_A P_B P_C PA PB PC C S TS",
		"CEO CANADIAN_EYES_ONLY RESERVE_AUX_CANADIENS REL")
	nzlWords = national("UNCLASSIFIED IN_CONFIDENCE SENSITIVE RESTRICTED CONFIDENTIAL SECRET TOP_SECRET", "U IC Sen R C S TS",
		"NZEO ORCON REL RELEASABLE", `^\((?:[A-Z]+[ -]+)+(?:IN-CONFIDENCE|SENSITIVE)\b`)
)

// national finds marks that begin with one of the levels, written out or abbreviated, or with a control that
// someone wrote without one; and whatever the forms describe.
func national(levels, short, controls string, forms ...string) nationalMarks {
	const signs = `[\s,;:.|_\\/+&-]`
	level, abbreviated, control := alternatives(levels), alternatives(short), alternatives(controls)
	all := level + "|" + abbreviated
	both := []string{
		`(?i)^\(\s*(?:` + all + `)\s*//`,                // (u//nf)
		`^\(\s*(?:` + all + `)\s*(?:\)|/[A-Z])`,         // (U), (U/NF)
		`(?i)^\(\s*(?:` + compound(levels) + `)\s*\)`,   // (top secret)
		`^\(\s*(?:` + level + `)\s*(?:[-:/|]+\s*[A-Z])`, // (SECRET - UK EYES ONLY)
	}
	own := []string{
		`(?i)^\(\s*(?:` + level + `)\s*(?:[),;:|_\\/+]|-(?-i:[^a-z]))`, // (secret), (Official: Sensitive); not (secret-keeping)
		`^\(\s*(?:` + level + `)(?:[^\pL\pN]|$)`,                       // (SECRET without an end
		`(?i)^\(\s*(?:` + longer(short) + `)\s*\)`,                     // (SEN), (ts)
		`^(?:` + all + `)\s*//\s*[A-Z]`,                                // P//REL AUS/NZL without parentheses
	}
	if control != "" {
		both = append(both, `(?i)^\(\s*(?:`+all+`)`+signs+`+(?:`+control+`)\b`) // (U-NF), (P REL AUS/NZL)
		both = append(both, `^\(\s*(?:`+control+`)\s*[)/]`)                     // (NF), (LES/…)
	}
	both = append(both, forms...)
	return nationalMarks{
		own: compiled(append(own, both...)), other: compiled(both),
		inside: regexp.MustCompile(`[(\[]\s*(?:` + level + `|(?i:` + compound(levels) + `))\s*(?:[)\]]|-\s)|` + // (SECRET), (SECRET - UK EYES ONLY)
			`(?:^|[^\pL\pN\s,"'’])\s+\((?:` + all + `)\)(?:\s|$)|` + // First sentence. (P) Second sentence.
			`\s\((?:` + trailing(short) + `)\)\W*$`), // behind what it is for: The source (PB)
		late: regexp.MustCompile(`^(?:` + level + `|NOFORN|AUSTEO|AGAO|NZEO|CUI|LES|[A-Z][A-Z /&-]* ONLY)\s*:`), // SECRET: the source …
		slips: compiled(append([]string{
			`^\(\s*(?i:` + single(short) + `)\s*\)`,                                                          // (s)
			`^(?:` + compound(levels) + `)(?:[^\pL\pN]|$)`,                                                   // OFFICIAL-SENSITIVE The source …
			`^(?:` + level + `)(?:\s*[:|]|\s*-\s|\s+[A-Z]?[a-z]|$)`,                                          // SECRET: the source …, but not SECRET SERVICES
			`(?i)^(?:` + level + `)\s*:|^(?:` + compound(levels) + `)\s+-\s`,                                 // Secret: the source …
			`^(?:` + longer(short+" "+controls) + `)\s*:`,                                                    // PB: the source …
			`(?i)^\(?(?:[a-z]+ )?(?:classification|marking|handling|caveat)s?\s*[:=-]\s*(?:` + level + `)\b`, // Classification: SECRET
		}, anyonesSlips...)),
	}
}

// alternatives is an expression for one of the words; an underscore is whatever separates two parts of a word.
func alternatives(list string) string {
	out := strings.Fields(list)
	for i, w := range out {
		parts := strings.Split(w, "_")
		between := `[\s:_./-]*`
		if len(parts[len(parts)-1]) == 1 { // of a single letter some separation must be left: O:S, and not OS
			between = `[\s:_./-]+`
		}
		out[i] = strings.Join(parts, between)
	}
	return strings.Join(out, "|")
}

// compound is those of the words that have several parts, which nobody writes by chance.
func compound(list string) string {
	return selected(list, func(w string) bool { return strings.Contains(w, "_") })
}

// longer is those of the words that are more than a letter: (c) alone may number a list.
func longer(list string) string {
	return selected(list, func(w string) bool { return len(w) > 1 })
}

// trailing is those of the words that stand at the end of a text only as a mark: (IC) is the intelligence community too.
func trailing(list string) string {
	return selected(list, func(w string) bool { return len(w) > 1 && w != "IC" && w != "NC" })
}

func single(list string) string {
	return selected(list, func(w string) bool { return len(w) == 1 })
}

func selected(list string, wanted func(string) bool) string {
	var out []string
	for _, w := range strings.Fields(list) {
		if wanted(w) {
			out = append(out, w)
		}
	}
	return alternatives(strings.Join(out, " "))
}

func compiled(forms []string) []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(forms))
	for i, f := range forms {
		out[i] = regexp.MustCompile(f)
	}
	return out
}
