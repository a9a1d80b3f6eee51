package configs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bulletin/pipeline"
)

// Init writes the commented example files of a new working directory. It never overwrites one.
func Init(dir string) error {
	files := map[string][]byte{
		configFile: Example("bulletin"),
		policyFile: Example("policy"),
		peopleFile: Example("people"),
	}
	for _, n := range pipeline.Nations() {
		files[filepath.Join("configs", "recipients", string(n)+".yaml")] = Example("recipients")
	}
	for name := range files {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("%s is there already: %s is a working directory, nothing was changed", name, dir)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "configs", "recipients", "keys"), 0o700); err != nil {
		return err
	}
	for name, data := range files {
		if err := WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile writes a file whole or not at all, making its folder. Into a stream it writes what it is given.
func WriteFile(file string, data []byte, mode os.FileMode) error {
	if IsStream(file) {
		return writeInto(file, data)
	}
	return writeFile(file, data, mode, nil)
}

// IsStream reports whether a name leads to what is written into and not replaced: a device, a named pipe, standard
// output by its name in /dev, whatever that is redirected to. A file put in its place would take it from everybody.
func IsStream(file string) bool {
	info, err := os.Stat(file)
	if err != nil || info.IsDir() {
		return false
	}
	whole, err := filepath.Abs(file)
	return !info.Mode().IsRegular() || err == nil && strings.HasPrefix(whole, "/dev/")
}

// writeInto appends, so that what stands already in a file that standard output leads to stays.
func writeInto(file string, data []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// replaceFile writes a file that is there anew, whole or not at all: what a link points to, not the link, and whose it
// was it stays.
func replaceFile(file string, data []byte, mode os.FileMode) error {
	target, err := filepath.EvalSymlinks(file)
	if err != nil {
		return err
	}
	old, err := os.Stat(target)
	if err != nil {
		return err
	}
	return writeFile(target, data, mode, old)
}

func writeFile(file string, data []byte, mode os.FileMode, old os.FileInfo) error {
	return writeWith(file, mode, old, func(f io.Writer) error {
		_, err := f.Write(data)
		return err
	})
}

// writeWith writes a file whose bytes write gives.
func writeWith(file string, mode os.FileMode, old os.FileInfo, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".tmp-*")
	if path := new(fs.PathError); errors.As(err, &path) { // it names a file that nobody asked for
		return fmt.Errorf("write %s: %w", file, path.Err)
	} else if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already where all went well
	err = write(tmp)
	if err == nil && old != nil {
		err = keepOwner(tmp, old)
	}
	if err == nil {
		err = tmp.Chmod(mode)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

// WriteNew writes a file that is not there yet, making its folder. One that is there, or a link, is left alone: the
// error is an os.ErrExist.
func WriteNew(file string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, errors.Join(err, os.Remove(file)))
	}
	return nil
}
