package rayworker

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/marshal"
)

const (
	// EnvBinaries names a folder with this program for other platforms, as whoever built it gives it out.
	EnvBinaries = "GORAY_RAY_BINARIES"
	// EnvSource names the folder with this program's source, where it cannot be found otherwise.
	EnvSource = "GORAY_RAY_SOURCE"
)

// platforms are those whose values lie in memory as on all others of them: 64 bits, little-endian.
var platforms = []string{"amd64", "arm64", "loong64", "ppc64le", "riscv64"}

// NoProgramError says why this program cannot be had for a platform.
type NoProgramError struct {
	Arch string
	Err  error
}

func (e *NoProgramError) Error() string {
	return fmt.Sprintf("this program for nodes of linux/%s: %v", e.Arch, e.Err)
}

func (e *NoProgramError) Unwrap() error { return e.Err }

// making keeps one build of a driver's at a time; the others find its result.
var making sync.Mutex

// For returns this program for a platform, by Go's name. It is taken from the folder of EnvBinaries, or
// built from the source that it was built from, which is kept in the user's cache.
func For(ctx context.Context, arch string) (Program, error) {
	making.Lock()
	defer making.Unlock()
	p, err := provide(ctx, arch)
	if err != nil {
		return p, &NoProgramError{arch, err}
	}
	return p, nil
}

func provide(ctx context.Context, arch string) (Program, error) {
	if arch == runtime.GOARCH && runtime.GOOS == "linux" {
		return own()
	}
	if !slices.Contains(platforms, arch) || !slices.Contains(platforms, runtime.GOARCH) {
		return Program{}, fmt.Errorf("its values lie in memory otherwise than those of linux/%s, where the driver runs; use nodes of %s", runtime.GOARCH, strings.Join(platforms, ", "))
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Path == "" || info.Path == "command-line-arguments" {
		return Program{}, errors.New("how it was built is not known; build it as a package, with go build in its module")
	}
	if dir := os.Getenv(EnvBinaries); dir != "" {
		if path := given(dir, arch, info); path != "" {
			return hold(arch, path)
		}
	}
	path, err := cached(arch, func(to *os.File) error { return build(ctx, to.Name(), arch, info) })
	if err != nil {
		return Program{}, err
	}
	return hold(arch, path)
}

// given finds the program for a platform in a folder: of the same package, versions and commit.
func given(dir, arch string, own *debug.BuildInfo) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		other, err := buildinfo.ReadFile(path)
		if err == nil && setting(other, "GOOS") == "linux" && setting(other, "GOARCH") == arch && identity(other) == identity(own) {
			return path
		}
	}
	return ""
}

// identity is what the source of a program is known by.
func identity(i *debug.BuildInfo) string {
	var b strings.Builder
	fmt.Fprintln(&b, i.GoVersion, i.Path, i.Main.Version, i.Main.Sum, setting(i, "vcs.revision"), setting(i, "vcs.modified"), setting(i, "-tags"))
	for _, d := range i.Deps {
		for d.Replace != nil {
			d = d.Replace
		}
		fmt.Fprintln(&b, d.Path, d.Version, d.Sum)
	}
	return b.String()
}

func setting(i *debug.BuildInfo, key string) string {
	for _, s := range i.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}

