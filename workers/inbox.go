package workers

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
)

// Inbox is a folder of replies: a mail server pipes them in, or somebody drops them there. What was read is
// moved to done, or to refused with the reason beside it.
type Inbox struct {
	Dir string

	seen map[string]fileState // as of the last look
}

// fileState tells a file that is still being written from one that is whole.
type fileState struct {
	size     int64
	modified int64 // nanoseconds
}

// NewInbox returns the inbox in a folder, which need not be there yet.
func NewInbox(dir string) *Inbox { return &Inbox{Dir: dir} }

// Put stores one reply, whole and on disk when it returns, under the digest of its content: handed in again after a
// crash, it is the same.
func (i *Inbox) Put(message io.Reader) (name string, err error) {
	data, err := io.ReadAll(io.LimitReader(message, mail.MaxAnswer+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the message: %w", err)
	case len(data) > mail.MaxAnswer:
		return "", fmt.Errorf("the message is larger than %d MiB", mail.MaxAnswer>>20)
	case len(data) == 0:
		return "", errors.New("the message is empty")
	}
	name = string(pipeline.DigestOf(data)) + ".eml"
	return name, writeSynced(i.Dir, name, data)
}

// Ready returns the names of the files that have not changed since the last look. Folders, links and what begins
// with a dot are passed over: nothing but a file that lies here itself is read.
func (i *Inbox) Ready() ([]string, error) {
	entries, err := os.ReadDir(i.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now := map[string]fileState{}
	var ready []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		state := fileState{info.Size(), info.ModTime().UnixNano()}
		if now[e.Name()] = state; i.seen[e.Name()] == state {
			ready = append(ready, e.Name())
		}
	}
	i.seen = now
	return ready, nil
}

// Read returns a reply. One that is too large is refused unread.
func (i *Inbox) Read(name string) ([]byte, error) {
	path := filepath.Join(i.Dir, name)
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	opened, err := f.Stat()
	if err != nil || !before.Mode().IsRegular() || !os.SameFile(before, opened) {
		return nil, errors.New("it is no longer a regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, mail.MaxAnswer+1))
	if err == nil && len(data) > mail.MaxAnswer {
		err = refused("it is larger than %d MiB", mail.MaxAnswer>>20)
	}
	return data, err
}

// Done moves a reply that was believed out of the way.
func (i *Inbox) Done(name string) error { return i.move(name, "done", name) }

// Refuse moves a reply out of the way, the reason beside it.
func (i *Inbox) Refuse(name, reason string) error {
	to := filepath.Join(i.Dir, "refused")
	as := name
	for n := 2; ; n++ { // another reply may have had that name
		if _, err := os.Lstat(filepath.Join(to, as)); errors.Is(err, os.ErrNotExist) {
			break
		}
		as = fmt.Sprintf("%d-%s", n, name)
	}
	if err := writeSynced(to, as+".reason", []byte(reason+"\n")); err != nil {
		return err
	}
	return i.move(name, "refused", as)
}

func (i *Inbox) move(name, folder, as string) error {
	to := filepath.Join(i.Dir, folder)
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	return os.Rename(filepath.Join(i.Dir, name), filepath.Join(to, as))
}

// writeSynced writes a file whole or not at all, and has it and its name on disk when it returns.
func writeSynced(dir, name string, data []byte) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already where all went well
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o640) // a mail server may share the folder by its group
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
