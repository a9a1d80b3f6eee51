package main

import (
	"bytes"
	"fmt"
	"os"
	"time"
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

// cpuUsed is how much time on a processor this process has had, its sink included; 0 if the system doesn't say. Unlike the
// time that passes, it is hardly more when others want the processor too.
func cpuUsed() time.Duration {
	stat, _ := os.ReadFile("/proc/self/stat")
	_, fields, _ := bytes.Cut(stat, []byte(") ")) // behind the program's name
	var user, system time.Duration
	f := bytes.Fields(fields)
	if len(f) < 13 {
		return 0
	}
	fmt.Sscan(string(f[11])+" "+string(f[12]), &user, &system) // utime and stime of proc(5), in hundredths of a second
	return (user + system) * 10 * time.Millisecond
}
