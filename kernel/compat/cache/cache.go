package cache

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
)

// Serializable is a value that encodes itself. Its type says how in CacheSerialize and
// CacheDeserialize; encoding/gob does it otherwise.
type Serializable interface {
	CacheSerialize(io.Writer) error
	CacheDeserialize(io.Reader) (any, error)
}

// Write encodes value as Save does.
func Write(w io.Writer, value any) error {
	if s, ok := value.(Serializable); ok {
		return s.CacheSerialize(w)
	}
	return gob.NewEncoder(w).Encode(value)
}

// Read decodes into target, a non-nil pointer, what Write wrote.
func Read(r io.Reader, target any) error { return gob.NewDecoder(r).Decode(target) }

// Load decodes into target, a non-nil pointer, what s has under key; ok is false for nothing.
// zero, a value of the type that target points to, is asked to decode itself where it can: then
// self is what it made.
func Load(s *Storage, key string, zero, target any) (self any, ok bool, err error) {
	r, err := s.Reader(key)
	if errors.Is(err, os.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if c, closes := r.(io.Closer); closes {
		defer c.Close()
	}
	if d, can := zero.(Serializable); can {
		self, err = d.CacheDeserialize(r)
	} else {
		err = Read(r, target)
	}
	if err != nil {
		return nil, false, fmt.Errorf("cache: %q cannot be read: %w; cache.ResetKey(%q) forgets it", key, err, key)
	}
	return self, true, nil
}

// Cache returns what Default has under key. Where that is nothing, it calls fn and keeps its
// result. With an empty key it always calls fn. It panics when the disk fails, or when the value
// is of another type.
func Cache[T any](key string, fn func() T) T { return CacheWith(Default, key, fn) }

// CacheWith is Cache with a storage of one's own.
func CacheWith[T any](s *Storage, key string, fn func() T) T {
	if key == "" {
		return fn()
	}
	var value T
	self, ok, err := Load(s, key, value, &value)
	AssertNoError(err)
	if self != nil {
		return self.(T)
	}
	if ok {
		return value
	}
	value = fn()
	AssertNoError(s.Save(key, value))
	return value
}
