package ray

import "github.com/goray/goray/runtime/internal/core"

// glimpse makes lists of what a backend shows of itself, where it does not tell all it knows: a
// session that this process has joined. That is the last tasks and the largest objects.
type glimpse struct{ core.Inspector }

// EachTask and the others implement core.Observer.
func (g glimpse) EachTask(f func(*core.TaskState)) {
	tasks := g.Inspect().Tasks
	for i := range tasks {
		f(&tasks[i])
	}
}

func (g glimpse) EachAttempt(func(*core.Attempt)) int64 { return 0 }

func (g glimpse) EachObject(f func(*core.ObjectState)) {
	objects := g.Inspect().Objects
	for i := range objects {
		f(&objects[i])
	}
}

func (g glimpse) AllActors() []core.ActorInfo { return g.Inspect().Actors }

func (g glimpse) AllWorkers() []core.WorkerState { return g.Inspect().Cluster.Workers }

func (g glimpse) Output(core.ID, int) ([]core.OutputLine, bool) { return nil, false }
