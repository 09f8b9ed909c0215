package native

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrUnavailable says that this machine cannot compile; functions stay interpreted.
var ErrUnavailable = errors.New("native: nothing compiles here, so functions stay interpreted; install Go to make them faster")

// Source is what is compiled.
type Source struct {
	Hash string // of Text
	Text []byte // as the engine exported it
}

// Artifact is a compiled worker.
type Artifact struct {
	Key  string // of source, Go release, platform and flags
	Path string // of the executable
}

// Builder compiles functions. Equal sources give the same artifact, which is built once.
type Builder interface {
	Build(ctx context.Context, s Source) (Artifact, error)
}

var current atomic.Pointer[Builder]

// Register sets who compiles in this process; nil takes it back.
func Register(b Builder) {
	if b == nil {
		current.Store(nil)
		return
	}
	current.Store(&b)
}

// Build compiles with the registered builder; without one it returns ErrUnavailable.
func Build(ctx context.Context, s Source) (Artifact, error) {
	b := current.Load()
	if b == nil {
		return Artifact{}, ErrUnavailable
	}
	return (*b).Build(ctx, s)
}
