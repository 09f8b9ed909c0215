package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/goray/goray/kernel/engine"
)

func timeLine(l *Local, ctx context.Context, cell engine.Cell, args, _ string, out *Outcome) error {
	if args == "" {
		return &MagicError{"%time", "nothing to time; write %time f(3)"}
	}
	return timed(l, ctx, cell, args, out)
}

func timeCell(l *Local, ctx context.Context, cell engine.Cell, args, body string, out *Outcome) error {
	cell.Source = strings.TrimSuffix(cell.Source, "\n") // the line of the magic itself
	return timed(l, ctx, cell, args+"\n"+body, out)
}

func timed(l *Local, ctx context.Context, cell engine.Cell, source string, out *Outcome) error {
	cell.Source += source
	start := time.Now()
	l.code(ctx, cell, out)
	fmt.Printf("wall time: %s\n", short(time.Since(start)))
	return out.Err
}

// short rounds to three digits.
func short(d time.Duration) time.Duration {
	unit := time.Nanosecond
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit)
}

// timeOften repeats code in rounds that grow until one takes a second, and takes the time of
// each run from the last round.
func timeOften(l *Local, ctx context.Context, cell engine.Cell, args, _ string, out *Outcome) error {
	if args == "" {
		return &MagicError{"%timeit", "nothing to time; write %timeit f(3)"}
	}
	const round = time.Second
	lines := cell.Source
	var unused error // that an expression's value is not used
	for n := 1; ; {
		cell.Source = fmt.Sprintf("%sfor range %d { %s }", lines, n, args)
		start := time.Now()
		_, err := l.evaluate(ctx, cell, out)
		took := time.Since(start)
		var compile *engine.CompileError
		switch {
		case errors.As(err, &compile) && unused == nil:
			unused, args = err, "_ = "+args
			continue
		case errors.As(err, &compile):
			return unused
		case err != nil:
			return err
		}
		if took >= round/2 || n >= 1e9 {
			fmt.Printf("%s each, of %d runs\n", short(took/time.Duration(n)), n)
			return nil
		}
		n = min(n*10, max(n+1, int(float64(n)*float64(round)/float64(took+1))))
	}
}
