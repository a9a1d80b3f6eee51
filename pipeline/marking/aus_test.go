package marking

import (
	"errors"
	"strings"
	"testing"
)

// Every row of the scheme, in every form.
func TestAusVectors(t *testing.T) {
	forms, ran := map[string]Form{}, map[string]int{}
	for _, f := range (ausScheme{}).Forms() {
		forms[f.Name] = f
	}
	for _, v := range readVectors(t) {
		if v.scheme != "aus" {
			continue
		}
		ran[v.form+" "+v.valid]++
		f, ok := forms[v.form]
		if !ok {
			t.Errorf("%q has the form %s", v.input, v.form)
			continue
		}
		m, err := f.Parse(v.input)
		if (err == nil) != (v.valid == "yes") {
			t.Errorf("%s %q: error %v, want valid: %s", v.form, v.input, err, v.valid)
			continue
		}
		if err != nil {
			checkSyntaxError(t, v.input, err, f.Parse)
			continue
		}
		checkAusForm(t, f, m)
	}
	want := "banner no 9 banner yes 4 header no 3 header yes 5 medium no 9 medium yes 6 portion no 1 portion yes 4 subject no 13 subject yes 15"
	if got := tally(ran); got != want {
		t.Errorf("ran %s\nwant %s", got, want)
	}
}

// checkAusForm holds the round trip of a form: what it prints it reads, and prints again.
func checkAusForm(t testing.TB, f Form, m Mark) {
	t.Helper()
	out := f.Print(m)
	again, err := f.Parse(out)
	if err != nil {
		t.Fatalf("%s prints %q: %v", f.Name, out, err)
	}
	if f.Print(again) != out {
		t.Fatalf("%s prints %q, which prints %q", f.Name, out, f.Print(again))
	}
	if strings.Contains(out, "RI:REL ") {
		t.Errorf("%s prints %q, which is not the grammar's form", f.Name, out)
	}
}

