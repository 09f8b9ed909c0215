package serve

import (
	"context"
	"fmt"
	"reflect"
	"sync/atomic"

	"github.com/goray/goray/runtime/ray"
)

// RunOption changes what Run does.
type RunOption struct{ apply func(*runOptions) }

type runOptions struct {
	name, prefix string
	blocking     bool
	ctx          context.Context
}

// Name names the application. Default: the name of its ingress deployment. Running an application
// of the same name replaces it.
func Name(name string) RunOption { return RunOption{func(o *runOptions) { o.name = name }} }

// RoutePrefix sets where requests for the application begin. Default: that of its ingress.
func RoutePrefix(prefix string) RunOption {
	return RunOption{func(o *runOptions) { o.prefix = prefix }}
}

// Blocking makes Run return only when the application ends.
func Blocking() RunOption { return RunOption{func(o *runOptions) { o.blocking = true }} }

// Context makes Run give up when ctx ends before the application is ready.
func Context(ctx context.Context) RunOption { return RunOption{func(o *runOptions) { o.ctx = ctx }} }

// application is what runs.
type application struct {
	name, prefix string
	ingress      *deployed
	deployments  []*deployed // what others need comes first
	over         chan struct{}
}

var generations atomic.Int64

// Run deploys an application and returns a handle to its ingress when all replicas are ready. The
// HTTP server is started with the default Config if Start was not called.
func Run(app Application, opts ...RunOption) (*Handle, error) {
	o := runOptions{ctx: context.Background()}
	for _, opt := range opts {
		if opt.apply != nil {
			opt.apply(&o)
		}
	}
	if app.node == nil {
		return nil, fmt.Errorf("serve: the application is empty; make it with Deployment.Bind")
	}
	if !ray.IsInitialized() {
		return nil, ray.ErrNotInitialized
	}
	server, err := running()
	if err != nil {
		return nil, err
	}
	b := builder{generation: generations.Add(1), seen: map[*node]*deployed{}, names: map[string]bool{}}
	if b.app = o.name; b.app == "" {
		root, err := app.node.deployment.filled()
		if err != nil {
			return nil, err
		}
		b.app = root.Name
	}
	ingress, err := b.build(app.node)
	if err != nil {
		return nil, err
	}
	a := &application{name: b.app, prefix: ingress.spec.RoutePrefix, ingress: ingress, deployments: b.all, over: make(chan struct{})}
	if o.prefix != "" {
		if a.prefix, err = cleanRoute(o.prefix); err != nil {
			return nil, err
		}
	}
	if err := server.reserve(a); err != nil {
		return nil, err
	}
	for _, d := range a.deployments {
		if err := d.start(o.ctx); err != nil {
			server.forget(a)
			a.end(false)
			return nil, err
		}
	}
	if err := server.admit(a); err != nil {
		a.end(false)
		return nil, err
	}
	if o.blocking {
		<-a.over
	}
	return ingress.handle, nil
}

// end ends all deployments, the ingress first.
func (a *application) end(drain bool) {
	for i := len(a.deployments) - 1; i >= 0; i-- {
		a.deployments[i].end(drain)
	}
	close(a.over)
}

// builder makes one deployed out of every bound deployment.
type builder struct {
	app        string
	generation int64
	seen       map[*node]*deployed
	names      map[string]bool
	all        []*deployed
}

func (b *builder) build(n *node) (*deployed, error) {
	if d := b.seen[n]; d != nil {
		return d, nil
	}
	spec, err := n.deployment.filled()
	if err != nil {
		return nil, err
	}
	if b.names[spec.Name] {
		return nil, fmt.Errorf("serve: two deployments are named %q; give one another Name, or bind it once and use it twice", spec.Name)
	}
	b.names[spec.Name] = true
	args := make([]any, len(n.args))
	for i, a := range n.args {
		args[i] = a
		if inner, ok := a.(Application); ok {
			if inner.node == nil {
				return nil, fmt.Errorf("serve: argument %d of %s is an empty application; make it with Deployment.Bind", i+1, spec.Name)
			}
			d, err := b.build(inner.node)
			if err != nil {
				return nil, err
			}
			args[i] = d.handle
		}
	}
	t := reflect.TypeOf(spec.Handler)
	spec.construct = spec.construct || len(args) > 0 || isConstructor(t)
	d := newDeployed(b.app, b.generation, spec, args)
	b.seen[n] = d
	b.all = append(b.all, d)
	return d, nil
}
