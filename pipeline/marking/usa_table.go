package marking

// usaCategory is a category of controls. Categories stand in this order, each at most once
// (CAPCO-2016 A.6).
type usaCategory int

const (
	usaClass usaCategory = iota // the classification: US, foreign or JOINT
	usaSCI
	usaSAP
	usaAEA
	usaFGI
	usaDissemination
	usaNonIC
)

// usaControl is a control, in Register order (CAPCO-2016 G.1), which is also the order within its
// category. Foreign controls follow those of the United States (H.7).
type usaControl int

const (
	balk usaControl = iota
	bohemia
	rd
	frd
	dodUCNI
	doeUCNI
	tfni
	atomal
	fgi
	rsen
	fouo
	orcon
	orconUSGOV
	imcon
	noforn
	propin
	relTo
	relido
	eyesOnly
	dsen
	fisa
	displayOnly
	limdis
	exdis
	nodis
	sbu
	sbuNF
	les
	lesNF
	ssi

	usaControlCount
)

// usaControlRow is what the Register says of a control.
type usaControlRow struct {
	category usaCategory
	portion  string // abbreviation in portion marks
	banner   string // abbreviation in banners; canonical
	title    string // long form, allowed in banners
	rule     string
	levels   usaLevels // at which it may stand
	needs    usaSet    // of which one must stand beside it
	list     bool      // a list of codes follows
	domestic string    // what DomesticControls calls it; empty if it keeps nothing at home
	release  bool      // a policy may release it
}

const (
	usaH6 = "CAPCO-2016 H.6"
	usaH7 = "CAPCO-2016 H.7"
	usaH8 = "CAPCO-2016 H.8"
	usaH9 = "CAPCO-2016 H.9"
)

