// Package compat lets notebooks written for GoNB run here: the packages gonbui, dom, widgets,
// comms, plotly and cache, which cells import by GoNB's paths. (gophernotes needs none: its package
// display is kernel/display.)
//
//	session.Config{Plugins: []plugin.Plugin{compat.New()}}
//
// Mental model: each package has its own path in this module, and GoNB's path as its short one, so
// that both name the same types. GoNB compiles every cell to a program that talks to its kernel
// through pipes; here the packages are compiled in, and their functions show things directly.
package compat

//go:generate go run ../lang/symgen -out gen_symbols.go -pkg compat -var compiled github.com/goray/goray/kernel/compat/cache github.com/goray/goray/kernel/compat/gonbui github.com/goray/goray/kernel/compat/gonbui/comms github.com/goray/goray/kernel/compat/gonbui/dom github.com/goray/goray/kernel/compat/gonbui/plotly github.com/goray/goray/kernel/compat/gonbui/protocol github.com/goray/goray/kernel/compat/gonbui/widgets
