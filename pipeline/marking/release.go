package marking

// Released returns m as the policy's release makes it: released by name to its originator and to those nations of
// ReleasableTo for which policy has released every control of it. It is for a roll-up beside marks that name nations,
// which keeps at home what names none. It lets in the same nations as m does under these terms. It is m
// itself where m leaves nothing to policy, or where its scheme has no lists of nations.
func Released(m Mark, t Terms) Mark {
	r, ok := m.(interface{ releasedTo(nations []string) Mark })
	if !ok || m.Audience().kind != originator || t.Originator == "" {
		return m
	}
	nations := []string{t.Originator}
	for _, n := range t.ReleasableTo {
		if n != t.Originator && releasedByPolicy(m, n, t.Released) {
			nations = append(nations, n)
		}
	}
	if len(nations) == 1 {
		return m
	}
	return r.releasedTo(Listed(nations...).countries)
}

// releasedTo: with the approval of its originator a mark may be REL TO (CAPCO-2016 H.9, LES).
func (m *usaMark) releasedTo(nations []string) Mark {
	n := *m
	n.said = n.said&^(countsRELIDO|countsIC|countsNOFORN|countsNonIC|notReleased|notShown|notRELIDO) | 1<<relTo | saidList
	n.said |= n.implied(false)
	n.release = releaseList{countries: nations}
	return n.settled()
}

func (m *cuiMark) releasedTo(nations []string) Mark {
	said := m.said
	said.controls |= 1 << cuiRelTo
	said.release = releaseList{countries: nations}
	said.display = said.release
	return decideCUI(said, nil)
}

func (m *ausMark) releasedTo(nations []string) Mark {
	n := m.facts()
	n.said |= 1 << ausREL
	n.countries, n.unmarked = nations, false
	return n.settle(nil)
}

func (m *nzlMark) releasedTo(nations []string) Mark {
	n := *m
	n.released, n.release, n.unreleased = true, releaseList{countries: nations}, false
	return &n
}

// releasedTo: it is no national caveat by itself, and so no list that a banner may print (GSCP-2024, Prefixes and
// national caveats): the list stays that of a portion that has one.
func (m *gbrMark) releasedTo(nations []string) Mark {
	n := *m
	n.caveat, n.eyes, n.exact, n.bare = true, gbrNationsOf(nations), false, false
	return &n
}
