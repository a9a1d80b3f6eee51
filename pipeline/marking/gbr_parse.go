package marking

import (
	"fmt"
	"slices"
	"strings"
)

// gbrParser reads one mark from left to right.
type gbrParser struct {
	in    string
	m     *gbrMark
	place gbrPlace // of the last part
	last  string   // the last part
}

// parseGBR parses strictly. Its error has no suggestion.
func parseGBR(in string) (*gbrMark, *SyntaxError) {
	if err := checkText("gbr", in, gbrTierRule); err != nil {
		return nil, err
	}
	p := gbrParser{in: in, m: &gbrMark{}}
	rest, prefix := strings.CutPrefix(in, gbrPrefix)
	p.m.prefix = prefix
	tier, rest, more := strings.Cut(rest, gbrBetween)
	t := gbrTier(slices.Index(gbrTiers[:], tier))
	if t < 0 {
		return nil, p.notATier(tier)
	}
	p.m.tiers = 1 << t
	for more {
		pos := len(in) - len(rest)
		var part string
		part, rest, more = strings.Cut(rest, gbrBetween)
		if err := p.readPart(pos, part); err != nil {
			return nil, err
		}
	}
	open := t == gbrOfficial && p.m.parts&^(1<<gbrPublic) == 0 && len(p.m.codewords) == 0 && len(p.m.organisations) == 0
	p.m.bare = !open && !p.m.caveat
	return p.m, nil
}

func (p *gbrParser) fail(offset int, rule, format string, args ...any) *SyntaxError {
	return &SyntaxError{Scheme: "gbr", Input: p.in, Offset: offset, Rule: rule, Msg: fmt.Sprintf(format, args...)}
}

// notATier says what was wrong with the first word.
func (p *gbrParser) notATier(word string) *SyntaxError {
	pos := 0
	if p.m.prefix {
		pos = len(gbrPrefix)
	}
	switch {
	case word == "":
		return p.fail(pos, gbrTierRule, "the tier is missing; it comes first")
	case slices.Contains([]string{"RESTRICTED", "CONFIDENTIAL", "PROTECT", "UNCLASSIFIED"}, word):
		return p.fail(pos, gbrTierRule, "%s is of the scheme that this policy replaced in 2014: classify it anew as OFFICIAL, SECRET or TOP SECRET", word)
	case word == "OFFICIAL: Sensitive" || word == "OFFICIAL:Sensitive":
		return p.fail(pos+len("OFFICIAL"), gbrSensitiveRule, "%s is Australian; the United Kingdom's is OFFICIAL-SENSITIVE", word)
	case word == "SECRET-SENSITIVE" || word == "TOP SECRET-SENSITIVE":
		return p.fail(pos+len(word)-len("-SENSITIVE"), gbrSensitiveRule, "-SENSITIVE is a marking on OFFICIAL only")
	case strings.HasSuffix(" "+word, gbrEyesOnly) || strings.HasSuffix(p.in, "EYES ONLY") && pos > 0 && strings.HasPrefix(word, "EYES"):
		return p.fail(0, gbrCaveatRule, "a national caveat does not stand without SECRET or TOP SECRET")
	}
	return p.fail(pos, gbrTierRule, "%q is not a tier: must be one of OFFICIAL, OFFICIAL-SENSITIVE, SECRET, TOP SECRET, and \" - \" stands before what follows", word)
}

// readPart reads one additional marking.
func (p *gbrParser) readPart(pos int, word string) *SyntaxError {
	place, part := gbrPlaceOf(word)
	repeats := place == gbrAtOrganisation || place == gbrAtDescriptor || place == gbrAtCodeword
	switch {
	case word == "":
		return p.fail(pos, gbrPartRule, "a part is missing behind the hyphen")
	case place == gbrAtTier:
		return p.fail(pos, gbrPartRule, "%q is no handling instruction, descriptor, codeword of one word, or national caveat", word)
	case place < p.place || place == p.place && (!repeats || word <= p.last):
		return p.fail(pos, gbrPartRule, "%s stands too late: handling instructions, descriptors, codewords, national caveat, each once", word)
	}
	p.place, p.last = place, word
	switch place {
	case gbrAtOrganisation:
		p.m.organisations = append(p.m.organisations, strings.TrimSuffix(word, gbrUseOnly))
	case gbrAtCodeword:
		p.m.codewords = append(p.m.codewords, word)
	case gbrAtCaveat:
		return p.readCaveat(pos, strings.TrimSuffix(word, gbrEyesOnly))
	default:
		return p.addPart(pos, part)
	}
	return p.checkPublic(pos)
}

// gbrPlaceOf says what a part is.
func gbrPlaceOf(word string) (gbrPlace, gbrPart) {
	for p := range gbrParts {
		if gbrParts[p].name == word {
			return gbrParts[p].place, gbrPart(p)
		}
	}
	organisation, useOnly := strings.CutSuffix(word, gbrUseOnly)
	switch {
	case useOnly && isGBROrganisation(organisation):
		return gbrAtOrganisation, 0
	case strings.HasSuffix(word, gbrEyesOnly):
		return gbrAtCaveat, 0
	case isCodeWord(word):
		return gbrAtCodeword, 0
	}
	return gbrAtTier, 0
}

func (p *gbrParser) addPart(pos int, part gbrPart) *SyntaxError {
	row := &gbrParts[part]
	if !part.allows(p.m.tier()) {
		return p.fail(pos, row.rule, "%s does not stand with %s; it goes from %s to %s", row.name, gbrTiers[p.m.tier()], gbrTiers[row.low], gbrTiers[row.high])
	}
	p.m.parts |= 1 << part
	return p.checkPublic(pos)
}

// checkPublic refuses FOR PUBLIC RELEASE beside what names readers.
func (p *gbrParser) checkPublic(pos int) *SyntaxError {
	if p.m.parts.has(gbrPublic) && (p.m.parts.has(gbrHMG) || len(p.m.organisations) > 0 || len(p.m.codewords) > 0) {
		return p.fail(pos, gbrHandlingRule, "what is for public release is not for some readers only")
	}
	return nil
}

// readCaveat reads the nations of … EYES ONLY.
func (p *gbrParser) readCaveat(pos int, list string) *SyntaxError {
	if t := p.m.tier(); t < gbrSecret {
		return p.fail(pos, gbrCaveatRule, "a national caveat stands with SECRET and TOP SECRET, not with %s", gbrTiers[t])
	}
	p.m.caveat, p.m.exact = true, true
	if list == "FIVE" {
		p.m.eyes = gbrFive
		return nil
	}
	for more := true; more; {
		var code string
		code, list, more = strings.Cut(list, "/")
		i := slices.IndexFunc(gbrCodes[:], func(c struct{ caveat, trigraph string }) bool { return c.caveat == code })
		switch {
		case i < 0:
			return p.fail(pos, gbrCaveatRule, "%q is not one of AUS, CAN, NZ, UK, US, with one slash between two, nor FIVE alone", code)
		case p.m.eyes>>i != 0:
			return p.fail(pos, gbrCaveatRule, "%s stands too late: the list is alphabetical, each nation once", code)
		}
		p.m.eyes |= 1 << i
		pos += len(code) + len("/")
	}
	if p.m.eyes&gbrUK == 0 {
		return p.fail(pos-len("/"), gbrCaveatRule, "UK is missing: the originator is always on the list")
	}
	return nil
}
