package marshal_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

func inlined(n int) int { return n + 1 }

func inlines(n int) int { return inlined(n) }

// names are what another build of this program would send for fn.
func names(t *testing.T, fn any) *core.FuncRef {
	t.Helper()
	ref, _, err := marshal.Function(fn)
	if err != nil {
		t.Fatal(err)
	}
	marshal.Portable(&ref)
	copied := *ref.Names
	ref.Names, ref.Live, ref.Hash = &copied, nil, "another"
	return &ref
}

func TestNamesForOtherBuilds(t *testing.T) {
	const here = "github.com/goray/goray/runtime/internal/marshal_test."
	for want, fn := range map[string]any{
		here + "inlines":                       inlines, // whose first instruction is of another
		here + "double[int]":                   double[int],
		here + "double[float64]":               double[float64],
		here + "(*point).norm":                 (*point).norm,
		here + "TestNamesForOtherBuilds.func1": func() {},
		here + "init.func1":                    packageLevel,
	} {
		if got := names(t, fn).Names.Symbol; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestWhatAnotherBuildLacksIsRefused(t *testing.T) {
	for want, change := range map[string]func(ref *core.FuncRef){
		"differ in source or flags":    func(ref *core.FuncRef) { ref.Names.Symbol += "2" },
		"not made of the same parts":   func(ref *core.FuncRef) { ref.Names.Layout++ },
		"not part of this build":       func(ref *core.FuncRef) { ref.Names.Type = "func(marshal_test.missing)" },
		"files of the package are for": func(ref *core.FuncRef) { ref.Line++ },
	} {
		ref := names(t, packageLevel)
		change(ref)
		_, err := marshal.Resolve(ref, nil)
		var missing *marshal.MissingFuncError
		if !errors.As(err, &missing) || !errors.Is(err, marshal.ErrOtherBuild) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
