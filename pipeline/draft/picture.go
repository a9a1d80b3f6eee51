package draft

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // the formats that a draft may use
	_ "image/png"
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
