package xgboost

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// wheelLibDir is where a wheel keeps the library. The library finds its
// bundled libgomp by a path relative to itself, so both keep their places.
const wheelLibDir = "xgboost/lib"

// InstallDir returns the directory that [Install] fills and that the library
// is loaded from: goray/lib/xgboost-<version> in the user's cache directory.
func InstallDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("xgboost: no cache directory: %w; set HOME, or %s to libxgboost's path", err, EnvLibrary)
	}
	return filepath.Join(cache, "goray", "lib", "xgboost-"+Version), nil
}

// Install unpacks libxgboost from a wheel of xgboost-cpu (or xgboost) into
// [InstallDir]. The argument is the wheel, or a directory that holds one. An
// existing installation is replaced; a failing one leaves it as it was.
func Install(wheelOrDir string) error {
	dir, err := InstallDir()
	if err != nil {
		return err
	}
	return InstallTo(wheelOrDir, dir)
}

// InstallTo is [Install] into a directory of choice. Point GORAY_LIBXGBOOST
// to that directory to have the library loaded from there.
func InstallTo(wheelOrDir, dir string) error {
	wheel, err := findWheel(wheelOrDir)
	if err != nil {
		return err
	}
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("xgboost: %s is not a wheel: %w; download it again", wheel, err)
	}
	defer archive.Close()

	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("xgboost: install: %w", err)
	}
	// The files are gathered beside the target and renamed over it as a
	// whole, so that a process that starts meanwhile never sees half of them.
	fresh, err := os.MkdirTemp(filepath.Dir(dir), ".xgboost-")
	if err != nil {
		return fmt.Errorf("xgboost: install: %w", err)
	}
	defer os.RemoveAll(fresh)
	if err := os.Chmod(fresh, 0o755); err != nil {
		return fmt.Errorf("xgboost: install: %w", err)
	}
	found := false
	for _, f := range archive.File {
		name := path.Clean(f.Name)
		if f.FileInfo().IsDir() || !wanted(name) {
			continue
		}
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("xgboost: %s holds a file outside its own tree, %q; download it again", wheel, f.Name)
		}
		found = found || name == path.Join(wheelLibDir, libraryName())
		if err := extract(f, filepath.Join(fresh, filepath.FromSlash(name))); err != nil {
			return fmt.Errorf("xgboost: unpack %s of %s: %w", f.Name, wheel, err)
		}
	}
	if !found {
		return fmt.Errorf("xgboost: %s holds no %s/%s; it is for another platform than %s/%s: run `pip download xgboost-cpu==%s --no-deps` on this machine",
			wheel, wheelLibDir, libraryName(), runtime.GOOS, runtime.GOARCH, Version)
	}
	return replaceDir(fresh, dir)
}

// wanted selects the library, the libraries it needs, and their licences.
func wanted(name string) bool {
	top, rest, _ := strings.Cut(name, "/")
	switch {
	case strings.HasPrefix(name, wheelLibDir+"/"), strings.HasSuffix(top, ".libs"), strings.HasPrefix(name, "xgboost/.dylibs/"):
		return true
	case strings.HasSuffix(top, ".dist-info"):
		return rest == "METADATA" || strings.Contains(strings.ToUpper(rest), "LICENSE") || strings.HasPrefix(rest, "sboms/")
	}
	return false
}

func findWheel(p string) (string, error) {
	info, err := os.Stat(p)
	if err != nil {
		return "", fmt.Errorf("xgboost: install: %w; give the wheel that `pip download xgboost-cpu==%s --no-deps` fetched", err, Version)
	}
	if !info.IsDir() {
		if !strings.Contains(filepath.Base(p), "-"+Version+"-") {
			return "", fmt.Errorf("xgboost: %s is not a wheel of version %s; run `pip download xgboost-cpu==%s --no-deps`", p, Version, Version)
		}
		return p, nil
	}
	for _, pattern := range []string{"xgboost_cpu-" + Version + "-*.whl", "xgboost-" + Version + "-*.whl"} {
		found, err := filepath.Glob(filepath.Join(p, pattern))
		if err == nil && len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("xgboost: %s holds no wheel of xgboost-cpu %s; run `pip download xgboost-cpu==%s --no-deps -d %s`", p, Version, Version, p)
}

func extract(f *zip.File, to string) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if f.Mode()&0o111 != 0 {
		mode = 0o755
	}
	return writeFile(to, r, mode)
}

// replaceDir puts fresh in the place of dir. The old directory moves aside
// first, because a directory cannot be renamed over a full one.
func replaceDir(fresh, dir string) error {
	old := fresh + ".old"
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("xgboost: install: %w", err)
	}
	defer os.RemoveAll(old)
	if err := os.Rename(fresh, dir); err != nil {
		_ = os.Rename(old, dir)
		return fmt.Errorf("xgboost: install: %w", err)
	}
	return nil
}

// writeFile writes a file that appears complete or not at all.
func writeFile(path string, from io.Reader, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = io.Copy(f, from)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
