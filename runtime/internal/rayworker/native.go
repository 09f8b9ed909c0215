package rayworker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/machine"
	"github.com/goray/goray/runtime/internal/worker"
)

// guests are the native programs of this process's functions of cells. The driver builds them, and stores
// them among the code of cells when they are ready: until then the functions are interpreted.
type guests struct {
	mu    sync.Mutex
	known map[string]*guest // by the name of the description
	clock int
}

// guest is what is known of a function's program.
type guest struct {
	looked time.Time
	build  *core.NativeBuild // nil: not there yet
	failed bool              // there is none, or it does not do
	used   int
	procs  map[string]*worker.Guest // by what its functions share
}

const (
	// lookAgain is after how long a program that was not there is looked for again: that is a question
	// to the cluster's head.
	lookAgain = time.Second
	// nativePatience is how long a task of TierNative waits for its program.
	nativePatience = 2 * time.Minute
	// maxGuests bounds the programs that run at the same time.
	maxGuests = 4
	// keptNatives is how many programs a node keeps.
	keptNatives = 64
)

// natively runs a call as a native program; ok is false where it has to be interpreted.
func (l *link) natively(ctx context.Context, c *worker.Call) (values []core.Value, ok bool) {
	spec := c.Spec
	if spec.Kind != core.Task || spec.Func == nil || !spec.Func.IsCell || spec.Tier == core.TierInterpreted ||
		!strings.HasSuffix(spec.Func.Native, core.NativeName("", core.NativeAlone)) || spec.Resources[core.GPU] > 0 || len(spec.Func.Captures.Refs) > 0 {
		return nil, false
	}
	g := l.guests.find(l, spec.Func.Native)
	for end := time.Now().Add(nativePatience); g == nil && spec.Tier == core.TierNative && !l.guests.hopeless(spec.Func.Native) && ctx.Err() == nil && time.Now().Before(end); {
		select {
		case <-time.After(lookAgain / 10):
		case <-ctx.Done():
		}
		g = l.guests.find(l, spec.Func.Native)
	}
	if g == nil || ctx.Err() != nil {
		return nil, false
	}
	p, err := l.guests.start(l, g, spec.Func)
	if err == nil {
		values, err = p.Run(ctx, c)
	}
	if err != nil {
		if !errors.Is(err, worker.ErrGuestRefuses) {
			fmt.Fprintf(os.Stderr, "ray: %s stays interpreted here: %v\n", spec.Func.Name, err)
		}
		l.guests.giveUp(g)
		return nil, false
	}
	return values, true
}

// find returns the program of a function; nil where there is none, or none yet.
func (s *guests) find(l *link, name string) *guest {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = map[string]*guest{}
	}
	g := s.known[name]
	if g == nil {
		g = &guest{procs: map[string]*worker.Guest{}}
		s.known[name] = g
	}
	if g.build == nil && !g.failed && time.Since(g.looked) > lookAgain {
		g.looked = time.Now()
		g.build, g.failed = describe(l, name)
	}
	if g.failed || g.build == nil {
		return nil
	}
	return g
}

// describe finds the description of a function's program for this node's platform; nil where it is not
// there yet. failed says that it will never do.
func describe(l *link, name string) (b *core.NativeBuild, failed bool) {
	for _, at := range []string{name, core.NativeOn(name, runtime.GOARCH)} {
		text, err := l.Code(core.NativeCode(at))
		if err != nil {
			return nil, false
		}
		b = new(core.NativeBuild)
		if json.Unmarshal(text, b) != nil || b.Failure != "" {
			return b, true
		}
		if b.Arch == runtime.GOARCH {
			return b, worker.FitGuest(b) != nil
		}
	}
	return b, true
}

// hopeless reports whether a function will never have a program here.
func (s *guests) hopeless(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[name].failed
}

// start returns the running program for a function with what it has captured.
func (s *guests) start(l *link, g *guest, f *core.FuncRef) (*worker.Guest, error) {
	key := f.Hash
	if g.build.Globals > 0 {
		key += string(f.Captures.Inline)
		for _, segment := range f.Captures.Segments {
			key += string(segment)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock++
	g.used = s.clock
	if p := g.procs[key]; p != nil && !p.Ended() {
		return p, nil
	}
	s.makeRoom()
	b := *g.build
	var err error
	if b.Path, err = program(l, b.Key); err != nil {
		return nil, err
	}
	for _, t := range b.Types { // others will see values of them
		if err := publish(l, t.Hash, t.Source, t.List); err != nil {
			return nil, err
		}
	}
	p, err := worker.StartGuest(&b, f, l.info, l.namespace)
	if err == nil {
		g.procs[key] = p
	}
	return p, err
}

// publish stores the source of a type, and what it shares with others.
func publish(l *link, hash string, source []byte, list core.Part) error {
	if list.Hash != "" {
		if err := l.AddCode(list.Hash, list.Data); err != nil {
			return err
		}
	}
	return l.AddCode(hash, source)
}

// makeRoom ends the programs of the function that was called least recently, if there are many.
func (s *guests) makeRoom() {
	n := 0
	var oldest *guest
	for _, g := range s.known {
		n += len(g.procs)
		if len(g.procs) > 0 && (oldest == nil || g.used < oldest.used) {
			oldest = g
		}
	}
	if n < maxGuests {
		return
	}
	for key, p := range oldest.procs {
		p.End()
		delete(oldest.procs, key)
	}
}

func (s *guests) giveUp(g *guest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.failed = true
}

// program returns the file of a program, from the node's cache or from the cluster.
func program(l *link, key string) (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("goray-%d", os.Getuid()), "native")
	path := filepath.Join(dir, key)
	if s, err := os.Stat(path); err == nil && s.Size() > 0 {
		now := time.Now()
		_ = os.Chtimes(path, now, now) // those that were not used for longest are removed
		return path, nil
	}
	data, err := l.Code(core.NativeCode(key))
	if err != nil {
		return "", err
	}
	if err := keep(dir, path, data); err == nil {
		return path, nil
	}
	return inMemory(data)
}

// keep writes a program into the cache, of which it removes the oldest.
func keep(dir, path string, data []byte) error {
	if err := errors.Join(machine.OwnFolder(filepath.Dir(dir)), os.MkdirAll(dir, 0o700)); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "new")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o700), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	entries, _ := os.ReadDir(dir)
	age := func(e os.DirEntry) time.Time {
		if info, err := e.Info(); err == nil {
			return info.ModTime()
		}
		return time.Time{}
	}
	slices.SortFunc(entries, func(x, y os.DirEntry) int { return age(y).Compare(age(x)) })
	for _, e := range entries[min(len(entries), keptNatives):] {
		_ = os.Remove(filepath.Join(dir, e.Name())) // those who run it keep it
	}
	return nil
}

// inMemory makes a file of a program where no folder can be written to. It is there until this process ends.
func inMemory(data []byte) (string, error) {
	fd, err := unix.MemfdCreate("goray-native", unix.MFD_CLOEXEC)
	if err != nil {
		return "", err
	}
	f := os.NewFile(uintptr(fd), "goray-native")
	if _, err := f.Write(data); err != nil {
		f.Close()
		return "", err
	}
	held.Lock()
	defer held.Unlock()
	held.files = append(held.files, f)
	return fmt.Sprintf("/proc/self/fd/%d", fd), nil
}
