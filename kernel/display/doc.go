// Package display turns values into MIME bundles, the form in which a notebook shows them.
//
// A type opts in with a method and without an import: MIMEBundle() map[string]any says
// everything; HTML, Markdown, SVG, LaTeX, JSON, PNG and JPEG (the render methods of gophernotes)
// say one form each; String and Error give the text that is always there too. A method that
// panics costs its form, not the cell.
package display
