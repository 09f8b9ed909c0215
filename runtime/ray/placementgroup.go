package ray

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// Bundle is what one part of a placement group reserves: Bundle{"CPU": 2, "GPU": 1}. Memory is in
// bytes.
type Bundle map[string]float64

// PlacementStrategy says how the bundles of a placement group lie on the nodes; tasks know
// DefaultStrategy and Spread of them.
type PlacementStrategy string

// Ray's strategies. The strict ones wait rather than give way.
const (
	DefaultStrategy PlacementStrategy = "DEFAULT"       // tasks only
	Pack            PlacementStrategy = "PACK"          // on as few nodes as possible
	Spread          PlacementStrategy = "SPREAD"        // on as many nodes as possible
	StrictPack      PlacementStrategy = "STRICT_PACK"   // on one node
	StrictSpread    PlacementStrategy = "STRICT_SPREAD" // each bundle on a node of its own
)

var placements = map[PlacementStrategy]sched.Placement{
	Pack: sched.Pack, Spread: sched.SpreadOut, StrictPack: sched.StrictPack, StrictSpread: sched.StrictSpreadOut,
}

// PlacementGroup is bundles of resources that are reserved together or not at all, for tasks and
// actors that InPlacementGroup puts there. It may be given to tasks. It lives until Remove, or
// until the session ends.
type PlacementGroup struct {
	name     string
	bundles  []Bundle
	strategy PlacementStrategy
	ready    *Ref
}

// NewPlacementGroup asks for bundles of resources and returns at once: Ready and Wait tell when
// all of them are reserved. What can never be reserved waits for nodes, with a warning within 5 s;
// Explain says why. When a node dies, its bundles are placed anew. Options: Name, Namespace,
// Lifetime. A bad request gives a group that carries its error.
//
//	pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}, {"CPU": 1, "GPU": 1}}, ray.StrictPack)
//	defer pg.Remove()
//	fit := ray.Remote[Model](train).Options(ray.NumGPUs(1), ray.InPlacementGroup(pg, 1))
func NewPlacementGroup(bundles []Bundle, strategy PlacementStrategy, opts ...Option) *PlacementGroup {
	pg := &PlacementGroup{bundles: cloneBundles(bundles), strategy: strategy}
	s := currentSession()
	if s == nil {
		pg.ready = errorRef(nil, notInitialized())
		return pg
	}
	if err := pg.create(s, opts); err != nil {
		pg.ready = &Ref{err: err}
	}
	return pg
}

func cloneBundles(bundles []Bundle) []Bundle {
	list := make([]Bundle, len(bundles))
	for i, b := range bundles {
		list[i] = maps.Clone(b)
	}
	return list
}

func (pg *PlacementGroup) create(s *session, opts []Option) error {
	spec, err := groupSpec(pg.bundles, pg.strategy, opts)
	if err != nil {
		return invalidCall("NewPlacementGroup: %v", err)
	}
	pg.name = spec.Name
	spec.Namespace = or(spec.Namespace, s.namespace())
	placer, err := s.placer()
	if err != nil {
		return err
	}
	spec.ID = s.backend.NewID()
	switch err := placer.CreateGroup(spec); {
	case errors.Is(err, core.ErrGroupExists):
		return &systemError{ErrPlacementGroupExists, fmt.Sprintf("ray: a placement group named %q is in namespace %q; use ray.GetPlacementGroup, or another name", spec.Name, spec.Namespace)}
	case err != nil:
		return fmt.Errorf("ray: NewPlacementGroup: %w", err)
	}
	pg.ready = newRef(s, spec.ID)
	return nil
}

