package native

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// Artifact is a native program.
type Artifact struct {
	Key    string // of text, Go release, platform, the runtime's source and flags
	Path   string // of the executable
	Cached bool   // it had been built before
}

// BuildError is why the compiler does not accept a program. It is remembered.
type BuildError struct{ Output string }

func (e *BuildError) Error() string {
	if strings.HasSuffix(e.Output, leftOutReason) {
		return e.Output
	}
	return "the compiler refuses it: " + e.Output
}

// leftOutReason ends the output about what sdk.go leaves out.
const leftOutReason = ", which native programs lack; call it in a function of its own, and give that the results of the native ones"

// Builder compiles programs. Equal programs give the same artifact, which is built once, also by
// several processes. Its methods may be called by many goroutines.
type Builder struct {
	cache     *cache
	arch      string // of Linux machines, by Go's name; empty: this one
	preparing func() (done func())

	opening sync.Mutex
	tool    *toolchain
	open    *set
	err     error // no toolchain, or no set
	failed  time.Time

	mu sync.Mutex
	// direct is false when compile and link do not work as they did: go build is then used.
	direct bool
}

// NewBuilder returns a builder that keeps its programs in dir. preparing, which may be nil, is
// called when archives have to be made first, which happens once for each Go release, and what it
// returns when they are there.
func NewBuilder(dir string, preparing func() (done func())) *Builder {
	return &Builder{cache: &cache{dir: dir, limit: cacheLimit}, preparing: preparing, direct: true}
}

// For returns a builder of the same cache for Linux machines of another kind, by Go's name.
func (b *Builder) For(arch string) *Builder {
	return &Builder{cache: b.cache, arch: arch, preparing: b.preparing, direct: true}
}

// Prepare finds the toolchain and makes the archives, if that has not been done.
func (b *Builder) Prepare(ctx context.Context) error {
	_, err := b.prepared(ctx)
	return err
}

// prepared returns the archives. Those of a session that has lasted for long may have been removed.
func (b *Builder) prepared(ctx context.Context) (*set, error) {
	b.opening.Lock()
	defer b.opening.Unlock()
	switch {
	case b.err != nil && (b.tool == nil || time.Since(b.failed) < retryAfter):
		return nil, b.err
	case b.open != nil && b.open.exists():
		return b.open, nil
	}
	if b.tool == nil {
		if b.tool, b.err = findToolchain(ctx, b.arch); b.err != nil {
			return nil, b.err
		}
	}
	if b.open, b.err = openSet(ctx, b.cache.dir, b.tool, b.preparing); b.err != nil {
		b.failed = time.Now()
	}
	return b.open, b.err
}

// retryAfter is how long a failure that is not the program's own, such as a full disk, lasts.
const retryAfter = 10 * time.Second

// flags are how programs are compiled and linked; they are part of the key.
var (
	compileFlags = []string{"-p", "main", "-complete", "-lang=" + oldest, "-dwarf=false", "-pack"}
	linkFlags    = []string{"-s", "-w", "-buildmode=exe"}
)

// Build compiles a program. A BuildError means that it can never be compiled as it is.
func (b *Builder) Build(ctx context.Context, p *Program) (Artifact, error) {
	set, err := b.prepared(ctx)
	if err != nil {
		return Artifact{}, err
	}
	text := p.source()
	key, err := b.key(text, p.Packages)
	if err != nil {
		return Artifact{}, err
	}
	a := Artifact{Key: key, Path: b.cache.program(key)}
	if err, known := b.cache.lookup(key); known {
		a.Cached = true
		return a, err
	}
	unlock, err := b.cache.lock(key)
	if err != nil {
		return a, err
	}
	defer unlock()
	if err, known := b.cache.lookup(key); known { // another process was faster
		a.Cached = true
		return a, err
	}
	dir, err := os.MkdirTemp(b.cache.scratch(), "build")
	if err != nil {
		return a, fmt.Errorf("native: %w", err)
	}
	defer os.RemoveAll(dir)
	err = b.compile(ctx, set, dir, text, p)
	var refused *BuildError
	switch {
	case errors.As(err, &refused):
		return a, errors.Join(err, b.cache.putFailure(key, refused))
	case err != nil:
		return a, err
	}
	return a, b.cache.put(key, filepath.Join(dir, "program"))
}

