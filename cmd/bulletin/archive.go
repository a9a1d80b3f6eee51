package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bulletin/configs"
)

// A backup is a tar file of a working directory whose server stands still. Its last two entries say what it
// holds, and prove it: a manifest with the digest of every file, and the manifest's MAC under the store key,
// which whoever changes a file does not have.
const (
	backupFormat = "bulletin-backup-v1"
	manifestName = "MANIFEST.json"
	macName      = "MANIFEST.mac"
	maxManifest  = 256 << 20
)

// manifest says what a backup holds.
type manifest struct {
	Format  string         `json:"format"`
	At      time.Time      `json:"at"`      // UTC; nothing later is in it
	Running bool           `json:"running"` // a server was running, and went on afterwards
	Files   []archivedFile `json:"files"`
	LeftOut []string       `json:"left_out"` // where the backup is not encrypted: secrets, and what may be readable
}

type archivedFile struct {
	Name   string `json:"name"` // below the working directory, with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// isSecret says whether a file is one that a server is impersonated, or its store read, with.
func isSecret(name string) bool {
	return strings.HasPrefix(name, "secrets/") || strings.HasSuffix(name, ".creds") || strings.HasSuffix(name, ".sec.asc")
}

// liesOpen returns whether a file may lie in a backup that anybody can read: the server's own, in which no bulletin can
// be read. The store is encrypted as it lies there, mail in the outbox too, and the record holds digests and addresses
// alone. A reply in the inbox may quote what it answers, and whoever works in the directory leaves drafts there, and PDFs.
func liesOpen(c configs.Config) func(name string) bool {
	own := append([]string{"configs", "keys", "people", recordDir, restoredFile, c.Queue.Store, c.Relay.Outbox}, c.Fonts...)
	return func(name string) bool {
		return !isSecret(name) && slices.ContainsFunc(own, func(folder string) bool {
			folder = filepath.ToSlash(filepath.Clean(folder))
			return name == folder || strings.HasPrefix(name, folder+"/")
		})
	}
}

// passedOver are files of a running process, and files half written.
func passedOver(name string) bool {
	base := path.Base(name)
	return name == "run" || base == "lock" || strings.HasPrefix(base, ".tmp-") || strings.HasPrefix(base, ".new-")
}

// folders says in which folders files lie, and how many: "people (4 files), secrets (30 files)".
func folders(files []string) string {
	count := map[string]int{}
	for _, f := range files {
		folder, _, _ := strings.Cut(f, "/")
		count[folder]++
	}
	var out []string
	for _, folder := range slices.Sorted(maps.Keys(count)) {
		out = append(out, fmt.Sprintf("%s (%d files)", folder, count[folder]))
	}
	return strings.Join(out, ", ")
}

// writeArchive writes a backup of the files of dir that keep names. The caller sees to it that nothing writes there
// meanwhile.
func writeArchive(ctx context.Context, w io.Writer, dir string, storeKey []byte, keep func(name string) bool, m manifest) (manifest, error) {
	m.Format, m.LeftOut = backupFormat, []string{}
	out := tar.NewWriter(w)
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || ctx.Err() != nil:
			return errors.Join(err, ctx.Err())
		case passedOver(name):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case !keep(name):
			m.LeftOut = append(m.LeftOut, name)
			return nil
		}
		file, err := archive(out, filepath.Join(dir, filepath.FromSlash(name)), name)
		m.Files = append(m.Files, file)
		return err
	})
	if err != nil {
		return m, err
	}
	data, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return m, err
	}
	for _, e := range []struct {
		name string
		data []byte
	}{{manifestName, data}, {macName, []byte(macOf(storeKey, data) + "\n")}} {
		if _, err := archiveBytes(out, e.name, int64(len(e.data)), bytes.NewReader(e.data)); err != nil {
			return m, err
		}
	}
	return m, out.Close()
}

