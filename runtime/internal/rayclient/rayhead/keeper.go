package rayhead

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// Session is what a driver of real Ray is.
type Session interface {
	core.Backend
	core.Placer
	core.ActorLister
}

// Keeper is a session whose nodes have the names that tests give them instead of Ray's ids. They
// end with it; those that were there before are not to be seen.
type Keeper struct {
	Session
	nodes *Nodes

	mu     sync.Mutex
	before []string // Ray's ids
	places []place  // in the order in which they came
}

type place struct {
	core.NodeInfo        // its ID is the name
	ray           string // Ray's id
	key           int
}

var _ core.NodeKeeper = (*Keeper)(nil)

// newsPatience is how long the cluster may take to notice that a node has come or gone.
const newsPatience = 60 * time.Second

// Keep opens a session with nodes of its own, those of cfg.
func Keep(ctx context.Context, cfg core.Config, nodes *Nodes, open core.Opener) (*Keeper, error) {
	b, err := open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s, ok := b.(Session)
	if !ok {
		return nil, errors.Join(fmt.Errorf("a %T has no placement groups or names", b), b.Close())
	}
	k := &Keeper{Session: s, nodes: nodes}
	for _, n := range s.Nodes() {
		k.before = append(k.before, n.ID)
	}
	for _, c := range cfg.Nodes {
		if _, err := k.AddNode(c); err != nil {
			return nil, errors.Join(err, k.Close())
		}
	}
	return k, nil
}

// AddNode implements core.NodeKeeper.
func (k *Keeper) AddNode(c core.NodeConfig) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.Name == "" {
		c.Name = fmt.Sprint("node", len(k.places)+1)
	}
	if k.find(c.Name) != nil {
		return "", fmt.Errorf("there was a node %q; use another name", c.Name)
	}
	key, err := k.nodes.Add(c)
	if err != nil {
		return "", err
	}
	err = k.eventually("node "+c.Name, func() bool {
		for _, n := range k.Session.Nodes() {
			if n.Alive && !slices.Contains(k.before, n.ID) && k.name(n.ID) == n.ID {
				k.places = append(k.places, place{core.NodeInfo{ID: c.Name, IP: n.IP, Labels: n.Labels}, n.ID, key})
				return true
			}
		}
		return false
	})
	return c.Name, err
}

// RemoveNode implements core.NodeKeeper.
func (k *Keeper) RemoveNode(name string, drain bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.find(name)
	if p == nil || drain {
		return fmt.Errorf("node %q cannot be removed (drain %t)", name, drain)
	}
	if err := k.nodes.Kill(p.key); err != nil {
		return err
	}
	return k.eventually("the end of node "+name, func() bool {
		return !slices.ContainsFunc(k.Session.Nodes(), func(n core.NodeInfo) bool { return n.ID == p.ray && n.Alive })
	})
}

func (k *Keeper) eventually(what string, ok func() bool) error {
	for deadline := time.Now().Add(newsPatience); !ok(); <-time.After(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("the cluster does not notice %s", what)
		}
	}
	return nil
}

func (k *Keeper) find(name string) *place {
	for i := range k.places {
		if k.places[i].ID == name {
			return &k.places[i]
		}
	}
	return nil
}

// name is the name of the node with Ray's id; the id, if it has none.
func (k *Keeper) name(ray string) string {
	for _, p := range k.places {
		if p.ray == ray {
			return p.ID
		}
	}
	return ray
}

// Nodes implements core.Backend.
func (k *Keeper) Nodes() []core.NodeInfo {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := k.Session.Nodes()
	var list []core.NodeInfo
	for _, p := range k.places {
		n := p.NodeInfo
		for _, x := range all {
			if x.ID == p.ray {
				n.Alive, n.Resources = x.Alive, x.Resources
			}
		}
		list = append(list, n)
	}
	return list
}

// meant replaces names of nodes by Ray's ids.
func (k *Keeper) meant(spec *core.TaskSpec) *core.TaskSpec {
	k.mu.Lock()
	defer k.mu.Unlock()
	id := func(name string) string {
		if p := k.find(name); p != nil {
			return p.ray
		}
		return name
	}
	if spec.Options == nil {
		return spec
	}
	s := &spec.Own().Strategy
	s.Node = id(s.Node)
	for _, all := range []*[]sched.Match{&s.Hard, &s.Prefer} {
		*all = slices.Clone(*all)
		for i := range *all {
			if m := &(*all)[i]; m.Key == sched.NodeIDLabel {
				m.Values = slices.Clone(m.Values)
				for j := range m.Values {
					m.Values[j] = id(m.Values[j])
				}
			}
		}
	}
	return spec
}

// Submit implements core.Backend.
func (k *Keeper) Submit(spec *core.TaskSpec) error { return k.Session.Submit(k.meant(spec)) }

// CreateActor implements core.Backend.
func (k *Keeper) CreateActor(spec *core.TaskSpec) (core.ID, error) {
	return k.Session.CreateActor(k.meant(spec))
}

// Groups implements core.Placer.
func (k *Keeper) Groups() ([]core.GroupInfo, error) {
	list, err := k.Session.Groups()
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range list {
		for j := range list[i].Nodes {
			list[i].Nodes[j] = k.name(list[i].Nodes[j])
		}
	}
	return list, err
}

// Close implements core.Backend.
func (k *Keeper) Close() error {
	err := k.Session.Close()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.places {
		if e := k.nodes.Kill(p.key); e != nil {
			err = errors.Join(err, e)
		}
	}
	return err
}
