package cache

import (
	"errors"
	"io"
	"os"
	"slices"
	"testing"
)

type word string

func (w word) CacheSerialize(to io.Writer) error {
	_, err := io.WriteString(to, "own "+string(w))
	return err
}

func (word) CacheDeserialize(from io.Reader) (any, error) {
	b, err := io.ReadAll(from)
	return word(b), err
}

func TestCacheWith(t *testing.T) {
	s := MustNew(t.TempDir())
	calls := 0
	sum := func() []int { calls++; return []int{calls} }
	for range 2 {
		if got := CacheWith(s, "sum", sum); !slices.Equal(got, []int{1}) {
			t.Error(got)
		}
	}
	if CacheWith(s, "", sum); calls != 2 {
		t.Errorf("an empty key: %d calls, want 2", calls)
	}
	CacheWith(s, "word", func() word { return "a" })
	if got := CacheWith(s, "word", func() word { return "b" }); got != "own a" {
		t.Errorf("a value that encodes itself: %q", got)
	}
	if keys, err := s.ListKeys(); err != nil || !slices.Equal(keys, []string{"sum", "word"}) {
		t.Error(keys, err)
	}
	if err := s.Reset(); err != nil {
		t.Error(err)
	}
	if _, err := s.Reader("sum"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for _, key := range []string{"a/b", "..", ""} {
		if s.Save(key, 1) == nil {
			t.Errorf("%q is taken as a key", key)
		}
	}
}
