package draft

import (
	"strings"
	"testing"
)

// opening has, for each scheme, what its author must have meant as a mark.
var opening = map[string][]string{
	"tlp": {"(TLP:RED)", "(tlp:red)", "(TLP RED)", "[TLP:RED]", "（TLP：RED）"},
	"usa": {"(U)", "(S//REL)", "(S//REL TO USA, GBR)", "(//GBR S//REL TO USA, GBR)", "(TS//SI/TK//NF)", "(U//LES)", "(u//nf)", "(U-NF)", "(U NF)", "(S, REL TO USA, GBR)",
		"(S/NF)", "(NF)", "(LES-NF)", "(Secret)", "(top-secret)", "(SECRET//NOFORN)", "(Ｕ//ＮＦ)", "(U∕∕NF)", "(Ѕ)", "(С//NF)", "(S\u00ad//NF)", "(//NS)", "U//NF "},
	"cui": {"(CUI)", "(U)", "(cui)", "(CUI//NOFORN)", "(CUI//SP-CTI/LEI//FED ONLY)", "(CUI NOFORN)", "(CUI-LEI)", "(CONTROLLED)", "(Controlled)", "(controlled//nf)", "(SECRET//CUI)"},
	"gbr": {"(OFFICIAL)", "(OFFICIAL-SENSITIVE)", "(SECRET - UK EYES ONLY)", "(SECRET)", "(TOP SECRET)", "(UK SECRET)", "(official)", "(Official-Sensitive)", "(OFFICIAL: Sensitive)",
		"(OFFICIAL:Sensitive)", "(OFFICIAL SENSITIVE)", "(OFFICIAL–SENSITIVE)", "(OFFICIAL−SENSITIVE)", "(OFFICIAL\u00a0SENSITIVE)", "(OFFICIALSENSITIVE)", "(O-S)", "(SECRET UK EYES ONLY)",
		"(SECRET – UK EYES ONLY)", "(Secret - UK eyes only)", "(SECRET/UK EYES ONLY)", "(UK EYES ONLY)", "(FIVE EYES ONLY)", "(AUSTRALIA/CANADA EYES ONLY)", "(UK eyes only)", "(HMG USE ONLY)",
		"(RECIPIENTS ONLY)", "(OFFICIAL-SENSITIVE", "(SECRET the rest is missing", "(SЕCRET)", "(ＳＥＣＲＥＴ)", "(PROTECT)", "(RESTRICTED)", "(OFFICIAL - HMG USE ONLY)", "(secret: UK)"},
	"aus": {"(O)", "(O:S)", "(P//REL AUS/NZL)", "(UO)", "(TS//AUSTEO)", "(O-S)", "(O S)", "(O/S)", "(P REL AUS/NZL)", "(P/REL AUS/NZL)", "(p//rel aus/nzl)", "(P - AUSTEO)", "(OFFICIAL:Sensitive)",
		"(OFFICIAL: Sensitive)", "(PROTECTED)", "(protected)", "(AUSTEO)", "(REL)", "(P∕∕REL AUS∕NZL)", "(Ｏ：Ｓ)", "(Ｐ)", "(О)", "(uo)", "(o:s)", "P//REL AUS/NZL text", "PROTECTED//AUSTEO"},
	"can": {"(U)", "(PB)", "(PA)", "(TS)", "(PB - CANADIAN EYES ONLY)", "(C//CEO)", "(pb)", "(P-B)", "(P B)", "(PROTECTED B)", "(Protected B)", "(PROTECTED-B)", "(PROTÉGÉ B)", "(PROTE\u0301GE\u0301 B)",
		"(protégé b)", "(PROTEGE B)", "(PROTECTED)", "(NON CLASSIFIÉ)", "(TRÈS SECRET)", "(Très secret)", "(CONFIDENTIEL)", "(NC)", "(CEO)", "(CANADIAN EYES ONLY)", "(RÉSERVÉ AUX CANADIENS)", "(РВ)", "(ＰＢ)"},
	"nzl": {"(U)", "(IC)", "(Sen)", "(R)", "(C//REL TO NZL, AUS)", "(R//NZEO)", "(SEN)", "(sen)", "(ic)", "(IN-CONFIDENCE)", "(In Confidence)", "(SENSITIVE)", "(sensitive)", "(STAFF IN-CONFIDENCE)",
		"(BUDGET SENSITIVE)", "(R NZEO)", "(R - RELEASABLE TO NZL, AUS)", "(NZEO)", "(restricted)", "(Ｒ)", "(С//REL TO NZL, AUS)"},
}