// groupSpec checks what is asked for.
func groupSpec(bundles []Bundle, strategy PlacementStrategy, opts []Option) (core.PlacementGroup, error) {
	var g core.PlacementGroup
	placement, ok := placements[strategy]
	switch {
	case !ok:
		return g, fmt.Errorf("the strategy is %q; use ray.Pack, ray.Spread, ray.StrictPack or ray.StrictSpread", strategy)
	case len(bundles) == 0:
		return g, errors.New("there are no bundles; give at least one, as in []ray.Bundle{{\"CPU\": 1}}")
	}
	var o core.Options
	if err := applyOptions(&o, opts); err != nil {
		return g, err
	}
	g = core.PlacementGroup{Name: o.Name, Namespace: o.Namespace, Detached: o.Detached, Placement: placement}
	o.Name, o.Namespace, o.Detached = "", "", false
	if !reflect.DeepEqual(o, core.Options{}) {
		return g, errors.New("an option is for tasks or actors only; a placement group takes ray.Name, ray.Namespace and ray.Lifetime")
	}
	for i, b := range bundles {
		if err := core.Resources(b).Check(); err != nil {
			return g, fmt.Errorf("bundle %d: %w", i, err)
		}
		r := core.Resources{}
		for name, amount := range b {
			if amount > 0 {
				r[name] = amount
			}
		}
		if len(r) == 0 {
			return g, fmt.Errorf("bundle %d asks for nothing; give amounts above 0, or leave it out", i)
		}
		g.Bundles = append(g.Bundles, r)
	}
	return g, nil
}

// placer is the backend as far as it knows placement groups.
func (s *session) placer() (core.Placer, error) {
	if p, ok := s.backend.(core.Placer); ok {
		return p, nil
	}
	return nil, fmt.Errorf("ray: this backend (%s) has no placement groups; leave Config.Address empty for the embedded runtime", s.backend.Info().Scheme)
}

// Err says why the group was never asked for; nil for all others.
func (pg *PlacementGroup) Err() error {
	if pg == nil {
		return invalidCall("the placement group is nil; make it with ray.NewPlacementGroup")
	}
	return pg.ready.Err()
}

// ID is the group's id.
func (pg *PlacementGroup) ID() string {
	if pg == nil {
		return "nil"
	}
	return pg.ready.ID()
}

// Name is the name that the Name option gave; empty without.
func (pg *PlacementGroup) Name() string { return pg.name }

// Bundles returns a copy of what the bundles reserve.
func (pg *PlacementGroup) Bundles() []Bundle { return cloneBundles(pg.bundles) }

// String shows the strategy, the bundles and the id.
func (pg *PlacementGroup) String() string {
	if pg == nil {
		return "PlacementGroup(nil)"
	}
	var bundles []string
	for _, b := range pg.bundles {
		bundles = append(bundles, "{"+core.Resources(b).String()+"}")
	}
	return fmt.Sprintf("PlacementGroup(%s %s, %s)", pg.strategy, strings.Join(bundles, " "), pg.ID())
}

// Ready is a reference that is ready when all bundles are reserved for the first time. It has no
// static type, so that cells, which make instances of generic types of their own, can use it; with
// one it is ray.RefOf[bool](pg.Ready()), and its value is true. Wait only waits.
func (pg *PlacementGroup) Ready() *Ref {
	if pg == nil {
		return nil
	}
	return pg.ready
}

// Wait waits until all bundles are reserved. After timeout it returns ErrGetTimeout, with what
// the group waits for; negative is no timeout. It obeys the interrupt of the running cell.
func (pg *PlacementGroup) Wait(timeout time.Duration) error {
	ctx := ambient()
	if timeout >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	return pg.WaitContext(ctx)
}

// WaitContext is Wait that obeys ctx.
func (pg *PlacementGroup) WaitContext(ctx context.Context) error {
	if err := pg.Err(); err != nil {
		return err
	}
	reserved := false
	err := GetInto(ctx, pg.ready, &reserved)
	if errors.Is(err, ErrGetTimeout) {
		if x, explained := Explain(pg); explained == nil {
			return &groupTimeoutError{fmt.Sprintf("ray: placement group %s is not reserved within the deadline: %s; it goes on waiting, call Wait again or Remove it", pg.ID(), x.Summary())}
		}
	}
	return err
}

// groupTimeoutError is ErrGetTimeout with what a group waits for.
type groupTimeoutError struct{ text string }

