// Package viz shows values: tables, charts, live progress and the machine's load, in a notebook,
// in a terminal and in a saved file alike.
//
//	c := viz.Hist("trip distance", miles, 40)
//	c.XLabel = "miles"
//	viz.Show(c)
//
// Mental model:
//
//   - A [Renderer] is anything with MIMEBundle() map[string]any. Every type here is one, and any
//     type of yours becomes one without importing this package.
//   - A bundle always holds text/plain; charts add image/svg+xml and image/png, tables text/html.
//     Nothing needs a script, a network or a running kernel, so saved output stays.
//   - Pictures have no background and use mid-tone, colour-blind safe colours: they read on dark
//     and on light pages.
//   - A [Screen] is where bundles go. The default prints text to standard output; a notebook
//     session sets its own.
//   - [Live] is one output that changes in place, at most ten times a second.
//   - What cannot be drawn (NaN, Inf, a zero on a log axis) is counted and said under the title.
//
// Constructors never fail and never panic: no data gives an empty chart that says so.
package viz
