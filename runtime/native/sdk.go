package native

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	sources "github.com/goray/goray/runtime"
)

const (
	module     = "github.com/goray/goray"
	workerPath = module + "/runtime/internal/worker"
	rayPath    = module + "/runtime/ray"
)

// shim are files that take the place of others in programs: golang.org/x/sys is not at hand on
// every machine, may be among the packages of a function, too, and is replaced by xsys; what makes programs larger than they need be is left out.
//
//go:embed shim
var shim embed.FS

// leftOut are files that programs do without.
var leftOut = map[string]bool{
	"runtime/internal/worker/join.go":         true, // a program joins nobody
	"runtime/internal/worker/control.go":      true,
	"runtime/internal/worker/native_guest.go": true, // it hosts nobody
	"runtime/internal/worker/lookup.go":       true, // see there; shim has another
	"runtime/internal/worker/direct.go":       true, // as above: it looks methods up
	"runtime/internal/codec/buildid.go":       true, // as above: it brings in debug/elf
	"runtime/internal/marshal/buildid.go":     true,
	"runtime/internal/marshal/portable.go":    true,
	"runtime/ray/dag.go":                      true, // graphs are compiled by drivers, and bring in net
	"runtime/ray/dagcompile.go":               true,
	"runtime/ray/dagplan.go":                  true,
	"runtime/ray/backends.go":                 true, // a program starts no session
	"runtime/ray/python.go":                   true, // what calls Python stays interpreted: nothing would be faster
	"runtime/ray/pythonactor.go":              true,
	"runtime/ray/pythondirect.go":             true,
	"runtime/ray/timelineonray.go":            true, // it asks Python
	"runtime/internal/store/fdpass_unix.go":   true, // it brings in net, and nothing here needs it
}

// sdkFiles are the files of the module that programs are linked with, by path. They need the
// standard library only.
func sdkFiles() (map[string][]byte, error) {
	files := map[string][]byte{}
	todo, seen := []string{"runtime/internal/worker", "runtime/ray"}, map[string]bool{}
	for len(todo) > 0 {
		folder := todo[0]
		todo = todo[1:]
		if seen[folder] {
			continue
		}
		seen[folder] = true
		used, err := addFolder(files, folder)
		if err != nil {
			return nil, err
		}
		todo = append(todo, used...)
	}
	inShim, err := fs.Sub(shim, "shim")
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(inShim, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[p], err = fs.ReadFile(inShim, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	for name, data := range files {
		files[name] = bytes.ReplaceAll(data, []byte(`"golang.org/x/sys/unix"`), []byte(`"`+module+`/xsys/unix"`))
	}
	for name, data := range files { // embedded files of another module must not look like Go's
		if to, ok := strings.CutSuffix(name, ".txt"); ok {
			delete(files, name)
			files[to] = data
		}
	}
	return files, nil
}

// addFolder adds a package, and returns the folders of those that it imports.
func addFolder(files map[string][]byte, folder string) (used []string, err error) {
	inFS := strings.TrimPrefix(folder, "runtime/")
	entries, err := fs.ReadDir(sources.FS, inFS)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		name := folder + "/" + e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || leftOut[name] {
			continue
		}
		data, err := fs.ReadFile(sources.FS, inFS+"/"+e.Name())
		if err != nil {
			return nil, err
		}
		files[name] = data
		f, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, i := range f.Imports {
			if path, _ := strconv.Unquote(i.Path.Value); strings.HasPrefix(path, module+"/") {
				used = append(used, strings.TrimPrefix(path, module+"/"))
			}
		}
	}
	return used, nil
}

// sdkHash names the runtime's own source.
var sdkHash = sync.OnceValues(func() (string, error) {
	files, err := sdkFiles()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range sortedNames(files) {
		fmt.Fprintf(h, "%s %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	return hex.EncodeToString(h.Sum(nil))[:32], nil
})

// writeSDK writes the module into a folder.
func writeSDK(dir string) error {
	files, err := sdkFiles()
	if err != nil {
		return err
	}
	for name, data := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
