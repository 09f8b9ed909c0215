// Package sessiontest has an engine for tests of sessions and of the kernel: its cells are not Go
// but one command per line, each of which does what is hard to bring about with Go.
//
//	print TEXT     prints a line; eprint on standard error
//	value N        is the cell's result; string TEXT and fault TEXT (an error value) too
//	set NAME       makes a variable
//	fail, panic    do not compile, panic
//	block          waits for the interrupt; stubborn ignores it
//	exit, fatal    end the process, as os.Exit and as a fatal error of the Go runtime
//	scan           reads a word from standard input and prints it
//	input PROMPT   asks through display.Input
//	display TEXT, named ID TEXT, update ID TEXT, clear
//	burst N        prints N lines
//	raw HEX        prints bytes
//
// Lines that parse as Go declarations do nothing. [Main] makes a test binary its own child.
package sessiontest
