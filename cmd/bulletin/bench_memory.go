package main

import (
	"bytes"
	"fmt"
	"os"
)

// freshPeak has the system measure this process's peak of resident memory anew (proc(5), clear_refs). Elsewhere than on
// Linux it is not known.
func freshPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peakResident is the most memory that was resident, in bytes; 0 if the system doesn't say.
func peakResident() (n int64) {
	status, _ := os.ReadFile("/proc/self/status")
	_, line, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	fmt.Sscan(string(bytes.TrimSpace(line)), &n)
	return n << 10
}
