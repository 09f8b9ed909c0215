package native

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// Options say what a Tier needs.
type Options struct {
	// Program writes the function that a source describes as Go, for a purpose. The error says why
	// only the interpreter can run it.
	Program func(hash string, source []byte, form core.NativeForm) (*Program, error)
	// Dir is where programs are kept; empty is the user's cache folder. All sessions of a user
	// share it.
	Dir string
	// Say tells the user something, once; nil is standard error.
	Say func(text string)
}

// Tier makes native programs of functions for the workers of this process's session.
type Tier struct {
	o       Options
	builder *Builder
	others  map[string]*Builder // for other platforms; under mu
	dir     string              // of the files that workers read
	ctx     context.Context
	cancel  context.CancelFunc
	builds  sync.WaitGroup
	room    chan struct{} // bounds the builds that run at the same time
	prepare sync.Once
	told    sync.Map // texts that were said

	mu     sync.Mutex
	byFile map[string]*wanted // what was refused at once has no file, but a key
	order  []*wanted
}

var _ core.Native = (*Tier)(nil)

// wanted is a function that was made remote.
type wanted struct {
	file   string
	since  time.Time
	status core.NativeStatus // under Tier.mu
	ready  chan struct{}
	// passing: it failed for a reason that may go away, such as a full disk. Set before ready.
	passing bool
	// program and build are there for other platforms, if it is of the form NativeAlone. Set before ready.
	program *Program
	build   *core.NativeBuild
}

// again says whether a build that failed for a reason of the machine may be tried again.
func (w *wanted) again() bool {
	select {
	case <-w.ready:
		return w.passing && time.Since(w.since) > retryAfter
	default:
		return false
	}
}

// The states of a function.
const (
	StateBuilding    = "building"
	StateNative      = "native"
	StateInterpreted = "interpreted"
)

// New makes a tier. Close ends it.
func New(o Options) (*Tier, error) {
	if o.Dir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("native: no folder for programs: %w; set XDG_CACHE_HOME or HOME", err)
		}
		o.Dir = filepath.Join(dir, "goray", "native")
	}
	if o.Say == nil {
		o.Say = func(text string) { fmt.Fprintln(os.Stderr, text) }
	}
	t := &Tier{o: o, byFile: map[string]*wanted{}, others: map[string]*Builder{}, room: make(chan struct{}, 2)}
	t.dir = filepath.Join(o.Dir, "sessions", fmt.Sprintf("%d-%d", os.Getpid(), time.Now().UnixNano()))
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.builder = NewBuilder(o.Dir, func() (done func()) {
		later := time.AfterFunc(sayAfter, func() {
			if t.ctx.Err() == nil {
				t.say(preparing)
			}
		})
		return func() { later.Stop() }
	})
	return t, nil
}

const (
	preparing = "ray: the native tier is prepared in the background, once for this Go release (up to a minute); functions are interpreted meanwhile"
	// sayAfter is how long the preparation may take without a word.
	sayAfter = 3 * time.Second
)

// Close stops the builds and forgets the functions; programs stay for other sessions.
func (t *Tier) Close() error {
	t.cancel()
	t.builds.Wait()
	return os.RemoveAll(t.dir)
}

func (t *Tier) say(text string) {
	if _, known := t.told.LoadOrStore(text, true); !known {
		t.o.Say(text)
	}
}

