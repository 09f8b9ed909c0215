package notebook

import (
	"crypto/rand"
	"io/fs"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/runtime/native"
	"github.com/goray/goray/runtime/node"
	"github.com/goray/goray/runtime/ray"
	"github.com/goray/goray/viz"
)

// Plugin adds Ray to a session. Make it with New.
type Plugin struct {
	sources fs.FS
	restore func()
	tier    *native.Tier // nil where nothing is compiled
}

var _ plugin.Plugin = (*Plugin)(nil)

// New returns the plugin. sources holds the .go files of the packages that cells can import, each
// under its folder in this module ("runtime/ray/get.go").
func New(sources fs.FS) *Plugin {
	node.SetGPUs(gpus) // also for a head, which has no session
	return &Plugin{sources: sources}
}

// Name is "ray".
func (p *Plugin) Name() string { return "ray" }

// Packages lists runtime/ray, the libraries, viz and Arrow.
func (p *Plugin) Packages() []engine.Package { return packages(p.sources) }

// Start connects the process's Ray to the session, or to its next engine.
func (p *Plugin) Start(host plugin.Host) error {
	if c := host.Code(); c != nil {
		node.SetCode(code{c})
		p.startNative(c)
	}
	ray.SetCellContext(host.CellContext)
	if p.restore != nil {
		p.restore()
	}
	p.restore = viz.SetScreen(screen{host})
	ray.SetLiveScreen(func(first map[string]any) func(map[string]any) {
		id := "ray-live-" + rand.Text()
		host.Display(id, display.Bundle{Data: first})
		return func(next map[string]any) { host.Update(id, display.Bundle{Data: next}) }
	})
	return nil
}

// Close shuts Ray down, if a cell started it.
func (p *Plugin) Close() error {
	if p.restore != nil {
		p.restore()
		p.restore = nil
	}
	ray.SetCellContext(nil)
	defer ray.SetLiveScreen(nil)
	p.stopNative()
	if !ray.IsInitialized() {
		return nil
	}
	return ray.Shutdown()
}

// gpus asks the devices through viz, which knows the driver's library.
func gpus() (list []node.GPU) {
	found, _ := viz.GPUs() // without a driver there are none
	for _, g := range found {
		list = append(list, node.GPU(g))
	}
	return list
}

// screen shows the libraries' live output in the running cell.
type screen struct{ host plugin.Host }

func (s screen) Display(id string, bundle map[string]any) {
	s.host.Display(id, display.Bundle{Data: bundle})
}

func (s screen) Update(id string, bundle map[string]any) {
	s.host.Update(id, display.Bundle{Data: bundle})
}
