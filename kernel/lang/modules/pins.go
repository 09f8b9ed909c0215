package modules

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// open reads the pinned versions, once: what another session chooses meanwhile is not ours.
func (l *Loader) open() error {
	if l.opened {
		return nil
	}
	if l.dir != "" {
		var err error
		if l.mod, err = os.ReadFile(filepath.Join(l.dir, "go.mod")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if l.sum, err = os.ReadFile(filepath.Join(l.dir, "go.sum")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if len(l.mod) == 0 {
		l.mod = []byte("module goray.session\n\ngo " + release() + "\n")
	}
	l.opened = true
	return nil
}

// inScratch runs the Go tool beside a copy of go.mod, which replaces ours when all went well. If
// the network does not answer, what is in the module cache has to do.
func (l *Loader) inScratch(ctx context.Context, f func(tool) error) error {
	command, err := findTool()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "goray-get-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	env := []string{"GOFLAGS=" + strings.TrimSpace(os.Getenv("GOFLAGS")+" -mod=mod"), "GOWORK=off", "GOTOOLCHAIN=local"}
	mod, sum, err := l.attempt(tool{command, dir, env}, f)
	if err != nil && ctx.Err() == nil && offline(err.Error()) {
		if cache := moduleCache(); cache != "" {
			env = append(env, "GOPROXY=file://"+filepath.ToSlash(filepath.Join(cache, "cache", "download")), "GOSUMDB=off")
			m, s, cached := l.attempt(tool{command, dir, env}, f)
			if cached != nil {
				return fmt.Errorf("%w; the network does not answer, and the module cache does not have it", err)
			}
			mod, sum, err = m, s, nil
		}
	}
	if err != nil {
		return err
	}
	return l.pin(mod, sum)
}

func (l *Loader) attempt(t tool, f func(tool) error) (mod, sum []byte, err error) {
	modFile, sumFile := filepath.Join(t.dir, "go.mod"), filepath.Join(t.dir, "go.sum")
	if err := os.WriteFile(modFile, l.mod, 0o644); err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(sumFile, l.sum, 0o644); err != nil {
		return nil, nil, err
	}
	if err := f(t); err != nil {
		return nil, nil, err
	}
	if mod, err = os.ReadFile(modFile); err != nil {
		return nil, nil, err
	}
	sum, err = os.ReadFile(sumFile)
	return mod, sum, err
}

// pin makes versions those of this loader and of later ones.
func (l *Loader) pin(mod, sum []byte) error {
	if bytes.Equal(mod, l.mod) && bytes.Equal(sum, l.sum) {
		return nil
	}
	l.mod, l.sum = mod, sum
	if l.dir == "" {
		return nil
	}
	if err := os.MkdirAll(l.dir, 0o755); err != nil {
		return err
	}
	return errors.Join(replaceFile(filepath.Join(l.dir, "go.sum"), sum), replaceFile(filepath.Join(l.dir, "go.mod"), mod))
}

// replaceFile writes a file so that readers see the old content or the new.
func replaceFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// Get chooses versions as "go get" does: query is a module or package with an optional @version,
// or several. It returns what changed, for people.
func (l *Loader) Get(ctx context.Context, query string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.open(); err != nil {
		return "", err
	}
	queries := strings.Fields(query)
	if slices.ContainsFunc(queries, func(q string) bool { return strings.HasPrefix(q, "-") }) {
		return "", fmt.Errorf("%s: flags of go get are not for a session; name modules, as in github.com/google/uuid@v1.6.0", query)
	}
	before := l.pins()
	if len(queries) > 0 {
		err := l.inScratch(ctx, func(t tool) error {
			_, err := t.run(ctx, append([]string{"get", "--"}, queries...)...)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	var b strings.Builder
	for _, m := range l.pins() {
		if len(queries) == 0 || !slices.Contains(before, m) {
			fmt.Fprintf(&b, "%s@%s\n", m.path, m.version)
		}
	}
	if b.Len() == 0 {
		return "nothing changed\n", nil
	}
	return b.String(), nil
}

// pinned is a line of go.mod.
type pinned struct{ path, version string }

func (l *Loader) pins() []pinned {
	var list []pinned
	for line := range strings.Lines(string(l.mod)) {
		line, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "require "), "//")
		if f := strings.Fields(line); len(f) == 2 && strings.HasPrefix(f[1], "v") {
			list = append(list, pinned{f[0], f[1]})
		}
	}
	return list
}

// indexFile is where the answer to a question is kept: it holds as long as go.mod, go.sum and the
// platform stay.
func (l *Loader) indexFile(path string) string {
	if l.dir == "" {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "4 %s %s %s %s\n%d %s\n%s", path, runtime.GOOS, runtime.GOARCH, runtime.Version(), len(l.mod), l.mod, l.sum)
	return filepath.Join(l.dir, "index", hex.EncodeToString(h.Sum(nil)[:16])+".json")
}

// recall is what the Go tool said about path earlier, or nil.
func (l *Loader) recall(path string, compiled func(string) bool) []*listed {
	return readIndex(l.indexFile(path), path, compiled)
}

// latestFile is where the latest answer about path is, whatever else was chosen since.
func (l *Loader) latestFile(path string) string {
	h := sha256.Sum256([]byte(path))
	return filepath.Join(l.dir, "index", "latest-"+hex.EncodeToString(h[:16])+".json")
}

// recallLatest is recall for where there is no Go tool to ask: the module must be of the version
// that is chosen now, what it depends on may have been chosen anew.
func (l *Loader) recallLatest(path string, compiled func(string) bool) []*listed {
	if l.dir == "" {
		return nil
	}
	set := readIndex(l.latestFile(path), path, compiled)
	if len(set) == 0 {
		return nil
	}
	m := set[len(set)-1].Module
	if m == nil || !slices.Contains(l.pins(), pinned{m.Path, m.Version}) {
		return nil
	}
	return set
}

func readIndex(file, path string, compiled func(string) bool) []*listed {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var set []*listed
	if json.Unmarshal(data, &set) != nil {
		return nil
	}
	all := map[string]*listed{}
	for _, p := range set {
		all[p.ImportPath] = p
	}
	for _, p := range set { // another plugin may have compiled less
		for _, i := range p.Imports {
			if first, _, _ := strings.Cut(i, "/"); strings.Contains(first, ".") && all[i] == nil && !compiled(i) {
				return nil
			}
		}
	}
	return needed(all, path, compiled)
}

// note keeps an answer. A loader that cannot write asks again.
func (l *Loader) note(path string, set []*listed) {
	file := l.indexFile(path)
	if file == "" || slices.ContainsFunc(set, (*listed).mutable) {
		return
	}
	data, err := json.Marshal(set)
	if err == nil && os.MkdirAll(filepath.Dir(file), 0o755) == nil {
		_ = replaceFile(file, data)
		_ = replaceFile(l.latestFile(path), data)
	}
}

// moduleCache is where the Go tool keeps modules, found without it.
func moduleCache() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	if list := filepath.SplitList(os.Getenv("GOPATH")); len(list) > 0 && list[0] != "" {
		return filepath.Join(list[0], "pkg", "mod")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, "go", "pkg", "mod")
	}
	return ""
}