var usaControls = [usaControlCount]usaControlRow{
	balk:    {category: usaSAP, rule: usaH7, levels: topSecretOnly, domestic: "BALK", portion: "BALK", banner: "BALK", title: "BALK"},
	bohemia: {category: usaSAP, rule: usaH7, levels: topSecretOnly, domestic: "BOHEMIA", portion: "BOHEMIA", banner: "BOHEMIA", title: "BOHEMIA"},

	rd:  {category: usaAEA, rule: usaH6, levels: classifiedOnly, domestic: "RD", portion: "RD", banner: "RD", title: "RESTRICTED DATA"},
	frd: {category: usaAEA, rule: usaH6, levels: classifiedOnly, domestic: "FRD", portion: "FRD", banner: "FRD", title: "FORMERLY RESTRICTED DATA"},
	dodUCNI: {category: usaAEA, rule: usaH6, levels: unclassifiedOnly, domestic: "DOD UCNI", release: true,
		portion: "DCNI", banner: "DOD UCNI", title: "DOD UNCLASSIFIED CONTROLLED NUCLEAR INFORMATION"},
	doeUCNI: {category: usaAEA, rule: usaH6, levels: unclassifiedOnly, domestic: "DOE UCNI", release: true,
		portion: "UCNI", banner: "DOE UCNI", title: "DOE UNCLASSIFIED CONTROLLED NUCLEAR INFORMATION"},
	tfni: {category: usaAEA, rule: usaH6, levels: classifiedOnly, domestic: "TFNI",
		portion: "TFNI", banner: "TFNI", title: "TRANSCLASSIFIED FOREIGN NUCLEAR INFORMATION"},
	atomal: {category: usaAEA, rule: usaH7, levels: classifiedOnly, domestic: "ATOMAL",
		portion: "ATOMAL", banner: "ATOMAL", title: "ATOMAL"},

	fgi: {category: usaFGI, rule: usaH7, levels: classifiedOnly, portion: "FGI", banner: "FGI", title: "FOREIGN GOVERNMENT INFORMATION"},

	rsen: {category: usaDissemination, rule: usaH8, levels: secretOrAbove, domestic: "RSEN",
		portion: "RS", banner: "RSEN", title: "RISK SENSITIVE"},
	fouo: {category: usaDissemination, rule: usaH8, levels: unclassifiedOnly, domestic: "FOUO", release: true,
		portion: "FOUO", banner: "FOUO", title: "FOR OFFICIAL USE ONLY"},
	orcon: {category: usaDissemination, rule: usaH8, levels: classifiedOnly, domestic: "ORCON",
		portion: "OC", banner: "ORCON", title: "ORIGINATOR CONTROLLED"},
	orconUSGOV: {category: usaDissemination, rule: usaH8, levels: classifiedOnly, domestic: "ORCON-USGOV",
		portion: "OC-USGOV", banner: "ORCON-USGOV", title: "ORIGINATOR CONTROLLED-USGOV"},
	imcon: {category: usaDissemination, rule: usaH8, levels: secretOrAbove, domestic: "IMCON",
		portion: "IMC", banner: "IMCON", title: "CONTROLLED IMAGERY"},
	noforn: {category: usaDissemination, rule: usaH8, levels: anyLevel,
		portion: "NF", banner: "NOFORN", title: "NOT RELEASABLE TO FOREIGN NATIONALS"},
	propin: {category: usaDissemination, rule: usaH8, levels: anyLevel, domestic: "PROPIN",
		portion: "PR", banner: "PROPIN", title: "CAUTION-PROPRIETARY INFORMATION INVOLVED"},
	relTo: {category: usaDissemination, rule: usaH8, levels: anyLevel, list: true,
		portion: "REL TO", banner: "REL TO", title: "AUTHORIZED FOR RELEASE TO"},
	relido: {category: usaDissemination, rule: usaH8, levels: anyLevel,
		portion: "RELIDO", banner: "RELIDO", title: "RELEASABLE BY INFORMATION DISCLOSURE OFFICIAL"},
	eyesOnly: {category: usaDissemination, rule: usaH8, levels: classifiedOnly,
		portion: "EYES", banner: "EYES ONLY", title: "EYES ONLY"},
	dsen: {category: usaDissemination, rule: usaH8, levels: anyLevel, domestic: "DSEN",
		portion: "DSEN", banner: "DEA SENSITIVE", title: "DEA SENSITIVE"},
	fisa: {category: usaDissemination, rule: usaH8, levels: anyLevel, domestic: "FISA",
		portion: "FISA", banner: "FISA", title: "FOREIGN INTELLIGENCE SURVEILLANCE ACT"},
	displayOnly: {category: usaDissemination, rule: usaH8, levels: anyLevel, list: true,
		portion: "DISPLAY ONLY", banner: "DISPLAY ONLY", title: "DISPLAY ONLY"},

	limdis: {category: usaNonIC, rule: usaH9, levels: unclassifiedOnly, domestic: "LIMDIS",
		portion: "DS", banner: "LIMDIS", title: "LIMITED DISTRIBUTION"},
	exdis: {category: usaNonIC, rule: usaH9, levels: anyLevel, needs: 1 << noforn, domestic: "EXDIS",
		portion: "XD", banner: "EXDIS", title: "EXCLUSIVE DISTRIBUTION"},
	nodis: {category: usaNonIC, rule: usaH9, levels: anyLevel, needs: 1 << noforn, domestic: "NODIS",
		portion: "ND", banner: "NODIS", title: "NO DISTRIBUTION"},
	sbu: {category: usaNonIC, rule: usaH9, levels: unclassifiedOnly, domestic: "SBU", release: true,
		portion: "SBU", banner: "SBU", title: "SENSITIVE BUT UNCLASSIFIED"},
	sbuNF: {category: usaNonIC, rule: usaH9, levels: unclassifiedOnly, domestic: "SBU", release: true,
		portion: "SBU-NF", banner: "SBU NOFORN", title: "SENSITIVE BUT UNCLASSIFIED NOFORN"},
	les: {category: usaNonIC, rule: usaH9, levels: anyLevel, domestic: "LES", release: true,
		portion: "LES", banner: "LES", title: "LAW ENFORCEMENT SENSITIVE"},
	lesNF: {category: usaNonIC, rule: usaH9, levels: anyLevel, domestic: "LES", release: true,
		portion: "LES-NF", banner: "LES NOFORN", title: "LAW ENFORCEMENT SENSITIVE NOFORN"},
	ssi: {category: usaNonIC, rule: usaH9, levels: anyLevel, domestic: "SSI", release: true,
		portion: "SSI", banner: "SSI", title: "SENSITIVE SECURITY INFORMATION"},
}

// usaWords finds the control that a word spells in a form.
var usaWords = func() (words [2]map[string]usaControl) {
	words = [2]map[string]usaControl{usaBanner: {}, usaPortion: {}}
	for c := range usaControlCount {
		row := &usaControls[c]
		words[usaPortion][row.portion] = c
		if c != eyesOnly { // a banner says whose eyes
			words[usaBanner][row.banner], words[usaBanner][row.title] = c, c
		}
	}
	return words
}()

// usaSet is a set of controls, and of what a portion says without words (usa_disclosure.go).
type usaSet uint64

