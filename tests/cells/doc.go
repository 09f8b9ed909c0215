// Package cells runs the case files of testdata: cells and what they have to show.
//
//	-- cell --
//	x := 40
//	x + 2
//	-- text/plain --
//	42
//
// A file is one session. After a "cell" come its sections: "text/plain" (the result), "stdout",
// "stderr", "display" (what it showed besides) and "error". A missing section means nothing.
// "go test ./tests/cells -update" rewrites them; read the diff.
//
// The same cells run as a script of "goray run", which has to print what they print and result in.
//
// A file with a section "go" is plain Go, too: the section holds the same code as a program, which
// -update writes. It runs in the engine as "goray run" would run it, and compiled, and has to print
// what the cells print.
package cells
