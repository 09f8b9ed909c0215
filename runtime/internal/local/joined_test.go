package local_test

import (
	"context"
	"errors"
	"os"
	"testing"

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
