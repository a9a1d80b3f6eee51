package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"bulletin/pipeline/marking"
)

// parsedMark is the answer of marking parse: one for each input.
type parsedMark struct {
	input        string
	valid        bool
	canonical    string
	releasableTo []string
	says         bool // whether the mark says who may have it
	err          string
	explain      []marking.Reason // nil where nobody asked
}

// rolledUp is the answer of marking rollup: one for each input.
type rolledUp struct {
	input, banner, err string
	explain            []marking.Reason // nil where nobody asked
}

// The answers are put together by hand: encoding/json would take most of the time, and an editor
// that checks a whole book at once waits for it.

func (p parsedMark) appendTo(to []byte) []byte {
	to = appendJSON(append(to, `{"input":`...), p.input)
	to = append(to, `,"valid":`...)
	to = fmt.Append(to, p.valid)
	to = appendJSON(append(to, `,"canonical":`...), p.canonical)
	to = append(to, `,"releasable_to":`...)
	if p.says {
		to = append(to, '[')
		for i, nation := range p.releasableTo {
			if i > 0 {
				to = append(to, ',')
			}
			to = appendJSON(to, nation)
		}
		to = append(to, ']')
	} else {
		to = append(to, "null"...)
	}
	to = appendJSON(append(to, `,"error":`...), p.err)
	return append(appendReasons(to, p.explain), '}')
}

func (r rolledUp) appendTo(to []byte) []byte {
	to = appendJSON(append(to, `{"input":`...), r.input)
	to = appendJSON(append(to, `,"banner":`...), r.banner)
	to = appendJSON(append(to, `,"error":`...), r.err)
	return append(appendReasons(to, r.explain), '}')
}

func appendReasons(to []byte, reasons []marking.Reason) []byte {
	if reasons == nil {
		return to
	}
	to = append(to, `,"explain":[`...)
	for i, r := range reasons {
		if i > 0 {
			to = append(to, ',')
		}
		to = appendJSON(append(to, `{"rule":`...), r.Rule)
		to = appendJSON(append(to, `,"said":`...), r.Said)
		to = append(to, '}')
	}
	return append(to, ']')
}

// appendJSON writes s as a JSON string, byte for byte as encoding/json does without HTML escapes.
func appendJSON(to []byte, s string) []byte {
	start := len(to)
	to = append(to, '"')
	for i := range len(s) {
		switch b := s[i]; {
		case b == '"' || b == '\\':
			to = append(to, '\\', b)
		case b < 0x20 || b >= 0x7f: // rare: no mark but the French ones has it
			return appendRareJSON(to[:start], s)
		default:
			to = append(to, b)
		}
	}
	return append(to, '"')
}

func appendRareJSON(to []byte, s string) []byte {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return append(to, strings.TrimSuffix(b.String(), "\n")...)
}

// answerEach prints the answer to every input, one JSON object a line. Who reads them may stop
// reading: that is no failure.
func answerEach(c *cobra.Command, args []string, answer func(to []byte, in string) []byte) error {
	out := bufio.NewWriterSize(c.OutOrStdout(), 64<<10)
	var line []byte
	write := func(in string) error {
		line = append(answer(line[:0], in), '\n')
		_, err := out.Write(line)
		return err
	}
	err := eachInput(args, c.InOrStdin(), write, out.Flush)
	err = errors.Join(err, out.Flush())
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// eachInput gives the arguments, or the lines of in where - is the argument. A line ends at LF alone:
// a CR before it belongs to the mark, and makes it invalid. Whenever it would have to wait for
// more, it calls pause.
func eachInput(args []string, in io.Reader, each func(string) error, pause func() error) error {
	if len(args) != 1 || args[0] != "-" {
		for _, a := range args {
			if err := each(a); err != nil {
				return err
			}
		}
		return nil
	}
	for lines := bufio.NewReaderSize(in, 64<<10); ; {
		if lines.Buffered() == 0 {
			if err := pause(); err != nil {
				return err
			}
		}
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read standard input: %w", err)
		}
		if err != nil && line == "" {
			return nil
		}
		if e := each(strings.TrimSuffix(line, "\n")); e != nil || err != nil {
			return e
		}
	}
}
