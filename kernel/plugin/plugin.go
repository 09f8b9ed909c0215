package plugin

import (
	"context"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
)

// Plugin is a library's part in a session.
type Plugin interface {
	Name() string
	// Packages are made importable before the engine starts; the call must be cheap.
	Packages() []engine.Package
	// Start is called when the session's engine runs, and again without Close in between when a
	// new engine has taken its place.
	Start(Host) error
	// Close is called when the session ends, in whatever way the process can still notice.
	Close() error
}

// Host is what a session offers to its plugins. All methods may be called from any goroutine.
type Host interface {
	// Code moves functions of cells between processes; nil where the engine cannot.
	Code() engine.Code
	// CellContext ends when the running cell is interrupted; between cells it is the session's.
	CellContext() context.Context
	// Display shows b in the output of the running cell. A non-empty id names the output: a
	// later call of Update with the same id replaces it in place.
	Display(id string, b display.Bundle)
	Update(id string, b display.Bundle)
}
