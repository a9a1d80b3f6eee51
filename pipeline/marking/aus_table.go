package marking

// ausLevel is an Australian level, lowest first. OFFICIAL: Sensitive is no security classification,
// but it stands on the same ladder (PSPF-2024, security classifications).
type ausLevel uint8

const (
	ausUnofficial ausLevel = iota
	ausOfficial
	ausOfficialSensitive
	ausProtected
	ausSecret
	ausTopSecret
)

// ausLevels names the levels: before a paragraph, at the head of a page, and in an e-mail's SEC.
var ausLevels = [...]struct{ portion, banner, wire string }{
	ausUnofficial:        {"UO", "UNOFFICIAL", "UNOFFICIAL"},
	ausOfficial:          {"O", "OFFICIAL", "OFFICIAL"},
	ausOfficialSensitive: {"O:S", "OFFICIAL: Sensitive", "OFFICIAL:Sensitive"},
	ausProtected:         {"P", "PROTECTED", "PROTECTED"},
	ausSecret:            {"S", "SECRET", "SECRET"},
	ausTopSecret:         {"TS", "TOP SECRET", "TOP-SECRET"},
}

// The rules as errors and reasons cite them: the requirements of the framework by number, and the
// standard that requirement 0067 applies to e-mail.
const (
	ausLevelRule  = "PSPF-2024 req. 0061, classifications"
	ausBannerRule = "PSPF-2024 req. 0061, text markings"
	ausCaveatRule = "PSPF-2024 req. 0064, security caveats"
	ausAccessRule = "PSPF-2024 req. 0069, information management markers"
	austeoRule    = "PSPF-2024 req. 0080, AUSTEO"
	agaoRule      = "PSPF-2024 req. 0081, AGAO"
	epmsRule      = "EPMS-2024.1 Tables 3-16"
	epmsUseRule   = "EPMS-2024.1 §7.1"
)

// ausLegacy are markings of earlier editions, and of other nations' that look like Australian
// ones. They are recognised, so that the error can say what became of them, and never accepted.
var ausLegacy = [...]struct{ mark, msg string }{
	{"CONFIDENTIAL", "CONFIDENTIAL was discontinued in 2020: the information must be classified anew"},
	{"C", "CONFIDENTIAL was discontinued in 2020: the information must be classified anew"},
	{"HIGHLY PROTECTED", "HIGHLY PROTECTED was discontinued in 2012: the information must be classified anew"},
	{"HP", "HIGHLY PROTECTED was discontinued in 2012: the information must be classified anew"},
	{"RESTRICTED", "RESTRICTED was discontinued in 2012: the information must be classified anew"},
	{"R", "RESTRICTED was discontinued in 2012: the information must be classified anew"},
	{"UNCLASSIFIED", "UNCLASSIFIED was discontinued in 2018: it is OFFICIAL or above now"},
	{"U", "UNCLASSIFIED was discontinued in 2018: it is OFFICIAL or above now"},
	{"FOR OFFICIAL USE ONLY", "FOR OFFICIAL USE ONLY is a dissemination limiting marker of before 2018: it is OFFICIAL: Sensitive now"},
	{"FOUO", "FOR OFFICIAL USE ONLY is a dissemination limiting marker of before 2018: it is OFFICIAL: Sensitive now"},
	{"SENSITIVE", "SENSITIVE is a dissemination limiting marker of before 2018: it is OFFICIAL: Sensitive now"},
	{"OFFICIAL-SENSITIVE", "OFFICIAL-SENSITIVE is the United Kingdom's; the Australian marking is OFFICIAL: Sensitive"},
}

// ausCaveat is a caveat, in the order in which a mark writes them.
type ausCaveat uint8

const (
	ausCodeword ausCaveat = iota
	ausForeign
	ausDelicateSource
	ausORCON
	ausExclusiveFor
	ausCabinet
	ausNationalCabinet
	ausAccountable
	ausREL
	ausAGAO
	ausAUSTEO
)

// ausCaveatRow is what the rules say of a caveat.
type ausCaveatRow struct {
	banner     string   // in banners and portions; before its value, where it has one
	wire       string   // in an e-mail's CAVEAT
	value      bool     // a text or a list follows
	floor      ausLevel // the lowest level that may bear it
	atHome     bool     // it names people inside the Australian government, or belongs to another
	releasable bool     // a policy may release it; of the others each release is the originator's own
}

var ausCaveats = [...]ausCaveatRow{
	ausCodeword:        {banner: "C ", wire: "C:", value: true, floor: ausProtected},
	ausForeign:         {banner: "FG ", wire: "FG:", value: true, floor: ausProtected, atHome: true},
	ausDelicateSource:  {banner: "DELICATE SOURCE", wire: "SH:DELICATE-SOURCE", floor: ausProtected},
	ausORCON:           {banner: "ORCON", wire: "SH:ORCON", floor: ausProtected},
	ausExclusiveFor:    {banner: "EXCLUSIVE FOR ", wire: "SH:EXCLUSIVE-FOR", value: true, floor: ausProtected, atHome: true},
	ausCabinet:         {banner: "CABINET", wire: "SH:CABINET", floor: ausProtected, atHome: true},
	ausNationalCabinet: {banner: "NATIONAL CABINET", wire: "SH:NATIONAL-CABINET", floor: ausOfficialSensitive, atHome: true},
	ausAccountable:     {banner: "ACCOUNTABLE MATERIAL", wire: "SH:ACCOUNTABLE-MATERIAL", floor: ausProtected, releasable: true},
	ausREL:             {banner: "REL ", wire: "RI:REL/", value: true, floor: ausProtected},
	ausAGAO:            {banner: "AGAO", wire: "RI:AGAO", floor: ausProtected, atHome: true},
	ausAUSTEO:          {banner: "AUSTEO", wire: "RI:AUSTEO", floor: ausProtected, atHome: true},
}

// ausSet is a set of caveats.
type ausSet uint16

const (
	// ausRelease are the releasability indicators, of which a mark has at most one.
	ausRelease ausSet = 1<<ausREL | 1<<ausAGAO | 1<<ausAUSTEO
)

func (s ausSet) has(c ausCaveat) bool { return s&(1<<c) != 0 }

// ausAccess names the information management markers, as ACCESS writes them. They have no place
// in banners and portions here: PSPF writes them beside the marking, not in it.
var ausAccess = [...]string{"Personal-Privacy", "Legal-Privilege", "Legislative-Secrecy"}
