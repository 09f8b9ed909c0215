package plugin

import (
	"golang.org/x/tools/go/analysis"

	"github.com/goray/goray/kernel/engine"
)

// Analyst is a Plugin that knows of mistakes which Go's types do not show. Its analyzers refuse
// cells before they run; see engine.Config.
type Analyst interface {
	Analyzers() []*analysis.Analyzer
}

// StringCompleter is a Plugin that knows what its functions' string arguments may be, such as the
// names of columns. See engine.Config.Strings.
type StringCompleter interface {
	CompleteString(engine.StringArgument) []engine.Completion
}

// Assist gives an engine the help of those plugins that offer some.
func Assist(cfg *engine.Config, plugins []Plugin) {
	var completers []StringCompleter
	for _, p := range plugins {
		if a, ok := p.(Analyst); ok {
			cfg.Analyzers = append(cfg.Analyzers, a.Analyzers()...)
		}
		if c, ok := p.(StringCompleter); ok {
			completers = append(completers, c)
		}
	}
	if len(completers) == 0 {
		return
	}
	cfg.Strings = func(a engine.StringArgument) (l []engine.Completion) {
		for _, c := range completers {
			l = append(l, c.CompleteString(a)...)
		}
		return l
	}
}
