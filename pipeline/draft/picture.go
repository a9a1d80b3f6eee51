package draft

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // the formats that a draft may use
	_ "image/png"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Limits of a picture: a small file must not become a huge picture in memory.
const (
	MaxSide   = 12_000     // pixels
	MaxPixels = 40_000_000 // a decoded picture of this size takes 160 MB
)

// checkPicture reports what is wrong with the bytes of a picture. It decodes it whole: what passes here is
// drawn later.
func checkPicture(content []byte) error {
	if len(content) > MaxImage {
		return fmt.Errorf("it has %d bytes: at most %d (%d MiB) are read", len(content), MaxImage, MaxImage>>20)
	}
	if format := foreign(content); format != "" {
		return fmt.Errorf("it is a picture in %s: save it as PNG or JPEG", format)
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("its bytes are not those of a picture that can be read: %w", err)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > MaxSide || c.Height > MaxSide || c.Width*c.Height > MaxPixels {
		return fmt.Errorf("%s of %d×%d pixels: at most %d a side and %d million in all are drawn, scale it down",
			format, c.Width, c.Height, MaxSide, MaxPixels/1_000_000)
	}
	if _, _, err := image.Decode(bytes.NewReader(content)); err != nil {
		return fmt.Errorf("the %s cannot be decoded: %w", format, err)
	}
	return nil
}

// foreign names the picture formats that people have, and that a draft may not use.
func foreign(content []byte) string {
	switch kind := http.DetectContentType(content); kind {
	case "image/gif", "image/webp", "image/bmp":
		return strings.ToUpper(strings.TrimPrefix(kind, "image/"))
	}
	if head := content[:min(len(content), 1024)]; bytes.Contains(head, []byte("<svg")) {
		return "SVG"
	}
	return ""
}

// pictureOf is the picture that a draft names as dest, with its alternative text. What is not in the draft's folder is
// not fetched: a placeholder says what was meant.
func (b *body) pictureOf(dest string, alt []Inline, at Pos) []Inline {
	const hint = "put the picture into the draft's folder and give its path; submit refuses a draft without it"
	p := picture{image: &Image{}, at: at}
	u, err := url.Parse(dest)
	if err == nil && (u.Host != "" || len(u.Scheme) > 1) {
		p.image.Name, _, _ = strings.Cut(dest, ",") // of data:image/png;base64, without the data
		b.probs.warnf(at, hint, "the picture %q is elsewhere, and nothing is fetched", p.image.Name)
	} else {
		if err == nil && u.Path != "" {
			dest = u.Path // unescaped, and without what is for a server: ?raw=true
		}
		if p.file, err = inFolder(dest); err != nil {
			b.probs.warnf(at, hint, "picture: %v", err)
		}
		p.image.Name = path.Base(strings.ReplaceAll(dest, `\`, "/")) // the folders it lies in are the author's business
	}
	b.pictures = append(b.pictures, p)
	return []Inline{{Kind: Picture, Image: p.image, Children: alt}}
}
