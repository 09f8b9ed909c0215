package rebuild

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

const module = "github.com/goray/goray"

// Options say what to build.
type Options struct {
	With   []string // packages, each with @version or without
	Output string   // the file to write; "" means goray in the working directory
	Source string   // goray's source; "" means the checkout around the working directory, or the module cache
	Tags   string   // build tags
	Log    io.Writer
}

// Main is the command "goray build-kernel -with PACKAGE[@VERSION] [-with …] [-o FILE] [-source DIR]".
func Main(args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("build-kernel", flag.ContinueOnError)
	f.SetOutput(stderr)
	var o Options
	f.Func("with", "a package to compile in, such as example.com/fast@v1.2.0; may be given several times", func(s string) error {
		o.With = append(o.With, s)
		return nil
	})
	f.StringVar(&o.Output, "o", "", "the file to write (default: goray in the working directory)")
	f.StringVar(&o.Source, "source", "", "a checkout of goray (default: the one around the working directory, or the module cache)")
	f.StringVar(&o.Tags, "tags", "", "build tags")
	f.Usage = func() {
		fmt.Fprintln(f.Output(), "usage: goray build-kernel -with PACKAGE[@VERSION] [FLAGS]\nBuild a goray that has packages compiled in.\n\nflags:")
		f.PrintDefaults()
	}
	if len(args) > 0 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]) {
		f.SetOutput(stdout) // help is an answer
	}
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	o.Log = stderr
	out, err := Build(context.Background(), o)
	if err != nil {
		fmt.Fprintln(stderr, "goray build-kernel:", err)
		return 1
	}
	fmt.Fprintf(stdout, "built %s; \"%[1]s install\" makes it the kernel of Jupyter\n", out)
	return 0
}

// Build builds, and returns the path of what it has built.
func Build(ctx context.Context, o Options) (string, error) {
	if len(o.With) == 0 {
		return "", errors.New("no package; name one with -with")
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.Output == "" {
		o.Output = "goray"
	}
	output, err := filepath.Abs(o.Output)
	if err != nil {
		return "", err
	}
	if _, err := exec.LookPath("go"); err != nil {
		return "", errors.New("the go command is not on PATH, and building needs it; install Go from https://go.dev/dl")
	}
	source, err := findSource(ctx, o.Source)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "goray-build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	b := builder{dir: dir, log: o.Log}
	b.say("copying %s", source)
	if err := copyModule(source, dir); err != nil {
		return "", err
	}
	b.say("getting %s", strings.Join(o.With, " "))
	if _, err := b.run(ctx, append([]string{"get", "--"}, o.With...)...); err != nil {
		return "", err
	}
	var paths []string
	for _, w := range o.With {
		path, _, _ := strings.Cut(w, "@")
		paths = append(paths, path)
	}
	list, err := b.public(ctx, paths)
	if err != nil {
		return "", err
	}
	b.say("writing the symbols of %d packages", len(list))
	if _, err := b.run(ctx, append([]string{"run", "./kernel/lang/symgen", "-out", "gen_with_symbols.go", "-pkg", "main", "-var", "withPackages"}, list...)...); err != nil {
		return "", err
	}
	if _, err := b.run(ctx, append([]string{"run", "./kernel/lang/symgen", "-types", "gen_with_types.bin"}, list...)...); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "gen_with.go"), []byte(register), 0o644); err != nil {
		return "", err
	}
	b.say("building")
	if _, err := b.run(ctx, "build", "-trimpath", "-tags="+o.Tags, "-o", output, "."); err != nil {
		return "", err
	}
	return output, nil
}

// register is the file that makes the packages known; one of them carries the types of all.
const register = `package main

import (
	"embed"

	"github.com/goray/goray/kernel/lang/linked"
)

//go:embed gen_with_types.bin
var withTypes embed.FS

func init() {
	withPackages[0].Source = withTypes
	linked.Add(withPackages)
}
`

// findSource is the folder of goray's module.
func findSource(ctx context.Context, given string) (string, error) {
	if given != "" {
		if !isGoray(given) {
			return "", fmt.Errorf("%s is not the source of goray: its go.mod does not say module %s", given, module)
		}
		return given, nil
	}
	if wd, err := os.Getwd(); err == nil {
		for dir := wd; ; dir = filepath.Dir(dir) {
			if isGoray(dir) {
				return dir, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path == module {
		version = info.Main.Version
	}
	if version == "" || version == "(devel)" {
		return "", fmt.Errorf("the source of goray is not here, and this goray was built without a version of it to fetch; run this in a checkout of %s, or name one with -source", module)
	}
	out, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", module+"@"+version).Output()
	if err == nil {
		if _, rest, ok := bytes.Cut(out, []byte(`"Dir": "`)); ok {
			if dir, _, ok := bytes.Cut(rest, []byte(`"`)); ok {
				return string(dir), nil
			}
		}
	}
	return "", fmt.Errorf("the source of goray %s is not here, and cannot be fetched; run this in a checkout of %s, or name one with -source", version, module)
}

func isGoray(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && bytes.HasPrefix(bytes.TrimSpace(text), []byte("module "+module+"\n"))
}

// copyModule copies the files that a build needs.
func copyModule(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel != "." && (d.Name()[0] == '.' || d.Name() == "testdata" || d.Name() == "node_modules") {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		if !d.Type().IsRegular() || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o644)
	})
}

// builder runs the Go tool in the copy.
type builder struct {
	dir string
	log io.Writer
}

func (b builder) say(format string, args ...any) { fmt.Fprintf(b.log, format+"\n", args...) }

func (b builder) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "PWD="+b.dir)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(errs.Bytes()))
	}
	return out.String(), nil
}

// public lists the packages and those outside the standard library that they import and that a cell
// could import too: a compiled package's types may be theirs. Goray's own are there already.
func (b builder) public(ctx context.Context, paths []string) ([]string, error) {
	args := append([]string{"list", "-deps", "-f", "{{if not .Standard}}{{.Name}} {{.ImportPath}}{{end}}", "--"}, paths...)
	text, err := b.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	var list []string
	for line := range strings.Lines(text) {
		name, path, ok := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case !ok || path == module || strings.HasPrefix(path, module+"/"):
		case name == "main":
			return nil, fmt.Errorf("package %s is a program, not an importable package", path)
		case slices.Contains(strings.Split(path, "/"), "internal") || slices.Contains(strings.Split(path, "/"), "vendor"):
		default:
			list = append(list, path)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: nothing to compile in; cells can import it as it is", strings.Join(paths, " "))
	}
	return list, nil
}
