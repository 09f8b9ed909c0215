package rayworker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/marshal"
)

// Program is this program as a file that nodes of one platform can run.
type Program struct {
	Arch string // Go's name: "amd64"
	SHA  string // SHA-256 of the file, hexadecimal
	Path string
}

// EnvPlatforms names further platforms of a cluster's nodes: "arm64", "linux/arm64,linux/amd64".
const EnvPlatforms = "GORAY_RAY_PLATFORMS"

// Programs returns this program, without what only debuggers read, for this machine's platform and
// those that EnvPlatforms names. They are made once and kept in the user's cache.
func Programs(ctx context.Context) ([]Program, error) {
	p, err := own()
	if err != nil {
		return nil, err
	}
	all := []Program{p}
	for _, name := range strings.FieldsFunc(os.Getenv(EnvPlatforms), func(r rune) bool { return r == ',' || r == ' ' }) {
		arch := strings.TrimPrefix(name, "linux/")
		if slices.ContainsFunc(all, func(p Program) bool { return p.Arch == arch }) {
			continue
		}
		p, err := For(ctx, arch)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// own is the program of this machine's platform.
var own = sync.OnceValues(func() (Program, error) {
	path, err := os.Executable()
	if err != nil {
		return Program{}, err
	}
	small, err := cached(runtime.GOARCH, func(to *os.File) error {
		f, err := os.Open("/proc/self/exe") // path may be another build by now
		if err != nil {
			return err
		}
		defer f.Close()
		return strip(f, to)
	})
	if err == nil {
		path = small
	} // else the whole of it does as well
	return hold(runtime.GOARCH, path)
})

// hold opens a program for the life of this process: the cache may lose it to other programs before
// it is sent, which is when the first function is called.
func hold(arch, path string) (Program, error) {
	f, err := os.Open(path)
	if err != nil {
		return Program{}, err
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		f.Close()
		return Program{}, err
	}
	p := Program{Arch: arch, SHA: hex.EncodeToString(h.Sum(nil)), Path: path}
	if runtime.GOOS != "linux" {
		f.Close()
		return p, nil
	}
	held.Lock()
	defer held.Unlock()
	held.files = append(held.files, f)
	p.Path = fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd()) // the companion opens it, too
	return p, nil
}

// held are files that must not be closed.
var held struct {
	sync.Mutex
	files []*os.File
}

// cached returns the file of this build for arch, made by write if it is not there.
func cached(arch string, write func(to *os.File) error) (string, error) {
	root, err := os.UserCacheDir()
	if err != nil {
		root = filepath.Join(os.TempDir(), fmt.Sprintf("goray-%d", os.Getuid()))
	}
	dir := filepath.Join(root, "goray", "programs")
	build := marshal.BuildHash()
	if build == "" {
		return "", errors.New("this program's build has no name")
	}
	path := filepath.Join(dir, build[:32]+"-"+arch)
	if s, err := os.Stat(path); err == nil && s.Size() > 0 {
		now := time.Now()
		_ = os.Chtimes(path, now, now) // prune goes by when they were used
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, "new")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name()) // which has another name by then, if all went well
	defer f.Close()
	if err := write(f); err != nil {
		return "", err
	}
	if err := errors.Join(f.Chmod(0o700), f.Close()); err != nil {
		return "", err
	}
	prune(dir, filepath.Base(path))
	return path, os.Rename(f.Name(), path)
}

// keptPrograms is how many programs stay in the user's cache.
const keptPrograms = 8

// prune removes the oldest programs from the user's cache.
func prune(dir, keep string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int {
		x, err1 := a.Info()
		y, err2 := b.Info()
		if err1 != nil || err2 != nil {
			return 0
		}
		return y.ModTime().Compare(x.ModTime())
	})
	for i, e := range entries {
		if i >= keptPrograms && e.Name() != keep && !strings.HasPrefix(e.Name(), "new") {
			_ = os.Remove(filepath.Join(dir, e.Name())) // a driver that has begun keeps it (see hold)
		}
	}
}
