package local_test

import (
	"context"
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/backendtest"
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/local"
	"github.com/goray/goray/runtime/internal/worker"
)

// joined is a driver that has joined a session, and ends that, too.
type joined struct {
	*worker.Driver
	head core.Backend
}

func (j *joined) Close() error { return errors.Join(j.Driver.Close(), j.head.Close()) }

// TestJoinedConformance: what a backend must do, seen by a driver that has joined a head.
func TestJoinedConformance(t *testing.T) {
	dir, err := os.MkdirTemp("", "head") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("GORAY_HEAD", dir)
	backendtest.Run(t, backendtest.Options{Processes: true, Open: func(ctx context.Context, cfg core.Config) (core.Backend, error) {
		head, err := local.Open(ctx, cfg)
		if err != nil {
			return nil, err
		}
		if err := head.(core.Server).Serve(core.HeadSocket()); err != nil {
			return nil, errors.Join(err, head.Close())
		}
		driver, err := worker.Join(ctx, cfg)
		if err != nil {
			return nil, errors.Join(err, head.Close())
		}
		return &joined{driver.(*worker.Driver), head}, nil
	}})
}

// A connection that never joins does not hold up the end of a session.
func TestSilentConnection(t *testing.T) {
	dir, err := os.MkdirTemp("", "head")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Setenv("GORAY_HEAD", dir)
	head, err := local.Open(t.Context(), core.Config{DashboardPort: -1, Resources: core.Resources{core.CPU: 1}, ObjectStoreMemory: 16 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if err := head.(core.Server).Serve(core.HeadSocket()); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Dial("unix", core.HeadSocket())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	// One that joins after it has been accepted after it.
	driver, err := worker.Join(t.Context(), core.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := driver.Close(); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- head.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the session does not end")
	}
}
