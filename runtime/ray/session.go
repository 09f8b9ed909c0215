package ray

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/metrics"
	"github.com/goray/goray/runtime/internal/worker"
)

// session is what Init started; in a worker, what the worker belongs to.
type session struct {
	backend core.Backend
	config  core.Config
	context *Context
	release func(core.ID) // takes one count, soon

	mu        sync.Mutex
	hooks     []*func()
	env       *core.Env               // of the job
	envs      map[*core.Env]*core.Env // with directories copied: of options; nil is the job's own
	published map[string]bool         // hashes of cell sources that the backend has
	natives   *publisher              // on a Ray cluster, once a function was to be compiled
	funcs     []liveFunc              // that values of this session have by their numbers
}

var (
	initMu     sync.Mutex // held by Init and Shutdown
	current    atomic.Pointer[session]
	failedInit atomic.Pointer[error] // why the last Init started nothing
)

// notInitialized is ErrNotInitialized, with the reason where Init was called and failed: in a cell its
// error is easily overlooked.
func notInitialized() error {
	if why := failedInit.Load(); why != nil {
		return fmt.Errorf("%w; the last call failed: %w", ErrNotInitialized, *why)
	}
	return ErrNotInitialized
}

// Init starts a session: the embedded runtime, or a connection to Config.Address. It takes at
// most one Config. In a worker process of a compiled program it runs the worker and never
// returns, so call it first in main, and in TestMain.
func Init(cfg ...Config) (*Context, error) {
	if worker.IsWorker() {
		worker.Main(worker.Options{}) // never returns
	}
	if len(cfg) > 1 {
		return nil, fmt.Errorf("ray: Init takes one Config, got %d; merge them", len(cfg))
	}
	var c Config
	if len(cfg) == 1 {
		c = cfg[0]
	}
	initMu.Lock()
	defer initMu.Unlock()
	if s := current.Load(); s != nil {
		if c.IgnoreReinitError {
			return s.context, nil
		}
		return nil, ErrAlreadyInitialized
	}
	s, err := open(c)
	if err != nil {
		failedInit.Store(&err)
		return nil, err
	}
	failedInit.Store(nil)
	current.Store(s)
	core.SetSessionBackend(s.backend)
	tellToken(s.backend)
	return s.context, nil
}

// open starts what a session needs.
func open(c Config) (*session, error) {
	c.fromEnvironment()
	resolved, err := c.core()
	if err != nil {
		return nil, err
	}
	env, err := c.RuntimeEnv.core()
	if err != nil {
		return nil, fmt.Errorf("ray: Config.%w", err)
	}
	resolved.Env = env
	backend, err := core.Open(context.Background(), resolved)
	if err != nil {
		return nil, fmt.Errorf("ray: Init: %w", err)
	}
	if n, ok := backend.(core.Namespaced); ok {
		resolved.Namespace = n.Namespace()
	}
	s := &session{backend: backend, release: core.Releaser(backend), config: resolved, published: map[string]bool{}}
	if _, ok := backend.(core.EnvKeeper); !ok { // those have it
		s.env = env
	}
	s.context = newContext(backend)
	return s, nil
}

// Shutdown ends the session: hooks of OnShutdown run, tasks are stopped, worker processes end,
// shared memory is returned. Without a session it does nothing.
func Shutdown() error {
	initMu.Lock()
	defer initMu.Unlock()
	s := current.Load()
	if s == nil {
		return nil
	}
	for {
		s.mu.Lock()
		n := len(s.hooks)
		if n == 0 {
			s.mu.Unlock()
			break
		}
		hook := s.hooks[n-1]
		s.hooks = s.hooks[:n-1]
		s.mu.Unlock()
		(*hook)()
	}
	current.Store(nil)
	core.SetSessionBackend(nil)
	marshal.Forget()
	err := s.backend.Close()
	metrics.Reset()
	return err
}

// IsInitialized reports whether there is a session.
func IsInitialized() bool { return currentSession() != nil }

// OnShutdown makes Shutdown call f before it stops the workers, newest first. Without a session
// f is dropped.
func OnShutdown(f func()) {
	if s := currentSession(); s != nil {
		s.onShutdown(f)
	}
}

// onShutdown is OnShutdown that can be taken back, of what may end before.
func (s *session) onShutdown(f func()) (forget func()) {
	hook := &f
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks = append(s.hooks, hook)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hooks = slices.DeleteFunc(s.hooks, func(h *func()) bool { return h == hook })
	}
}

// currentSession returns the driver's session, or the worker's.
func currentSession() *session {
	if s := current.Load(); s != nil {
		return s
	}
	b := core.ProcessBackend()
	if b == nil {
		return nil
	}
	s := &session{backend: b, release: core.Releaser(b), published: map[string]bool{}}
	s.context = newContext(b)
	if current.CompareAndSwap(nil, s) {
		return s
	}
	return current.Load()
}

// publish gives the source of a cell function to the backend, and what it shares with others, once.
func (s *session) publish(hash string, source core.Source) error {
	s.mu.Lock()
	known := s.published[hash]
	s.mu.Unlock()
	if known {
		return nil
	}
	for _, part := range source.Parts { // first, as whoever has the source asks for them
		if err := s.publishText(part.Hash, part.Data); err != nil {
			return err
		}
	}
	return s.publishText(hash, source.Text)
}

func (s *session) publishText(hash string, source []byte) error {
	s.mu.Lock()
	known := s.published[hash]
	s.mu.Unlock()
	if known {
		return nil
	}
	if err := s.backend.AddCode(hash, source); err != nil {
		return err
	}
	s.mu.Lock()
	s.published[hash] = true
	s.mu.Unlock()
	return nil
}

// goVersion is a variable of its own for the table of Context.
func goVersion() string { return runtime.Version() }
