package session

import (
	"context"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
)

// pluginMagics are the magic commands that plugins bring.
func (l *Local) pluginMagics() (all []plugin.Magic) {
	for _, p := range l.cfg.Plugins {
		if m, ok := p.(plugin.Magician); ok {
			all = append(all, m.Magics()...)
		}
	}
	return all
}

// pluginMagic finds one of them. name has its percent signs.
func (l *Local) pluginMagic(name string) (magic, bool) {
	for _, c := range l.pluginMagics() {
		if c.Name == name {
			return magic{c.Usage, c.Help, runPlugin(c)}, true
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
