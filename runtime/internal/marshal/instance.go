package marshal

import (
	"reflect"
	"strconv"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// instances remembers cell functions with their captured values: making one costs far more than
// most calls. As in Ray, a function is loaded once per worker, and what it does to its captured
// variables stays there. A function that captured references keeps their objects: it is forgotten
// when it has not been called for a while, or when memory is short.
var instances = instanceCache{byKey: map[string]reflect.Value{}, holding: map[string]*holder{}}

const (
	// maxInstances bounds the cache; one is forgotten for each that comes.
	maxInstances = 512
	// maxInstanceKey is how many bytes of captured values a remembered function may have.
	maxInstanceKey = 64 << 10
	// maxHolders bounds the functions that captured references.
	maxHolders = 64
	// holdFor is how long such a function is remembered after its last use.
	holdFor = time.Second
)

type instanceCache struct {
	mu      sync.Mutex
	byKey   map[string]reflect.Value
	holding map[string]*holder // functions that captured references
	timer   *time.Timer        // forgets them
}

// holder is a function that captured references.
type holder struct {
	fn   reflect.Value
	used time.Time
}

// LetGo forgets the functions that captured references, so that their objects can go.
func LetGo() {
	instances.mu.Lock()
	defer instances.mu.Unlock()
	clear(instances.holding)
}

// forgetIdle forgets the functions that captured references and are not called any more. The
// collector then finds the references, as it finds all others.
func (c *instanceCache) forgetIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, h := range c.holding {
		if time.Since(h.used) >= holdFor {
			delete(c.holding, key)
		}
	}
	if len(c.holding) > 0 {
		c.timer.Reset(holdFor)
	}
}

func (c *instanceCache) hold(key string, fn reflect.Value) {
	for old := range c.holding {
		if len(c.holding) < maxHolders {
			break
		}
		delete(c.holding, old)
	}
	c.holding[key] = &holder{fn, time.Now()}
	if c.timer == nil {
		c.timer = time.AfterFunc(holdFor, c.forgetIdle)
	} else {
		c.timer.Reset(holdFor)
	}
}

// key identifies a function by its code and captured values; ok is false when it is not remembered.
func (*instanceCache) key(ref *core.FuncRef) (key string, ok bool) {
	if ref.Captures.Size() > maxInstanceKey {
		return "", false
	}
	b := append([]byte(ref.Hash+"\x00"), ref.Captures.Inline...)
	for _, s := range ref.Captures.Segments {
		b = strconv.AppendInt(append(b, 0), int64(len(s)), 10)
		b = append(append(b, 0), s...)
	}
	for _, id := range ref.Captures.Refs {
		b = strconv.AppendUint(append(b, 1), uint64(id), 16)
	}
	return string(b), true
}

func (c *instanceCache) get(ref *core.FuncRef, key string) (reflect.Value, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(ref.Captures.Refs) > 0 {
		if h := c.holding[key]; h != nil {
			h.used = time.Now()
			return h.fn, true
		}
		return reflect.Value{}, false
	}
	fn, ok := c.byKey[key]
	return fn, ok
}

func (c *instanceCache) put(ref *core.FuncRef, key string, fn reflect.Value) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(ref.Captures.Refs) > 0 {
		c.hold(key, fn)
		return
	}
	for old := range c.byKey {
		if len(c.byKey) < maxInstances {
			break
		}
		delete(c.byKey, old)
	}
	c.byKey[key] = fn
}
