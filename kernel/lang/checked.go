package lang

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"strings"
)

// Checked is a cell that type-checks: one types.Package of its own, ready for go/ssa.
//
// All cell packages have the path "main", so that unexported names are shared between them;
// objects of earlier cells are used directly (Info.Uses), and keep their own package.
type Checked struct {
	Fset  *token.FileSet
	Pkg   *types.Package
	Files []*ast.File
	Info  *types.Info

	// Imports lists the packages that the cell and its imports need, dependencies first; those
	// with syntax (Packages.Syntax) are interpreted from source.
	Imports []*types.Package

	// Run is the name of the function that holds the cell's statements; empty without any. Its
	// results are the values of the last expression, of the types in Results.
	Run     string
	Results []types.Type

	// Vars are the session variables that the cell declares, Funcs its functions, Types its types.
	Vars  []*types.Var
	Funcs []*types.Func
	Types []*types.TypeName

	// Patches are functions that replace an earlier one of the same name and signature: calls
	// from older cells go to the new one from now on.
	Patches []Patch

	imports map[string]string // the imports that the cell wrote, by name
	facts   facts             // what analyzers learned
	out     *shown            // the result, for later cells
	cell    *cell
}

// Patch redirects Old to New.
type Patch struct{ Old, New *types.Func }

// Part is one declaration or statement of a cell, as it was written.
type Part struct {
	Text string
	Line int  // of its first character, from 1
	Decl bool // import, type, const or func
}

// Parts lists the cell's declarations and statements in their order, for an engine that runs
// source text.
func (c *Checked) Parts() []Part {
	if c.cell == nil {
		return nil
	}
	var l []Part
	for _, it := range c.cell.pieces.items {
		text := c.cell.source[it.start:it.end]
		trimmed := strings.TrimLeft(text, " \t\r\n")
		line := 1 + strings.Count(c.cell.source[:it.end-len(trimmed)], "\n")
		l = append(l, Part{strings.TrimRight(trimmed, "; \t\r\n"), line, it.decl})
	}
	return l
}

// Uses maps the names by which the cell knows packages to their import paths, added imports
// included.
func (c *Checked) Uses() map[string]string {
	if c.cell == nil {
		return nil
	}
	return maps.Clone(c.cell.uses)
}
