package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/pipeline/queue"
	"bulletin/workers/desk"
)

// deskTimeout bounds how long a verb waits for the desk's answers.
const deskTimeout = time.Minute

// deskFlags say which desk a verb speaks to, and for whom.
type deskFlags struct {
	dir   string // working directory of the server
	as    string // whose credentials below it
	creds string // or a credentials file anywhere
	url   string // of the NATS server; empty: the one that the server of the directory names
}

func (f *deskFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.dir, "dir", ".", "the working directory of the server")
	c.Flags().StringVar(&f.as, "as", "", "who you are: the credentials are DIR/people/NAME.creds")
	c.Flags().StringVar(&f.creds, "creds", "", "your credentials file, wherever it lies")
	c.Flags().StringVar(&f.url, "server", "", "the NATS server's URL, where you work elsewhere (default: what the server wrote into DIR)")
}

// session is one person's conversation with the desk.
type session struct {
	*desk.Client
	person string
	home   string // the folder of the credentials: the person's key lies beside them
	close  func()
}

// open connects to the running server as the person that the flags name.
func (f *deskFlags) open() (*session, error) {
	if f.as != "" && f.creds != "" {
		return nil, &usageError{"bulletin", errors.New("--as and --creds: give one of them")}
	}
	file, err := f.credentialsFile()
	if err != nil {
		return nil, err
	}
	person, seed, err := readCredentials(file)
	if err != nil {
		return nil, err
	}
	url := f.url
	if url == "" {
		if url, err = f.endpoint(); err != nil {
			return nil, err
		}
	}
	connection, err := queue.Dial(url, person, seed)
	if errors.Is(err, queue.ErrNotAccepted) {
		return nil, hint(err, "whoever runs the server sees with bulletin people list whether %s is disabled, and has this key", person)
	}
	if err != nil {
		return nil, hint(err, "is the server running? start it with: bulletin serve --dir %s", f.dir)
	}
	return &session{Client: &desk.Client{Connection: connection}, person: person, home: filepath.Dir(file), close: connection.Close}, nil
}

// withDesk opens a session, runs do within the time that the desk has for its answers, and ends the session.
func (f *deskFlags) withDesk(ctx context.Context, do func(ctx context.Context, s *session) error) error {
	s, err := f.open()
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(ctx, deskTimeout)
	defer cancel()
	return do(ctx, s)
}

// credentialsFile is where it stands who asks. Where one person alone works in the directory, it is them.
func (f *deskFlags) credentialsFile() (string, error) {
	switch {
	case f.creds != "":
		return f.creds, nil
	case f.as != "":
		return filepath.Join(f.dir, "people", f.as+".creds"), nil
	}
	found, err := filesIn(filepath.Join(f.dir, "people"), ".creds")
	if err != nil {
		return "", hint(fmt.Errorf("who are you? %w", err), "give --as NAME, or --creds FILE")
	}
	if len(found) != 1 {
		return "", hint(errors.New("who are you? no credentials were named"), "give --as NAME%s, or --creds FILE", namesIn(found))
	}
	return found[0], nil
}

// filesIn are the files of a directory whose names end like that; none if it is not there. To filepath.Glob the name of
// the directory, which somebody chose, would be a pattern too.
func filesIn(dir, ending string) (files []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ending) {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, nil
}

func readCredentials(file string) (person string, seed []byte, err error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil, hint(fmt.Errorf("there are no credentials %s", file), "is the working directory the right one? name it with --dir. bulletin people add NAME makes them for who works there")
	}
	if err != nil {
		return "", nil, err
	}
	if person, seed, err = queue.ParseCreds(data); err != nil {
		return "", nil, fmt.Errorf("%s: %w", file, err)
	}
	return person, seed, nil
}

// namesIn lists whose credentials were found, for a hint.
func namesIn(files []string) string {
	if len(files) == 0 {
		return ""
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(filepath.Base(f), ".creds")
	}
	return " (one of " + strings.Join(names, ", ") + ")"
}

// endpoint reads where the server of the directory listens.
func (f *deskFlags) endpoint() (string, error) {
	file := filepath.Join(f.dir, endpointFile)
	data, err := os.ReadFile(file)
	if _, operated := os.Stat(filepath.Join(f.dir, operatorFile)); errors.Is(err, os.ErrNotExist) && operated == nil {
		return "", hint(fmt.Errorf("the server in %s is starting, ending, or pausing for a backup", f.dir), "try again in a moment")
	}
	if errors.Is(err, os.ErrNotExist) {
		return "", hint(fmt.Errorf("no server is running in %s", f.dir), "start one with: bulletin serve --dir %s, name its directory with --dir, or its URL with --server", f.dir)
	}
	if err != nil {
		return "", err
	}
	var endpoint struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(data, &endpoint); err != nil || endpoint.URL == "" {
		return "", hint(fmt.Errorf("%s does not say where the server is", file), "start the server anew: it writes the file")
	}
	return endpoint.URL, nil
}

// printJSON prints a value for a program to read. Somebody may look at it on a terminal all the same: characters
// that drive one, or turn a line around, are written as escapes.
func printJSON(w io.Writer, v any) error {
	var text strings.Builder
	enc := json.NewEncoder(&text)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, unsafeInJSON.ReplaceAllStringFunc(text.String(), func(s string) string {
		return fmt.Sprintf(`\u%04x`, []rune(s)[0])
	}))
	return err
}

// unsafeInJSON is what encoding/json leaves as it is: DEL, the C1 controls, and what changes a text's direction.
var unsafeInJSON = regexp.MustCompile("[\u007f-\u009f\u202a-\u202e\u2066-\u2069]")
