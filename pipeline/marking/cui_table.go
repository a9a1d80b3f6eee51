package marking

import (
	"maps"
	"slices"
	"strings"
)

// cuiLevel is how high a mark of the cui scheme stands, lowest first: CUI is above what is not
// controlled, and below what is classified.
type cuiLevel int

const (
	cuiUncontrolled cuiLevel = iota
	cuiControlled
	cuiConfidential
	cuiSecret
	cuiTopSecret
)

// cuiLevels names the levels. A classified level stands before CUI where the two are commingled, and
// alone where there is no CUI.
var cuiLevels = [...]struct{ portion, banner string }{
	cuiUncontrolled: {"U", "UNCLASSIFIED"},
	cuiControlled:   {"CUI", "CUI"},
	cuiConfidential: {"C", "CONFIDENTIAL"},
	cuiSecret:       {"S", "SECRET"},
	cuiTopSecret:    {"TS", "TOP SECRET"},
}

// cuiKind says how a category may be written.
type cuiKind int

const (
	cuiBasic     cuiKind = 1 << iota // "INV": no law prescribes how it is handled
	cuiSpecified                     // "SP-INV": a law does (32 CFR 2002.4, CUI Specified)
)

// The categories of the registry, each between spaces. LES, FOUO and SBU are none: they are what CUI
// replaced. General law enforcement (LEI) has no law that prescribes its handling, so it is never SP-LEI.
const (
	cuiBasicOnly = " ADJ AG APP ASYL BARG BATT CMPRS COMPT CONREG CONV CRIT CVIC DCRIT DREC EMGT EXPTR" +
		" FHFANPI FINT FSI INVENT ISVI IVIC JUV LCOMM LEI LMI LNSL LSCRN LVIC MERG MIL NETW OCCMTO OPSEC" +
		" PEST PHYS POST PRE PRIOR PRIVILEGE PROT PSEC PSI RAIL RECCOM RESD RTR RWRD SAFE SBIZ SCV SERV" +
		" SURV TAI TRACE VISA WATER XFER "
	cuiBasicOrSpecified = " ADPO ARCHR CVI DCNI EXPT FNC FSEC GENETIC HLTH ID INF INTEL INV JURY LPROT" +
		" NNPI NUC PERS PRIIG PROPIN PRVCY SRI SSEL STAT STUD UCNI WHSTL WIT "
	cuiSpecifiedOnly = " AIV BUDG CCI CEII CENS CHLD CHRI CONTRACT CRITAN CTI FISA FISAB FUND GEO HISTP" +
		" IFNC INTL LDNA LFNC MFC NPSR PCII PROCURE SGI SSI SUB TAX TSCA WDT "
)

// cuiCategory is a category of the registry, by its number in alphabetical order.
type cuiCategory int

// cuiCategories are all categories, in alphabetical order, and how each may be written.
var cuiCategories = func() (all []struct {
	name string
	kind cuiKind
}) {
	kinds := map[string]cuiKind{}
	for _, name := range strings.Fields(cuiBasicOnly + cuiBasicOrSpecified) {
		kinds[name] |= cuiBasic
	}
	for _, name := range strings.Fields(cuiSpecifiedOnly + cuiBasicOrSpecified) {
		kinds[name] |= cuiSpecified
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		all = append(all, struct {
			name string
			kind cuiKind
		}{name, kinds[name]})
	}
	return all
}()

// cuiByName finds a category.
var cuiByName = func() map[string]cuiCategory {
	byName := make(map[string]cuiCategory, len(cuiCategories))
	for i, c := range cuiCategories {
		byName[c.name] = cuiCategory(i)
	}
	return byName
}()

// cuiSet is a set of categories.
type cuiSet [3]uint64

func (s *cuiSet) put(c cuiCategory)     { s[c/64] |= 1 << (c % 64) }
func (s cuiSet) has(c cuiCategory) bool { return s[c/64]&(1<<(c%64)) != 0 }

func (s cuiSet) union(t cuiSet) cuiSet {
	for i := range s {
		s[i] |= t[i]
	}
	return s
}

func (s cuiSet) without(t cuiSet) cuiSet {
	for i := range s {
		s[i] &^= t[i]
	}
	return s
}

// cuiControl is a limited dissemination control.
type cuiControl int

const (
	cuiAttorneyClient cuiControl = iota
	cuiAttorneyWP
	cuiDisplayOnly
	cuiDLOnly
	cuiFedOnly
	cuiFedCon
	cuiNoCon
	cuiNoforn
	cuiRelTo
	cuiRelido
)

// cuiControls are the limited dissemination controls of the registry, in the banners' alphabetical
// order. The registry writes Attorney-Client; a banner stands in capitals (CUI Marking Handbook).
var cuiControls = [...]struct {
	portion, banner string
	list            bool // a list of codes follows
}{
	cuiAttorneyClient: {"AC", "ATTORNEY-CLIENT", false},
	cuiAttorneyWP:     {"AWP", "ATTORNEY-WP", false},
	cuiDisplayOnly:    {"DISPLAY ONLY", "DISPLAY ONLY", true},
	cuiDLOnly:         {"DL ONLY", "DL ONLY", false},
	cuiFedOnly:        {"FED ONLY", "FED ONLY", false},
	cuiFedCon:         {"FEDCON", "FEDCON", false},
	cuiNoCon:          {"NOCON", "NOCON", false},
	cuiNoforn:         {"NF", "NOFORN", false},
	cuiRelTo:          {"REL TO", "REL TO", true},
	cuiRelido:         {"RELIDO", "RELIDO", false},
}

// cuiPortionOrder is the alphabetical order of the portions' abbreviations: NF stands before NOCON.
var cuiPortionOrder = [...]cuiControl{cuiAttorneyClient, cuiAttorneyWP, cuiDisplayOnly, cuiDLOnly, cuiFedOnly,
	cuiFedCon, cuiNoforn, cuiNoCon, cuiRelTo, cuiRelido}

// cuiControlSet is a set of limited dissemination controls.
type cuiControlSet uint16

func (s cuiControlSet) has(c cuiControl) bool { return s&(1<<c) != 0 }

const (
	// cuiPeople are the controls that name people inside one government; nobody abroad is among them
	// unless a list that the mark does not hold says so, and what is not known is no.
	cuiPeople cuiControlSet = 1<<cuiAttorneyClient | 1<<cuiAttorneyWP | 1<<cuiDLOnly | 1<<cuiFedOnly | 1<<cuiFedCon
	// cuiDisclosure are the controls that decide on foreign disclosure.
	cuiDisclosure cuiControlSet = 1<<cuiDisplayOnly | 1<<cuiNoforn | 1<<cuiRelTo | 1<<cuiRelido
	cuiPrivileged cuiControlSet = 1<<cuiAttorneyClient | 1<<cuiAttorneyWP
)

// cuiConflicts are the controls that never stand together in one mark.
var cuiConflicts = [...]struct {
	a, b cuiControl
	msg  string
}{
	{cuiNoforn, cuiRelTo, "NOFORN and REL TO exclude each other"},
	{cuiNoforn, cuiDisplayOnly, "NOFORN and DISPLAY ONLY exclude each other"},
	{cuiNoforn, cuiRelido, "NOFORN and RELIDO exclude each other"},
	{cuiRelido, cuiDisplayOnly, "RELIDO and DISPLAY ONLY exclude each other"},
	{cuiFedOnly, cuiFedCon, "FED ONLY keeps contractors out, FEDCON lets them in: write one"},
	{cuiNoCon, cuiFedCon, "NOCON keeps contractors out, FEDCON lets them in: write one"},
}