// Want implements core.Native.
func (t *Tier) Want(ref *core.FuncRef, source []byte, form core.NativeForm) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	file := filepath.Join(t.dir, core.NativeName(ref.Hash, form))
	if w := t.byFile[file]; w != nil && !w.again() {
		return file
	} else if w != nil {
		t.order = slices.DeleteFunc(t.order, func(o *wanted) bool { return o == w })
		_ = os.Remove(file) // workers that have read it keep to it
	}
	w := &wanted{since: time.Now(), ready: make(chan struct{}), file: file}
	w.status = core.NativeStatus{Func: ref.Name, Cell: ref.Cell, Line: ref.Line, State: StateBuilding}
	t.byFile[file] = w
	t.order = append(t.order, w)
	name, hash := ref.Name, ref.Hash
	t.builds.Go(func() {
		defer close(w.ready)
		p, b, cached, err := t.make(name, hash, source, form)
		if form == core.NativeAlone && err == nil {
			w.program, w.build = p, b
		}
		if err != nil {
			b = &core.NativeBuild{Failure: err.Error()}
		}
		if t.ctx.Err() == nil {
			if e := t.announce(w.file, b); e != nil && err == nil {
				err = e
			}
		}
		t.finished(w, cached, err)
	})
	return w.file
}

// Refuse implements core.Native.
func (t *Tier) Refuse(ref *core.FuncRef, why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := ref.Hash + " " + why
	if t.byFile[key] != nil {
		return
	}
	w := &wanted{ready: make(chan struct{})}
	close(w.ready)
	w.status = core.NativeStatus{Func: ref.Name, Cell: ref.Cell, Line: ref.Line, State: StateInterpreted, Reason: why}
	t.byFile[key] = w
	t.order = append(t.order, w)
}

// finished notes what became of a build, and tells what the user should know.
func (t *Tier) finished(w *wanted, cached bool, err error) {
	t.mu.Lock()
	w.status.Millis = float64(time.Since(w.since)) / float64(time.Millisecond)
	w.status.State, w.status.Cached = StateNative, cached
	if err != nil {
		w.status.State, w.status.Reason = StateInterpreted, err.Error()
	}
	label := w.status.Func
	t.mu.Unlock()
	var refused *BuildError
	var broken *commandError
	var file *fs.PathError
	w.passing = errors.As(err, &broken) && !errors.Is(err, ErrUnavailable) || errors.As(err, &file)
	switch {
	case err == nil || t.ctx.Err() != nil:
	case errors.As(err, &refused):
		t.say(fmt.Sprintf("ray: %s stays interpreted: %v", label, err))
	case errors.As(err, &broken) && !errors.Is(err, ErrUnavailable):
		t.say("ray: functions stay interpreted, as the Go toolchain does not work: " + broken.first())
	case errors.As(err, &file):
		t.say(fmt.Sprintf("ray: functions stay interpreted, as programs cannot be kept: %v; make room, or set XDG_CACHE_HOME to another disk", err))
	case errors.Is(err, ErrUnavailable):
		t.say("ray: functions stay interpreted: " + ErrUnavailable.Error())
	}
}

// make builds a program.
func (t *Tier) make(name, hash string, source []byte, form core.NativeForm) (p *Program, b *core.NativeBuild, cached bool, err error) {
	if runtime.GOOS != "linux" {
		return nil, nil, false, errors.New("native programs need Linux")
	}
	select {
	case t.room <- struct{}{}:
		defer func() { <-t.room }()
	case <-t.ctx.Done():
		return nil, nil, false, t.ctx.Err()
	}
	t.prepare.Do(t.sweep)
	if err := t.builder.Prepare(t.ctx); err != nil {
		return nil, nil, false, err
	}
	p, err = t.o.Program(hash, source, form)
	if err != nil {
		return nil, nil, false, err
	}
	if p.State != nil {
		if err := marshal.CheckMove(p.State); err != nil {
			return nil, nil, false, fmt.Errorf("its state cannot move between processes: %w", err)
		}
	}
	a, err := t.builder.Build(t.ctx, p)
	if err != nil {
		return nil, nil, a.Cached, err
	}
	b = &core.NativeBuild{Path: a.Path, Arch: runtime.GOARCH, Key: a.Key, Name: name, Globals: len(p.Globals), Main: codec.Build(), Foreign: p.Keys, Places: p.Places, Replayable: p.Replayable}
	b.Offsets = append(codec.Offsets(codec.CommonTypes()), p.Offsets...)
	b.Offsets = append(b.Offsets, codec.Offsets(codec.OwnTypes())...)
	if b.Own, err = marshal.OwnFuncs(); err != nil {
		return nil, nil, a.Cached, err
	}
	for _, m := range p.Packages {
		b.Packages = append(b.Packages, m.Path)
	}
	for _, f := range p.Functions {
		b.Functions = append(b.Functions, f.NativeFunc)
	}
	for _, own := range p.Types {
		b.Types = append(b.Types, own.NativeType)
	}
	return p, b, a.Cached, nil
}

