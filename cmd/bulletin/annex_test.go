package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"bulletin/pipeline"
)

// An annex of three hundred pages, a table of thousands of rows among them, is drawn in a process that never takes more
// than 200 MB: what is left over of a small machine beside its server.
func TestAnnexFitsIntoMemory(t *testing.T) {
	const most = 200 << 10 // kilobytes
	dir := t.TempDir()
	file, out := filepath.Join(dir, "annex.md"), filepath.Join(dir, "annex.pdf")
	if err := os.WriteFile(file, annexDraft(), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "bulletin")
	if said, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, said)
	}
	took := peak(t, binary, "render", file, "--nation", "NZL", "-o", out)
	pdf, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if pages := bytes.Count(pdf, []byte("<</Type /Page\n")); pages < 300 {
		t.Errorf("%d pages are no annex of three hundred", pages)
	}
	if took > most {
		t.Errorf("it took %d kB, more than %d", took, most)
	}
}

// peak is the most memory that a program took, in kB. A process begins with what its parent has at that moment (Linux,
// exec_mmap), and this one may have grown: so one between, this program as "peak", starts it.
func peak(t *testing.T, program string, args ...string) (kilobytes int64) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, append([]string{program}, args...)...)
	c.Args[0] = "peak"
	said, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if _, err := fmt.Sscan(string(said), &kilobytes); err != nil {
		t.Fatalf("%v in %q", err, said)
	}
	return kilobytes
}

// printPeak runs a program and prints the most memory that it took.
func printPeak() {
	c := exec.Command(os.Args[1], os.Args[2:]...)
	if said, err := c.CombinedOutput(); err != nil {
		fmt.Printf("%v\n%s", err, said)
		os.Exit(1)
	}
	most := c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "darwin" { // which counts bytes
		most >>= 10
	}
	fmt.Println(most)
}

func annexDraft() []byte {
	var b strings.Builder
	b.WriteString("---\ntitle: Samples of a campaign\nkind: bulletin\nscheme: tlp\ntlp: TLP:GREEN\nreleasable_to: [AUS, CAN, GBR, NZL, USA]\n---\n# Samples\n\n")
	b.WriteString("| SHA-256 | File | First seen | Remark |\n| --- | --- | --- | --- |\n")
	for i := range 6500 {
		fmt.Fprintf(&b, "| `%s` | sample-%04d.exe | 2026-03-01 | Packed; seen in two nations, with the installer beside it |\n", pipeline.DigestOf([]byte(fmt.Sprint(i))), i)
	}
	text := "Between March and October the units of two nations saw case files of four agencies offered on public file-sharing networks. " +
		"In each case a client installed by a member of staff on a machine at home shared the whole profile, the folder of work with it.\n\n"
	for i := range 120 {
		fmt.Fprintf(&b, "\n## Campaign %d\n\n%s", i+1, strings.Repeat(text, 5))
	}
	return []byte(b.String())
}
