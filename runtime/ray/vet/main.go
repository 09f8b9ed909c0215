package vet

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/packages"

	"github.com/goray/goray/runtime/command"
)

// Main is the command "goray vet [-tests=false] packages": it checks Go packages, named as for "go
// build" (default "."), and prints complaints as go vet does. It needs the Go tool. The status is 0
// when nothing is wrong, 1 when something is, 2 when the packages cannot be loaded.
func Main(args []string, stdout, stderr io.Writer) int {
	c := command.New("vet", "[-tests=false] [PACKAGES]", "Check the remote calls of Go packages, named as for go build (default: the one here).", stdout, stderr)
	tests := c.Bool("tests", true, "check test files too")
	if code, done := c.ReadFront(args); done {
		return code
	}
	patterns := c.Rest
	if len(patterns) == 0 {
		patterns = []string{"."}
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Tests: *tests}, patterns...)
	if err != nil {
		fmt.Fprintln(stderr, "goray vet:", err)
		return 2
	}
	broken := false
	for _, p := range pkgs {
		for _, e := range p.Errors {
			fmt.Fprintln(stderr, e)
			broken = true
		}
	}
	if broken {
		return 2
	}
	if len(pkgs) == 0 {
		fmt.Fprintf(stderr, "goray vet: no packages match %s\n", strings.Join(patterns, " "))
		return 2
	}
	type complaint struct {
		at   token.Position
		text string
	}
	var list []complaint
	for _, p := range pkgs {
		pass := &analysis.Pass{
			Analyzer: Analyzer, Fset: p.Fset, Files: p.Syntax, Pkg: p.Types, TypesInfo: p.TypesInfo, TypesSizes: p.TypesSizes,
			// A package's variables are its own business: nothing is known of those of others.
			ImportObjectFact: func(types.Object, analysis.Fact) bool { return false },
			ExportObjectFact: func(types.Object, analysis.Fact) {},
			Report: func(d analysis.Diagnostic) {
				text := d.Message
				if len(d.SuggestedFixes) > 0 {
					text += " (" + d.SuggestedFixes[0].Message + ")"
				}
				list = append(list, complaint{p.Fset.Position(d.Pos), text})
			},
		}
		if _, err := Analyzer.Run(pass); err != nil {
			fmt.Fprintln(stderr, "goray vet:", err)
			return 2
		}
	}
	slices.SortFunc(list, func(a, b complaint) int {
		return cmp.Or(cmp.Compare(a.at.Filename, b.at.Filename), cmp.Compare(a.at.Offset, b.at.Offset), cmp.Compare(a.text, b.text))
	})
	list = slices.Compact(list) // a package and its tests share files
	for _, c := range list {
		fmt.Fprintf(stdout, "%s: %s\n", c.at, c.text)
	}
	if len(list) > 0 {
		return 1
	}
	return 0
}
