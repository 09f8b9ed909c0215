package serve

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// Deployment describes replicas that answer requests. The zero values of all fields but Handler
// are defaults.
type Deployment struct {
	// Name is unique in an application. Default: the name of the handler.
	Name string `yaml:"name"`
	// Handler is one of
	//
	//   - a function with typed JSON input: func([ctx,] In) (Out[, error]);
	//   - a function of the raw request: func([ctx,] *Request) (any[, error]);
	//   - a constructor, func([ctx,] args…) (*T[, error]), of something with a method ServeHTTP,
	//     Serve, Handle, Predict or PredictRecords. It runs once in each replica.
	//
	// Methods other than these are for calls by Handle.Method.
	Handler any `yaml:"-"`
	// NumReplicas is the number of processes. Default: 1.
	NumReplicas int `yaml:"num_replicas"`
	// RoutePrefix is where Run puts an application whose ingress this is. Default: "/" + Name.
	RoutePrefix string `yaml:"route_prefix"`
	// MaxOngoing is how many requests a replica works on at the same time. Default: 5.
	MaxOngoing int `yaml:"max_ongoing_requests"`
	// MaxQueued is how many requests wait for a replica before further ones get 503. Default: 0,
	// no limit.
	MaxQueued int `yaml:"max_queued_requests"`
	// Batch collects requests for a handler that takes slices; nil is one call for each request.
	// MaxOngoing is then at least twice the batch.
	Batch *Batching `yaml:"batch"`
	// UserConfig is given to the method Reconfigure, which the constructed value then must have.
	UserConfig any `yaml:"user_config"`
	// AtMostOnce forbids to send a request to another replica when the first died with it.
	AtMostOnce bool `yaml:"at_most_once"`
	// HealthPeriod and HealthTimeout are how often a replica is asked whether it is well, by its
	// method CheckHealth if it has one, and how long it may take. Default: 10 s and 30 s.
	HealthPeriod  time.Duration `yaml:"health_check_period_s"`
	HealthTimeout time.Duration `yaml:"health_check_timeout_s"`
	// Options of the replicas' actors: ray.NumCPUs(1), ray.NumGPUs(0.5) ….
	Options []ray.Option `yaml:"-"`

	fields    []Field
	construct bool // Handler is a constructor whatever it returns
}

// Application is a deployment with its arguments, ready for Run.
type Application struct {
	node *node
}

type node struct {
	deployment Deployment
	args       []any
}

// Bind gives the constructor its arguments. An Application among them is deployed too and arrives
// as a *Handle.
func (d Deployment) Bind(args ...any) Application {
	return Application{&node{d, args}}
}

// filled returns the deployment with its defaults, or what is wrong with it.
func (d Deployment) filled() (Deployment, error) {
	t := reflect.TypeOf(d.Handler)
	if t == nil || t.Kind() != reflect.Func || reflect.ValueOf(d.Handler).IsNil() {
		return d, fmt.Errorf("serve: deployment %q has a handler of type %T; give it a function or a constructor", d.Name, d.Handler)
	}
	if d.Name == "" {
		if d.Name = functionName(d.Handler); d.Name == "" {
			return d, fmt.Errorf("serve: the deployment of a function literal needs a name; set Deployment.Name")
		}
	}
	switch {
	case strings.ContainsAny(d.Name, "#/"):
		return d, fmt.Errorf("serve: deployment name %q has a # or a /; use other characters", d.Name)
	case d.NumReplicas < 0 || d.MaxOngoing < 0 || d.MaxQueued < 0:
		return d, fmt.Errorf("serve: deployment %q: NumReplicas %d, MaxOngoing %d, MaxQueued %d; use numbers ≥ 0", d.Name, d.NumReplicas, d.MaxOngoing, d.MaxQueued)
	}
	d.NumReplicas = max(d.NumReplicas, 1)
	if d.MaxOngoing == 0 {
		d.MaxOngoing = 5
	}
	if d.Batch != nil {
		b := *d.Batch
		if b.MaxSize < 0 || b.Wait < 0 {
			return d, fmt.Errorf("serve: deployment %q: Batch %+v; use numbers ≥ 0", d.Name, b)
		}
		if b.MaxSize == 0 {
			b.MaxSize = 10
		}
		if b.Wait == 0 {
			b.Wait = 10 * time.Millisecond
		}
		d.Batch, d.MaxOngoing = &b, max(d.MaxOngoing, 2*b.MaxSize)
	}
	if d.HealthPeriod == 0 {
		d.HealthPeriod = 10 * time.Second
	}
	if d.HealthTimeout == 0 {
		d.HealthTimeout = 30 * time.Second
	}
	if d.RoutePrefix == "" {
		d.RoutePrefix = "/" + d.Name
	}
	var err error
	d.RoutePrefix, err = cleanRoute(d.RoutePrefix)
	return d, err
}

func cleanRoute(p string) (string, error) {
	if !strings.HasPrefix(p, "/") || strings.ContainsAny(p, "{}*?#") {
		return "", fmt.Errorf("serve: route prefix %q; begin it with / and use no patterns", p)
	}
	if strings.HasPrefix(p, "/-/") {
		return "", fmt.Errorf("serve: routes below /-/ are the server's own; choose another prefix than %q", p)
	}
	return path.Clean(p), nil
}

// functionName is "tip" for main.tip or the tip of a cell, "" for a literal.
func functionName(fn any) string {
	f, err := ray.CaptureFunc(fn)
	if err != nil {
		return ""
	}
	name := f.Name()
	name = name[strings.LastIndexByte(name, '.')+1:]
	if strings.HasPrefix(name, "func") || strings.ContainsAny(name, "-[ ") || name == "" || name[0] >= '0' && name[0] <= '9' {
		return ""
	}
	return name
}

// entryMethods are the methods that answer HTTP requests, in the order in which they are looked for.
var entryMethods = []string{"ServeHTTP", "PredictRecords", "Serve", "Handle", "Predict"}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
	requestType = reflect.TypeFor[*Request]()
	handlerType = reflect.TypeFor[http.Handler]()
)

// isConstructor tells a constructor from a handler by what its result can do.
func isConstructor(t reflect.Type) bool {
	if t.NumOut() == 0 || t.Out(0) == errorType {
		return false
	}
	out := t.Out(0)
	for _, name := range entryMethods {
		if _, ok := out.MethodByName(name); ok {
			return true
		}
	}
	return false
}
