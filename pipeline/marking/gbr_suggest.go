package marking

import (
	"slices"
	"strings"
)

// gbrRespell undoes spellings of other years and other nations.
var gbrRespell = strings.NewReplacer("\u2013", "-", "\u2014", "-", "\u2011", "-", "[", " - ", "]", "", "//", " - ")

// gbrTierNames are the ways to write a tier, those that begin with another before it. "UK" is cut
// off before.
var gbrTierNames = []struct {
	name string
	tier gbrTier
}{
	{"OFFICIAL-SENSITIVE", gbrSensitive}, {"OFFICIAL: SENSITIVE", gbrSensitive}, {"OFFICIAL:SENSITIVE", gbrSensitive},
	{"OFFICIAL SENSITIVE", gbrSensitive}, {"OFFICIAL - SENSITIVE", gbrSensitive}, {"OFFICIAL -SENSITIVE", gbrSensitive},
	{"OFFICIAL- SENSITIVE", gbrSensitive}, {"O-S", gbrSensitive}, {"OFFICIAL", gbrOfficial}, {"O", gbrOfficial},
	{"TOP SECRET", gbrTopSecret}, {"TOP-SECRET", gbrTopSecret}, {"TS", gbrTopSecret}, {"SECRET", gbrSecret}, {"S", gbrSecret},
}

// gbrOtherNames are parts by other names than the policy's.
var gbrOtherNames = strings.NewReplacer("LEGAL PROFESSIONAL PRIVILEGE", "LPP", "HR MANAGEMENT", "HR/MANAGEMENT", "HR-MANAGEMENT", "HR/MANAGEMENT",
	"UK/USA EYES", "UK/US EYES", "FVEY EYES", "FIVE EYES")

// suggestGBR returns the mark that in was most likely meant to be, in canonical form, or nothing. It
// only reorders and respells what is there.
func suggestGBR(in string) string {
	s := strings.Join(strings.Fields(gbrRespell.Replace(plain(in))), " ")
	prefix, ok := "", false
	if s, ok = strings.CutPrefix(s, gbrPrefix); ok {
		prefix = gbrPrefix
	}
	i := slices.IndexFunc(gbrTierNames, func(n struct {
		name string
		tier gbrTier
	}) bool {
		rest, ok := strings.CutPrefix(s, n.name)
		return ok && (rest == "" || rest[0] == ' ' || rest[0] == ',')
	})
	if i < 0 {
		return ""
	}
	rest := s[len(gbrTierNames[i].name):]
	var parts []string
	for part := range strings.SplitSeq(strings.ReplaceAll(rest, ",", gbrBetween), gbrBetween) {
		if part = strings.TrimSpace(strings.Trim(part, " -")); part != "" {
			parts = append(parts, respellGBR(part))
		}
	}
	slices.SortStableFunc(parts, compareGBR)
	parts = slices.Compact(parts)
	out := prefix + strings.Join(append([]string{gbrTiers[gbrTierNames[i].tier]}, parts...), gbrBetween)
	if m, err := parseGBR(out); err == nil && m.Banner() != in {
		return m.Banner()
	}
	return ""
}

// respellGBR writes one part as the policy does.
func respellGBR(part string) string {
	part = gbrOtherNames.Replace(part)
	if word := reservedWord(part); word != "" {
		part = word
	}
	if part == "PERSONAL" {
		return gbrParts[gbrPersonal].name
	}
	list, ok := strings.CutSuffix(part, gbrEyesOnly)
	if !ok {
		return part
	}
	codes := strings.FieldsFunc(list, func(r rune) bool { return r == '/' || r == ' ' })
	for i, code := range codes {
		for _, c := range gbrCodes {
			if code == c.trigraph {
				codes[i] = c.caveat
			}
		}
	}
	slices.Sort(codes)
	return strings.Join(slices.Compact(codes), "/") + gbrEyesOnly
}

// compareGBR puts parts in the order of the mark.
func compareGBR(a, b string) int {
	p, _ := gbrPlaceOf(a)
	q, _ := gbrPlaceOf(b)
	if p != q {
		return int(p) - int(q)
	}
	return strings.Compare(a, b)
}
