package rayclient

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"
	"sync"

	"github.com/goray/goray/runtime/internal/rayclient/pickle"
	"github.com/goray/goray/runtime/internal/rayworker"
)

// What the shim offers, by number.
const (
	shimTask = iota
	shimActor
	shimPython
	shimPythonActor
)

// offers are the things of the shim that this session has put. Ray fixes an actor's concurrency
// groups with its class, so each set of groups has a class of its own.
type offers struct {
	mu  sync.Mutex
	ids map[string]string
}

// shim returns Ray's id of one of the things that the shim offers; variant tells those apart that
// get other options of Ray's for good. It is made on the head, of the shim's source: nothing in the
// pickle depends on the version of Python. The module that __name__ names cannot be imported
// anywhere, so Ray ships functions and classes by value.
func (b *backend) shim(index int, variant string) (string, error) {
	o := &b.offers
	o.mu.Lock()
	defer o.mu.Unlock()
	key := fmt.Sprint(index, " ", variant)
	if id, ok := o.ids[key]; ok {
		return id, nil
	}
	var refs, shas any
	if index == shimTask { // they travel with the function, so that a call need not name them
		all, sha, err := b.binaries()
		if err != nil {
			return "", err
		}
		texts := map[string]any{}
		for arch, text := range sha {
			texts[arch] = text
		}
		refs, shas = all, texts
	}
	source := rayworker.Shim()
	h := sha256.Sum256([]byte(source))
	name := "goray_shim_" + hex.EncodeToString(h[:6]) + "_offer"
	const expression = `lambda source, name, i, programs, shas: (lambda ns: (exec(compile(source, name + ".py", "exec"), ns), ns["offer"](source, programs, shas)[i])[1])({"__name__": name})`
	p := pickle.Dump(pickle.Call{Fn: call("builtins", "eval", expression), Args: pickle.Tuple{source, name, index, refs, shas}})
	id, err := b.conn.Put(context.Background(), [][]byte{p}, nil).ID(context.Background())
	if err == nil {
		o.ids[key] = id
	}
	return id, err
}

// programs are this program's binaries in Ray's store.
type programs struct {
	once sync.Once
	refs map[string]any // by platform, as the shim is given them
	sha  map[string]string
	err  error
}

// binaries returns references to this program's binaries and their hashes, by Go's name of the
// platform. They are stored when the first function is called.
func (b *backend) binaries() (map[string]any, map[string]string, error) {
	p := &b.programs
	p.once.Do(func() { p.err = b.upload(p) })
	return p.refs, p.sha, p.err
}

func (b *backend) upload(p *programs) error {
	all, err := rayworker.Programs(context.Background())
	if err != nil {
		return err
	}
	p.refs, p.sha = map[string]any{}, map[string]string{}
	for _, program := range all {
		id, err := b.sendProgram(b.open, program)
		if err != nil {
			return err
		}
		p.refs[program.Arch], p.sha[program.Arch] = b.stub("Object", id), program.SHA
		if program.Arch != runtime.GOARCH {
			b.Serve(program.Arch)
		}
	}
	b.owner.Go(func() { rayworker.Supply(b.open, b) })
	return nil
}
