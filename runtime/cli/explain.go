package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/goray/goray/runtime/command"
	"github.com/goray/goray/runtime/ray"
)

// ExplainMain is "goray explain ID…": it writes why the tasks, actors or placement groups with the ids
// wait, and returns the exit code.
func ExplainMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("explain", "[task|actor] ID…", "Why tasks, actors and placement groups wait. IDs are those of goray list tasks, goray list actors and goray list placement-groups.", stdout, stderr)
	address := c.address()
	if code, done := c.Read(args); done {
		return code
	}
	if len(c.Rest) > 0 && (c.Rest[0] == "task" || c.Rest[0] == "actor") {
		c.Rest = c.Rest[1:] // what Ray's users may type
	}
	if !c.Wants(1, math.MaxInt) {
		return command.Wrong
	}
	leave, err := join(*address)
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	code := command.Done
	for _, id := range c.Rest {
		x, err := ray.Explain(id)
		if err != nil {
			code = c.Fail(err)
			continue
		}
		fmt.Fprintln(stdout, x)
	}
	return code
}