func TestEverySchemeKnowsItsMarksAndWhatIsAlmostOne(t *testing.T) {
	for scheme, texts := range opening {
		for _, text := range texts {
			if !ruleOf(scheme).opens(text + " text") {
				t.Errorf("%s: %s is taken for text", scheme, text)
			}
		}
	}
}

// A mark of one nation in a draft of another would go to everybody, as text.
func TestMarkOfAnotherSchemeIsNoText(t *testing.T) {
	for scheme := range rules {
		for _, text := range []string{
			"(TLP:RED)", "(U)", "(C)", "(S)", "(TS)", "(R)", "(S//NF)", "(//GBR S)", "(U-NF)", "(CUI)", "(CUI//NOFORN)", "(OFFICIAL)", "(OFFICIAL-SENSITIVE)", "(official-sensitive)", "(SECRET)",
			"(SECRET - UK EYES ONLY)", "(UK EYES ONLY)", "(O)", "(O:S)", "(P)", "(P//REL AUS/NZL)", "(P REL AUS/NZL)", "(PROTECTED)", "(AUSTEO)", "(PA)", "(PB)", "(PC)", "(PROTECTED B)", "(PROTÉGÉ B)",
			"(TRÈS SECRET)", "(IC)", "(Sen)", "(R//NZEO)", "(IN-CONFIDENCE)", "(RESTRICTED)", "[O:S]", "[SEC=PROTECTED]", "{PB}", "（ＰＢ）", "(S∕∕NF)", "U//NF",
		} {
			m := marker{scheme: schemeOf(scheme), rule: ruleOf(scheme), probs: &problems{}}
			if !m.opens(text + " text") {
				t.Errorf("%s: %s is taken for text", scheme, text)
			}
		}
	}
}

// Words in parentheses that nobody means as a mark stay words, in every scheme.
func TestOrdinaryWordsInParenthesesAreNoMarkInAnyScheme(t *testing.T) {
	for scheme := range rules {
		for _, text := range []string{
			"(see below) text", "(US-CERT) Alert", "(U.S.) text", "(U.K.) text", "(S. Smith) wrote", "(C. Okeke) wrote", "(Sen. Smith) said", "(a) first", "(b) second", "(i) first", "(1) first", "(Official sources say so) text",
			"(Secret Service agents) text", "(Protected areas) text", "(Restricted access) text", "(Sensitive data) text", "(Confidential sources) text", "(In confidence to the desk) text", "(officials) text",
			"(secretly) text", "(secret-keeping) text", "(S/MIME) mail", "(C/C++) code", "(R/W) mounts", "(Class C) text", "(PCs) text", "(Ottawa) text", "(OK) text", "(Controlled delivery) text", "(Topsecretary) text",
			"(CVE-2021-44228) text", "(https://example.com/a) text", "(TCP/443) text", "(P2P) text", "(PBX) text", "(TSA) text", "(for internal use only) text", "(release notes) text", "(Related work) text",
			"[1] text", "[x] done", "[C](https://example.com) is a language", "a (C) text", "text (PB) text", "(eyes on) text", "(O'Brien) wrote", "(P. Brown) wrote", "(Pa.) text", "(Ont.) text", "(Canadian officials) text",
		} {
			m := marker{scheme: schemeOf(scheme), rule: ruleOf(scheme), probs: &problems{}}
			if m.opens(text) {
				t.Errorf("%s: %s is taken for a mark", scheme, text)
			}
		}
	}
}

