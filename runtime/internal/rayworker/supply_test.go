package rayworker_test

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
	"github.com/goray/goray/runtime/internal/rayworker"
)

// cluster is a driver's cluster whose nodes ask for programs.
type cluster struct {
	core.Platforms
	wanted  []string
	failed  bool // the first look, as on a connection that is cut
	answers chan answer
}

type answer struct {
	arch string
	wire.Have
}

func (c *cluster) Wanted(context.Context) ([]string, error) {
	if !c.failed {
		c.failed = true
		return nil, errors.New("cut")
	}
	return c.wanted, nil
}

func (c *cluster) Store(_ context.Context, p rayworker.Program) (wire.Have, error) {
	return wire.Have{SHA: p.SHA, Ref: p.Path}, nil
}

func (c *cluster) Tell(_ context.Context, arch string, b []byte) error {
	a := answer{arch: arch}
	if err := json.Unmarshal(b, &a.Have); err != nil {
		return err
	}
	c.answers <- a
	return nil
}

// Nodes that ask are told that somebody is at it, and then what came of it, once each.
func TestSupply(t *testing.T) {
	c := &cluster{wanted: []string{runtime.GOARCH, "s390x"}, answers: make(chan answer, 10)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		rayworker.Supply(ctx, c)
	}()
	for _, arch := range c.wanted {
		if a := <-c.answers; a.arch != arch || a.Building == 0 {
			t.Errorf("%+v is no sign for %s", a, arch)
		}
		a := <-c.answers
		if a.arch != arch {
			t.Fatalf("%+v is no answer for %s", a, arch)
		}
		if arch == runtime.GOARCH && (len(a.SHA) != 64 || a.Ref == "") {
			t.Errorf("%+v names no program", a)
		}
		if arch != runtime.GOARCH && strings.Count(a.Why, "nodes of linux/s390x") != 1 {
			t.Errorf("%+v does not say why there is none", a)
		}
	}
	cancel()
	<-ended
	c.EachPlatform(func(arch string) { // who comes late is told, too
		if arch != runtime.GOARCH {
			t.Errorf("there is a program for %s", arch)
		}
	})
	if len(c.answers) > 0 {
		t.Errorf("one more: %+v", <-c.answers)
	}
}
