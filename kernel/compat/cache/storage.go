package cache

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// HiddenCacheSubdirectory is the folder that NewHidden makes.
const HiddenCacheSubdirectory = ".gonb_cache"

// suffix is that of every file with a value.
const suffix = ".bin"

// Storage keeps values in a folder. It may be used by several goroutines, with different keys.
type Storage struct {
	dir  string
	once sync.Once
	find func() (string, error) // instead of dir, when first needed
	err  error
}

// Default is the storage of the functions without one: a folder under the temporary folder, named
// after the working directory. It is made when it is first used.
var Default = &Storage{find: temporary}

func temporary() (string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(wd))
	return filepath.Join(os.TempDir(), fmt.Sprintf("goray_cache_%d_%x", os.Getuid(), sum[:8])), nil
}

// folder is where the values lie; it exists.
func (s *Storage) folder() (string, error) {
	s.once.Do(func() {
		if s.find != nil {
			s.dir, s.err = s.find()
		}
		if s.err == nil {
			s.err = os.MkdirAll(s.dir, 0o700)
		}
		if s.err != nil {
			s.err = fmt.Errorf("cache: %w; choose a folder that can be written with cache.New", s.err)
		}
	})
	return s.dir, s.err
}

// New returns a storage in dir, which is made if it is not there.
func New(dir string) (*Storage, error) {
	s := &Storage{dir: dir}
	_, err := s.folder()
	if err != nil {
		return nil, err
	}
	return s, nil
}

// MustNew is New; it panics where that fails.
func MustNew(dir string) *Storage { return must(New(dir)) }

// NewInTmp returns a storage like Default, for the working directory of now.
func NewInTmp() (*Storage, error) {
	dir, err := temporary()
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	return New(dir)
}

// MustNewInTmp is NewInTmp; it panics where that fails.
func MustNewInTmp() *Storage { return must(NewInTmp()) }

// NewHidden returns a storage in the folder HiddenCacheSubdirectory of the working directory.
func NewHidden() (*Storage, error) { return New(HiddenCacheSubdirectory) }

// MustNewHidden is NewHidden; it panics where that fails.
func MustNewHidden() *Storage { return must(NewHidden()) }

func must(s *Storage, err error) *Storage {
	AssertNoError(err)
	return s
}

// AssertNoError panics with err, unless it is nil.
func AssertNoError(err error) {
	if err != nil {
		panic(err)
	}
}

func (s *Storage) path(key string) (string, error) {
	if key == "" || strings.ContainsAny(key, `/\`) || strings.HasPrefix(key, ".") {
		return "", fmt.Errorf("cache: %q is no key; choose a name without slashes that does not begin with a dot", key)
	}
	dir, err := s.folder()
	return filepath.Join(dir, key+suffix), err
}

// Save keeps value under key.
func (s *Storage) Save(key string, value any) (err error) {
	path, err := s.path(key)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return fmt.Errorf("cache: %w", err)
	}
	err = Write(f, value)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("cache: %q cannot be kept: %w", key, err)
	}
	return nil
}

// Reader opens what is kept under key. The error is os.ErrNotExist where that is nothing. Whoever
// reads it may close it, as an io.Closer.
func (s *Storage) Reader(key string) (io.Reader, error) {
	path, err := s.path(key)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, os.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	return f, nil
}

// ResetKey forgets key.
func (s *Storage) ResetKey(key string) error {
	path, err := s.path(key)
	if err == nil {
		err = os.Remove(path)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// ListKeys lists the keys, sorted.
func (s *Storage) ListKeys() ([]string, error) {
	dir, err := s.folder()
	if err != nil {
		return nil, err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	var keys []string
	for _, f := range files {
		if key, ok := strings.CutSuffix(f.Name(), suffix); ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// Reset forgets all keys.
func (s *Storage) Reset() error {
	keys, err := s.ListKeys()
	for _, k := range keys {
		err = errors.Join(err, s.ResetKey(k))
	}
	return err
}

// ResetKey forgets key in Default.
func ResetKey(key string) error { return Default.ResetKey(key) }

// ListKeys lists the keys in Default.
func ListKeys() ([]string, error) { return Default.ListKeys() }

// Reset forgets all keys in Default.
func Reset() error { return Default.Reset() }
