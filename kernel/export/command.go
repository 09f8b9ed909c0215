package export

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/goray/goray/kernel/engine"
)

// Main is "goray export NOTEBOOK": it writes the notebook as a program to stdout. A dash, or
// nothing, reads stdin. It returns the exit status.
func Main(packages []engine.Package, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	in, closes, status := open("export", "a notebook (.ipynb)", args, stdin, stderr)
	if in == nil {
		return status
	}
	defer closes()
	nb, err := ReadNotebook(in)
	if err != nil {
		fmt.Fprintln(stderr, "goray export:", err)
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	source, err := Program(ctx, nb, Options{Packages: packages})
	if err != nil {
		fmt.Fprintln(stderr, "goray export:", err)
		return 1
	}
	stdout.Write(source)
	return 0
}

// ImportMain is "goray import PROGRAM": it writes the program as a notebook to stdout.
func ImportMain(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	in, closes, status := open("import", "a program (main.go)", args, stdin, stderr)
	if in == nil {
		return status
	}
	defer closes()
	source, err := io.ReadAll(in)
	if err != nil {
		fmt.Fprintln(stderr, "goray import:", err)
		return 1
	}
	nb, err := Cells(source)
	if err != nil {
		fmt.Fprintln(stderr, "goray import:", err)
		return 1
	}
	if err := nb.Write(stdout); err != nil {
		fmt.Fprintln(stderr, "goray import:", err)
		return 1
	}
	return 0
}

// open opens the one file that a command names.
func open(command, what string, args []string, stdin io.Reader, stderr io.Writer) (in io.Reader, closes func(), status int) {
	switch {
	case len(args) > 1:
		fmt.Fprintf(stderr, "goray %s: %d files; name %s, and redirect the output\n", command, len(args), what)
		return nil, nil, 2
	case len(args) == 0 || args[0] == "-":
		return stdin, func() {}, 0
	}
	f, err := os.Open(args[0])
	if err != nil {
		fmt.Fprintf(stderr, "goray %s: %v; name %s\n", command, err, what)
		return nil, nil, 1
	}
	return f, func() { f.Close() }, 0
}