// archive writes one file. A link to a file is followed, since secrets may lie where the system keeps them.
func archive(out *tar.Writer, file, name string) (archivedFile, error) {
	info, err := os.Stat(file)
	if err != nil {
		return archivedFile{}, err
	}
	if !info.Mode().IsRegular() {
		return archivedFile{}, hint(fmt.Errorf("%s is no plain file", file), "a working directory holds files and folders: move what it links to into it")
	}
	in, err := os.Open(file)
	if err != nil {
		return archivedFile{}, err
	}
	defer in.Close()
	return archiveBytes(out, name, info.Size(), in)
}

func archiveBytes(out *tar.Writer, name string, size int64, in io.Reader) (archivedFile, error) {
	if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, Format: tar.FormatPAX}); err != nil {
		return archivedFile{}, err
	}
	sum := sha256.New()
	if n, err := io.Copy(io.MultiWriter(out, sum), in); err != nil || n != size {
		return archivedFile{}, errors.Join(fmt.Errorf("%s changed while it was copied", name), err)
	}
	return archivedFile{Name: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// macOf proves a manifest to whoever has the store key. The label keeps the key's other uses apart.
func macOf(storeKey, manifest []byte) string {
	mac := hmac.New(sha256.New, append([]byte(backupFormat+" "), storeKey...))
	mac.Write(manifest)
	return hex.EncodeToString(mac.Sum(nil))
}

// readArchive unpacks a backup into dir, which is empty, and checks every file against the manifest. The MAC
// is for the caller to check, who may have the store key from elsewhere.
func readArchive(r io.Reader, dir string) (m manifest, raw, mac []byte, err error) {
	root, err := os.OpenRoot(dir) // a name that leads out of it is refused
	if err != nil {
		return m, nil, nil, err
	}
	defer root.Close()
	var found []archivedFile
	for in := tar.NewReader(r); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, nil, nil, fmt.Errorf("the backup is damaged or cut off: %w", err)
		}
		switch header.Name {
		case manifestName:
			raw, err = io.ReadAll(io.LimitReader(in, maxManifest))
		case macName:
			mac, err = io.ReadAll(io.LimitReader(in, 1024))
		default:
			var file archivedFile
			file, err = unpack(root, header, in)
			found = append(found, file)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return m, nil, nil, fmt.Errorf("the backup is cut off in %s", header.Name)
		}
		if err != nil {
			return m, nil, nil, fmt.Errorf("unpack the backup: %w", err)
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil { // an encrypted one is proven at its end
		return m, nil, nil, fmt.Errorf("the backup is damaged or cut off: %w", err)
	}
	if raw == nil || mac == nil {
		return m, nil, nil, errors.New("the backup is cut off: its list of files is missing")
	}
	if err := json.Unmarshal(raw, &m); err != nil || m.Format != backupFormat {
		return m, nil, nil, errors.New("its list of files cannot be read: it is not a backup that this program knows")
	}
	return m, raw, bytes.TrimSpace(mac), compareFiles(m.Files, found)
}

func unpack(root *os.Root, header *tar.Header, in io.Reader) (archivedFile, error) {
	name := header.Name
	if header.Typeflag != tar.TypeReg || !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name {
		return archivedFile{}, fmt.Errorf("%q is no plain file below the working directory", name)
	}
	if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(name)), 0o700); err != nil {
		return archivedFile{}, err
	}
	out, err := root.OpenFile(filepath.FromSlash(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return archivedFile{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), in)
	if err == nil {
		err = out.Sync()
	}
	return archivedFile{Name: name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, errors.Join(err, out.Close())
}

// compareFiles wants exactly what is listed, where it is listed.
func compareFiles(listed, found []archivedFile) error {
	for i := range max(len(listed), len(found)) {
		switch {
		case i >= len(found):
			return fmt.Errorf("the backup is damaged: %s is missing", listed[i].Name)
		case i >= len(listed) || listed[i] != found[i]:
			return fmt.Errorf("the backup is damaged or was changed: %s is not the file that was copied", found[i].Name)
		}
	}
	return nil
}