const (
	// implicitNF are the controls that are NOFORN by themselves.
	implicitNF usaSet = 1<<sbuNF | 1<<lesNF
	// released are the marks that name who is given the information.
	released usaSet = 1<<relTo | 1<<eyesOnly
	// disclosure are the marks that decide on foreign disclosure and release.
	disclosure usaSet = released | 1<<noforn | 1<<relido | 1<<displayOnly | implicitNF
	// nonIC are the unclassified controls whose originator has yet to approve a release (CAPCO-2016
	// B.3, Table 2): until then they count as NOFORN.
	nonIC usaSet = 1<<dodUCNI | 1<<doeUCNI | 1<<dsen | 1<<limdis | 1<<exdis | 1<<nodis | 1<<sbu | 1<<les | 1<<ssi | implicitNF
	// supersedeFOUO are the controls beside which FOUO is not written: all dissemination controls
	// that an unclassified mark can have, but for those of foreign disclosure (CAPCO-2016 H.8, FOUO).
	supersedeFOUO usaSet = 1<<propin | 1<<dsen | 1<<fisa | 1<<limdis | 1<<exdis | 1<<nodis | 1<<sbu | 1<<les | 1<<ssi | implicitNF

	allControls usaSet = 1<<usaControlCount - 1
)

func (s usaSet) has(c usaControl) bool { return s&(1<<c) != 0 }

// usaConflicts are the controls that never stand together in one mark.
var usaConflicts = [...]struct {
	control usaControl
	with    usaSet
	rule    string
	msg     string
}{
	{rd, 1<<frd | 1<<tfni, usaH6, "RD supersedes FRD and TFNI"},
	{frd, 1 << tfni, usaH6, "FRD supersedes TFNI"},
	{noforn, 1 << relTo, usaH8, "NOFORN and REL TO exclude each other"},
	{noforn, 1 << relido, usaH8, "NOFORN and RELIDO exclude each other"},
	{noforn, 1 << displayOnly, usaH8, "NOFORN and DISPLAY ONLY exclude each other"},
	{noforn, 1 << eyesOnly, usaH8, "NOFORN and EYES ONLY exclude each other"},
	{relTo, 1 << eyesOnly, usaH8, "REL TO and EYES ONLY exclude each other"},
	{displayOnly, 1 << eyesOnly, usaH8, "DISPLAY ONLY and EYES ONLY exclude each other"},
	{relido, 1 << displayOnly, usaH8, "RELIDO and DISPLAY ONLY exclude each other"},
	{relido, 1<<orcon | 1<<orconUSGOV, usaH8, "RELIDO and ORCON exclude each other"},
	{orcon, 1 << orconUSGOV, usaH8, "ORCON supersedes ORCON-USGOV"},
	{noforn, implicitNF, usaH9, "beside NOFORN, write SBU or LES: NOFORN stands once"},
	{relTo, implicitNF, usaH9, "SBU NOFORN and LES NOFORN exclude REL TO"},
	{relido, implicitNF, usaH9, "SBU NOFORN and LES NOFORN exclude RELIDO"},
	{displayOnly, implicitNF, usaH9, "SBU NOFORN and LES NOFORN exclude DISPLAY ONLY"},
	{eyesOnly, implicitNF, usaH9, "SBU NOFORN and LES NOFORN exclude EYES ONLY"},
	{exdis, 1 << nodis, usaH9, "EXDIS and NODIS exclude each other"},
	{exdis, 1<<sbu | 1<<sbuNF, usaH9, "EXDIS supersedes SBU"},
	{nodis, 1<<sbu | 1<<sbuNF, usaH9, "NODIS supersedes SBU"},
	{sbuNF, 1 << lesNF, usaH9, "SBU NOFORN beside LES NOFORN is written NOFORN with SBU and LES: NOFORN stands once"},
	{sbuNF, 1 << sbu, usaH9, "SBU NOFORN supersedes SBU"},
	{lesNF, 1 << les, usaH9, "LES NOFORN supersedes LES"},
	{fouo, supersedeFOUO, usaH8, "FOUO is superseded: PROPIN, DEA SENSITIVE, FISA and the controls of other agencies (SBU, LES, SSI …) supersede FOUO"},
}

// usaClashes is, for each control, what it never stands with: usaConflicts, by either control.
var usaClashes = func() (clashes [usaControlCount]usaSet) {
	for _, x := range usaConflicts {
		clashes[x.control] |= x.with
		for c := range usaControlCount {
			if x.with.has(c) {
				clashes[c] |= 1 << x.control
			}
		}
	}
	return clashes
}()
