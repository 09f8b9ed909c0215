package native

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// set is what programs are compiled against and linked with: archives of the runtime's own packages
// and of the standard library, for one Go release and one release of this program.
type set struct {
	tool *toolchain
	dir  string

	mu       sync.Mutex
	archives map[string]string // import path → file
	sizes    map[string]int64  // of the files, when they were put there
}

// archive is a line of the index.
type archive struct {
	File string
	Size int64
}

// usual are the packages that a set has from the beginning: what cells often import. Others are
// added when a function needs them.
var usual = strings.Fields(`bufio bytes cmp container/heap container/list context crypto/md5 crypto/sha1 crypto/sha256
	encoding/base64 encoding/binary encoding/csv encoding/hex encoding/json errors fmt hash/fnv io iter log maps math math/big math/bits
	math/cmplx math/rand math/rand/v2 os path path/filepath reflect regexp runtime slices sort strconv strings sync sync/atomic
	text/tabwriter text/template time unicode unicode/utf8`)

// openSet finds the set of a toolchain, or prepares it, which takes a while: about 15 s of CPU time
// where Go has compiled nothing yet. preparing is called in that case, and
// what it returns at the end.
func openSet(ctx context.Context, cache string, t *toolchain, preparing func() (done func())) (*set, error) {
	sdk, err := sdkHash()
	if err != nil {
		return nil, err
	}
	h := sha256.Sum256([]byte(sdk + " " + t.id() + " " + archiveFlag))
	s := &set{tool: t, dir: filepath.Join(cache, "sets", hex.EncodeToString(h[:16])), archives: map[string]string{}}
	if s.load() == nil {
		now := time.Now()
		_ = os.Chtimes(s.index(), now, now) // its age is the time of its last use
		return s, nil
	}
	if preparing != nil {
		defer preparing()()
	}
	unlock, err := lock(s.dir + ".lock")
	if err != nil {
		return nil, err
	}
	defer unlock()
	if s.load() == nil { // another process was faster
		return s, nil
	}
	if err := writeSDK(s.source()); err != nil {
		return nil, err
	}
	if err := s.add(ctx, append([]string{workerPath, rayPath, module + "/ailib/data"}, usual...)); err != nil {
		return nil, err
	}
	trimSets(filepath.Dir(s.dir))
	return s, nil
}

// maxSets is how many sets are kept: of the releases of Go and of this program that were used last.
const maxSets = 4

// trimSets removes the sets that were not used for the longest time. A session that still uses one
// makes it again.
func trimSets(dir string) {
	all, _ := filepath.Glob(filepath.Join(dir, "*", "index.json"))
	used := map[string]time.Time{}
	for _, file := range all {
		if i, err := os.Stat(file); err == nil {
			used[file] = i.ModTime()
		}
	}
	slices.SortFunc(all, func(a, b string) int { return used[b].Compare(used[a]) })
	for i, file := range all {
		if i >= maxSets && time.Since(used[file]) > freshFor {
			_ = os.Remove(file) // first, so that nobody takes the rest for a set
			_ = os.RemoveAll(filepath.Dir(file))
		}
	}
}

// exists says whether the set is still there.
func (s *set) exists() bool {
	_, err := os.Stat(s.index())
	return err == nil
}

// intact says whether the archives have the form of archives, and Go's own cache their end.
func (s *set) intact() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path, file := range s.archives {
		if i, err := os.Stat(file); err != nil || i.Size() != s.sizes[path] {
			return false
		}
	}
	return len(s.archives) > 0
}

// remove takes the set out, for the next to be made.
func (s *set) remove() error {
	unlock, err := lock(s.dir + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if err := os.Remove(s.index()); err != nil { // first, so that nobody takes the rest for a set
		return err
	}
	return os.RemoveAll(s.dir)
}

// source is the folder of the module.
func (s *set) source() string { return filepath.Join(s.dir, "src") }

func (s *set) index() string { return filepath.Join(s.dir, "index.json") }

// load reads which archives there are.
func (s *set) load() error {
	data, err := os.ReadFile(s.index())
	if err != nil {
		return err
	}
	index := map[string]archive{}
	if err := json.Unmarshal(data, &index); err != nil {
		return err
	}
	archives, sizes := map[string]string{}, map[string]int64{}
	for path, a := range index {
		file := filepath.Join(s.dir, a.File)
		if i, err := os.Stat(file); err != nil || i.Size() != a.Size {
			_ = os.Remove(file) // it is made again
			return fmt.Errorf("native: the archive %s is damaged", file)
		}
		archives[path], sizes[path] = file, a.Size
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.archives, s.sizes = archives, sizes
	return nil
}

// need makes sure that packages are in the set.
func (s *set) need(ctx context.Context, paths []string) error {
	if len(s.missing(paths)) == 0 {
		return nil
	}
	unlock, err := lock(s.dir + ".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.load(); err != nil {
		return err
	}
	if missing := s.missing(paths); len(missing) > 0 {
		return s.add(ctx, missing)
	}
	return nil
}

func (s *set) missing(paths []string) (l []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range paths {
		if s.archives[p] == "" {
			l = append(l, p)
		}
	}
	return l
}

// archiveFlag leaves out what debuggers read: the linker would look at all of it for nothing, which is
// a fifth of its time.
const archiveFlag = "-gcflags=all=-dwarf=false"

// add compiles packages with all that they import. The caller holds the lock.
func (s *set) add(ctx context.Context, paths []string) error {
	args := append([]string{"list", "-export", "-deps", archiveFlag, "-f", "{{if .Export}}{{.ImportPath}}={{.Export}}{{end}}"}, paths...)
	out, err := s.tool.runGently(ctx, s.source(), s.tool.command, args...)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(s.dir, "pkg"), 0o755); err != nil {
		return err
	}
	s.mu.Lock()
	archives := maps.Clone(s.archives)
	s.mu.Unlock()
	for line := range strings.Lines(string(out)) {
		path, from, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || archives[path] != "" {
			continue
		}
		to := filepath.Join(s.dir, "pkg", fileName(path))
		if err := place(from, to); err != nil {
			return err
		}
		archives[path] = to
	}
	names, sizes := map[string]archive{}, map[string]int64{}
	for path, file := range archives {
		i, err := os.Stat(file)
		if err != nil {
			return err
		}
		sizes[path] = i.Size()
		names[path] = archive{filepath.Join("pkg", filepath.Base(file)), i.Size()}
	}
	data, err := json.Marshal(names)
	if err != nil {
		return err
	}
	if err := writeFile(s.index(), data); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.archives, s.sizes = archives, sizes
	return nil
}

// fileName is the name of a package's archive.
func fileName(path string) string { return strings.ReplaceAll(path, "/", "~") + ".a" }

// place gives a file of Go's own cache, which forgets, a second name, or copies it.
func place(from, to string) error {
	if err := os.Link(from, to); err == nil || errors.Is(err, os.ErrExist) {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), "part")
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Close()
	}
	if err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// importConfig writes what the compiler and the linker ask for.
func (s *set) importConfig() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b []byte
	for _, path := range slices.Sorted(maps.Keys(s.archives)) {
		b = fmt.Appendf(b, "packagefile %s=%s\n", path, s.archives[path])
	}
	return b
}

// writeFile puts a file in its place as a whole.
func writeFile(file string, data []byte) error {
	part, err := os.CreateTemp(filepath.Dir(file), "part")
	if err != nil {
		return err
	}
	_, err = part.Write(data)
	if e := part.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(part.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(part.Name(), file)
	}
	if err != nil {
		os.Remove(part.Name())
	}
	return err
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
