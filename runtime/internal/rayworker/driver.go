package rayworker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/raylog"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

func init() {
	core.Register(Scheme, Open)
	core.SetHome(homeOf)
}

// Scheme is that of addresses of a cluster to which this machine belongs: "raynode://10.0.0.1:6379"
// names its head, "raynode" alone what RAY_ADDRESS names, or the cluster that runs here.
const Scheme = "raynode"

// The environment of a Ray Job's entry point.
const (
	envAddress = "RAY_ADDRESS"
	envJob     = "RAY_JOB_CONFIG_JSON_ENV_VAR"
)

// homeOf finds the cluster of a Ray Job's entry point, for which Ray sets variables. "auto" obeys
// RAY_ADDRESS elsewhere, too.
func homeOf(address string) string {
	a := os.Getenv(envAddress)
	switch {
	case a == "" || address == "" && os.Getenv(envJob) == "":
		return address
	case strings.Contains(a, "://"):
		return a
	}
	return Scheme
}

// driver is a Ray driver whose other half is Python.
type driver struct {
	*link
	core.Platforms
	companion *exec.Cmd
	once      sync.Once
	supplying sync.WaitGroup // of the goroutine that stop ends
	stop      func()
}

// openPatience is how long Ray may take to accept a driver.
const openPatience = 90 * time.Second

// closePatience is how long Ray may take to end a driver's session.
const closePatience = 10 * time.Second

// Open makes this process a driver of the cluster that its machine belongs to.
func Open(ctx context.Context, cfg core.Config) (core.Backend, error) {
	python, err := findPython()
	if err != nil {
		return nil, err
	}
	programs, err := Programs(ctx)
	if err != nil {
		return nil, err
	}
	d, said, err := start(python)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", python, err)
	}
	address := strings.TrimPrefix(strings.TrimPrefix(cfg.Address, Scheme), "://")
	if address == "" {
		address = "auto" // which obeys RAY_ADDRESS
	}
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	m := &message{Op: "open", Address: address, Namespace: cfg.Namespace, Log: cfg.LogToDriver, Programs: map[string][2]string{}}
	for _, p := range programs {
		m.Programs[p.Arch] = [2]string{p.SHA, p.Path}
		if p.Arch != runtime.GOARCH {
			d.Serve(p.Arch)
		}
	}
	if cfg.Env != nil { // Ray packs the directory of a driver's environment itself
		m.Init = map[string]any{"runtime_env": wire.Env(cfg.Env)}
	}
	f, err := d.ask(ctx, m)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			_ = d.companion.Process.Kill()
		}
		_ = d.Close()
		if text := strings.TrimSpace(said()); text != "" && errors.Is(err, core.ErrClosed) {
			err = errors.New(text)
		}
		return nil, fmt.Errorf("the cluster at %q: %w", address, plain(err))
	}
	d.info = core.Info{NodeID: f.Node, NodeIP: f.IP, Scheme: "ray", JobID: f.Job, SessionDir: f.Session}
	d.namespace = f.Namespace
	supplying, stop := context.WithCancel(context.Background())
	d.supplying.Go(func() { Supply(supplying, d) })
	d.stop = stop
	return d, nil
}

// Namespace implements core.Namespaced.
func (d *driver) Namespace() string { return d.namespace }

// Close implements core.Backend.
func (d *driver) Close() error {
	d.once.Do(func() {
		if d.stop != nil { // it was opened
			d.stop()
			d.supplying.Wait()
		}
		d.conn.closeWrite()
		select {
		case <-d.gone:
		case <-time.After(closePatience): // Ray may hang when its head is gone
			_ = d.companion.Process.Kill()
			<-d.gone
		}
		_ = d.companion.Wait() // whatever its exit status, it has ended
		d.conn.close()
		d.sheets.close()
	})
	return nil
}

// findPython returns the Python that has Ray: $GORAY_PYTHON, that of $VIRTUAL_ENV, or that of PATH.
func findPython() (string, error) {
	if p := os.Getenv("GORAY_PYTHON"); p != "" {
		return p, nil
	}
	if v := os.Getenv("VIRTUAL_ENV"); v != "" {
		return v + "/bin/python", nil
	}
	for _, name := range []string{"python3", "python"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", errors.New("there is no Python; a driver inside a Ray cluster needs the one that has Ray: name it in GORAY_PYTHON")
}

// start starts the companion; said returns what it has written to its standard error so far.
func start(python string) (d *driver, said func() string, err error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	theirs := os.NewFile(uintptr(pair[1]), "shim")
	defer theirs.Close()
	c, err := newConn(pair[0])
	if err != nil {
		return nil, nil, err
	}
	source, text, err := os.Pipe()
	if err != nil {
		c.close()
		return nil, nil, err
	}
	defer source.Close()
	tail := &tail{to: os.Stderr}
	cmd := exec.Command(python, "-c", companion)
	cmd.ExtraFiles = []*os.File{theirs, source}
	cmd.Stdout, cmd.Stderr = raylog.New(os.Stdout), tail
	cmd.WaitDelay = closePatience // what it has started may hold its outputs
	if err := cmd.Start(); err != nil {
		c.close()
		text.Close()
		return nil, nil, err
	}
	go func() {
		defer text.Close()
		_, _ = text.WriteString(shim) // if it fails, Python has ended, which the socket says
	}()
	d = &driver{link: newLink(c), companion: cmd}
	go func() { _ = d.read() }()
	return d, tail.String, nil
}

// companion is the first program of the companion: it loads the shim, whose source it keeps.
const companion = `import os, sys
source = os.fdopen(4).read()
shim = type(sys)("goray_shim")
shim.SOURCE = source
sys.modules["goray_shim"] = shim
exec(compile(source, "goray_shim.py", "exec"), shim.__dict__)
shim.drive(3)`

// tail passes on what is written and remembers its end.
type tail struct {
	to *os.File
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	if t.b.Len() > 64<<10 {
		t.b.Reset()
	}
	t.b.Write(p)
	t.mu.Unlock()
	return t.to.Write(p)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}
