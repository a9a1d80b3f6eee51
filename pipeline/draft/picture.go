package draft

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif" // the formats that a draft may use
	_ "image/jpeg"
	_ "image/png"
)

// maxPixels keeps a small file from becoming a huge picture in memory.
const maxPixels = 64 << 20

// checkPicture reports what is wrong with the bytes of a picture.
func checkPicture(content []byte) error {
	if len(content) > MaxImage {
		return fmt.Errorf("it has %d bytes: at most %d (%d MiB) are read", len(content), MaxImage, MaxImage>>20)
	}
	c, format, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("its bytes are not those of a picture that can be read: %w", err)
	}
	if c.Width == 0 || c.Height == 0 || c.Width > maxPixels/c.Height {
		return fmt.Errorf("%s of %d×%d pixels: at most %d million are read", format, c.Width, c.Height, maxPixels>>20)
	}
	return nil
}
