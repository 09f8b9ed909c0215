package dashboard

import "github.com/goray/goray/runtime/internal/core"

// Source is the session that is shown. All methods may be called from any goroutine.
type Source interface {
	core.Gauger
	core.Observer
	Info() core.Info
	Groups() ([]core.GroupInfo, error)
	Explain(id core.ID) (core.Explanation, error)
	// Stack returns the trace of a task's last failure; empty when it is not remembered.
	Stack(id core.ID) string
}
