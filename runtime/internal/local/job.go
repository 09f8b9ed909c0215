package local

import (
	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// firstJob is that of this process; drivers that join have others.
const firstJob = 1

// newJob numbers the program of a driver that joins.
func (b *Backend) newJob(namespace string) uint32 {
	b.namespaces = append(b.namespaces, namespace)
	return firstJob + uint32(len(b.namespaces))
}

// submitter is the task that a worker says has submitted another; nil: it is not known.
func (b *Backend) submitter(p *proc, parent core.ID) *task {
	if t := b.pending.at(parent); t != nil && t.proc == p {
		return t
	}
	return p.label.Load()
}

// jobFrom is the job of what a process submits.
func (b *Backend) jobFrom(p *proc, parent core.ID) uint32 {
	if p.joined {
		return p.job
	}
	if t := b.submitter(p, parent); t != nil {
		return t.spec.Job
	}
	return firstJob
}

// inherit gives what a process submits its job, and the environment that it runs in itself.
func (b *Backend) inherit(p *proc, spec *core.TaskSpec) {
	spec.Job = b.jobFrom(p, spec.Parent)
	if p.env != nil && spec.Kind != core.ActorCall {
		spec.Own().Env = core.MergeEnv(p.env, spec.Env)
	}
}

// driverFrom is the driver of what a process submits; nil is this one.
func (b *Backend) driverFrom(p *proc, parent core.ID) *proc {
	if p.joined {
		return p
	}
	if t := b.submitter(p, parent); t != nil {
		return t.seldom().driver
	}
	return nil
}

// tellJob makes sure that a worker knows the namespace of a task's job. Most workers never see
// another job than the first, whose namespace they were greeted with.
func (b *Backend) tellJob(p *proc, job uint32) {
	if job <= firstJob || p.jobs[job] {
		return
	}
	if p.jobs == nil {
		p.jobs = map[uint32]bool{}
	}
	p.jobs[job] = true
	p.conn.Queue(transport.Job, uint64(job), func(w *transport.Writer) { w.String(b.namespaces[job-firstJob-1]) })
}

// endJob ends what a driver that has left made and did not detach.
func (b *Backend) endJob(p *proc) {
	for _, a := range b.actors {
		if a.creation.seldom().driver == p && !a.spec.Detached {
			b.die(a, &core.Failure{Kind: core.ActorDied, Func: a.spec.Label(), Text: "its job ended: the driver that made it has left, and it is not detached"})
		}
	}
	for id, owner := range b.groupOwners {
		if owner == p {
			b.removeGroup(id)
		}
	}
}