// Inside a text only what must have been meant as a mark is one: abbreviations are common.
func TestMarkInsideATextOfAnyScheme(t *testing.T) {
	for scheme, texts := range map[string][]string{
		"usa": {"a (U//NF) b", "First. (S) Second.", "• (U) b", "a (SECRET//NOFORN) b", "a [NOFORN] b", "a (P//AUSTEO) b"},
		"cui": {"a (CUI//NOFORN) b", "First. (CUI) Second."},
		"gbr": {"a (OFFICIAL-SENSITIVE) b", "a (SECRET - UK EYES ONLY) b", "a (UK EYES ONLY) b", "a [SECRET] b", "a (OFFICIAL–SENSITIVE) b", "a (ＳＥＣＲＥＴ) b"},
		"aus": {"a (P//REL AUS/NZL) b", "First. (O:S) Second.", "Note: (P) b", "a (PROTECTED) b", "a (OFFICIAL: SENSITIVE) b", "a (REL AUS/NZL) b", "a (AUSTEO) b", "a (P∕∕REL AUS/NZL) b"},
		"can": {"a (PROTECTED B) b", "First. (PB) Second.", "a (PROTÉGÉ B) b", "a (C//CEO) b", "a (TRÈS SECRET) b"},
		"nzl": {"a (C//REL TO NZL, AUS) b", "First. (R) Second.", "a (RESTRICTED) b", "a (R//NZEO) b", "a (NZEO) b"},
	} {
		m := marker{scheme: schemeOf(scheme), rule: ruleOf(scheme), probs: &problems{}}
		for _, text := range append(texts, "a (TLP:RED) b") {
			if m.within(text) == "" {
				t.Errorf("%s: the mark in %q is not found", scheme, text)
			}
		}
		for _, text := range []string{
			"controlled unclassified information (CUI) is", "intelligence community (IC)", "personal computers (PC) and (PA) systems", "exhibits (C) and (D)", "the process(es)", "a secret (kept) thing",
			"the mark SECRET means", "It was OFFICIAL-SENSITIVE then.", "exhibit (S)", "the Secret Service (USSS)", "see [RFC 3156]", "https://example.com/(a)//b",
		} {
			if got := m.within(text); got != "" {
				t.Errorf("%s: %q is taken for a mark in %q", scheme, got, text)
			}
		}
	}
}

// A small letter may number a list; as the first thing of a title or a row it may have been meant as a mark.
func TestLevelInASmallLetterIsRefusedWhereNoMarkStands(t *testing.T) {
	for scheme, letters := range map[string]string{"usa": "ucs", "aus": "ops", "can": "ucs", "nzl": "urcs", "cui": "ucs"} {
		for _, letter := range strings.Split(letters, "") {
			m := marker{scheme: schemeOf(scheme), rule: ruleOf(scheme), probs: &problems{}}
			if got := m.slip("("+letter+") text", mark{}); !got.bad {
				t.Errorf("%s: (%s) is taken for text", scheme, letter)
			}
			if m.opens("(" + letter + ") text") {
				t.Errorf("%s: (%s) numbers no list behind a mark", scheme, letter)
			}
		}
	}
}