// For builds the program of a function that Want has given this file for Linux machines of another kind, by
// Go's name. It waits for the function's own build, whose failure is its own, too. It is for programs of
// the form NativeAlone.
func (t *Tier) For(ctx context.Context, file, arch string) (*core.NativeBuild, error) {
	t.mu.Lock()
	w, builder := t.byFile[file], t.others[arch]
	if builder == nil {
		builder = t.builder.For(arch)
		t.others[arch] = builder
	}
	t.mu.Unlock()
	if w == nil {
		return nil, fmt.Errorf("native: no function has the file %s", file)
	}
	select {
	case <-w.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if w.program == nil {
		return nil, errors.New("it is not compiled for this machine either")
	}
	select {
	case t.room <- struct{}{}:
		defer func() { <-t.room }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	a, err := builder.Build(ctx, w.program)
	if err != nil {
		return nil, err
	}
	b := *w.build
	b.Path, b.Key, b.Arch = a.Path, a.Key, arch
	return &b, nil
}

// announce writes the file that workers look for.
func (t *Tier) announce(file string, b *core.NativeBuild) error {
	data, err := json.Marshal(b)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(t.dir, 0o755); err != nil {
		return err
	}
	return writeFile(file, data)
}

// Wait returns when the build of a function has come to an end, whatever its result.
func (t *Tier) Wait(ctx context.Context, hash string) (core.NativeStatus, error) {
	t.mu.Lock()
	w := t.byFile[filepath.Join(t.dir, core.NativeName(hash, core.NativeFunction))]
	t.mu.Unlock()
	if w == nil {
		return core.NativeStatus{}, fmt.Errorf("native: no function has the hash %s; make it remote first", hash)
	}
	select {
	case <-w.ready:
	case <-ctx.Done():
		return core.NativeStatus{}, ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return w.status, nil
}

// Status implements core.Native.
func (t *Tier) Status() []core.NativeStatus {
	t.mu.Lock()
	defer t.mu.Unlock()
	var l []core.NativeStatus
	for _, w := range t.order {
		s := w.status
		if s.State == StateBuilding {
			s.Millis = float64(time.Since(w.since)) / float64(time.Millisecond)
		} else if b, err := os.ReadFile(w.file); err == nil && s.State == StateNative {
			var now core.NativeBuild // a worker may have found out that it does not do
			if json.Unmarshal(b, &now) == nil && now.Failure != "" {
				s.State, s.Reason = StateInterpreted, now.Failure
			}
		}
		l = append(l, s)
	}
	return l
}

// sweep removes what sessions have left that were killed.
func (t *Tier) sweep() {
	all, err := os.ReadDir(filepath.Dir(t.dir))
	if err != nil {
		return
	}
	for _, e := range all {
		first, _, _ := strings.Cut(e.Name(), "-")
		pid, err := strconv.Atoi(first)
		if err == nil && pid != os.Getpid() && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = os.RemoveAll(filepath.Join(filepath.Dir(t.dir), e.Name())) // another session may be doing the same
		}
	}
}

// WaitAll returns when no build is running.
func (t *Tier) WaitAll(ctx context.Context) error {
	t.mu.Lock()
	order := append([]*wanted(nil), t.order...)
	t.mu.Unlock()
	for _, w := range order {
		select {
		case <-w.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
