// Package ray runs Go functions in parallel, in worker processes of this machine or on a Ray
// cluster, and keeps their results as objects that other functions can use.
//
//	func square(n int) int { return n * n }
//
//	func main() {
//		ray.Must(ray.Init()) // in a worker process, Init never returns
//		defer ray.Shutdown()
//
//		sq := ray.Remote[int](square)
//		var refs []ray.ObjectRef[int]
//		for n := range 10 {
//			refs = append(refs, sq.Remote(n)) // returns at once
//		}
//		fmt.Println(ray.GetAll(refs)) // [0 1 4 9 16 25 36 49 64 81] <nil>
//	}
//
// # Mental model
//
//   - A task is a function call that runs in another process. Remote makes a function remote,
//     Remote(args…) submits a call and returns an ObjectRef, Get waits for its value.
//   - An object is an immutable value with an ObjectRef. Get returns a copy that is yours. Put
//     stores a value once, so that many tasks can use it without encoding it again.
//   - An ObjectRef given as an argument is replaced by its value before the task starts; inside a
//     struct or a slice it stays a reference. An object lives while a reference to it exists.
//   - An actor is a Go value in a process of its own; its methods run one after another.
//   - Submission never blocks and never fails: a bad call is a reference that carries its error.
//   - The driver is the process that called Init. It owns everything; when it ends, however it
//     ends, nothing stays behind.
//   - A system failure (a worker was killed) is retried; an error that your function returns
//     comes back from Get as a *TaskError, and errors.Is and errors.As see through it.
//
// # Tasks
//
// Remote[R] takes any function func([context.Context,] args…) ([R][, error]). The context is
// filled in by the worker and ends when the task is cancelled. Options returns a changed copy:
//
//	fit := ray.Remote[Model](train).Options(ray.NumCPUs(2), ray.MaxRetries(5))
//	model := fit.Remote(ray.Put(table), 0.1)
//
// Remote2 and Remote3 take functions with two and three results; a call gives a reference for each.
//
// # Placement
//
// A task starts when the resources that it asks for are free: NumCPUs (1 by default), NumGPUs,
// Memory, and whatever Config.Resources names. While it waits in Get it lends its CPUs. Nodes are
// chosen by SchedulingStrategy, NodeAffinity and LabelSelector; NewPlacementGroup reserves bundles
// of resources together or not at all. Explain tells, node by node, why something waits.
//
//	pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}, {"GPU": 1}}, ray.Pack)
//	fit.Options(ray.NumGPUs(1), ray.InPlacementGroup(pg, 1))
//
// # Actors
//
//	c := ray.NewActor[Counter](NewCounter, 10)
//	n, err := ray.Get(ray.Call[int](c, (*Counter).Inc, 3)) // 13
//
// # Waiting
//
// Blocking calls come in pairs: Get obeys the interrupt of a notebook cell, GetContext obeys your
// context. Wait returns the references that are ready first.
//
// # Seeing it
//
// ListTasks, ListActors, ListObjects, ListNodes, ListWorkers and ListPlacementGroups tell what there
// is, also what has failed or died, chosen by Filter and Limit; GetTask and GetActorInfo tell about one,
// SummarizeTasks counts. Logs has the last lines of a task, an actor or a worker, MemoryReport says who
// made the objects that are still referred to, and Timeline writes a trace for Perfetto.
//
//	ray.ListTasks(ray.Filter("state", "=", "FAILED"))
//
// # Functions that travel
//
// A worker is this very binary, started again. A named function, or a literal that captures
// nothing, travels as its place in the binary; a compiled closure cannot, and is refused with the
// fix. In notebooks and with "goray run", closures travel with the values they captured.
package ray