// Where no mark stands everybody gets the text: what begins it must not be what its author meant as a mark and
// misspelt, or wrote without parentheses.
func TestMisspeltMarkIsNoText(t *testing.T) {
	everywhere := []string{
		"(SECERT)", "(secert)", "(SECRT)", "(TOP SECERT)", "(TOPSECERT)", "(OFFICAL)", "(Offical Sensitive)", "(OFFICIAL SENSITVE)", "(OFFICAL-SENSITIVE)", "(UNCLASSIFED)", "(Confidental)", "(PROTECED)",
		"(RESTRICED)", "(Sensitive)", "(NOFOR)", "(UNF)", "(OS)", "(O;S)", "(O:S", "(OFFSEN)", "(UKEO)", "(FVEY)", "(UK EYES)", "(EYES ONLY)", "(5 EYES ONLY)", "(U.K. EYES ONLY)", "(GBR ONLY)", "(COMMERCIAL)",
		"(PERSONAL DATA)", "(HR/MANAGEMENT)", "(NOT FOR RELEASE)", "(REL: GBR)", "**(UKEO)**", "[SECERT]", "SECERT:", "SECERT -", "TOP SECERT", "OFFICAL-SENSITIVE", "OFFICIAL SENSITVE:", "PROTECTD B", "NOFORN", "**NOFORN**",
		"AUSTEO:", "NZEO:", "O:S", "UK EYES ONLY:", "**UK EYES ONLY**", "UK eyes only:", "CANADIAN EYES ONLY:", "USA EYES ONLY", "HMG USE ONLY:", "RECIPIENTS ONLY", "LAW ENFORCEMENT SENSITIVE:", "STAFF IN-CONFIDENCE:",
	}
	own := map[string][]string{
		"usa": {"LES:", "CUI:", "Classification: SECRET,"}, "cui": {"CUI:", "FED ONLY:"}, "gbr": {"Secret:", "Top secret:", "UK Secret:", "Official-Sensitive:", "Official Sensitive -", "Classification: OFFICIAL-SENSITIVE.", "Protective marking: SECRET"},
		"aus": {"UO:", "Marking: OFFICIAL: Sensitive,"}, "can": {"PB:", "CEO:", "Marking: PROTECTED B"}, "nzl": {"IC:", "Handling: RESTRICTED"},
	}
	for scheme, texts := range own {
		for _, text := range append(texts, everywhere...) {
			m := marker{scheme: schemeOf(scheme), rule: ruleOf(scheme), probs: &problems{}}
			if got := m.slip(text+" text", m.read(text+" text", Pos{})); !got.bad && !m.disguised(text) {
				t.Errorf("%s: %s is taken for text", scheme, text)
			}
		}
		for _, text := range []string{
			"(see below) text", "(U.S.) text", "(S. Smith) wrote", "(1) first", "(CVE-2021-44228) text", "(3CX) text", "(TCP/443) text", "(S/MIME) mail", "(C/C++) code", "(officials) text", "(secrets) text", "(secretary) text",
			"(Secret Service agents) text", "(for internal use only) text", "(Controller) text", "(Protection) text", "SECRETS MANAGEMENT", "# SECRETS", "PROTECTION", "CONFIDENTIALITY", "CONTROLLER: x", "Officials said", "Secrets: x",
			"PROJECT: x", "PRODUCTS", "Sensitivity: high", "Handling of secret keys", "Marking the files", "The UK EYES ONLY mark", "For your eyes only", "READ ONLY", "CISA: x", "FBI", "C: drive", "[CISA](https://example.com) text",
		} {
			m := marker{scheme: schemeOf(scheme), rule: ruleOf(scheme), probs: &problems{}}
			if m.slip(text, m.read(text, Pos{})).bad {
				t.Errorf("%s: %s is taken for a mark", scheme, text)
			}
		}
	}
}

// A mark behind the text that it is for holds for nothing.
func TestMarkBehindItsTextIsFound(t *testing.T) {
	for scheme, text := range map[string]string{"usa": "The source (TS)", "cui": "The source (CUI).", "aus": "The source (O:S).", "can": "The source (PB)", "nzl": "The source (Sen)."} {
		m := marker{scheme: schemeOf(scheme), rule: ruleOf(scheme), probs: &problems{}}
		if m.within(text) == "" {
			t.Errorf("%s: the mark in %q is not found", scheme, text)
		}
	}
}

// What stands before a colon or in a comment marks nothing, and was meant to.
func TestLevelBeforeAColonOrInACommentIsRefused(t *testing.T) {
	for _, c := range []struct{ scheme, body, message string }{
		{"gbr", "a\nOFFICIAL-SENSITIVE: b", "a line inside a portion begins with a mark"},
		{"gbr", "a\n**UK EYES ONLY:** b", "a line inside a portion begins with a mark"},
		{"usa", "(U) a\nNOFORN: b", "a line inside a portion begins with a mark"},
		{"usa", "(U) SECRET: b", "a second mark follows the first"},
		{"nzl", "(U) RESTRICTED: b", "a second mark follows the first"},
		{"gbr", "<!-- OFFICIAL-SENSITIVE -->\n\nb", "a comment holds a mark"},
		{"can", "(U) a <!-- (PB) --> b", "a comment holds a mark"},
		{"gbr", "```\n(SECERT)\nx\n```", "looks like a mark"},
	} {
		_, problems := parseText(head(c.scheme) + c.body + "\n")
		if err := problems.Err(); err == nil || !strings.Contains(problems[0].Msg, c.message) {
			t.Errorf("%s: %q: %v", c.scheme, c.body, problems)
		}
	}
	for scheme, body := range map[string]string{"gbr": "a <!-- ask the source --> b\nsecret: c", "usa": "(U) Secret: a\nNOFORN and b"} {
		if _, problems := parseText(head(scheme) + body + "\n"); problems.Err() != nil {
			t.Errorf("%s: %v", scheme, problems)
		}
	}
}
