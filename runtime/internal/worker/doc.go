// Package worker runs tasks: it decodes arguments, calls the function, and turns its result,
// its error or its panic into a value. Main is the life of a worker process.
//
//	if worker.IsWorker() {
//		worker.Main(worker.Options{}) // never returns
//	}
//
// Mental model:
//
//   - A worker process is this binary, started again with a socket on file descriptor 3. When
//     the socket closes, for whatever reason, the process exits: nothing survives the driver.
//   - One goroutine reads frames, another runs tasks one after another; an actor with
//     MaxConcurrency n has n of the latter.
//   - A panic of a task stops here (one of the three doors) and becomes a Failure.
//   - The worker's Backend forwards to the driver. While it waits for objects, the driver lends
//     the task's CPUs to others.
package worker
