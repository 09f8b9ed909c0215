package repl

import (
	"context"
	"strings"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/session"
)

// brain runs cells: a session in this process, or a kernel that runs already.
type brain interface {
	// execute runs a cell; what it shows goes to the screen meanwhile.
	execute(ctx context.Context, cell engine.Cell) session.Outcome
	isComplete(source string) (engine.Completeness, string)
	complete(source string, cursor int) engine.Completions
	variables() []engine.Variable
	// number is the count of the next cell, given that of the last one here.
	number(last int) int
	close() error
}

// local is a session in this process.
type local struct{ *session.Local }

func (l local) execute(ctx context.Context, cell engine.Cell) session.Outcome {
	return l.Execute(ctx, cell)
}

func (l local) isComplete(source string) (engine.Completeness, string) {
	return l.Engine().IsComplete(source)
}

func (l local) complete(source string, cursor int) engine.Completions {
	if before := source[:cursor]; strings.HasPrefix(before, "%") && !strings.ContainsAny(before, " \n") {
		return matching(session.Magics(), before)
	}
	return l.Engine().Complete(source, cursor)
}

func (l local) variables() []engine.Variable { return l.Engine().Variables() }
func (l local) number(last int) int          { return last + 1 }
func (l local) close() error                 { return l.Close() }

// matching completes a whole input from names.
func matching(names []string, before string) engine.Completions {
	out := engine.Completions{End: len(before)}
	for _, name := range names {
		if strings.HasPrefix(name, before) {
			out.Items = append(out.Items, engine.Completion{Text: name, Kind: "magic"})
		}
	}
	return out
}
