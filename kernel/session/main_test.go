package session_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/ailib/notebook"
	"github.com/goray/goray/kernel/engine/typed"
	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/kernel/session"
	"github.com/goray/goray/kernel/session/sessiontest"
	"github.com/goray/goray/runtime/node"
)

// realChild is the argument of a child with the real engine and libraries.
const realChild = "session-test-child"

func real() session.Config {
	return session.Config{NewEngine: typed.New, Engine: "typed", Version: "0.1", Plugins: []plugin.Plugin{notebook.New(os.DirFS("../.."))}}
}

func TestMain(m *testing.M) {
	if node.IsWorker() {
		node.Main(node.Options{Code: notebook.New(os.DirFS("../..")).WorkerCode(typed.New)})
	}
	if len(os.Args) == 2 && os.Args[1] == realChild {
		if err := session.Main(real()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	sessiontest.Main()
	goleak.VerifyTestMain(m)
}
