package pdf

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNationalDump(t *testing.T) {
	for name, e := range national() {
		b := render(t, renderer(t), e)
		if *dump != "" {
			os.WriteFile(filepath.Join(*dump, name+".pdf"), b, 0o600)
		}
	}
}
