package draft

import (
	"testing"
)

// What each scheme asks of a draft, beside the syntax of its marks.
func TestSchemes(t *testing.T) {
	const every = ": in scheme aus every portion begins with one | begin it with a mark, for example (O), (O:S) or (P//REL AUS/NZL)"
	aus := func(body string) string { return head("aus") + body }
	for _, c := range []errorCase{
		{"aus, good", aus("# h\n\n(O) a\n\n(O:S) b\n\n- (P//REL AUS/NZL) c\n\n> (UO) d\n\n| (S) e |\n|---|\n| (S//AUSTEO) f |\n\n```(P)\ng\n```\n\n(TLP:AMBER)(P//AGAO) h[^1]\n\n[^1]: (P//AUSTEO) i\n"), nil},
		{"aus, heading", aus("# (O:S) h\n\n(O) a\n"), nil},
		{"aus, unmarked", aus("a\n\n- b\n\n| c |\n|---|\n| d |\n\n```\ne\n```\n\n> f\n"), []string{
			"8:1: paragraph without its mark" + every, "10:3: list item without its mark" + every, "12:3: table without its mark" + every, "16:1: code block without its mark" + every,
			"20:3: paragraph without its mark" + every}},
		{"aus, mistyped", aus("(O-S) a\n\n(P REL AUS/NZL) b\n\n(O:s) c\n\n(P∕∕REL AUS/NZL) d\n\n(Ｐ) e\n\n(OFFICIAL: Sensitive) f\n\n(C) g\n"), []string{
			`8:2`,
		}},
		{"aus, TLP alone", aus("(TLP:RED) a\n"), nil},
		{"aus, other schemes", aus("# (U) h\n\n(OFFICIAL-SENSITIVE) a\n\n(PB) b\n\n(R) c\n\n(CUI) d\n\n(U//REL TO USA, AUS) e\n"), nil},
		{"aus, misplaced", aus("(O) Note: (P//REL AUS/NZL) b\n\n(O) One sentence. (P) Another.\n\n- (O) **(P)** a\n\n(O) a\n(P) b\n\n# Find (PROTECTED) it\n"), nil},
	} {
		t.Run(c.name, func(t *testing.T) { checkErrors(t, errorsOf(c.text), c.want) })
	}
}
