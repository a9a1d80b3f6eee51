package main

import (
	"context"
	"embed"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"bulletin/configs"
	"bulletin/pipeline/seal"
)

// benchCertificates are keys as GnuPG makes them, of types that seal does not make itself. Nobody has their secrets.
//
//go:embed benchkeys/*.asc
var benchCertificates embed.FS

// sealing is how long each type of key is measured.
const sealing = 300 * time.Millisecond

// benchKey is a recipient's key, and what is known of it.
type benchKey struct {
	file        string // below the working directory
	certificate []byte
	key         *seal.Key
}

func readBenchKey(certificate []byte) (benchKey, error) {
	f := seal.Examine(certificate, "", time.Now())
	if f.Key == nil {
		return benchKey{}, fmt.Errorf("a key to measure with is not fit: %s", strings.Join(f.Reasons, "; "))
	}
	file := filepath.Join("configs", "recipients", "keys", fmt.Sprintf("%s-%s.asc", benchNation, f.Key.Fingerprint))
	return benchKey{file: file, certificate: certificate, key: f.Key}, nil
}

func shippedBenchKey(name string) (benchKey, error) {
	certificate, err := benchCertificates.ReadFile("benchkeys/" + name + ".asc")
	if err != nil {
		return benchKey{}, err
	}
	return readBenchKey(certificate)
}

// makeKeys makes the keys that the lists have in turn.
func (b *bench) makeKeys(n int) error {
	for i := range n {
		_, public, err := seal.GenerateKey("Bench", fmt.Sprintf("bench%d@police.example", i), time.Now().Add(-time.Minute), 0)
		if err != nil {
			return err
		}
		k, err := readBenchKey(public)
		if err != nil {
			return err
		}
		b.made = append(b.made, k)
	}
	return nil
}

// benchList is who gets what: so many recipients for each kind of bulletin, the keys given to them in turn.
type benchList struct {
	keys       []benchKey
	recipients int // of notices
	flash      int // of flash bulletins

	connections int // to the relay; 0 for as many as a server has of itself
}

func (l benchList) key(i int) *seal.Key { return l.keys[i%len(l.keys)].key }

func routineAddress(i int) string { return fmt.Sprintf("r%d@police.example", i) }

const flashPrefix = "flash"

// write writes the list as a whole: to add its entries one by one would read it as often.
func (l benchList) write(dir string) error {
	for _, k := range l.keys {
		if err := configs.WriteFile(filepath.Join(dir, k.file), k.certificate, 0o600); err != nil {
			return err
		}
	}
	var list strings.Builder
	list.WriteString("recipients:\n")
	entry := func(i int, address, kind string) {
		k := l.keys[i%len(l.keys)]
		fmt.Fprintf(&list, "- {address: %s, key: %s, fingerprint: %s, max_tlp: TLP:GREEN, kinds: [%s]}\n", address, k.file, k.key.Fingerprint, kind)
	}
	for i := range l.recipients {
		entry(i, routineAddress(i), "notice")
	}
	for i := range l.flash {
		entry(i, fmt.Sprintf("%s%d@police.example", flashPrefix, i), "flash")
	}
	return configs.WriteFile(filepath.Join(dir, "configs", "recipients", string(benchNation)+".yaml"), []byte(list.String()), 0o600)
}

// seals measures a key packet for each recipient, by type of key, with one goroutine.
func (b *bench) seals(ctx context.Context) (rows []benchRow, err error) {
	b.progress("sealing by type of key")
	mail, err := b.newAlone("")
	if err != nil {
		return nil, err
	}
	for _, t := range []struct{ name, file string }{{"Curve25519", ""}, {"NIST P-256", "nistp256"}, {"RSA-3072", "rsa3072"}, {"RSA-4096", "rsa4096"}} {
		k := b.made[0]
		if t.file != "" {
			if k, err = shippedBenchKey(t.file); err != nil {
				return nil, err
			}
		}
		row := benchRow{Name: "sealing alone, one goroutine: " + t.name}
		began, cpu := time.Now(), cpuUsed()
		for time.Since(began) < sealing && ctx.Err() == nil {
			m, err := mail.message(mail.sealed, k.key)
			if err != nil {
				return nil, err
			}
			row.Recipients++
			row.WireBytes = int64(m.Len())
		}
		rows = append(rows, row.took(time.Since(began)).used(cpuUsed()-cpu))
	}
	return rows, ctx.Err()
}
