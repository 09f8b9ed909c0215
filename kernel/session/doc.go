// Package session runs cells for the kernel and the REPL: magics, the engine, plugins, and what
// is shown.
//
// A [Local] is a session in this process:
//
//	s, err := session.Open(session.Config{NewEngine: typed.New, Plugins: plugins})
//	out := s.Execute(ctx, engine.Cell{Number: 1, Source: "x := 40\nx + 2"})
//	// out.Result.Data["text/plain"] == "42"; out.Err is what went wrong
//
// The kernel does not run cells itself. Its [Supervisor] keeps a child process that does (the
// same binary; [Main] there), connected by a socket, and two pipes that are the child's standard
// output and error, compiled code and fatal traces included. What ends the child, from os.Exit to
// a concurrent map write, is the error of the running cell; a new child takes over, and is given
// the functions, types and variables again, from the snapshot that was taken in the idle time after
// the cell before. The error lists what is restored, and what is lost and why. %undo, %checkpoint
// and %restore stand on the same snapshots.
//
// Order of output: whatever the child says over the socket is handled after everything that it
// wrote before into the pipes.
package session
