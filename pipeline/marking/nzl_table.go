package marking

import (
	"slices"
	"strings"
)

// nzlLevel is a classification of PSR-2022, Classifications. IN-CONFIDENCE and SENSITIVE are policy
// and privacy, from RESTRICTED on they are national security.
type nzlLevel int

const (
	nzlUnclassified nzlLevel = iota
	nzlInConfidence
	nzlSensitive
	nzlRestricted
	nzlConfidential
	nzlSecret
	nzlTopSecret
)

// nzlLevels are the levels' names; rung is how high each stands. SENSITIVE and RESTRICTED stand at
// the same height, in two domains.
var nzlLevels = [...]struct {
	banner, portion string
	rung            int
}{
	{"UNCLASSIFIED", "U", 0},
	{"IN-CONFIDENCE", "IC", 1},
	{"SENSITIVE", "Sen", 2}, // not SEN, and never S, which is SECRET
	{"RESTRICTED", "R", 2},
	{"CONFIDENTIAL", "C", 3},
	{"SECRET", "S", 4},
	{"TOP SECRET", "TS", 5},
}

const (
	nzlSyntax       = "PSR-2022 Protective marking"
	nzlLevelRule    = "PSR-2022 Classifications"
	nzlEndorseRule  = "PSR-2022 Policy and privacy endorsement markings"
	nzlNationalRule = "PSR-2022 National security endorsement markings"
	nzlEyesRule     = "PSR-2022 NEW ZEALAND EYES ONLY"
	nzlReleaseRule  = "PSR-2022 RELEASABLE TO"
	nzlAccountable  = "ACCOUNTABLE MATERIAL"
	nzlUseOnly      = " USE ONLY"
	nzlEmbargoed    = "EMBARGOED FOR RELEASE"
	nzlCabinet      = "CABINET"
	nzlSpecial      = "SPECIAL HANDLING REQUIRED"
)

// nzlEndorsements are the endorsements of policy and privacy information, sorted (PSR-2022, Policy
// and privacy endorsement markings; SPECIAL HANDLING REQUIRED: PSR-2022, Cabinet documents). Beside
// them stands [DEPARTMENT] USE ONLY.
var nzlEndorsements = []string{
	"APPOINTMENTS", "BUDGET", nzlCabinet, "COMMERCIAL", nzlEmbargoed, "EVALUATIVE", "HONOURS", "LEGAL PRIVILEGE",
	"MEDICAL", "POLICY", nzlSpecial, "STAFF", "TO BE REVIEWED ON",
}

// isNZLEndorsement reports whether s is an endorsement, a department's included.
func isNZLEndorsement(s string) bool {
	if slices.Contains(nzlEndorsements, s) {
		return true
	}
	department, ok := strings.CutSuffix(s, nzlUseOnly)
	return ok && isName(department, "&-") && !strings.Contains(s[:len(s)-1], " ONLY ") && !strings.HasSuffix(department, " ONLY")
}

// nzlStaysHome reports whether an endorsement names people inside New Zealand's government: such
// information does not go abroad, and no policy releases it.
func nzlStaysHome(endorsement string) bool {
	return endorsement == nzlCabinet || endorsement == nzlSpecial || strings.HasSuffix(endorsement, nzlUseOnly)
}

// nzlForm is where a mark stands.
type nzlForm int

const (
	nzlBanner nzlForm = iota
	nzlPortion
)

// level is the level as the form prints it.
func (f nzlForm) level(l nzlLevel) string {
	if f == nzlPortion {
		return nzlLevels[l].portion
	}
	return nzlLevels[l].banner
}

// lookUp finds the level that s spells in this form.
func (f nzlForm) lookUp(s string) (nzlLevel, bool) {
	for l := range nzlLevels {
		if f.level(nzlLevel(l)) == s {
			return nzlLevel(l), true
		}
	}
	return 0, false
}

func (f nzlForm) String() string {
	if f == nzlPortion {
		return "portion mark"
	}
	return "banner"
}
