package session

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"regexp"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
)

func init() {
	lineMagics["test"] = magic{"%test [flags]", "run the tests and benchmarks of this cell, or with flags those of the session (%test \"\")", testCell}
}

var testFunction = regexp.MustCompile(`^(Test|Benchmark)([^a-z].*|)$`)

// testsLast moves %test behind what the cell declares, and gives it the cell.
func testsLast(parts []part, source string) []part {
	isTest := func(p part) bool {
		return p.kind == linePart && (p.text == "test" || strings.HasPrefix(p.text, "test "))
	}
	var tests []part
	for _, p := range parts {
		if isTest(p) {
			p.body = source
			tests = append(tests, p)
		}
	}
	if tests == nil {
		return parts
	}
	return append(slices.DeleteFunc(parts, isTest), tests...)
}

// testCell runs the tests that a cell, body, declares.
func testCell(l *Local, ctx context.Context, cell engine.Cell, args, body string, out *Outcome) error {
	words, err := fields(args)
	if err != nil {
		return &MagicError{"%test", err.Error()}
	}
	out.changed = true
	return l.runTests(ctx, cell, body, words, args != "")
}

// runTests runs the tests that the cell declares; with all, or where it declares none, those of the
// session. Words are flags of go test.
func (l *Local) runTests(ctx context.Context, cell engine.Cell, body string, words []string, all bool) error {
	var names []string
	add := func(source string) {
		for _, p := range split(source) {
			if p.kind != goPart {
				continue
			}
			for _, s := range declared(p.text) {
				eachDeclared(p.text[s.Start:s.End], func(kind, name string) {
					if kind == "functions" && testFunction.MatchString(name) && !slices.Contains(names, name) {
						names = append(names, name)
					}
				})
			}
		}
	}
	if !all {
		add(body)
	}
	if len(names) == 0 {
		for _, c := range l.remembered() {
			add(c.Source)
		}
		add(body)
	}
	var tests []testing.InternalTest
	var benchmarks []testing.InternalBenchmark
	for _, name := range names {
		cell.Source = name
		r, err := guard(func() (engine.Result, error) { return l.Engine().Execute(ctx, cell) })
		if err != nil || len(r.Values) != 1 || !r.Values[0].Reflect.IsValid() {
			continue // removed or redeclared as something else
		}
		v := r.Values[0].Reflect
		if t := reflect.TypeFor[func(*testing.T)](); v.Type().ConvertibleTo(t) {
			tests = append(tests, testing.InternalTest{Name: name, F: v.Convert(t).Interface().(func(*testing.T))})
		} else if b := reflect.TypeFor[func(*testing.B)](); v.Type().ConvertibleTo(b) {
			benchmarks = append(benchmarks, testing.InternalBenchmark{Name: name, F: v.Convert(b).Interface().(func(*testing.B))})
		}
	}
	if len(tests)+len(benchmarks) == 0 {
		return &MagicError{"%test", "no test: write func TestName(t *testing.T) in this cell or an earlier one"}
	}
	return runGoTests(tests, benchmarks, words, !all)
}

// runGoTests runs them as a program that go test built would.
func runGoTests(tests []testing.InternalTest, benchmarks []testing.InternalBenchmark, words []string, verbose bool) error {
	flag.CommandLine.Init("cell", flag.ContinueOnError)
	m := testing.MainStart(testDeps{}, tests, benchmarks, nil, nil)
	defaults := map[string]string{"test.v": "false", "test.run": "", "test.bench": "", "test.count": "1"}
	if verbose {
		defaults["test.v"] = "true"
		if len(benchmarks) > 0 {
			defaults["test.bench"] = "."
		}
	}
	for name, value := range defaults {
		flag.Set(name, value)
	}
	old := os.Args
	defer func() { os.Args = old }()
	os.Args = append(old[:1:1], slices.DeleteFunc(words, func(w string) bool { return w == "" })...)
	if err := flag.CommandLine.Parse(os.Args[1:]); err != nil {
		return &MagicError{"%test", err.Error()}
	}
	if code := m.Run(); code != 0 {
		return &MagicError{"%test", fmt.Sprintf("the tests failed (exit status %d)", code)}
	}
	return nil
}

// testDeps is what package testing needs to be told by whoever starts it.
type testDeps struct{}

func (testDeps) ImportPath() string { return "cells" }
func (testDeps) ModulePath() string { return "" }
func (testDeps) MatchString(pattern, text string) (bool, error) {
	return regexp.MatchString(pattern, text)
}
func (testDeps) SetPanicOnExit0(bool)              {}
func (testDeps) StartCPUProfile(w io.Writer) error { return pprof.StartCPUProfile(w) }
func (testDeps) StopCPUProfile()                   { pprof.StopCPUProfile() }
func (testDeps) StartTestLog(io.Writer)            {}
func (testDeps) StopTestLog() error                { return nil }
func (testDeps) WriteProfileTo(name string, w io.Writer, debug int) error {
	p := pprof.Lookup(name)
	if p == nil {
		return fmt.Errorf("there is no profile %q", name)
	}
	return p.WriteTo(w, debug)
}

// corpusEntry is package testing's, which has no name to be called by.
type corpusEntry = struct {
	Parent     string
	Path       string
	Data       []byte
	Values     []any
	Generation int
	IsSeed     bool
}

var errNoFuzzing = errors.New("cells are not fuzzed; write the test to a file with %%writefile, and run !go test -fuzz")

func (testDeps) CoordinateFuzzing(time.Duration, int64, time.Duration, int64, int, []corpusEntry, []reflect.Type, string, string) error {
	return errNoFuzzing
}
func (testDeps) RunFuzzWorker(func(corpusEntry) error) error              { return errNoFuzzing }
func (testDeps) ReadCorpus(string, []reflect.Type) ([]corpusEntry, error) { return nil, errNoFuzzing }
func (testDeps) CheckCorpus([]any, []reflect.Type) error                  { return errNoFuzzing }
func (testDeps) ResetCoverage()                                           {}
func (testDeps) SnapshotCoverage()                                        {}
func (testDeps) InitRuntimeCoverage() (string, func(string, string) (string, error), func() float64) {
	return "", func(string, string) (string, error) { return "", nil }, func() float64 { return 0 }
}
