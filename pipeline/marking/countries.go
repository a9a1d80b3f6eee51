package marking

import (
	"slices"
	"strings"
)

// alpha3 are the officially assigned alpha-3 codes of ISO 3166-1, each between spaces.
const alpha3 = " ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN" +
	" BES BFA BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN" +
	" CCK CHE CHL CHN CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DEU" +
	" DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR" +
	" GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV" +
	" HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM" +
	" KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA" +
	" MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM" +
	" NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL PLW PNG POL" +
	" PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE" +
	" SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK" +
	" TKL TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB" +
	" VIR VNM VUT WLF WSM YEM ZAF ZMB ZWE "

// tetragraphs are the four-letter codes of organisations and coalitions in REL TO lists (ODNI,
// ISM.XML, CVEnumISMRelTo), each between spaces.
const tetragraphs = " ACGU AMSP AOSC APFS ASEA BHTF BWCS CFCK CFOD CFUP CLFC CMFC CMFP CPMT CTOC" +
	" CWCS ECTF EFOR EUDA FRME FVEY GCCH GCTF GFNX GMIF IESC IMSC IMSP IPMC IRKS ISAF ISSG KFOR" +
	" MCFI MESF MGEU MIFH MLEC MNTF MPFL NACT NATO NCFE NKIC NRDC OSAG OSTY PAWA PGMF PSMX RISC" +
	" RSMA SFOR SOFP SPAA TEYE TFTC UNCK "

// fiveEyes are the members of FVEY. No other nations ever get an edition.
const fiveEyes = " AUS CAN GBR NZL USA "

// countryCodes has alpha3 by the number that a code is when its letters are digits.
var countryCodes = func() (set [26 * 26 * 26]bool) {
	for code := range strings.FieldsSeq(alpha3) {
		n, _ := codeNumber(code)
		set[n] = true
	}
	return set
}()

func codeNumber(code string) (n int, ok bool) {
	for i := range len(code) {
		if code[i] < 'A' || code[i] > 'Z' {
			return 0, false
		}
		n = n*26 + int(code[i]-'A')
	}
	return n, len(code) == 3
}

func isCountry(code string) bool {
	if len(code) != 3 {
		return false
	}
	n, ok := codeNumber(code)
	return ok && countryCodes[n]
}

func isTetragraph(code string) bool {
	return len(code) == 4 && strings.Contains(tetragraphs, " "+code+" ")
}

func isFiveEyes(code string) bool { return len(code) == 3 && strings.Contains(fiveEyes, " "+code+" ") }

// A releaseList is the set of a REL TO list. Tetragraphs whose members are known are expanded, so
// that equal sets are equal lists.
type releaseList struct {
	countries []string // trigraphs, sorted, USA among them
	opaque    []string // tetragraphs whose members we do not know, sorted: no nation is in them
}

// listOf returns the list of these codes, each of which is a country or a tetragraph.
func listOf(codes []string) releaseList {
	var l releaseList
	l.countries = make([]string, 0, max(len(codes), 5))
	for _, code := range codes {
		l.add(code)
	}
	return l.sorted()
}

// add puts one code in; sorted must follow. FVEY, ACGU and TEYE are expanded (CAPCO-2016 D.2 Table 3
// rule 23; their members: ODNI, ISMCAT tetragraph taxonomy 2022-NOV), and no others.
func (l *releaseList) add(code string) {
	switch {
	case code == "FVEY":
		l.countries = append(l.countries, "AUS", "CAN", "GBR", "NZL", "USA")
	case code == "ACGU":
		l.countries = append(l.countries, "AUS", "CAN", "GBR", "USA")
	case code == "TEYE":
		l.countries = append(l.countries, "AUS", "GBR", "USA")
	case len(code) == 3:
		l.countries = append(l.countries, code)
	default:
		l.opaque = append(l.opaque, code)
	}
}

func (l releaseList) sorted() releaseList {
	slices.Sort(l.countries)
	slices.Sort(l.opaque)
	return releaseList{countries: slices.Compact(l.countries), opaque: slices.Compact(l.opaque)}
}

// intersect returns what both lists name.
func (l releaseList) intersect(m releaseList) releaseList {
	return releaseList{
		countries: common(l.countries, m.countries),
		opaque:    common(l.opaque, m.opaque),
	}
}

// without returns what l names and m does not, the United States apart.
func (l releaseList) without(m releaseList) releaseList {
	return releaseList{
		countries: without(l.countries, without(m.countries, unitedStates)),
		opaque:    without(l.opaque, m.opaque),
	}
}

// more reports whether l names anyone whom m does not.
func (l releaseList) more(m releaseList) bool {
	return len(without(l.countries, m.countries)) > 0 || len(without(l.opaque, m.opaque)) > 0
}

// onlyUSA reports whether nobody but the United States is on the list.
func (l releaseList) onlyUSA() bool { return len(l.countries) <= 1 && len(l.opaque) == 0 }

// appendTo writes the list: USA first, then trigraphs, then tetragraphs, each alphabetical
// (CAPCO-2016 H.8). FVEY stands only where the set equals FVEY.
func (l releaseList) appendTo(b *strings.Builder) {
	b.WriteString("USA")
	if l.isFVEY() {
		b.WriteString(", FVEY")
		return
	}
	for _, code := range slices.Concat(l.countries, l.opaque) {
		if code != "USA" {
			b.WriteString(", ")
			b.WriteString(code)
		}
	}
}

func (l releaseList) String() string {
	var b strings.Builder
	l.appendTo(&b)
	return b.String()
}

// isFVEY reports whether the list is exactly that of FVEY.
func (l releaseList) isFVEY() bool {
	return len(l.opaque) == 0 && len(l.countries) == 5 && !slices.ContainsFunc(l.countries, notFiveEyes)
}

func notFiveEyes(code string) bool { return !isFiveEyes(code) }

// common returns the elements of a that are in b, in a's order. Neither is changed; the result may
// be a itself.
func common(a, b []string) []string {
	missing := func(code string) bool { return !slices.Contains(b, code) }
	if !slices.ContainsFunc(a, missing) {
		return a
	}
	return slices.DeleteFunc(slices.Clone(a), missing)
}

// without returns what of a is not in b. Neither is changed.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(code string) bool { return slices.Contains(b, code) })
}
