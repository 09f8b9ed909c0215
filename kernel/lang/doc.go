// Package lang is the typed front end of a session: it splits a cell into declarations and
// statements, checks it with go/types against everything that earlier cells declared, and answers
// completion and inspection from the same state. It runs nothing.
//
//	pkgs, err := lang.NewPackages(cfg.Packages)   // what cells can import
//	s := lang.NewSession(pkgs)
//	c, err := s.Check(engine.Cell{Number: 1, Source: "x := 40\nx + 2"})
//	// c.Vars is [x], c.Run the function with the statements, c.Results its types: [int]
//	s.Commit(c)                                   // later cells see x
//
// How it works:
//
//   - [Packages] imports from embedded data, without a toolchain. A package is compiled
//     (types from typedata, objects from symbols), interpreted (slices, from overlay), or both:
//     Syntax then has bodies for what is generic, and Symbol has the rest.
//   - Third-party packages are found by package modules when a cell imports them ([Session.Prepare])
//     and checked from source; all of them is interpreted.
//   - A cell becomes one types.Package of its own, path "main", and one file. Declarations stay as
//     they are; statements become the body of a function; variables that a top-level := or var
//     declares become package variables, which that function assigns in its turn.
//   - Names that the cell does not bind are looked up in the session, and the objects found are
//     put into the package's scope; imports are added the same way. So a cell costs what it
//     mentions, however long the session.
//   - The last expression is returned by that function; what it is may be anything. Its value
//     stays in a variable, which _ and Out[n] mean in later cells.
//   - Analyzers ([Session.Use]) look at what type-checks and may refuse it, before it runs.
//   - Completion ([Session.Complete]) checks the text with a mark at the cursor, whatever else is
//     wrong with it; keys and columns come from values that an engine lends ([Session.UseValues]).
//   - [Session.Export] cuts out of the cells what a function needs, as text; [Session.Import]
//     checks it elsewhere, with identical types for identical text.
package lang
