//go:build !(linux || darwin || freebsd)

package xgboost

import (
	"errors"
	"runtime"
)

func openLibrary(string) (uintptr, error) {
	return 0, errors.New("loading libxgboost is not supported on " + runtime.GOOS + "; use Linux or macOS")
}

func findSymbol(uintptr, string) error { return errors.New("no library") }
