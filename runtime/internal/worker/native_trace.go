package worker

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// packageFrame is a frame of a third-party package, as the interpreter writes it: without a file, and
// with the path before the type's name.
func packageFrame(f *runtime.Frame, packages []string) (core.Frame, bool) {
	for _, path := range packages {
		// The last element has its dots escaped, as what follows it begins with one.
		slash := strings.LastIndexByte(path, '/') + 1
		rest, ok := strings.CutPrefix(f.Function, path[:slash]+strings.ReplaceAll(path[slash:], ".", "%2e")+".")
		if !ok || !strings.HasPrefix(f.File, path+"/") {
			continue
		}
		return core.Frame{Function: packageFunction(path, strings.ReplaceAll(rest, "[...]", "")), Line: f.Line}, true
	}
	return core.Frame{}, false
}

// packageFunction writes "(*T).M" of a package as "(*path.T).M".
func packageFunction(path, name string) string {
	if rest, ok := strings.CutPrefix(name, "(*"); ok {
		return "(*" + path + "." + rest
	}
	first, second, nested := strings.Cut(name, ".")
	var n int
	switch _, err := fmt.Sscanf(second, "%d", &n); {
	case !nested:
	case first == "init" && err == nil:
		return fmt.Sprintf("%s.init#%d", path, n+1)
	case err != nil && !strings.HasPrefix(second, "func"):
		return "(" + path + "." + first + ")." + second
	}
	return path + "." + name
}
