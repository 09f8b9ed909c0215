package assist

import (
	"os"
	"testing"

	"github.com/goray/goray/ailib/notebook"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang"
	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/kernel/session"
)

// check is a front end that only checks.
func check(t testing.TB) *lang.Session {
	t.Helper()
	plug := notebook.New(os.DirFS(root))
	pkgs, err := lang.NewPackages(session.Packages([]plugin.Plugin{plug}))
	if err != nil {
		t.Fatal(err)
	}
	s := lang.NewSession(pkgs)
	s.Use(plug.Analyzers()...)
	prelude, err := s.Check(engine.Cell{Source: "var ctx context.Context\nvar Display = display.Display"}) // as a session's
	if err != nil {
		t.Fatal(err)
	}
	s.Commit(prelude)
	return s
}