func (e *groupTimeoutError) Error() string { return e.text }
func (e *groupTimeoutError) Unwrap() []error {
	return []error{ErrGetTimeout, context.DeadlineExceeded}
}
func (e *groupTimeoutError) Timeout() bool { return true }

// Remove gives the group up. Tasks and actors in it are ended: they fail with
// ErrPlacementGroupRemoved, actors with ErrActorDied. Removing it again does nothing.
func (pg *PlacementGroup) Remove() error {
	if err := pg.Err(); err != nil {
		return err
	}
	if err := pg.ready.check(); err != nil {
		return err
	}
	defer runtime.KeepAlive(pg)
	placer, err := pg.ready.session.placer()
	if err != nil {
		return err
	}
	return placer.RemoveGroup(pg.ready.id)
}

// GetPlacementGroup finds a placement group by its name, in the session's namespace.
func GetPlacementGroup(name string) (*PlacementGroup, error) {
	s := currentSession()
	if s == nil {
		return nil, notInitialized()
	}
	placer, err := s.placer()
	if err != nil {
		return nil, err
	}
	info, err := placer.LookupGroup(name, s.namespace())
	switch {
	case errors.Is(err, core.ErrGroupNotFound):
		return nil, &systemError{ErrPlacementGroupNotFound, fmt.Sprintf("ray: no placement group is named %q in namespace %q; check both", name, s.namespace())}
	case err != nil:
		return nil, err
	}
	return groupOf(&info, newRef(s, info.ID)), nil
}

// groupOf makes the handle of a group that somebody else made.
func groupOf(info *core.GroupInfo, ready *Ref) *PlacementGroup {
	pg := &PlacementGroup{name: info.Name, ready: ready}
	for strategy, placement := range placements {
		if placement == info.Placement {
			pg.strategy = strategy
		}
	}
	for _, b := range info.Bundles {
		pg.bundles = append(pg.bundles, Bundle(b))
	}
	return pg
}

// PlacementGroupInfo describes a placement group at one moment.
type PlacementGroupInfo struct {
	ID, Name, Namespace string
	State               string // "PENDING", "CREATED", "RESCHEDULING", "REMOVED"
	Strategy            PlacementStrategy
	Bundles             []Bundle
	Nodes               []string // of the bundles, "" where there is none
	Waiting             string   // why it is pending
}

// PlacementGroups lists the session's placement groups in the order of their creation, with the
// last 1,000 that were removed.
func PlacementGroups() ([]PlacementGroupInfo, error) {
	s := currentSession()
	if s == nil {
		return nil, notInitialized()
	}
	placer, err := s.placer()
	if err != nil {
		return nil, err
	}
	groups, err := placer.Groups()
	if err != nil {
		return nil, err
	}
	list := make([]PlacementGroupInfo, 0, len(groups))
	for i := range groups {
		g := &groups[i]
		pg := groupOf(g, nil)
		list = append(list, PlacementGroupInfo{
			ID: g.ID.String(), Name: g.Name, Namespace: g.Namespace, State: g.State,
			Strategy: pg.strategy, Bundles: pg.bundles, Nodes: slices.Clone(g.Nodes), Waiting: g.Waiting,
		})
	}
	return list, nil
}

// CurrentPlacementGroup returns the placement group that the task or actor of ctx runs in; nil
// when it runs in none.
func CurrentPlacementGroup(ctx context.Context) (*PlacementGroup, error) {
	t := core.TaskFrom(ctx)
	s := currentSession()
	if t == nil || s == nil || t.Strategy.Kind != sched.InGroup {
		return nil, nil
	}
	placer, err := s.placer()
	if err != nil {
		return nil, err
	}
	groups, err := placer.Groups()
	if err != nil {
		return nil, err
	}
	for i := range groups {
		if id := groups[i].ID; id == core.ID(t.Strategy.Group) {
			s.backend.Retain(id)
			return groupOf(&groups[i], newRef(s, id)), nil
		}
	}
	return nil, nil
}
