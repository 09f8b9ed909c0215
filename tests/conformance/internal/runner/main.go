// Command runner runs one Go program in the typed engine, with the exit status that the compiled
// program would have. The conformance test starts one for every program.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
)

func main() {
	err := typed.RunFile(context.Background(), engine.Config{}, os.Args[1], os.Args[2:]...)
	var p *engine.PanicError
	switch {
	case err == nil:
	case errors.As(err, &p):
		fmt.Fprint(os.Stderr, typed.FormatPanic(p))
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
