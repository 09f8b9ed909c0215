// Package kernel is goray's Jupyter kernel: the messaging protocol 5.5 on one side, a session
// (package kernel/session) on the other. It knows Jupyter, and nothing of Go cells or of Ray.
//
//	err := kernel.Main(ctx, kernel.Options{ConnectionFile: file, Start: session.Command(exe, "session")})
//
// Three goroutines answer, so that nobody waits for a running cell: one runs cells, in their
// order; one answers what else comes on shell (completion, inspection, history); one serves
// control (interrupt, shutdown). Output of a cell flows through iopub, which gathers what is
// printed into at most fifty messages a second and keeps it in order with everything else.
package kernel