// build builds the program for a platform with the flags that it was built with.
func build(ctx context.Context, to, arch string, info *debug.BuildInfo) error {
	tool, err := exec.LookPath("go")
	if err != nil {
		return fmt.Errorf("there is no Go toolchain to build it with (%w); install Go, or name a folder with the program for linux/%s in %s, or use nodes of linux/%s only", err, arch, EnvBinaries, runtime.GOARCH)
	}
	g := gotool{ctx, tool, append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS="+buildFlags(info))}
	name, isTest := strings.CutSuffix(info.Path, ".test")
	dir, err := g.source(name, info)
	if err != nil {
		return err
	}
	if err := g.unchanged(dir, name, isTest); err != nil {
		return err
	}
	args := []string{"build"}
	if isTest {
		args = []string{"test", "-c"}
	}
	args = append(args, "-trimpath", "-ldflags="+strings.TrimSpace(setting(info, "-ldflags")+" -s -w"))
	if flags := setting(info, "-gcflags"); flags != "" { // it decides what is inlined, and so what functions there are
		args = append(args, "-gcflags="+flags)
	}
	_, err = g.run(dir, append(args, "-o", to, name)...)
	return err
}

// buildFlags are the user's GOFLAGS, and the tags that the program was built with.
func buildFlags(info *debug.BuildInfo) string {
	flags := os.Getenv("GOFLAGS")
	if tags := setting(info, "-tags"); tags != "" {
		flags = strings.TrimSpace(flags + " -tags=" + tags)
	}
	return flags
}

// gotool runs the go command for a platform.
type gotool struct {
	ctx  context.Context
	path string
	env  []string
}

func (g gotool) run(dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(g.ctx, g.path, args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, g.env, 10*time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s in %s: %w\n%s", strings.Join(args, " "), dir, err, bytes.TrimSpace(errs.Bytes()))
	}
	return out.String(), nil
}

// source finds a folder in whose module the program's package is what it was built from.
func (g gotool) source(name string, info *debug.BuildInfo) (string, error) {
	if dir := os.Getenv(EnvSource); dir != "" {
		if err := g.has(dir, name, info); err != nil {
			return "", fmt.Errorf("%s names %s, which is not its source: %w", EnvSource, dir, err)
		}
		return dir, nil
	}
	for _, dir := range sourceFolders() {
		if g.has(dir, name, info) == nil {
			return dir, nil
		}
	}
	if info.Main.Sum != "" { // it was installed with go install m@v
		if out, err := g.run(os.TempDir(), "mod", "download", "-json", info.Main.Path+"@"+info.Main.Version); err == nil {
			var m struct{ Dir string }
			if json.Unmarshal([]byte(out), &m) == nil && m.Dir != "" {
				return m.Dir, nil
			}
		}
	}
	return "", fmt.Errorf("its source (%s) is not in this folder, nor where the program lies; set %s=the folder with its go.mod, or %s=a folder with the program for that platform (GOOS=linux GOARCH=%s go build -o that/folder/ %s)",
		name, EnvSource, EnvBinaries, g.arch(), name)
}

func (g gotool) arch() string {
	for _, e := range slices.Backward(g.env) {
		if arch, ok := strings.CutPrefix(e, "GOARCH="); ok {
			return arch
		}
	}
	return ""
}

// sourceFolders are where the source may be: where the program runs, where it was built, unless that
// was kept out of it (-trimpath), and where it lies, or above.
func sourceFolders() []string {
	var all []string
	add := func(dir string) {
		if dir != "" && !slices.Contains(all, dir) {
			all = append(all, dir)
		}
	}
	if dir, err := os.Getwd(); err == nil {
		add(dir)
	}
	if file := marshal.SourceFile("main.main"); filepath.IsAbs(file) {
		add(filepath.Dir(file))
	}
	if exe, err := os.Executable(); err == nil {
		for dir := filepath.Dir(exe); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				add(dir)
				break
			}
		}
	}
	return slices.DeleteFunc(all, func(dir string) bool { s, err := os.Stat(dir); return err != nil || !s.IsDir() })
}

// has tells whether a package is what it should be, seen from a folder: of the same version, or of a
// module that is being worked on.
func (g gotool) has(dir, name string, info *debug.BuildInfo) error {
	out, err := g.run(dir, "list", "-find", "-f", "{{with .Module}}{{.Path}} {{if not .Main}}{{.Version}}{{end}}{{end}}", name)
	if err != nil {
		return err
	}
	path, version, _ := strings.Cut(strings.TrimSpace(out), " ")
	switch {
	case path != info.Main.Path:
		return fmt.Errorf("%s is of module %s there, not of %s", name, path, info.Main.Path)
	case version != "" && version != info.Main.Version:
		return fmt.Errorf("%s is of version %s there, not of %s", name, version, info.Main.Version)
	}
	return nil
}

// sourceFiles lists the files that a program is built from, those of versions that cannot change excepted.
const sourceFiles = `{{if .Module}}{{if or .Module.Main (and .Module.Replace (not .Module.Replace.Version))}}{{$d := .Dir}}` +
	`{{range .GoFiles}}{{$d}}/{{.}}
{{end}}{{range .SFiles}}{{$d}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$d}}/{{.}}
{{end}}{{end}}{{end}}`

// unchanged says whether the source is as it was when this program was built.
func (g gotool) unchanged(dir, name string, isTest bool) error {
	built, err := os.Stat("/proc/self/exe")
	if err != nil {
		return nil // nothing says when that was
	}
	args := []string{"list", "-deps"}
	if isTest {
		args = append(args, "-test")
	}
	out, err := g.run(dir, append(args, "-f", sourceFiles, name)...)
	if err != nil {
		return err
	}
	for _, file := range strings.Fields(out) {
		if s, err := os.Stat(file); err == nil && s.ModTime().After(built.ModTime()) {
			return fmt.Errorf("%s has changed since this program was built, so that one for another platform would be another program; build it again", file)
		}
	}
	return nil
}
