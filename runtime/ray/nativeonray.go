package ray

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// publishEvery is how often a session on a Ray cluster looks whether a program is ready.
const publishEvery = 50 * time.Millisecond

// publisher gives the nodes of a Ray cluster the native programs of functions: those for the driver's
// platform, and for each other one that a node turns out to be of.
type publisher struct {
	s    *session
	ctx  context.Context // ends with the session
	work sync.WaitGroup

	mu        sync.Mutex
	asked     map[string]bool
	ready     []compiled // functions whose program for the driver's platform is there
	platforms []string   // the others
}

// compiled is a function, by what it is called and by the file about its program.
type compiled struct{ name, file string }

// otherwise builds a program for another platform; package native has one.
type otherwise interface {
	For(ctx context.Context, file, arch string) (*core.NativeBuild, error)
}

// publisher returns the session's, which begins with the first function.
func (s *session) publisher() *publisher {
	s.mu.Lock()
	p := s.natives
	if p != nil {
		s.mu.Unlock()
		return p
	}
	ctx, cancel := context.WithCancel(context.Background())
	p = &publisher{s: s, ctx: ctx, asked: map[string]bool{}}
	s.natives = p
	s.mu.Unlock()
	s.onShutdown(func() {
		p.mu.Lock()
		cancel()
		p.mu.Unlock()
		p.work.Wait()
	})
	if t, ok := s.backend.(core.PlatformTeller); ok {
		t.EachPlatform(p.platform)
	}
	return p
}

// publish sends the program that a file will describe, once it does.
func (p *publisher) publish(file string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if file == "" || p.asked[file] || p.ctx.Err() != nil {
		return
	}
	p.asked[file] = true
	p.work.Go(func() {
		b, err := p.await(file)
		if err != nil {
			return // the session has ended
		}
		if err := p.send(filepath.Base(file), b); err != nil {
			fmt.Fprintf(os.Stderr, "ray: a compiled function cannot be sent to the cluster, and stays interpreted: %v\n", err)
			return
		}
		if b.Failure != "" {
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		f := compiled{b.Name, file}
		p.ready = append(p.ready, f)
		for _, arch := range p.platforms {
			p.publishFor(f, arch)
		}
	})
}

// platform sends all programs for nodes of another platform, too.
func (p *publisher) platform(arch string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.platforms = append(p.platforms, arch)
	for _, f := range p.ready {
		p.publishFor(f, arch)
	}
}

// publishFor sends the program of a function for another platform. The caller holds the mutex.
func (p *publisher) publishFor(f compiled, arch string) {
	tier, ok := core.CurrentNative().(otherwise)
	if !ok || p.ctx.Err() != nil {
		return
	}
	p.work.Go(func() {
		b, err := tier.For(p.ctx, f.file, arch)
		if p.ctx.Err() != nil {
			return
		}
		if err != nil { // whoever waits for it need not
			b = &core.NativeBuild{Failure: err.Error()}
		}
		err = errors.Join(err, p.send(core.NativeOn(filepath.Base(f.file), arch), b))
		if err != nil {
			fmt.Fprintf(os.Stderr, "ray: the compiled function %s stays interpreted on nodes of linux/%s: %v\n", f.name, arch, err)
		}
	})
}

// await reads a file as soon as it is there.
func (p *publisher) await(file string) (*core.NativeBuild, error) {
	tick := time.NewTicker(publishEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-p.ctx.Done():
			return nil, p.ctx.Err()
		}
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it is being built
		}
		var b core.NativeBuild
		if err := json.Unmarshal(text, &b); err != nil {
			b.Failure = err.Error()
		}
		return &b, nil
	}
}

// send stores a program and then its description, so that whoever finds this finds that.
func (p *publisher) send(name string, b *core.NativeBuild) error {
	sent := *b
	if sent.Failure == "" {
		program, err := os.ReadFile(b.Path)
		if err != nil {
			return err
		}
		if err := p.s.publishText(core.NativeCode(b.Key), program); err != nil {
			return err
		}
		sent.Path = ""
	}
	text, err := json.Marshal(&sent)
	if err != nil {
		return err
	}
	return p.s.backend.AddCode(core.NativeCode(name), text)
}
