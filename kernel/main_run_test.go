package kernel_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/goray/goray/kernel"
	"github.com/goray/goray/kernel/session/sessiontest"
	"github.com/goray/goray/kernel/wire"
)

// A kernel that is started by hand writes its connection file, serves whoever reads it, and ends
// when it is told to.
func TestMainWithoutAConnectionFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("JUPYTER_RUNTIME_DIR", dir)
	ended := make(chan error, 1)
	go func() {
		ended <- kernel.Main(context.Background(), kernel.Options{Start: sessiontest.Start, History: "off"})
	}()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var client *wire.Client
	for client == nil {
		select {
		case <-tick.C:
		case err := <-ended:
			t.Fatal(err)
		case <-deadline:
			t.Fatal("no connection file")
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
		if len(files) != 1 {
			continue
		}
		if st, err := os.Stat(files[0]); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", st.Mode(), err)
		}
		if c, err := wire.ReadConnection(files[0]); err == nil {
			client, _ = wire.Dial(t.Context(), c)
		}
	}
	defer client.Close()
	if r, err := client.Execute(t.Context(), wire.Request{Code: "value 1"}, wire.Handlers{}); err != nil || r.Status != "ok" {
		t.Errorf("%+v %v", r, err)
	}
	if err := client.Shutdown(t.Context(), false); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("%v is left", files)
	}
}
