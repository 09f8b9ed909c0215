package session

import (
	"context"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
)

// pluginMagic finds a magic command that a plugin brings. name has its percent signs.
func (l *Local) pluginMagic(name string) (magic, bool) {
	for _, p := range l.cfg.Plugins {
		m, ok := p.(plugin.Magician)
		if !ok {
			continue
		}
		for _, c := range m.Magics() {
			if c.Name == name {
				return magic{c.Usage, c.Help, runPlugin(c)}, true
			}
		}
	}
	return magic{}, false
}

func runPlugin(c plugin.Magic) func(*Local, context.Context, engine.Cell, string, string, *Outcome) error {
	return func(l *Local, ctx context.Context, cell engine.Cell, args, body string, out *Outcome) error {
		place := cell.Source
		return c.Run(func(source string) error {
			cell.Source = place + source
			shown := out.Result
			if l.code(ctx, cell, out); out.Result == nil {
				out.Result = shown
			}
			return out.Err
		}, args, body)
	}
}
