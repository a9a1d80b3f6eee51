//go:build darwin || freebsd || netbsd

package configs

import "syscall"

// ctime is when anything of the file last changed, in nanoseconds.
func ctime(state *syscall.Stat_t) int64 { return state.Ctimespec.Nano() }
