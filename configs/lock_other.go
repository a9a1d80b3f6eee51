//go:build !unix

package configs

import "os"

// tryLock always succeeds: systems without flock do not keep a second program out.
func tryLock(*os.File) (bool, error) { return true, nil }

func keepOwner(*os.File, os.FileInfo) error { return nil }
