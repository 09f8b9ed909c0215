package conformance

import (
	"go/build/constraint"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strconv"
	"strings"
)

var (
	runDirective   = regexp.MustCompile(`(?m)^// (run\b.*)$`)
	importBlock    = regexp.MustCompile(`(?ms)^import\s*\((.*?)\)`)
	quoted         = regexp.MustCompile(`"([^"]+)"`)
	importLine     = regexp.MustCompile(`(?m)^import\s+(?:[\w.]+\s+)?"([^"]+)"`)
	runtimeName    = regexp.MustCompile(`\bruntime\.(\w+)`)
	pragma         = regexp.MustCompile(`(?m)^//go:(linkname|nosplit|norace|uintptrescapes|notinheap|systemstack|yeswritebarrier|wasmimport|embed)`)
	toolchain      = regexp.MustCompile(`GOROOT|"go", "|exec\.Command`)
	comment        = regexp.MustCompile(`(?s)//[^\n]*|/\*.*?\*/`)
	bodylessFunc   = regexp.MustCompile(`(?m)^func \w+\([^)]*\)[^{\n]*$`)
	foreignPackage = regexp.MustCompile(`^(C|unsafe|syscall|plugin|os/exec|os/signal|log/syslog|go/.*|debug/.*|runtime/.*|internal/.*|simd.*|arena|testing|golang\.org/.*|\./.*|\.\./.*)$`)
	release        = regexp.MustCompile(`^go1\.(\d+)$`)
)

// runtimeNames are what a program may use of package runtime: everything else asks about the
// compiler or the scheduler.
var runtimeNames = map[string]bool{
	"GC": true, "Gosched": true, "GOMAXPROCS": true, "NumGoroutine": true, "NumCPU": true, "Error": true, "GOOS": true,
	"GOARCH": true, "Compiler": true, "Version": true, "Goexit": true, "KeepAlive": true, "TypeAssertionError": true,
}

// exclusion says why a program is not applicable; it is empty for one that is.
func exclusion(src string) string {
	first, _, _ := strings.Cut(src, "\n")
	m := runDirective.FindStringSubmatch(src)
	switch {
	case !strings.HasPrefix(first, "// run") && !(strings.HasPrefix(first, "//go:build") && m != nil):
		return "not a program to run"
	case m == nil || strings.TrimSpace(m[1]) != "run":
		return "flags or arguments"
	case !buildable(src):
		return "build tag"
	}
	imports := importsOf(src)
	for _, i := range imports {
		if foreignPackage.MatchString(i) {
			return "imports " + i
		}
		if i != "runtime" {
			continue
		}
		for _, n := range runtimeName.FindAllStringSubmatch(src, -1) {
			if !runtimeNames[n[1]] {
				return "uses runtime." + n[1]
			}
		}
	}
	switch {
	case pragma.MatchString(src):
		return "compiler pragma"
	case toolchain.MatchString(src):
		return "runs the toolchain"
	case bodylessFunc.MatchString(comment.ReplaceAllString(src, "")):
		return "function without a body"
	}
	return ""
}

func importsOf(src string) (out []string) {
	for _, b := range importBlock.FindAllStringSubmatch(src, -1) {
		for _, q := range quoted.FindAllStringSubmatch(b[1], -1) {
			out = append(out, q[1])
		}
	}
	for _, l := range importLine.FindAllStringSubmatch(src, -1) {
		out = append(out, l[1])
	}
	return out
}

func buildable(src string) bool {
	minor := 26
	if m := release.FindStringSubmatch(strings.Join(strings.SplitN(runtime.Version(), ".", 3)[:2], ".")); m != nil {
		minor, _ = strconv.Atoi(m[1])
	}
	for _, l := range strings.Split(src, "\n") {
		if !strings.HasPrefix(l, "//go:build ") {
			continue
		}
		e, err := constraint.Parse(l)
		if err != nil {
			return false
		}
		ok := e.Eval(func(tag string) bool {
			if m := release.FindStringSubmatch(tag); m != nil {
				n, _ := strconv.Atoi(m[1])
				return n <= minor
			}
			return tag == runtime.GOOS || tag == runtime.GOARCH || tag == "gc" || tag == "unix" && runtime.GOOS != "windows"
		})
		if !ok {
			return false
		}
	}
	return true
}

// programs lists the applicable programs under root, as slash-separated paths.
func programs(root string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasSuffix(d.Name(), ".dir") || d.Name() == "codegen"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go"):
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if exclusion(string(src)) == "" {
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			out = append(out, filepath.ToSlash(rel))
		}
		return nil
	})
	sort.Strings(out)
	return out, err
}
