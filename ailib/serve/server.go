package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// Server is the HTTP server of this process.
type Server struct {
	config Config
	listen net.Listener
	http   *http.Server
	served chan struct{} // closed when the listener is

	mu      sync.RWMutex
	apps    map[string]*application
	coming  map[string]*application // being started, by name
	closing bool

	fresh sync.Map // net.Conn: connections without a request so far
}

// instance is the server of this process. The mutex is held while one starts or ends.
var instance struct {
	sync.Mutex
	server atomic.Pointer[Server]
}

// Start starts the HTTP server; Run does it with the zero Config when nobody else did. A second
// Start with the same or with no Config returns the running server. ray.Shutdown ends it.
func Start(cfg ...Config) (*Server, error) {
	if len(cfg) > 1 {
		return nil, fmt.Errorf("serve: Start takes one Config, got %d; merge them", len(cfg))
	}
	instance.Lock()
	defer instance.Unlock()
	return start(cfg...)
}

// running returns the server, starting it if necessary.
func running() (*Server, error) {
	instance.Lock()
	defer instance.Unlock()
	if s := instance.server.Load(); s != nil {
		return s, nil
	}
	return start()
}

func start(cfg ...Config) (*Server, error) {
	if !ray.IsInitialized() {
		return nil, ray.ErrNotInitialized
	}
	var c Config
	if len(cfg) == 1 {
		c = cfg[0]
	}
	c, err := c.filled()
	if err != nil {
		return nil, err
	}
	if s := instance.server.Load(); s != nil {
		if len(cfg) == 0 || c.same(s.config) {
			return s, nil
		}
		return nil, fmt.Errorf("serve: already started at %s; call serve.Shutdown before you start it differently", s.URL())
	}
	l, err := listen(c)
	if err != nil {
		return nil, listenError(c, err)
	}
	s := &Server{config: c, listen: l, served: make(chan struct{}), apps: map[string]*application{}, coming: map[string]*application{}}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ConnState: s.track}
	s.http.RegisterOnShutdown(s.closeFresh)
	go func() {
		defer close(s.served)
		s.http.Serve(l) // returns when Shutdown closes l
	}()
	instance.server.Store(s)
	ray.OnShutdown(func() { Shutdown() })
	return s, nil
}

// listen tries for a moment: while a worker process is being forked, it holds a copy of every
// socket, also of one that was just closed.
func listen(c Config) (l net.Listener, err error) {
	address := net.JoinHostPort(c.Host, strconv.Itoa(max(c.Port, 0)))
	for range 10 {
		if l, err = net.Listen("tcp", address); !errors.Is(err, syscall.EADDRINUSE) {
			return l, err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil, err
}

// track notes which connections have sent nothing yet. Clients open some in advance, and net/http
// would wait five seconds for their first request before it ends.
func (s *Server) track(c net.Conn, state http.ConnState) {
	if state != http.StateNew {
		s.fresh.Delete(c)
		return
	}
	s.fresh.Store(c, true)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closing {
		c.Close()
	}
}

func (s *Server) closeFresh() {
	for c := range s.fresh.Range {
		c.(net.Conn).Close()
	}
}

func listenError(c Config, err error) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("serve: cannot listen on %s: %w; choose another Config.Host or Port", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)), err)
	}
	holder := portHolder(c.Port)
	if holder == "" {
		holder = "another program"
	}
	return fmt.Errorf("serve: port %d is taken by %s: %w; stop it, or choose another port: serve.Start(serve.Config{Port: %d})", c.Port, holder, err, c.Port+1)
}

// URL is where the server listens: "http://127.0.0.1:8000".
func (s *Server) URL() string {
	host, port, _ := net.SplitHostPort(s.listen.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func (s *Server) String() string { return "serve at " + s.URL() }

// Shutdown ends all applications and the HTTP server. Requests that are being answered get five
// seconds. Without a server it does nothing.
func Shutdown() error {
	instance.Lock()
	defer instance.Unlock()
	s := instance.server.Swap(nil)
	if s == nil {
		return nil
	}
	s.mu.Lock()
	s.closing = true
	apps := make([]*application, 0, len(s.apps))
	for _, a := range s.apps {
		apps = append(apps, a)
	}
	s.apps = map[string]*application{}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	<-s.served
	for _, a := range apps {
		a.end(false)
	}
	return err
}

// Delete ends an application by its name.
func Delete(name string) error {
	s := instance.server.Load()
	if s == nil {
		return ErrNotRunning
	}
	s.mu.Lock()
	a := s.apps[name]
	delete(s.apps, name)
	names := s.names()
	s.mu.Unlock()
	if a == nil {
		return fmt.Errorf("serve: no application %q; running are %v", name, names)
	}
	a.end(true)
	return nil
}

func (s *Server) names() []string {
	var names []string
	for n := range s.apps {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// reserve holds the application's route while it starts.
func (s *Server) reserve(a *application) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return ErrNotRunning
	}
	for _, apps := range []map[string]*application{s.apps, s.coming} {
		for _, other := range apps {
			if other.prefix == a.prefix && other.name != a.name {
				return fmt.Errorf("serve: route %s belongs to application %q; choose another with serve.RoutePrefix, or serve.Delete that one", a.prefix, other.name)
			}
		}
	}
	if s.coming[a.name] != nil {
		return fmt.Errorf("serve: application %q is being deployed; wait for it", a.name)
	}
	s.coming[a.name] = a
	return nil
}

func (s *Server) forget(a *application) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.coming, a.name)
}

// admit sends requests to an application that is ready, and ends the one whose name it has.
func (s *Server) admit(a *application) error {
	s.mu.Lock()
	delete(s.coming, a.name)
	if s.closing {
		s.mu.Unlock()
		return ErrNotRunning
	}
	old := s.apps[a.name]
	s.apps[a.name] = a
	s.mu.Unlock()
	if old != nil {
		old.end(true)
	}
	return nil
}

// route finds the application with the longest prefix of a path, and what is left of the path.
func (s *Server) route(path string) (best *application, rest string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.apps {
		after, ok := strings.CutPrefix(path, strings.TrimSuffix(a.prefix, "/"))
		if ok && (after == "" || after[0] == '/') && (best == nil || len(a.prefix) > len(best.prefix)) {
			best, rest = a, "/"+strings.TrimPrefix(after, "/")
		}
	}
	return best, rest
}

// localRouter finds the router of a deployment that runs in this process.
func localRouter(h handleState) *router {
	s := instance.server.Load()
	if s == nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, apps := range []map[string]*application{s.apps, s.coming} {
		if a := apps[h.App]; a != nil {
			for _, d := range a.deployments {
				if d.handle.state.Generation == h.Generation && d.spec.Name == h.Deployment {
					return d.router
				}
			}
		}
	}
	return nil
}
