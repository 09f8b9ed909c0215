package lang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/analysis"

	"github.com/goray/goray/kernel/engine"
)

// Use has analyzers look at each cell once it type-checks. What they report refuses the cell, as an
// error of its types would. What they know of an object (their facts) they know in later cells. Call
// it before the first cell.
func (s *Session) Use(analyzers ...*analysis.Analyzer) {
	s.analyzers = append(s.analyzers, analyzers...)
}

// facts are what analyzers know of objects, and of packages under a nil object.
type facts map[factKey]analysis.Fact

type factKey struct {
	pkg  *types.Package
	obj  types.Object
	kind reflect.Type
}

// analyze runs the session's analyzers over a cell that type-checks.
func (u *unit) analyze() {
	if u.env != nil { // cells from elsewhere have been looked at where they were written
		return
	}
	results := map[*analysis.Analyzer]any{}
	for _, a := range u.s.analyzers {
		_ = u.runAnalyzer(a, results) // a broken analyzer must not keep cells from running
	}
}

// runAnalyzer runs a after those whose results it requires.
func (u *unit) runAnalyzer(a *analysis.Analyzer, results map[*analysis.Analyzer]any) (err error) {
	if _, done := results[a]; done {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("analyzer %s: %v", a.Name, p)
		}
	}()
	of := map[*analysis.Analyzer]any{}
	for _, r := range a.Requires {
		if err := u.runAnalyzer(r, results); err != nil {
			return err
		}
		of[r] = results[r]
	}
	pass := &analysis.Pass{
		Analyzer:   a,
		Fset:       u.s.pkgs.fset,
		Files:      []*ast.File{u.file},
		Pkg:        u.pkg,
		TypesInfo:  u.info,
		TypesSizes: u.s.pkgs.sizes,
		ResultOf:   of,
		Report:     u.finding,
		ImportObjectFact: func(o types.Object, f analysis.Fact) bool {
			return u.fact(factKey{o.Pkg(), o, reflect.TypeOf(f)}, f)
		},
		ImportPackageFact: func(p *types.Package, f analysis.Fact) bool {
			return u.fact(factKey{p, nil, reflect.TypeOf(f)}, f)
		},
		// All cells are one package to their author, so a cell may know better of another's object.
		ExportObjectFact: func(o types.Object, f analysis.Fact) {
			u.facts[factKey{o.Pkg(), o, reflect.TypeOf(f)}] = f
		},
		ExportPackageFact: func(f analysis.Fact) {
			u.facts[factKey{u.pkg, nil, reflect.TypeOf(f)}] = f
		},
		AllObjectFacts:  func() []analysis.ObjectFact { return nil },
		AllPackageFacts: func() []analysis.PackageFact { return nil },
	}
	results[a], err = a.Run(pass)
	return err
}

// fact copies what is known into f.
func (u *unit) fact(k factKey, f analysis.Fact) bool {
	known, ok := u.facts[k]
	if !ok {
		u.s.mu.RLock()
		known, ok = u.s.facts[k]
		u.s.mu.RUnlock()
	}
	if ok {
		reflect.ValueOf(f).Elem().Set(reflect.ValueOf(known).Elem())
	}
	return ok
}

// finding makes a complaint of an analyzer one of the cell.
func (u *unit) finding(d analysis.Diagnostic) {
	hint := ""
	if len(d.SuggestedFixes) > 0 {
		hint = d.SuggestedFixes[0].Message
	}
	end := token.NoPos
	if d.End.IsValid() {
		end = d.End
	}
	n := len(u.src.diags)
	u.src.typeError(types.Error{Fset: u.s.pkgs.fset, Pos: d.Pos, Msg: d.Message}, hint)
	if len(u.src.diags) == n+1 && end.IsValid() {
		u.src.diags[n].End = u.endColumn(u.src.diags[n], end)
	}
}

// endColumn is where an error ends that begins at d, if that is on the same line.
func (u *unit) endColumn(d engine.Diagnostic, end token.Pos) int {
	if p := u.s.pkgs.fset.Position(end); p.Line == d.Line && p.Column > d.Column {
		return p.Column
	}
	return d.End
}
