package worker

import (
	"errors"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

var (
	_ core.Placer      = (*Process)(nil)
	_ core.Explainer   = (*Process)(nil)
	_ core.ActorLister = (*Process)(nil)
	_ core.ActorExiter = (*Process)(nil)
)

// inquire asks the driver something rare.
func (p *Process) inquire(what string, question, answer any) error {
	var problem string
	err := p.ask(nil, transport.Ask, func(w *transport.Writer) {
		w.String(what)
		w.JSON(question)
	}, func(r *transport.Reader) {
		if problem = r.String(); problem == "" && answer != nil {
			r.JSON(answer)
		}
	})
	if err != nil {
		return err
	}
	for _, known := range []error{core.ErrGroupExists, core.ErrGroupNotFound, core.ErrClosed} {
		if problem == known.Error() {
			return known
		}
	}
	if problem != "" {
		return errors.New(problem)
	}
	return nil
}

// CreateGroup implements core.Placer.
func (p *Process) CreateGroup(g core.PlacementGroup) error {
	err := p.inquire("create group", g, nil)
	if err == nil {
		p.counts.given(g.ID)
	}
	return err
}

// RemoveGroup implements core.Placer.
func (p *Process) RemoveGroup(id core.ID) error { return p.inquire("remove group", id, nil) }

// LookupGroup implements core.Placer.
func (p *Process) LookupGroup(name, namespace string) (info core.GroupInfo, err error) {
	if err = p.inquire("lookup group", [2]string{name, namespace}, &info); err == nil {
		p.counts.given(info.ID)
	}
	return info, err
}

// Groups implements core.Placer.
func (p *Process) Groups() (list []core.GroupInfo, err error) {
	err = p.inquire("groups", nil, &list)
	return list, err
}

// NamedActors implements core.ActorLister.
func (p *Process) NamedActors(namespace *string) (list []core.ActorName, err error) {
	err = p.inquire("names", namespace, &list)
	return list, err
}

// Explain implements core.Explainer.
func (p *Process) Explain(id core.ID) (x core.Explanation, err error) {
	err = p.inquire("explain", id, &x)
	return x, err
}

// strategy is that of a task, or of the actor that lives here.
func (p *Process) strategy(j *job) *core.Strategy {
	if j.spec.Kind == core.ActorCall {
		return &p.home.Strategy
	}
	return &j.spec.Strategy
}
