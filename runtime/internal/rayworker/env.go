package rayworker

import (
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/workdir"
)

var _ core.EnvKeeper = (*link)(nil)

// KeepEnv implements core.EnvKeeper: a working directory of this node becomes a package of Ray's.
func (l *link) KeepEnv(e *core.Env) (*core.Env, error) {
	kept := *e
	if e.Dir != "" {
		data, sum, err := workdir.Zip(e.Dir, nil)
		if err != nil {
			return nil, err
		}
		kept.Dir = wire.PackageURI(sum)
		f, err := l.ask(nil, &message{Op: "package", Name: kept.Dir})
		if err == nil && !f.Found {
			_, err = l.ask(nil, &message{Op: "package", Name: kept.Dir}, data)
		}
		if err != nil {
			return nil, fmt.Errorf("working directory %s cannot be sent to the cluster: %w", e.Dir, plain(err))
		}
	}
	kept.Seal()
	return &kept, nil
}