func (b *Builder) key(text []byte, packages []Package) (string, error) {
	sdk, err := sdkHash()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%q %q\n", sdk, b.tool.id(), compileFlags, linkFlags)
	for _, m := range packages {
		fmt.Fprintf(h, "%s %s\n", m.Path, m.Hash)
	}
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil))[:40], nil
}

// compile makes the program in dir.
func (b *Builder) compile(ctx context.Context, s *set, dir string, text []byte, p *Program) error {
	if err := os.WriteFile(filepath.Join(dir, core.NativeFile), text, 0o644); err != nil {
		return err
	}
	b.mu.Lock()
	direct := b.direct
	b.mu.Unlock()
	if direct {
		err := b.compileDirectly(ctx, s, dir, p)
		var refused *BuildError
		if err == nil || errors.As(err, &refused) || ctx.Err() != nil {
			return err
		}
		// An archive may be damaged. Besides, the flags of these tools are Go's own affair and may change.
		if again, e := b.mended(ctx, s); e == nil {
			if err = b.compileDirectly(ctx, again, dir, p); err == nil || errors.As(err, &refused) {
				return err
			}
			s = again
		}
		if len(p.Packages) > 0 { // one of theirs may be damaged
			if e := os.RemoveAll(s.third()); e == nil {
				if err = b.compileDirectly(ctx, s, dir, p); err == nil || errors.As(err, &refused) {
					return err
				}
			}
			return b.linkFailure(err)
		}
		if err := b.goBuild(ctx, s, dir, text); err != nil {
			return err
		}
		b.mu.Lock()
		b.direct = false
		b.mu.Unlock()
		return nil
	}
	if len(p.Packages) > 0 {
		return errors.New("it uses third-party packages, which need the usual flags of Go's compile and link")
	}
	return b.goBuild(ctx, s, dir, text)
}

// linkFailure is why a program with third-party packages cannot be made. They may need more than the
// linker gives programs, which no other way to build would change.
func (b *Builder) linkFailure(err error) error {
	var failed *commandError
	var exit *exec.ExitError
	if errors.As(err, &failed) && errors.As(err, &exit) {
		return &BuildError{failed.Error()}
	}
	return err
}

// mended makes the archives again, if they are not as they were made.
func (b *Builder) mended(ctx context.Context, s *set) (*set, error) {
	if s.intact() {
		return nil, errors.New("nothing is damaged")
	}
	if err := s.remove(); err != nil {
		return nil, err
	}
	return b.prepared(ctx)
}

func (b *Builder) compileDirectly(ctx context.Context, s *set, dir string, p *Program) error {
	if err := s.need(ctx, p.standard()); err != nil {
		return err
	}
	third, err := s.packages(ctx, dir, p.Packages)
	if err != nil {
		return err
	}
	config := filepath.Join(dir, "importcfg")
	if err := os.WriteFile(config, append(s.importConfig(), third...), 0o644); err != nil {
		return err
	}
	args := append([]string{"-o", "main.a", "-importcfg", config, "-trimpath", dir}, compileFlags...)
	if _, err := s.tool.run(ctx, dir, s.tool.tool("compile"), append(args, core.NativeFile)...); err != nil {
		return refusal(err)
	}
	args = append([]string{"-o", "program", "-importcfg", config}, linkFlags...)
	_, err = s.tool.run(ctx, dir, s.tool.tool("link"), append(args, "main.a")...)
	return err
}

// goBuild compiles with the go command, inside of the module.
func (b *Builder) goBuild(ctx context.Context, s *set, dir string, text []byte) error {
	folder, err := os.MkdirTemp(filepath.Join(s.source(), "runtime"), "cell")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := os.WriteFile(filepath.Join(folder, core.NativeFile), text, 0o644); err != nil {
		return err
	}
	if _, err := s.tool.run(ctx, folder, s.tool.command, "build", archiveFlag, "-ldflags=-s -w", "-o", filepath.Join(dir, "program"), "."); err != nil {
		return refusal(err)
	}
	return nil
}
