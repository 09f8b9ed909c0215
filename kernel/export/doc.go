// Package export turns a notebook into a Go program that prints the same, and a program into a
// notebook.
//
//	source, err := export.Program(ctx, notebook, export.Options{Packages: session.Packages(plugins)})
//	notebook, err := export.Cells(source)
//
// How a notebook becomes a program, in ten lines:
//
//   - Nothing runs. Every cell is checked by kernel/lang, as a session checks it, so that each name
//     is known to mean the declaration of one cell, and each result has its type.
//   - Declarations go to the package, statements into main, in the order of the cells.
//   - A variable of a cell stays a variable of main; one that a function declaration uses becomes a
//     package variable, which main assigns where the cell did.
//   - What is declared again gets a name of its own, unless the new variable can take the place of
//     the old one. A function that is replaced by one of the same signature becomes a variable, so
//     that its callers see the new one from then on.
//   - A last expression is printed as the notebook shows it in text.
//   - Imports are those that are used; variables that nobody uses are assigned to _.
//   - A cell with defer or labels becomes a function literal; one that is tagged raises-exception
//     recovers.
//   - What has no meaning in a program (magics, shell commands, a closure that would have to travel
//     to another process with its values) is an [*Error] with its cell and line.
package export
