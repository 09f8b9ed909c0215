//go:build linux || darwin || freebsd

package xgboost

import "github.com/ebitengine/purego"

func openLibrary(path string) (uintptr, error) {
	return purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
}

func findSymbol(handle uintptr, name string) error {
	_, err := purego.Dlsym(handle, name)
	return err
}
