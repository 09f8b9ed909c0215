package rayworker

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

// Supplier is a driver, seen by the nodes of platforms that its program was not sent for.
type Supplier interface {
	// Wanted returns the platforms that nodes ask for, by Go's names.
	Wanted(ctx context.Context) ([]string, error)
	// Store puts a program into Ray's store, and returns what finds it there.
	Store(ctx context.Context, p Program) (wire.Have, error)
	// Tell gives nodes of a platform an answer.
	Tell(ctx context.Context, arch string, answer []byte) error
	// Serve notes that there is a program for a platform (see core.Platforms).
	Serve(arch string)
}

// How often a driver looks for wishes, and says that it is busy with one.
const (
	lookEvery  = time.Second
	aliveEvery = 10 * time.Second
	tellAfter  = 2 * time.Second
)

// Supply makes this program for the platforms of nodes that ask for it, until ctx ends. Most clusters
// are of one platform, and nothing tells a driver of another one before a function is to run there.
func Supply(ctx context.Context, s Supplier) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	served := map[string]bool{}
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		wanted, err := s.Wanted(ctx)
		if err != nil {
			continue // the connection may come back; if not, ctx ends
		}
		for _, arch := range wanted {
			if !served[arch] {
				served[arch] = supply(ctx, s, arch)
			}
		}
	}
}

// supply answers nodes of one platform, and reports whether they know what to expect.
func supply(ctx context.Context, s Supplier, arch string) bool {
	building, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		alive(building, s, arch)
	}()
	began := time.Now()
	word := time.AfterFunc(tellAfter, func() {
		fmt.Fprintf(os.Stderr, "ray: a node is linux/%s: this program is built for it, which can take minutes the first time\n", arch)
	})
	var have wire.Have
	p, err := For(ctx, arch)
	if err == nil {
		if have, err = s.Store(ctx, p); err != nil {
			err = &NoProgramError{arch, err}
		}
	}
	stop()
	<-ended
	told := !word.Stop()
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil:
		have = wire.Have{Why: err.Error()}
		fmt.Fprintln(os.Stderr, "ray:", have.Why)
	case told:
		fmt.Fprintf(os.Stderr, "ray: the program for linux/%s is on the cluster after %v\n", arch, time.Since(began).Round(time.Second))
	}
	if err == nil {
		s.Serve(arch)
	}
	answer, _ := json.Marshal(have)
	return s.Tell(ctx, arch, answer) == nil
}

// alive tells the nodes that wait that they do not wait in vain.
func alive(ctx context.Context, s Supplier, arch string) {
	tick := time.NewTicker(aliveEvery)
	defer tick.Stop()
	for n := 1; ; n++ {
		answer, _ := json.Marshal(wire.Have{Building: n})
		_ = s.Tell(ctx, arch, answer) // the next one may arrive
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Platforms reads the list that nodes write.
func Platforms(list []byte) []string { return strings.Fields(string(list)) }

// Wanted implements Supplier.
func (d *driver) Wanted(ctx context.Context) ([]string, error) {
	f, err := d.ask(ctx, &message{Op: "wanted"})
	if err != nil {
		return nil, err
	}
	return Platforms(f.payload), nil
}

// Store implements Supplier.
func (d *driver) Store(ctx context.Context, p Program) (wire.Have, error) {
	f, err := d.ask(ctx, &message{Op: "store", Name: p.Path})
	if err != nil {
		return wire.Have{}, plain(err)
	}
	return wire.Have{SHA: p.SHA, Ref: string(f.payload)}, nil
}

// Tell implements Supplier.
func (d *driver) Tell(ctx context.Context, arch string, answer []byte) error {
	_, err := d.ask(ctx, &message{Op: "tell", Name: arch}, answer)
	return err
}
