package xgboost

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

// Version is the release of libxgboost that this package is written for and
// that [Install] expects.
const Version = "3.2.0"

// EnvLibrary names the environment variable that points to libxgboost itself,
// or to a directory that holds it.
const EnvLibrary = "GORAY_LIBXGBOOST"

// ErrLibraryMissing is wrapped by every error that a missing or unusable
// libxgboost causes.
var ErrLibraryMissing = errors.New("xgboost: libxgboost " + Version + " is not installed")

// fix is what the user is told to do about a missing library.
const fix = "run `make xgboost`, or `pip download xgboost-cpu==" + Version +
	" --no-deps` and xgboost.Install(\"<the wheel>\"), or set " + EnvLibrary + " to libxgboost's path"

var library struct {
	once sync.Once
	path string
	err  error
}

// load opens the library on first use. The outcome is kept for the life of
// the process: a shared library cannot be replaced under running code.
func load() error {
	library.once.Do(func() {
		// The library writes to its peers from threads of its own. A peer that has died must be an
		// error there; unhandled, the signal on a thread that Go does not know ends the process. A
		// handler, unlike an ignored signal, is not inherited by commands that this process starts.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
		library.path, library.err = open()
	})
	return library.err
}

// Check reports whether libxgboost can be used. The error names every place
// that was tried and the command that installs the library.
func Check() error { return load() }

// LibraryPath returns the file that libxgboost was loaded from, and "" as
// long as it is not loaded.
func LibraryPath() string {
	if load() != nil {
		return ""
	}
	return library.path
}

// LibraryVersion returns the version that the loaded library reports, such
// as "3.2.0".
func LibraryVersion() (string, error) {
	if err := load(); err != nil {
		return "", err
	}
	var major, minor, patch int32
	xgBoostVersion(&major, &minor, &patch)
	return fmt.Sprintf("%d.%d.%d", major, minor, patch), nil
}

func open() (string, error) {
	// OpenMP's idle threads spin by default, which starves everything else on
	// the machine when several trainings share its cores. libgomp reads this
	// once, when it is loaded; a choice of the user is respected.
	if _, set := os.LookupEnv("OMP_WAIT_POLICY"); !set {
		_ = os.Setenv("OMP_WAIT_POLICY", "PASSIVE")
	}
	var tried []string
	for _, path := range candidates() {
		if filepath.IsAbs(path) {
			if _, err := os.Stat(path); err != nil {
				tried = append(tried, path+" (no such file)")
				continue
			}
		}
		handle, err := openLibrary(path)
		if err != nil {
			tried = append(tried, fmt.Sprintf("%s (%s)", path, strings.TrimPrefix(err.Error(), path+": ")))
			continue
		}
		if err := register(handle); err != nil {
			tried = append(tried, fmt.Sprintf("%s (%v)", path, err))
			continue
		}
		return path, nil
	}
	return "", fmt.Errorf("%w; tried %s; %s", ErrLibraryMissing, strings.Join(tried, ", "), fix)
}

// candidates lists the places of the library, in the order of precedence. An
// explicit choice stands alone: falling back from a mistyped path to another
// library would hide the mistake.
func candidates() []string {
	if chosen := os.Getenv(EnvLibrary); chosen != "" {
		path, err := filepath.Abs(chosen)
		if err != nil {
			path = chosen
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = findIn(path)
		}
		return []string{path}
	}
	var paths []string
	if dir, err := InstallDir(); err == nil {
		paths = append(paths, filepath.Join(dir, wheelLibDir, libraryName()))
	}
	// A build folder keeps the library beside the program.
	if program, err := os.Executable(); err == nil {
		paths = append(paths, filepath.Join(filepath.Dir(program), "xgboost", wheelLibDir, libraryName()))
	}
	return append(paths, libraryName())
}

// findIn finds the library below dir: directly, or where a wheel keeps it.
func findIn(dir string) string {
	for _, below := range []string{"", wheelLibDir, "lib"} {
		path := filepath.Join(dir, below, libraryName())
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return filepath.Join(dir, libraryName())
}

func libraryName() string {
	switch runtime.GOOS {
	case "darwin":
		return "libxgboost.dylib"
	case "windows":
		return "xgboost.dll"
	default:
		return "libxgboost.so"
	}
}
