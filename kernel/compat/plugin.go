package compat

import (
	"embed"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/goray/goray/kernel/compat/gonbui"
	"github.com/goray/goray/kernel/compat/gonbui/comms"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/plugin"
)

const (
	ours = "github.com/goray/goray/kernel/compat/"
	gonb = "github.com/janpfeifer/gonb/"
)

//go:embed cache/*.go constraints/*.go gonbui/*.go gonbui/*/*.go
var sources embed.FS

// Plugin adds GoNB's packages to a session. Make it with New.
type Plugin struct {
	mu  sync.Mutex
	tmp string // GONB_TMP_DIR, if it is ours
}

var _ plugin.Plugin = (*Plugin)(nil)

// New returns the plugin.
func New() *Plugin { return &Plugin{} }

// Name is "gonb".
func (p *Plugin) Name() string { return "gonb" }

// instances are the instances of generic types that compiled functions return.
var instances = map[string]engine.Symbol{
	"gonbui/comms": {Name: "AddressChan[int]", Value: (*comms.AddressChan[int])(nil)},
}

// Packages lists GoNB's packages.
func (p *Plugin) Packages() []engine.Package {
	var list []engine.Package
	for _, c := range compiled {
		folder := strings.TrimPrefix(c.Path, ours)
		source, err := fs.Sub(sources, folder)
		if err != nil {
			panic("compat: " + err.Error()) // the folder's name is a constant of this package
		}
		c.Source, c.Short = source, gonb+folder
		if i, ok := instances[folder]; ok {
			c.Symbols = withSymbol(c.Symbols, i)
		}
		list = append(list, c)
	}
	source, err := fs.Sub(sources, "constraints")
	if err != nil {
		panic("compat: " + err.Error())
	}
	return append(list, engine.Package{
		Path: ours + "constraints", Short: "golang.org/x/exp/constraints", Predeclared: "constraints",
		Symbols: []engine.Symbol{}, Source: source,
	})
}

// withSymbol inserts s where the order of names wants it.
func withSymbol(sorted []engine.Symbol, s engine.Symbol) []engine.Symbol {
	var all []engine.Symbol
	for i, old := range sorted {
		if old.Name > s.Name {
			return append(append(all, s), sorted[i:]...)
		}
		all = append(all, old)
	}
	return append(all, s)
}

// Start connects GoNB's packages to the session, and sets the environment variables that GoNB's
// notebooks read.
func (p *Plugin) Start(host plugin.Host) error {
	comms.Serve(host)
	if ahead, ok := host.(interface{ TypeAhead(line string) }); ok {
		gonbui.SetInput(ahead.TypeAhead)
	}
	if wd, err := os.Getwd(); err == nil {
		setDefault("GONB_DIR", wd)
		setDefault("GONB_JUPYTER_ROOT", wd)
	}
	setDefault("GONB_VERSION", "goray")
	p.mu.Lock()
	defer p.mu.Unlock()
	if os.Getenv("GONB_TMP_DIR") != "" {
		return nil
	}
	dir, err := os.MkdirTemp("", "goray-gonb-")
	if err != nil {
		return err
	}
	p.tmp = dir
	return os.Setenv("GONB_TMP_DIR", dir)
}

func setDefault(name, value string) {
	if os.Getenv(name) == "" {
		os.Setenv(name, value)
	}
}

// Close ends listeners and removes the temporary folder.
func (p *Plugin) Close() error {
	comms.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tmp == "" {
		return nil
	}
	os.Unsetenv("GONB_TMP_DIR")
	dir := p.tmp
	p.tmp = ""
	return os.RemoveAll(dir)
}
