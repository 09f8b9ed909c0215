package core

import "sync"

// PlatformTeller is implemented by backends of clusters whose nodes may be of other platforms than the
// driver's machine.
type PlatformTeller interface {
	// EachPlatform calls f with each other platform that nodes are of, by Go's name and once, as soon as it
	// is known, until the session ends. f does not wait for anything. Only one caller is served.
	EachPlatform(f func(arch string))
}

// Platforms implement PlatformTeller. The zero value knows none.
type Platforms struct {
	mu    sync.Mutex
	known []string
	tell  func(arch string)
}

// EachPlatform implements PlatformTeller.
func (p *Platforms) EachPlatform(f func(arch string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tell = f
	for _, arch := range p.known {
		f(arch)
	}
}

// Serve notes that nodes of a platform have been given the program for it. It is called once for each.
func (p *Platforms) Serve(arch string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = append(p.known, arch)
	if p.tell != nil {
		p.tell(arch)
	}
}
