// Package local is the embedded backend: the control plane as goroutines of the driver, tasks in
// worker processes of this machine. It is what ray.Init() starts.
//
//	b, err := local.Open(ctx, core.Config{Resources: core.Resources{"CPU": 2}})
//	defer b.Close()
//
// Mental model:
//
//   - One mutex guards one state: objects, tasks, actors, workers. Package sched decides which task
//     goes where; this package does what it says.
//   - A worker is this binary, re-executed, with a socket. One goroutine reads its frames, handles
//     a batch of them under the mutex, and flushes afterwards whatever was written meanwhile.
//     Nobody who holds the mutex waits for a worker.
//   - The driver owns all objects. Each is counted: references of the driver, one for each process
//     that refers to it, tasks that use it, objects that contain it.
//   - A node is resources, workers and a store. An object lies in the stores where it was needed;
//     one that is needed elsewhere is copied once. When a store is full, what nobody uses is
//     written to checksummed files. A session has one node unless it asks for more; they can be
//     added and removed, and fail.
//   - A task that is done is kept as the recipe of its results in shared memory, which are made
//     again, with their parents, when their node is gone.
//   - When the machine's memory is short, a task is ended before the kernel ends the driver.
//   - A worker that ends is noticed by the end of its socket. What it ran is tried again or fails,
//     what it referred to is let go.
//   - When the driver ends, however it ends, sockets close and the kernel's parent-death signal
//     reaches the workers; shared memory has no name and goes with them.
package local
