package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/goray/goray/kernel/engine"
)

func init() {
	lineMagics["get"] = magic{"%get [module@version]", "choose the version of a third-party module; list those in use", get}
}

// getter is an engine that has third-party modules.
type getter interface {
	Get(ctx context.Context, query string) (text string, err error)
}

// get chooses versions of modules.
func get(l *Local, ctx context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	g, ok := l.Engine().(getter)
	if !ok {
		return &MagicError{"%get", "this engine has no third-party modules; start the session with the default engine"}
	}
	text, err := g.Get(ctx, args)
	fmt.Print(text)
	if errors.Is(err, engine.ErrInterrupted) {
		return err
	}
	if err != nil {
		return &MagicError{"%get", err.Error()}
	}
	return nil
}
