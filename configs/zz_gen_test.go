package configs

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"bulletin/pipeline/seal"
)

func TestZZGen(t *testing.T) {
	dir := os.Getenv("GEN_DIR")
	if dir == "" {
		t.Skip()
	}
	n, _ := strconv.Atoi(os.Getenv("GEN_N"))
	_ = Init(dir)
	fprs := make([]string, n)
	at := time.Now().Add(-time.Hour)
	onAllCores(n, func(i int) {
		life := time.Duration(0)
		if i%10 == 0 {
			life = 400 * 24 * time.Hour
		}
		_, pub, err := seal.GenerateKey("R", fmt.Sprintf("duty%06d@police.example", i), at, life)
		if err != nil {
			t.Error(err)
			return
		}
		fprs[i], _ = seal.Fingerprint(pub)
		if err := os.WriteFile(filepath.Join(dir, keysFolder, "NZL-"+fprs[i]+".asc"), pub, 0o600); err != nil {
			t.Error(err)
		}
	})
	f, _ := os.Create(filepath.Join(dir, "configs/recipients/NZL.yaml"))
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, "recipients:\n")
	for i, fpr := range fprs {
		fmt.Fprintf(w, "  - address: duty%06d@police.example\n    name: Duty officer %d\n    agency: Cyber unit %d\n    key: configs/recipients/keys/NZL-%s.asc\n    fingerprint: %s\n    max_tlp: TLP:AMBER\n    kinds: [flash, bulletin]\n", i, i, i%40, fpr, fpr)
	}
	w.Flush()
	f.Close()
}
