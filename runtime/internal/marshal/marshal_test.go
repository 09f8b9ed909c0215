package marshal_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

func double[T int | float64](x T) T { return x + x }

type point struct{ X, Y float64 }

func (p point) norm(k float64) float64 { return (p.X + p.Y) * k }

var packageLevel = func(s string) string { return "<" + s + ">" }

// TestFunctionsOfTheProgram sends functions to itself, as far as a worker could tell.
func TestFunctionsOfTheProgram(t *testing.T) {
	for _, test := range []struct {
		fn   any
		args []any
		want any
	}{
		{double[int], []any{3}, 6},
		{double[float64], []any{1.5}, 3.0},
		{strings.ToUpper, []any{"abc"}, "ABC"},
		{packageLevel, []any{"x"}, "<x>"},
		{func(n int) int { return n + 1 }, []any{1}, 2},
		{point.norm, []any{point{1, 2}, 3.0}, 9.0},
		{(*point).norm, []any{&point{1, 2}, 3.0}, 9.0},
	} {
		ref, _, err := marshal.Function(test.fn)
		if err != nil {
			t.Errorf("%T: %v", test.fn, err)
			continue
		}
		ref.Live = nil
		fn, err := marshal.Resolve(&ref, nil)
		if err != nil {
			t.Errorf("%s: %v", ref.Name, err)
			continue
		}
		var in []reflect.Value
		for _, a := range test.args {
			in = append(in, reflect.ValueOf(a))
		}
		if got := fn.Call(in)[0].Interface(); got != test.want {
			t.Errorf("%s: got %v, want %v", ref.Name, got, test.want)
		}
		marshal.Portable(&ref)
		other := ref
		other.Hash = "another"
		if fn, err = marshal.Resolve(&other, nil); err != nil {
			t.Errorf("%s of another build: %v", ref.Names.Symbol, err)
		} else if got := fn.Call(in)[0].Interface(); got != test.want {
			t.Errorf("%s of another build: got %v, want %v", ref.Names.Symbol, got, test.want)
		}
		other.Names = nil
		if _, err := marshal.Resolve(&other, nil); !errors.Is(err, marshal.ErrOtherBuild) {
			t.Errorf("%s of another build, without names: %v", ref.Name, err)
		}
	}
}

func TestRefusedFunctions(t *testing.T) {
	k := 2
	for name, test := range map[string]struct {
		fn   any
		want string
	}{
		"captures":     {func() int { return k }, "captures variables"},
		"method value": {point{}.norm, "captures variables"},
		"nil":          {(func())(nil), "the function is nil"},
		"no function":  {7, "int is not a function"},
		"made":         {reflect.MakeFunc(reflect.TypeFor[func()](), nil).Interface(), "captures variables"},
	} {
		if _, _, err := marshal.Function(test.fn); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestAnyKeepsTheType(t *testing.T) {
	for _, want := range []any{1, "x", 2.5, []int{1, 2}, map[string]point{"a": {1, 2}}, &point{3, 4}, point{5, 6}, []any{1, "two"}, error(nil)} {
		v, err := marshal.EncodeAny(reflect.ValueOf(want))
		if err != nil {
			t.Errorf("%v: %v", want, err)
			continue
		}
		got, err := marshal.Decode(v, nil)
		if err != nil {
			t.Errorf("%v: %v", want, err)
		} else if got.IsValid() && !reflect.DeepEqual(got.Interface(), want) {
			t.Errorf("got %#v, want %#v", got.Interface(), want)
		}
	}
}

type celsius float64

func TestConvert(t *testing.T) {
	for _, test := range []struct {
		from any
		to   reflect.Type
		want any // nil: refused
	}{
		{3, reflect.TypeFor[float64](), 3.0},
		{3.0, reflect.TypeFor[int](), 3},
		{3.5, reflect.TypeFor[int](), nil},
		{300, reflect.TypeFor[uint8](), nil},
		{-1, reflect.TypeFor[uint64](), nil},
		{36.6, reflect.TypeFor[celsius](), celsius(36.6)},
		{math.MaxInt64, reflect.TypeFor[float64](), nil},
		{"x", reflect.TypeFor[int](), nil},
		{int8(3), reflect.TypeFor[int](), nil}, // Go would not assign it either
		{celsius(1), reflect.TypeFor[float64](), nil},
		{errors.New("x"), reflect.TypeFor[any](), nil},
	} {
		got, err := marshal.Convert(reflect.ValueOf(test.from), test.to)
		switch {
		case test.to.Kind() == reflect.Interface:
			if err != nil || got.Type() != test.to {
				t.Errorf("%v to %s: %v", test.from, test.to, err)
			}
		case test.want == nil:
			if err == nil {
				t.Errorf("%v to %s: got %v, want an error", test.from, test.to, got)
			}
		case err != nil || got.Interface() != test.want:
			t.Errorf("%v to %s: got %v, %v", test.from, test.to, got, err)
		}
	}
}

var errSentinel = errors.New("sentinel")

type coded struct{ Code int }

func (c coded) Error() string { return fmt.Sprint("code ", c.Code) }

func TestErrorsTravel(t *testing.T) {
	heap := fmt.Errorf("made at run time %d", 1)
	original := fmt.Errorf("read: %w", errors.Join(errSentinel, coded{7}, heap, &fs.PathError{Op: "open", Path: "x", Err: os.ErrNotExist}))
	tree := marshal.ErrorTree(original)
	err := marshal.Error(tree)
	if err.Error() != original.Error() {
		t.Errorf("text %q", err)
	}
	for _, target := range []error{errSentinel, os.ErrNotExist, coded{7}, fmt.Errorf("made at run time %d", 1)} {
		if !errors.Is(err, target) {
			t.Errorf("errors.Is does not find %v", target)
		}
	}
	if errors.Is(err, errors.New("other")) || errors.Is(err, coded{8}) {
		t.Error("errors.Is finds what is not there")
	}
	var c coded
	var path *fs.PathError
	if !errors.As(err, &c) || c.Code != 7 || !errors.As(err, &path) || path.Path != "x" {
		t.Errorf("errors.As: %v, %v", c, path)
	}
	if !tree.Matches([]string{core.ErrorKey(errSentinel)}) || tree.Matches([]string{core.ErrorKey(errors.New("other"))}) {
		t.Error("the tree does not match by keys")
	}
}
