package marshal

import (
	"reflect"
	"strconv"
	"sync"

	"github.com/goray/goray/runtime/internal/core"
)

// instances remembers cell functions with their captured values: making one costs far more than
// most calls. As in Ray, a function is loaded once per worker, and what it does to its captured
// variables stays there. Functions that captured references are not remembered: they would keep
// the objects.
var instances = instanceCache{byKey: map[string]reflect.Value{}}

const (
	// maxInstances bounds the cache; one is forgotten for each that comes.
	maxInstances = 512
	// maxInstanceKey is how many bytes of captured values a remembered function may have.
	maxInstanceKey = 64 << 10
)

type instanceCache struct {
	mu    sync.Mutex
	byKey map[string]reflect.Value
}

// key identifies a function by its code and captured values; ok is false when it is not remembered.
func (*instanceCache) key(ref *core.FuncRef) (key string, ok bool) {
	if len(ref.Captures.Refs) > 0 || ref.Captures.Size() > maxInstanceKey {
		return "", false
	}
	b := append([]byte(ref.Hash+"\x00"), ref.Captures.Inline...)
	for _, s := range ref.Captures.Segments {
		b = strconv.AppendInt(append(b, 0), int64(len(s)), 10)
		b = append(append(b, 0), s...)
	}
	return string(b), true
}

func (c *instanceCache) get(key string) (reflect.Value, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fn, ok := c.byKey[key]
	return fn, ok
}

func (c *instanceCache) put(key string, fn reflect.Value) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for old := range c.byKey {
		if len(c.byKey) < maxInstances {
			break
		}
		delete(c.byKey, old)
	}
	c.byKey[key] = fn
}