func ausFormNamed(t testing.TB, name string) Form {
	t.Helper()
	for _, f := range (ausScheme{}).Forms() {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no form %s", name)
	return Form{}
}

func TestAusAccepts(t *testing.T) {
	tests := []struct{ form, in, out, banner, audience string }{
		{"banner", "UNOFFICIAL", "UNOFFICIAL", "UNOFFICIAL", "unlimited"},
		{"banner", "OFFICIAL", "OFFICIAL", "OFFICIAL", "unlimited"},
		{"banner", "OFFICIAL: Sensitive", "OFFICIAL: Sensitive", "OFFICIAL: Sensitive", "originator"},
		{"banner", "PROTECTED//LOBSTER", "PROTECTED//LOBSTER", "PROTECTED//LOBSTER", "originator"},
		{"banner", "SECRET//LOBSTER//REL AUS/GBR", "SECRET//LOBSTER//REL AUS/GBR", "SECRET//LOBSTER//REL AUS/GBR", "AUS GBR"},
		{"banner", "SECRET//ORCON//REL AGO/AUS", "SECRET//ORCON//REL AGO/AUS", "SECRET//ORCON//REL AGO/AUS", "AGO AUS"},
		{"banner", "SECRET//CABINET//REL AUS/GBR", "SECRET//CABINET//REL AUS/GBR", "SECRET//CABINET//REL AUS/GBR", "AUS"},
		{"banner", `TOP SECRET//C a b//FG S\/\/REL TO USA, AUS//EXCLUSIVE FOR Jane Doe \(ATO\)`, `TOP SECRET//C a b//FG S\/\/REL TO USA, AUS//EXCLUSIVE FOR Jane Doe \(ATO\)`,
			`TOP SECRET//C a b//FG S\/\/REL TO USA, AUS//EXCLUSIVE FOR Jane Doe \(ATO\)`, "AUS"},
		{"banner", "SECRET//FG NATO//FG UK EYES", "SECRET//FG NATO//FG UK EYES", "SECRET//FG NATO//FG UK EYES", "AUS"},
		{"portion", "(P//REL AUS/NZL)", "(P//REL AUS/NZL)", "PROTECTED//REL AUS/NZL", "AUS NZL"},
		{"portion", "(O:S//NATIONAL CABINET)", "(O:S//NATIONAL CABINET)", "OFFICIAL: Sensitive//NATIONAL CABINET", "AUS"},
		{"portion", "(TS//AGAO)", "(TS//AGAO)", "TOP SECRET//AGAO", "AUS"},
		{"subject", "Re: [1] x [SEC=PROTECTED,   CAVEAT=SH:CABINET] was: y [SEC=OFFICIAL]", "Re: [1] x [SEC=PROTECTED, CAVEAT=SH:CABINET] was: y [SEC=OFFICIAL]", "PROTECTED//CABINET", "AUS"},
		{"medium", "SEC=SECRET, CAVEAT=RI:AUSTEO, CAVEAT=FG:b, CAVEAT=FG:a, CAVEAT=C:LOBSTER", "SEC=SECRET, CAVEAT=C:LOBSTER, CAVEAT=FG:a, CAVEAT=FG:b, CAVEAT=RI:AUSTEO",
			"SECRET//LOBSTER//FG a//FG b//AUSTEO", "AUS"},
		{"medium", `SEC=SECRET, CAVEAT=C:A\,B\\`, `SEC=SECRET, CAVEAT=C:A\,B\\`, `SECRET//C A,B\\`, "originator"},
		{"medium", "SEC=SECRET, CAVEAT=SH:EXCLUSIVE-FORJane", "SEC=SECRET, CAVEAT=SH:EXCLUSIVE-FOR Jane", "SECRET//EXCLUSIVE FOR Jane", "AUS"},
		// The standard's prose.
		{"medium", "SEC=SECRET, CAVEAT=RI:REL AUS/NZL", "SEC=SECRET, CAVEAT=RI:REL/AUS/NZL", "SECRET//REL AUS/NZL", "AUS NZL"},
		{"header", "VER=2018.4, NS=GOV.au, SEC=SECRET, EXPIRES=2030-01-31, DOWNTO=OFFICIAL, ACCESS=Legal-Privilege, ACCESS=Legal-Privilege, ORIGIN=a.b@c.gov.au",
			"VER=2018.4, NS=gov.au, SEC=SECRET, ACCESS=Legal-Privilege, EXPIRES=2030-01-31, DOWNTO=OFFICIAL, ORIGIN=a.b@c.gov.au", "SECRET", "originator"},
		// Folding, and the whole field.
		{"header", "X-Protective-Marking: VER=2024.1,\r\n\tNS=gov.au, \r\n  SEC=OFFICIAL,\tNOTE=a\\, b,\r\n ORIGIN=o'brien@ato.gov.au \r\n",
			`VER=2024.1, NS=gov.au, SEC=OFFICIAL, NOTE=a\, b, ORIGIN=o'brien@ato.gov.au`, "OFFICIAL", "unlimited"},
	}
	for _, tt := range tests {
		f := ausFormNamed(t, tt.form)
		m, err := f.Parse(tt.in)
		if err != nil {
			t.Error(err)
			continue
		}
		if f.Print(m) != tt.out || m.Banner() != tt.banner || audienceOf(m.Audience()) != tt.audience {
			t.Errorf("%q: %q, %q for %s\nwant %q, %q for %s", tt.in, f.Print(m), m.Banner(), audienceOf(m.Audience()), tt.out, tt.banner, tt.audience)
		}
		checkAusForm(t, f, m)
	}
}

func TestAusRefuses(t *testing.T) {
	tests := []struct {
		form, in        string
		offset          int
		msg, suggestion string
	}{
		{"banner", "", 0, "is not a level", ""},
		{"banner", " SECRET", 0, "is not a level", "SECRET"},
		{"banner", "OFFICIAL: SENSITIVE", 0, "is not a level", "OFFICIAL: Sensitive"},
		{"banner", "OFFICIAL:Sensitive", 0, "is not a level", "OFFICIAL: Sensitive"},
		{"banner", "OFFICIAL-SENSITIVE", 0, "United Kingdom's", "OFFICIAL: Sensitive"},
		{"banner", "TOP-SECRET", 0, "is not a level", "TOP SECRET"},
		{"banner", "CONFIDENTIAL//AUSTEO", 0, "discontinued in 2020", ""},
		{"banner", "RESTRICTED", 0, "classified anew", ""},
		{"banner", "FOR OFFICIAL USE ONLY", 0, "dissemination limiting marker", "OFFICIAL: Sensitive"},
		{"banner", "Sensitive: Legal", 0, "assessed anew", ""},
		{"banner", "STAFF-IN-CONFIDENCE", 0, "assessed anew", ""},
		{"banner", "AUSTEO", 0, "is not a level", ""},
		{"banner", "SECRET/AUSTEO", 0, "is not a level", "SECRET//AUSTEO"},
		{"banner", "SECRET//", 8, "a caveat is missing", ""},
		{"banner", "SECRET////AUSTEO", 8, "a caveat is missing", "SECRET//AUSTEO"},
		{"banner", "SECRET//AUSTEO/", 8, "is no caveat", ""},
		{"banner", "SECRET\u2215\u2215AUSTEO", 6, "looks like a slash", "SECRET//AUSTEO"},
		{"banner", "SECRET//AUSTEO\r\n", 14, "U+000D", "SECRET//AUSTEO"},
		{"banner", "SECRET//NOFORN", 8, "is no caveat", ""},
		{"banner", "SECRET//C LOBSTER", 8, "no C stands before it", ""},
		{"banner", "SECRET//REL", 8, "which or whom", ""},
		{"banner", "SECRET//EXCLUSIVE FOR ", 8, "is no caveat", ""},
		{"banner", "OFFICIAL: Sensitive//Legal privilege", 21, "information management marker", ""},
		{"banner", "OFFICIAL: Sensitive//CABINET", 21, "CABINET needs PROTECTED", ""},
		{"banner", "OFFICIAL//NATIONAL CABINET", 10, "needs OFFICIAL: Sensitive", ""},
		{"banner", "UNOFFICIAL//LOBSTER", 12, "C needs PROTECTED", ""},
		{"banner", "SECRET//AUSTEO//CABINET", 16, "stands too late", "SECRET//CABINET//AUSTEO"},
		{"banner", "SECRET//CABINET//CABINET", 17, "too late or twice", "SECRET//CABINET"},
		{"banner", "SECRET//LOBSTER//TURBOT", 17, "at most one", ""},
		{"banner", "SECRET//AUSTOE", 8, "is no caveat", "SECRET//AUSTEO"},
		{"banner", "SECRET//ORCN//REL AUS/NZL", 8, "is no caveat", "SECRET//ORCON//REL AUS/NZL"},
		{"portion", "(P//CABNET)", 4, "is no caveat", "(P//CABINET)"},
		{"banner", "SECRET//FG b//FG a", 14, "alphabetical", ""},
		{"banner", "SECRET//FG a//FG a", 14, "stands twice", ""},
		{"banner", `SECRET//FG a\x`, 8, "a backslash stands only before", ""},
		{"banner", `SECRET//FG a\`, 8, "a backslash stands only before", ""},
		{"banner", "SECRET//FG a/b", 8, `is written \/`, ""},
		{"banner", "SECRET//FG a  b", 8, "two in a row", ""},
		{"banner", "SECRET//EXCLUSIVE FOR  a", 8, "begins nor ends", ""},
		{"banner", `SECRET//FG a\/`, 8, "looks cut off", ""},
		{"banner", "SECRET//REL-AUS", 8, "is no caveat", "SECRET//AUSTEO"},
		{"banner", "SECRET//AUSTRALIAN EYES ONLY", 8, "is no caveat", "SECRET//AUSTEO"},
		{"banner", "SECRET//AUSTRALIAN GOVERNMENT ACCESS ONLY", 8, "is no caveat", "SECRET//AGAO"},
		{"banner", "SECRET//FG a]", 8, "closing bracket", ""},
		{"banner", "SECRET//AUSTEO//AGAO", 16, "exclude one another", ""},
		{"banner", "SECRET//REL AUS/NZL//AUSTEO", 21, "exclude one another", ""},
		{"banner", "SECRET//REL AUS", 8, "REL AUS alone", "SECRET//AUSTEO"},
		{"banner", "SECRET//REL CAN/NZL", 8, "holds AUS", ""},
		{"banner", "SECRET//REL NZL/AUS", 8, "too late", "SECRET//REL AUS/NZL"},
		{"banner", "SECRET//REL AUS/AUS/NZL", 8, "too late", "SECRET//REL AUS/NZL"},
		{"banner", "SECRET//REL TO AUS, NZL", 8, "no country", "SECRET//REL AUS/NZL"},
		{"banner", "SECRET//REL AUS/NZM", 8, `"NZM" is no country`, ""},
		{"banner", "SECRET//REL FVEY", 8, "no country", "SECRET//REL AUS/CAN/GBR/NZL/USA"},
		{"portion", "(C)", 1, "discontinued in 2020", ""},
		{"portion", "(PROTECTED)", 1, "is not a level", "(P)"},
		{"portion", "(o:s)", 1, "is not a level", "(O:S)"},
		{"portion", "P", 0, "in parentheses", "(P)"},
		{"subject", "no marking", 10, "no marking", ""},
		{"subject", "[DLM=For-Official-Use-Only]", 0, "dissemination limiting", ""},
		{"subject", "x [SEC=SECRET", 13, "closing bracket", ""},
		{"subject", "x [ SEC=SECRET] [SEC=OFFICIAL]", 3, "is no part", "x [SEC=SECRET] [SEC=OFFICIAL]"},
		{"subject", "[sec=SECRET] [SEC=OFFICIAL]", 1, "is no part", "[SEC=SECRET] [SEC=OFFICIAL]"},
		{"subject", "[SEC=SECRET, CAVEAT=C:a]b, CAVEAT=RI:AUSTEO]", 43, "none has opened", ""},
		{"subject", "[SEC=SECRET,\tCAVEAT=RI:AUSTEO]", 12, "U+0009", "[SEC=SECRET, CAVEAT=RI:AUSTEO]"},
		{"subject", "[SEC=SECRET,CAVEAT=RI:AUSTEO]", 12, "white space is required", "[SEC=SECRET, CAVEAT=RI:AUSTEO]"},
		{"subject", "[SEC=SECRET, CAVEAT=RI:REL AUS/NZL]", 20, "is no caveat", "[SEC=SECRET, CAVEAT=RI:REL/AUS/NZL]"},
		{"subject", "Über [SEC=SECRET]", 0, "U+00DC", ""},
		{"medium", "SEC= SECRET", 4, "is not a level", "SEC=SECRET"},
		{"medium", "SEC=SECRET,", 11, "white space is required", ""},
		{"medium", "SEC=SECRET, ", 12, "is no part", ""},
		{"medium", "SEC=SECRET, SEC=SECRET", 12, "too late or twice", ""},
		{"medium", "SEC=SECRET, CAVEAT=RI:austeo", 19, "in capitals", "SEC=SECRET, CAVEAT=RI:AUSTEO"},
		{"medium", "SEC=SECRET, CAVEAT=RI:REL/AUS", 19, "REL AUS alone", "SEC=SECRET, CAVEAT=RI:AUSTEO"},
		{"medium", "SEC=SECRET, CAVEAT=RI:AGAO, CAVEAT=RI:AUSTEO", 35, "exclude one another", ""},
		{"medium", "SEC=SECRET, CAVEAT=C:A, CAVEAT=C:A", 31, "at most one", ""},
		{"medium", "SEC=SECRET, CAVEAT=C:", 19, "a text is missing", ""},
		{"medium", "SEC=SECRET, CAVEAT=C:a,b", 23, "white space is required", ""},
		{"medium", "SEC=SECRET, ACCESS=legal-privilege", 19, "no information management marker", "SEC=SECRET, ACCESS=Legal-Privilege"},
		{"medium", "SEC=OFFICIAL, ACCESS=Legal-Privilege", 21, "needs OFFICIAL: Sensitive", ""},
		{"medium", "SEC=SECRET, ACCESS=Legal-Privilege, CAVEAT=RI:AUSTEO", 36, "too late", ""},
		{"medium", "SEC=SECRET, EXPIRES=x", 21, "needs DOWNTO", ""},
		{"medium", "SEC=SECRET, DOWNTO=OFFICIAL", 12, "stand together", ""},
		{"medium", "SEC=SECRET, EXPIRES=x, ACCESS=Legal-Privilege, DOWNTO=OFFICIAL", 23, "stand together", ""},
		{"medium", "SEC=SECRET, EXPIRES=x, DOWNTO=SECRET", 30, "below SEC", ""},
		{"medium", "SEC=SECRET, EXPIRES=x, DOWNTO=TOP SECRET", 30, "is not a level", ""},
		{"medium", "SEC=SECRET, EXPIRES=2030-01-31 10:00, DOWNTO=UNOFFICIAL, DOWNTO=UNOFFICIAL", 57, "stand together", ""},
		{"medium", "SEC=SECRET, EXPIRES=2030-02-31, DOWNTO=OFFICIAL", 20, "is no date", ""},
		{"medium", "SEC=SECRET, EXPIRES=2030-01-31T10:00:00, DOWNTO=OFFICIAL", 20, "is no date", ""},
		{"medium", "SEC=SECRET, EXPIRES=2030-01-31T1:00:00Z, DOWNTO=OFFICIAL", 20, "is no date", ""},
		{"medium", "SEC=SECRET, EXPIRES=x, DOWNTO=OFFICIAL, ACCESS=Legal-Privilege, EXPIRES=y, DOWNTO=OFFICIAL", 64, "twice", ""},
		{"medium", "SEC=SECRET, ORIGIN=a@b.gov.au", 12, "header alone", ""},
		{"header", "VER=2024.1, NS=gov.au, SEC=SECRET, NOTE=x", 41, "ends with ORIGIN", ""},
		{"header", "VER=2024.1, SEC=SECRET, ORIGIN=a@b", 12, "NS= is expected", ""},
		{"header", "VER=24.1, NS=gov.au, SEC=SECRET, ORIGIN=a@b", 4, "a version is", ""},
		{"header", "VER=2024., NS=gov.au, SEC=SECRET, ORIGIN=a@b", 4, "a version is", ""},
		{"header", "VER=2024.1, NS=gov.nz, SEC=SECRET, ORIGIN=a@b", 15, "namespace is gov.au", ""},
		{"header", "VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=a..b@c", 42, "ORIGIN is the address", ""},
		{"header", "VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=a@b, ORIGIN=a@b", 47, "too late or twice", ""},
		{"header", "VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=a b@c", 42, "ORIGIN is the address", ""},
		{"header", "VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=a@b\r\nBcc: c@d", 42, "ORIGIN is the address", ""},
		{"header", "VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=a@b\r\n", 42, "ORIGIN is the address", "VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=a@b"},
		{"header", "VER=2024.1, NS=gov.au, SEC=SECRET, NOTE=a\r\n b, ORIGIN=a@b", 40, "printable ASCII", ""},
		{"header", "VER=2024.1,\n NS=gov.au, SEC=SECRET, ORIGIN=a@b", 11, "white space is required", "VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=a@b"},
		{"header", "VER=2024.1,\r\nNS=gov.au, SEC=SECRET, ORIGIN=a@b", 11, "white space is required", "VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=a@b"},
		{"header", "x-protective-marking: VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=a@b", 0, "is no part", ""},
	}
	for _, tt := range tests {
		f := ausFormNamed(t, tt.form)
		m, err := f.Parse(tt.in)
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%s %q parsed to %v, %v", tt.form, tt.in, m, err)
			continue
		}
		if e.Offset != tt.offset || !strings.Contains(e.Msg, tt.msg) || e.Suggestion != tt.suggestion {
			t.Errorf("%s %q: offset %d, %q, suggestion %q; want %d, %q, %q", tt.form, tt.in, e.Offset, e.Msg, e.Suggestion, tt.offset, tt.msg, tt.suggestion)
		}
		checkSyntaxError(t, tt.in, err, f.Parse)
	}
}

func TestAusLimits(t *testing.T) {
	medium, header := ausFormNamed(t, "medium"), ausFormNamed(t, "header")
	name := strings.Repeat("x", 128)
	tests := []struct {
		f  Form
		in string
		ok bool
	}{
		{medium, "SEC=SECRET, CAVEAT=C:" + name, true},
		{medium, "SEC=SECRET, CAVEAT=C:" + name + "x", false},
		{medium, "SEC=SECRET, CAVEAT=C:" + strings.Repeat(`\,`, 128), true}, // an escaped character counts once
		{medium, "SEC=SECRET, CAVEAT=SH:EXCLUSIVE-FOR" + name, true},
		{medium, "SEC=SECRET, CAVEAT=SH:EXCLUSIVE-FOR " + name[1:], true},
		{medium, "SEC=SECRET, CAVEAT=SH:EXCLUSIVE-FOR " + name, false},
		{medium, "SEC=SECRET," + strings.Repeat(" ", 998-27) + "CAVEAT=RI:AUSTEO", true},
		{medium, "SEC=SECRET," + strings.Repeat(" ", 999-27) + "CAVEAT=RI:AUSTEO", false},
		{header, "VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=" + strings.Repeat("a", 252) + "@b", true},
		{header, "VER=2024.1, NS=gov.au, SEC=SECRET, ORIGIN=" + strings.Repeat("a", 253) + "@b", false},
	}
	for _, tt := range tests {
		m, err := tt.f.Parse(tt.in)
		if (err == nil) != tt.ok {
			t.Errorf("%d characters: %v, want valid: %t", len(tt.in), err, tt.ok)
		}
		if err == nil {
			checkAusForm(t, tt.f, m)
		}
	}
	// What we would write is one space longer than what was read.
	full := "SEC=SECRET" + strings.Repeat(", ACCESS=Legal-Privilege", 38) + ", EXPIRES=" + strings.Repeat("e", 20) + ", DOWNTO=OFFICIAL"
	if _, err := medium.Parse(full); err != nil {
		t.Errorf("%d characters: %v", len(full), err)
	}
}

func TestAusRollUp(t *testing.T) {
	tests := []struct{ portions, banner, audience, controls string }{
		{"UO", "UNOFFICIAL", "unlimited", ""},
		{"UO + O", "OFFICIAL", "unlimited", ""},
		{"O + O:S", "OFFICIAL: Sensitive", "originator", "OFFICIAL: Sensitive"},
		{"O:S + P + S", "SECRET", "originator", "OFFICIAL: Sensitive, PROTECTED, SECRET"},
		{"O + P//REL AUS/NZL", "PROTECTED//REL AUS/NZL", "AUS NZL", "PROTECTED"},
		{"P//REL AUS/CAN/NZL + S//REL AUS/NZL/USA", "SECRET//REL AUS/NZL", "AUS NZL", "PROTECTED, SECRET"},
		{"P//REL AUS/NZL + P//REL AUS/CAN", "PROTECTED//AUSTEO", "AUS", "PROTECTED"},
		{"P//REL AUS/NZL + P//REL AUS/CAN + P//REL AUS/NZL", "PROTECTED//AUSTEO", "AUS", "PROTECTED"},
		// What needs a release and has none is not released by its neighbour.
		{"P//REL AUS/NZL + P", "PROTECTED//AUSTEO", "AUS", "PROTECTED"},
		{"P//REL AUS/NZL + O:S", "PROTECTED//AUSTEO", "AUS", "OFFICIAL: Sensitive, PROTECTED"},
		{"P//REL AUS/NZL + P//ORCON", "PROTECTED//ORCON//AUSTEO", "AUS", "PROTECTED, ORCON"},
		{"S//AGAO + S//AUSTEO", "SECRET//AUSTEO", "AUS", "SECRET"},
		{"S//AGAO + S", "SECRET//AGAO", "AUS", "SECRET"},
		{"S//AGAO + S//REL AUS/CAN/GBR/NZL/USA", "SECRET//AGAO", "AUS", "SECRET"},
		{"S//AGAO + S//REL AUS/CAN/DEU/GBR/NZL/USA", "SECRET//AGAO", "AUS", "SECRET"},
		// AGAO would let in Americans who serve in an Australian agency, and the list does not.
		{"S//AGAO + S//REL AUS/NZL", "SECRET//AUSTEO", "AUS", "SECRET"},
		{"S//AUSTEO + S//REL AUS/NZL", "SECRET//AUSTEO", "AUS", "SECRET"},
		{"S//AGAO + S//REL AUS/NZL + S", "SECRET//AUSTEO", "AUS", "SECRET"},
		{"O:S//NATIONAL CABINET + P//CABINET", "PROTECTED//CABINET//NATIONAL CABINET", "AUS", "OFFICIAL: Sensitive, PROTECTED, CABINET, NATIONAL CABINET"},
		{"P//ACCOUNTABLE MATERIAL + P//DELICATE SOURCE", "PROTECTED//DELICATE SOURCE//ACCOUNTABLE MATERIAL", "originator", "PROTECTED, DELICATE SOURCE, ACCOUNTABLE MATERIAL"},
		{"S//LOBSTER + TS//TURBOT", "TOP SECRET//C LOBSTER AND TURBOT", "originator", "SECRET, TOP SECRET, C LOBSTER, C TURBOT"},
		{"S//FG NATO + S//FG UK EYES", "SECRET//FG NATO//FG UK EYES", "AUS", "SECRET, FG NATO, FG UK EYES"},
		{"S//EXCLUSIVE FOR A + S//EXCLUSIVE FOR B", "SECRET//EXCLUSIVE FOR NOBODY", "AUS", "SECRET, EXCLUSIVE FOR NOBODY"},
		{"S//EXCLUSIVE FOR A + S//EXCLUSIVE FOR A + S", "SECRET//EXCLUSIVE FOR A", "AUS", "SECRET, EXCLUSIVE FOR A"},
	}
	for _, tt := range tests {
		m, err := ausScheme{}.RollUp(portions(t, ausScheme{}, tt.portions))
		if err != nil {
			t.Error(err)
			continue
		}
		if m.Banner() != tt.banner || audienceOf(m.Audience()) != tt.audience || strings.Join(m.DomesticControls(), ", ") != tt.controls {
			t.Errorf("%s: %s for %s, %q\nwant %s for %s, %q", tt.portions, m.Banner(), audienceOf(m.Audience()), m.DomesticControls(), tt.banner, tt.audience, tt.controls)
		}
	}
}

// What only e-mail says is kept, and expires only where all of it does.
func TestAusRollUpOfMail(t *testing.T) {
	medium := ausFormNamed(t, "medium")
	tests := []struct{ a, b, want string }{
		{"SEC=OFFICIAL:Sensitive, ACCESS=Legal-Privilege", "SEC=SECRET, ACCESS=Personal-Privacy", "SEC=SECRET, ACCESS=Personal-Privacy, ACCESS=Legal-Privilege"},
		{"SEC=SECRET, EXPIRES=x, DOWNTO=OFFICIAL", "SEC=PROTECTED, EXPIRES=x, DOWNTO=OFFICIAL", "SEC=SECRET, EXPIRES=x, DOWNTO=OFFICIAL"},
		{"SEC=SECRET, EXPIRES=x, DOWNTO=OFFICIAL", "SEC=SECRET, EXPIRES=x, DOWNTO=PROTECTED", "SEC=SECRET"},
		{"SEC=SECRET, EXPIRES=x, DOWNTO=OFFICIAL", "SEC=SECRET, EXPIRES=y, DOWNTO=OFFICIAL", "SEC=SECRET"},
		{"SEC=SECRET, EXPIRES=x, DOWNTO=OFFICIAL", "SEC=OFFICIAL", "SEC=SECRET"},
		{"SEC=SECRET, CAVEAT=C:" + strings.Repeat("a", 128), "SEC=SECRET, CAVEAT=C:b", "SEC=SECRET, CAVEAT=C:MULTIPLE CODEWORDS"},
	}
	for _, tt := range tests {
		var marks []Mark
		for _, in := range []string{tt.a, tt.b} {
			m, err := medium.Parse(in)
			if err != nil {
				t.Fatal(err)
			}
			marks = append(marks, m)
		}
		m, err := ausScheme{}.RollUp(marks)
		if err != nil || medium.Print(m) != tt.want {
			t.Errorf("%s and %s: %s, %v; want %s", tt.a, tt.b, medium.Print(m), err, tt.want)
		}
		checkAusForm(t, medium, m)
	}
}

func TestAusExplain(t *testing.T) {
	tests := []struct{ portions, said string }{
		{"O + S", "portion 2 is SECRET, the highest so far"},
		{"S + S//REL AUS/CAN", "REL stands beside a portion that needs a release and has none"},
		{"P//REL AUS/NZL + P//REL AUS/CAN", "never REL AUS"},
		{"P//REL AUS/NZL + P//REL AUS/NZL", "has one to AUS/NZL"},
		{"S//CABINET", "portion 1 says CABINET"},
		{"S//CABINET", "CABINET keeps it in Australia"},
		{"S//AGAO + S//REL AUS/CAN/GBR/NZL/USA", "the marking is AGAO"},
		{"S//AGAO + S//REL AUS/NZL", "AGAO lets in nations that the lists of REL do not: the marking is AUSTEO"},
		{"S//LOBSTER + S//TURBOT", "names all as one"},
		{"S//EXCLUSIVE FOR A + S//EXCLUSIVE FOR B", "for nobody"},
	}
	for _, tt := range tests {
		var all []string
		for _, r := range (ausScheme{}).Explain(portions(t, ausScheme{}, tt.portions)) {
			if r.Rule == "" {
				t.Errorf("%s: no rule for %q", tt.portions, r.Said)
			}
			all = append(all, r.Said)
		}
		if !strings.Contains(strings.Join(all, "; "), tt.said) {
			t.Errorf("%s: %q does not say %q", tt.portions, all, tt.said)
		}
	}
	if got := (ausScheme{}).Explain(nil); got != nil {
		t.Errorf("nothing is explained as %v", got)
	}
}

func TestProtectiveMarking(t *testing.T) {
	tests := []struct{ banner, foreign, origin, want string }{
		{"OFFICIAL", "", "desk@bulletin.example", "VER=2024.1, NS=gov.au, SEC=OFFICIAL, ORIGIN=desk@bulletin.example"},
		{"OFFICIAL: Sensitive", "UK OFFICIAL-SENSITIVE", "desk@bulletin.example",
			"VER=2024.1, NS=gov.au, SEC=OFFICIAL:Sensitive, NOTE=UK OFFICIAL-SENSITIVE, ORIGIN=desk@bulletin.example"},
		{"OFFICIAL: Sensitive", "PROTECTED A / PROTÉGÉ A", "desk@bulletin.example",
			"VER=2024.1, NS=gov.au, SEC=OFFICIAL:Sensitive, NOTE=PROTECTED A / PROTEGE A, ORIGIN=desk@bulletin.example"},
		{"SECRET", "SECRET//REL TO USA, AUS", "desk@bulletin.example",
			`VER=2024.1, NS=gov.au, SEC=SECRET, CAVEAT=FG:SECRET//REL TO USA\, AUS, ORIGIN=desk@bulletin.example`},
		{"SECRET//FG NATO//REL AUS/USA", "SECRET", "desk@bulletin.example",
			"VER=2024.1, NS=gov.au, SEC=SECRET, CAVEAT=FG:NATO, CAVEAT=FG:SECRET, CAVEAT=RI:REL/AUS/USA, ORIGIN=desk@bulletin.example"},
		{"SECRET", "x]", "desk@bulletin.example", ""},
		{"SECRET", "x\r\nBcc: y", "desk@bulletin.example", ""},
		{"SECRET", strings.Repeat("x", 129), "desk@bulletin.example", ""},
		{"SECRET", "", "", ""},
		{"SECRET", "", "desk@bulletin.example\r\nBcc: x@y", ""},
		{"SECRET", "", "Desk <desk@bulletin.example>", ""},
	}
	for _, tt := range tests {
		m, err := ausScheme{}.ParseBanner(tt.banner)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ProtectiveMarking(m, tt.foreign, tt.origin)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s, %q, %q: %q, %v, want %q", tt.banner, tt.foreign, tt.origin, got, err, tt.want)
		}
		if m.Banner() != tt.banner {
			t.Errorf("%s became %s", tt.banner, m.Banner())
		}
	}
	if _, err := ProtectiveMarking(unknownMark{}, "", "a@b"); err == nil {
		t.Error("a mark of another scheme has a header")
	}
}

