package marking

import (
	"slices"
	"strings"
)

// readRelease reads a REL TO list: USA, then at least one code, trigraphs before tetragraphs, each
// alphabetical, separated by a comma and a space (CAPCO-2016 H.8, REL TO).
func (p *usaParser) readRelease(pos, end int) *SyntaxError {
	l := releaseList{countries: make([]string, 0, 5)}
	last, list := "", p.in[pos:end]
	for n := 0; ; n++ {
		code, rest, more := strings.Cut(list, ", ")
		switch {
		case n == 0 && list == "":
			return p.fail(pos, usaH8, "REL TO needs a list: USA, and at least one more code")
		case !isCountry(code) && !isTetragraph(code):
			return p.badCode(pos, code, ", ", usaH8)
		case n == 0 && code != "USA":
			return p.fail(pos, usaH8, "the list starts with USA")
		case n > 1 && compareCodes(last, code) >= 0:
			return p.fail(pos, usaH8, "%s stands too late: trigraphs before tetragraphs, each in alphabetical order and once", code)
		case n > 0 && code == "USA":
			return p.fail(pos, usaH8, "USA stands twice")
		case n == 0 && !more:
			return p.fail(pos, usaH8, "REL TO USA alone is not allowed: name at least one more country, or use %s", p.form.name(noforn))
		}
		l.add(code)
		if !more {
			p.m.release = l.sorted()
			p.m.said |= saidList
			return nil
		}
		last, list, pos = code, rest, pos+len(code)+len(", ")
	}
}

// readDisplay reads a DISPLAY ONLY list (H.8). Who is released to already need not be shown it.
func (p *usaParser) readDisplay(pos, end int) *SyntaxError {
	if pos == end {
		return p.fail(pos, usaH8, "DISPLAY ONLY needs a list of codes")
	}
	codes, err := p.readCodes(pos, p.in[pos:end], ", ", usaH8, false)
	if err != nil {
		return err
	}
	shown := listOf(append(codes, "USA"))
	if p.m.said.has(relTo) {
		if p.m.said&saidList == 0 {
			return p.fail(p.at[relTo], usaH8, "REL beside DISPLAY ONLY needs its list: write REL TO USA, and the codes")
		}
		if common := append(common(shown.countries, p.m.release.countries), common(shown.opaque, p.m.release.opaque)...); len(common) > 1 {
			return p.fail(pos, usaH8, "%s is on both lists: what is released to a country may be shown to it", without(common, unitedStates)[0])
		}
		shown = listOf(slices.Concat(shown.countries, shown.opaque, p.m.release.countries, p.m.release.opaque))
	}
	p.m.shown = shown
	return nil
}

// readFGI reads the list of the FGI category, or none where the source is concealed (H.7). Foreign
// marks have none: they say their source in front.
func (p *usaParser) readFGI(pos, end int) *SyntaxError {
	if p.m.source.origin == usaForeign {
		return p.fail(p.at[fgi], usaH7, "a foreign mark has no FGI category: its sources stand in front")
	}
	if pos == end && p.in[end-1] != ' ' {
		p.m.said |= saidConcealed
		return nil
	}
	codes, err := p.readCodes(pos, p.in[pos:end], " ", usaH7, false)
	p.m.fgi = codes
	return err
}

// readEyes reads USA/…/… EYES ONLY: Second Parties, alphabetical (H.8, EYES ONLY).
func (p *usaParser) readEyes(start, stop int) *SyntaxError {
	list, ok := strings.CutSuffix(p.in[start:stop], " EYES ONLY")
	switch {
	case !p.eyes:
		return p.fail(start, usaH8, "EYES ONLY was retired on 1 October 2017: write REL TO")
	case !ok && p.in[start:stop] == "EYES":
		return nil // the list is the banner's
	case !ok:
		return p.fail(start, usaH8, "EYES ONLY is written USA/CAN/GBR EYES ONLY")
	}
	codes := strings.Split(list, "/")
	for i, code := range codes[1:] {
		if !isFiveEyes(code) || code == "USA" || i > 0 && codes[i] >= code {
			return p.fail(start, usaH8, "EYES ONLY names USA, then Second Parties (AUS, CAN, GBR, NZL) in alphabetical order")
		}
	}
	p.m.release = listOf(codes)
	p.m.said |= saidList
	return nil
}

// readCodes reads a list of codes: trigraphs before tetragraphs, each alphabetical and once; USA
// is one of them only where usa says so.
func (p *usaParser) readCodes(pos int, list, between, rule string, usa bool) ([]string, *SyntaxError) {
	codes := make([]string, 0, 4)
	for more := true; more; {
		var code string
		code, list, more = strings.Cut(list, between)
		switch {
		case !isCountry(code) && !isTetragraph(code):
			return nil, p.badCode(pos, code, between, rule)
		case code == "USA" && !usa:
			return nil, p.fail(pos, rule, "USA does not stand on this list")
		case len(codes) > 0 && compareCodes(codes[len(codes)-1], code) >= 0:
			return nil, p.fail(pos, rule, "%s stands too late: trigraphs before tetragraphs, each in alphabetical order and once", code)
		}
		codes = append(codes, code)
		pos += len(code) + len(between)
	}
	return codes, nil
}

func (p *usaParser) badCode(pos int, code, between, rule string) *SyntaxError {
	if i := strings.IndexAny(code, ", "); i >= 0 || code == "" {
		if between == " " {
			return p.fail(pos+max(i, 0), rule, "one space stands between two codes, and nothing else")
		}
		return p.fail(pos+max(i, 0), rule, "a comma and one space stand between two codes, and no other")
	}
	return p.fail(pos, rule, "%q is neither a country of ISO 3166-1 nor a known tetragraph", code)
}
