package rayclient

import (
	"context"
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/conn"
	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/workdir"
)

var _ core.EnvKeeper = (*backend)(nil)

// KeepEnv implements core.EnvKeeper: a working directory becomes a package of Ray's, which the nodes
// fetch and unpack once.
func (b *backend) KeepEnv(e *core.Env) (*core.Env, error) {
	if err := b.closed(); err != nil {
		return nil, err
	}
	ctx, cancel := b.patient()
	defer cancel()
	return keepEnv(ctx, b.conn, e)
}

func keepEnv(ctx context.Context, c *conn.Conn, e *core.Env) (*core.Env, error) {
	kept := *e
	if e.Dir != "" {
		data, sum, err := workdir.Zip(e.Dir, nil)
		if err != nil {
			return nil, err
		}
		kept.Dir = wire.PackageURI(sum)
		if _, err := c.PutPackage(ctx, kept.Dir, data); err != nil {
			return nil, fmt.Errorf("working directory %s cannot be sent to the cluster: %w", e.Dir, err)
		}
	}
	kept.Seal()
	return &kept, nil
}

// jobConfig makes Ray's JobConfig with the environment of the job.
func jobConfig(e *core.Env) func(ctx context.Context, c *conn.Conn) ([]byte, error) {
	if e == nil {
		return nil
	}
	return func(ctx context.Context, c *conn.Conn) ([]byte, error) {
		kept, err := keepEnv(ctx, c, e)
		if err != nil {
			return nil, fmt.Errorf("Config.RuntimeEnv: %w", err)
		}
		return pickle.Dump(call("ray.job_config", "JobConfig", nil, nil, wire.Env(kept))), nil
	}
}
