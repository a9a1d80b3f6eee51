package marking

// usaLevel is a US classification level, lowest first.
type usaLevel int

const (
	usaUnclassified usaLevel = iota
)

// usaLevels names the levels that this version handles, by level.
var usaLevels = [...]struct{ portion, banner string }{
	usaUnclassified: {"U", "UNCLASSIFIED"},
}

// usaClassified are the levels that this version refuses (CAPCO-2016 H.1), in either form.
var usaClassified = [...]string{"C", "CONFIDENTIAL", "S", "SECRET", "TS", "TOP SECRET"}

// usaCategory is a category of controls. Categories stand in this order, each at most once
// (CAPCO-2016 A.6). Those that unclassified documents have no use for (SCI, SAP, FGI) are missing.
type usaCategory int

const (
	usaLevelOnly usaCategory = iota
	usaAEA
	usaDissemination
	usaNonIC
)

// usaControl is a control, in Register order, which is also the order within its category.
type usaControl int

const (
	dodUCNI usaControl = iota
	doeUCNI
	fouo
	noforn
	propin
	relTo
	relido
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
)

// usaControlRow is what the Register says of a control.
type usaControlRow struct {
	category usaCategory
	portion  string // abbreviation in portion marks
	banner   string // abbreviation in banners; canonical
	title    string // long form, allowed in banners
	rule     string
	list     bool   // a list of codes follows
	domestic string // the control as a policy names it to release it; empty if it keeps nothing at home
	later    bool   // legal with UNCLASSIFIED, but not handled by this version
}

var usaControls = [...]usaControlRow{
	dodUCNI: {category: usaAEA, rule: "CAPCO-2016 H.6", domestic: "DOD UCNI",
		portion: "DCNI", banner: "DOD UCNI", title: "DOD UNCLASSIFIED CONTROLLED NUCLEAR INFORMATION"},
	doeUCNI: {category: usaAEA, rule: "CAPCO-2016 H.6", domestic: "DOE UCNI",
		portion: "UCNI", banner: "DOE UCNI", title: "DOE UNCLASSIFIED CONTROLLED NUCLEAR INFORMATION"},

	fouo: {category: usaDissemination, rule: "CAPCO-2016 H.8", domestic: "FOUO",
		portion: "FOUO", banner: "FOUO", title: "FOR OFFICIAL USE ONLY"},
	noforn: {category: usaDissemination, rule: "CAPCO-2016 H.8",
		portion: "NF", banner: "NOFORN", title: "NOT RELEASABLE TO FOREIGN NATIONALS"},
	propin: {category: usaDissemination, rule: "CAPCO-2016 H.8", later: true,
		portion: "PR", banner: "PROPIN", title: "CAUTION-PROPRIETARY INFORMATION INVOLVED"},
	relTo: {category: usaDissemination, rule: "CAPCO-2016 H.8", list: true,
		portion: "REL TO", banner: "REL TO", title: "AUTHORIZED FOR RELEASE TO"},
	relido: {category: usaDissemination, rule: "CAPCO-2016 H.8", later: true,
		portion: "RELIDO", banner: "RELIDO", title: "RELEASABLE BY INFORMATION DISCLOSURE OFFICIAL"},
	dsen: {category: usaDissemination, rule: "CAPCO-2016 H.8", later: true,
		portion: "DSEN", banner: "DEA SENSITIVE", title: "DEA SENSITIVE"},
	fisa: {category: usaDissemination, rule: "CAPCO-2016 H.8", later: true,
		portion: "FISA", banner: "FISA", title: "FOREIGN INTELLIGENCE SURVEILLANCE ACT"},
	displayOnly: {category: usaDissemination, rule: "CAPCO-2016 H.8", list: true, later: true,
		portion: "DISPLAY ONLY", banner: "DISPLAY ONLY", title: "DISPLAY ONLY"},

	limdis: {category: usaNonIC, rule: "CAPCO-2016 H.9", later: true,
		portion: "DS", banner: "LIMDIS", title: "LIMITED DISTRIBUTION"},
	exdis: {category: usaNonIC, rule: "CAPCO-2016 H.9", later: true,
		portion: "XD", banner: "EXDIS", title: "EXCLUSIVE DISTRIBUTION"},
	nodis: {category: usaNonIC, rule: "CAPCO-2016 H.9", later: true,
		portion: "ND", banner: "NODIS", title: "NO DISTRIBUTION"},
	sbu: {category: usaNonIC, rule: "CAPCO-2016 H.9", domestic: "SBU",
		portion: "SBU", banner: "SBU", title: "SENSITIVE BUT UNCLASSIFIED"},
	sbuNF: {category: usaNonIC, rule: "CAPCO-2016 H.9", domestic: "SBU",
		portion: "SBU-NF", banner: "SBU NOFORN", title: "SENSITIVE BUT UNCLASSIFIED NOFORN"},
	les: {category: usaNonIC, rule: "CAPCO-2016 H.9", domestic: "LES",
		portion: "LES", banner: "LES", title: "LAW ENFORCEMENT SENSITIVE"},
	lesNF: {category: usaNonIC, rule: "CAPCO-2016 H.9", domestic: "LES",
		portion: "LES-NF", banner: "LES NOFORN", title: "LAW ENFORCEMENT SENSITIVE NOFORN"},
	ssi: {category: usaNonIC, rule: "CAPCO-2016 H.9", domestic: "SSI",
		portion: "SSI", banner: "SSI", title: "SENSITIVE SECURITY INFORMATION"},
}

// usaSet is a set of controls.
type usaSet uint32

const (
	// implicitNF are the controls that are NOFORN by themselves.
	implicitNF usaSet = 1<<sbuNF | 1<<lesNF
	// disclosure are the controls that decide on foreign disclosure.
	disclosure usaSet = 1<<noforn | 1<<relTo | implicitNF
	// supersedeFOUO are the controls beside which FOUO is not written (CAPCO-2016 H.8, FOUO).
	supersedeFOUO usaSet = 1<<sbu | 1<<les | 1<<ssi | implicitNF
)

func (s usaSet) has(c usaControl) bool { return s&(1<<c) != 0 }

// printed is the set without what others supersede.
func (s usaSet) printed() usaSet {
	if s&supersedeFOUO != 0 {
		s &^= 1 << fouo
	}
	return s
}

// usaConflicts are the controls that never stand together in one mark.
var usaConflicts = [...]struct {
	control usaControl
	with    usaSet
	rule    string
	msg     string
}{
	{noforn, 1 << relTo, "CAPCO-2016 H.8", "NOFORN and REL TO exclude each other"},
	{noforn, implicitNF, "CAPCO-2016 H.9", "beside NOFORN, write SBU or LES: NOFORN stands once"},
	{relTo, implicitNF, "CAPCO-2016 H.9", "SBU NOFORN and LES NOFORN exclude REL TO"},
	{sbuNF, 1 << lesNF, "CAPCO-2016 H.9", "SBU NOFORN beside LES NOFORN is written NOFORN with SBU and LES: NOFORN stands once"},
	{sbuNF, 1 << sbu, "CAPCO-2016 H.9", "SBU NOFORN supersedes SBU"},
	{lesNF, 1 << les, "CAPCO-2016 H.9", "LES NOFORN supersedes LES"},
	{fouo, supersedeFOUO, "CAPCO-2016 H.8", "SBU, LES and SSI supersede FOUO"},
}
