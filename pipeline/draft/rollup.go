package draft

import (
	"bulletin/pipeline/marking"
)

// checkTLP refuses a document whose TLP is below that of something in it.
func (r *reader) checkTLP() {
	if r.doc.TLP == marking.NoTLP {
		return // missing or misspelt, which is on the list
	}
	highest := Labelled{}
	for _, l := range r.doc.Labels() {
		if l.Label.TLP > highest.Label.TLP {
			highest = l
		}
	}
	if highest.Label.TLP > r.doc.TLP {
		r.probs.errorf(r.front.tlpPos, "write tlp: "+highest.Label.TLP.String(),
			"tlp: %s is below what stands at %s, which is %s", r.doc.TLP, highest.Pos, highest.Label.TLP)
	}
}

// rollUp sets the document's banner from everything in it, and compares the one that the draft
// states with it.
func (r *reader) rollUp() {
	scheme := r.doc.Scheme
	if scheme == nil || r.doc.TLP == marking.NoTLP {
		return
	}
	base, unmarked := scheme.Lowest(), false
	if scheme.Name() == "tlp" { // the document's TLP always counts
		var err error
		if base, err = scheme.ParseBanner(r.doc.TLP.String()); err != nil {
			r.probs.errorf(r.front.tlpPos, "", "tlp: %v", err)
			return
		}
		unmarked = true
	}
	var marks []marking.Mark
	for _, l := range r.doc.Labels() {
		if l.Label.Mark != nil {
			marks = append(marks, l.Label.Mark)
		} else {
			unmarked = unmarked || !l.Part
		}
	}
	if unmarked {
		marks = append(marks, base)
	}
	banner, err := scheme.RollUp(marks)
	if err != nil {
		r.probs.errorf(r.front.schemePos, "", "the marks of the draft do not roll up to a banner: %v", err)
		return
	}
	r.doc.Banner = banner
	r.compareBanner(banner)
}

func (r *reader) compareBanner(banner marking.Mark) {
	stated := r.front.banner
	if stated != nil && !marking.SameBanner(stated, banner) {
		r.probs.errorf(r.front.bannerPos, "correct the one that is wrong",
			"marking: says %s, but the portions roll up to %s", stated.Banner(), banner.Banner())
	}
}
