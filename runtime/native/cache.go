package native

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// cache keeps programs by their keys, and why there is none for a key. Many processes use it.
type cache struct {
	dir   string
	limit int64 // bytes
}

const (
	// cacheLimit is how many bytes of programs are kept: about a hundred and fifty.
	cacheLimit = 768 << 20
	// freshFor is how long a program is safe from removal after its last use.
	freshFor = 10 * time.Minute
	failure  = "failure"
	size     = "size" // of the program, in bytes
)

// entry is the folder of a key.
func (c *cache) entry(key string) string { return filepath.Join(c.dir, "programs", key[:2], key) }

func (c *cache) program(key string) string { return filepath.Join(c.entry(key), "program") }

func (c *cache) lock(key string) (func(), error) {
	return lock(filepath.Join(c.dir, "locks", key[:2]))
}

// scratch is where programs are built: on the same disk, so that renaming works.
func (c *cache) scratch() string {
	dir := filepath.Join(c.dir, "scratch")
	_ = os.MkdirAll(dir, 0o755) // whoever uses it says what is wrong
	return dir
}

// lookup finds what is known of a key. The error is that of an earlier build. A program that is not
// as it was put there, after a crash or on a full disk, is taken out.
func (c *cache) lookup(key string) (err error, known bool) {
	now := time.Now()
	if os.Chtimes(c.program(key), now, now) == nil { // its age is the time of its last use
		if c.whole(key) {
			return nil, true
		}
		_ = os.RemoveAll(c.entry(key)) // otherwise putting the new one fails
		return nil, false
	}
	if text, err := os.ReadFile(filepath.Join(c.entry(key), failure)); err == nil {
		return &BuildError{string(text)}, true
	}
	return nil, false
}

// whole says whether a program has the size that was noted when it was put there.
func (c *cache) whole(key string) bool {
	i, err := os.Stat(c.program(key))
	noted, e := os.ReadFile(filepath.Join(c.entry(key), size))
	return err == nil && e == nil && i.Mode().Perm()&0o100 != 0 && string(noted) == fmt.Sprint(i.Size())
}

// put takes a program in.
func (c *cache) put(key, program string) error {
	if err := os.MkdirAll(c.entry(key), 0o755); err != nil {
		return fmt.Errorf("native: %w", err)
	}
	i, err := os.Stat(program)
	if err != nil {
		return fmt.Errorf("native: %w", err)
	}
	if err := writeFile(filepath.Join(c.entry(key), size), fmt.Append(nil, i.Size())); err != nil {
		return fmt.Errorf("native: %w", err)
	}
	if err := os.Rename(program, c.program(key)); err != nil {
		return fmt.Errorf("native: %w", err)
	}
	c.trim()
	return nil
}

func (c *cache) putFailure(key string, why *BuildError) error {
	if err := os.MkdirAll(c.entry(key), 0o755); err != nil {
		return fmt.Errorf("native: %w", err)
	}
	return writeFile(filepath.Join(c.entry(key), failure), []byte(why.Output))
}

// trim removes what was not used for the longest time while there is too much. Processes that run a
// removed program go on.
func (c *cache) trim() {
	type file struct {
		path string
		size int64
		used time.Time
	}
	var files []file
	var total int64
	_ = filepath.WalkDir(filepath.Join(c.dir, "programs"), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == size {
			return nil
		}
		if i, err := d.Info(); err == nil {
			files = append(files, file{p, i.Size(), i.ModTime()})
			total += i.Size()
		}
		return nil
	})
	slices.SortFunc(files, func(a, b file) int { return a.used.Compare(b.used) })
	for _, f := range files {
		if total <= c.limit || time.Since(f.used) < freshFor {
			return
		}
		if os.Remove(f.path) == nil {
			total -= f.size
			_ = os.Remove(filepath.Join(filepath.Dir(f.path), size))
			_ = os.Remove(filepath.Dir(f.path)) // the folder, when it is empty
		}
	}
}