func TestAusReleasable(t *testing.T) {
	want := "ACCOUNTABLE MATERIAL, Legal-Privilege, Legislative-Secrecy, OFFICIAL: Sensitive, PROTECTED, Personal-Privacy, SECRET, TOP SECRET"
	if got := strings.Join((ausScheme{}).Releasable(), ", "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	all := Terms{Originator: "AUS", ReleasableTo: fiveNations, Released: map[string][]string{}}
	for _, name := range (ausScheme{}).Releasable() {
		all.Released[name] = []string{"NZL"}
	}
	for mark, want := range map[string]bool{
		"O": true, "O:S": true, "TS": true, "P//ACCOUNTABLE MATERIAL": true, "P//REL AUS/NZL": true, "P//ORCON//REL AUS/NZL": true,
		"P//ORCON": false, "P//DELICATE SOURCE": false, "P//LOBSTER": false, "P//FG NATO": false, "P//CABINET": false, "P//EXCLUSIVE FOR x": false,
		"P//AGAO": false, "P//AUSTEO": false, "P//REL AUS/CAN": false, "O:S//NATIONAL CABINET": false, "P//CABINET//REL AUS/NZL": false,
	} {
		if m := portions(t, ausScheme{}, mark)[0]; MayHave(m, "NZL", all) != want || !MayHave(m, "AUS", all) {
			t.Errorf("%s: New Zealand may have it: %t, want %t", mark, !want, want)
		}
	}
}

// The table is written by hand; what parser and printer rely on is checked here.
func TestAusTable(t *testing.T) {
	for i, row := range ausCaveats {
		if row.banner == "" || row.wire == "" || row.floor < ausOfficialSensitive || row.value != strings.HasSuffix(row.banner, " ") {
			t.Errorf("row %d: %+v", i, row)
		}
		for j, other := range ausCaveats {
			if i != j && strings.HasPrefix(other.wire, row.wire) {
				t.Errorf("%s starts like %s", other.wire, row.wire)
			}
		}
		if isAusCodeword(row.banner) {
			t.Errorf("%s may be a codeword", row.banner)
		}
	}
}

func TestAusMark(t *testing.T) {
	if m := (ausScheme{}).Lowest(); m.Banner() != "UNOFFICIAL" || m.Levels()[0] != "UNOFFICIAL" {
		t.Errorf("the lowest is %s", m.Banner())
	}
	last := (ausScheme{}).Lowest()
	for _, level := range []string{"O", "O:S", "P", "S", "TS"} {
		m := portions(t, ausScheme{}, level)[0]
		if !AtMost(last, m) || AtMost(m, last) {
			t.Errorf("%s does not stand above %s", m.Banner(), last.Banner())
		}
		if read, err := (ausScheme{}).ParseBanner(m.Levels()[0]); err != nil || !SameBanner(read, m) || m.BannerFor("USA") != m.Banner() {
			t.Errorf("the level of %s is %s, %v", m.Banner(), m.Levels()[0], err)
		}
		if said, missing := m.Statements(Page{}); len(said)+len(missing) != 0 {
			t.Errorf("%s requires %q, %q", m.Banner(), said, missing)
		}
		last = m
	}
}
