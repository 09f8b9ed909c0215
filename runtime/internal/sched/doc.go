// Package sched decides which task runs on which worker. It does no I/O, reads no clock, starts
// no goroutine: events go in, actions come out.
//
//	s := sched.New(sched.Config{Total: map[string]float64{"CPU": 2}, Prestart: 3})
//	shape, _ := s.Shape(map[string]float64{"CPU": 1})
//	s.Ready(7, shape)
//	s.WorkerUp(1)
//	s.Actions() // spawn, spawn, spawn, start task 7 on worker 1
//
// Mental model:
//
//   - Amounts are integers of 1e-4, so that 0.1 ten times is 1.
//   - Tasks that ask for the same resources have one shape, and wait in one first-in-first-out
//     queue. A task that asks for more than there is at the moment does not hold up other shapes.
//   - A worker that runs a task holds a lease: the shape's resources. While the queue of the shape
//     has tasks, the lease goes on with the next.
//   - Short tasks are pipelined: a lease may be given several at once. What has not started is
//     recalled when another worker is idle, or when the worker blocks.
//   - When very many workers wait for objects, the newest tasks run first: they are what the others
//     wait for.
//   - A worker that waits for objects lends its CPUs; when it goes on, there may be fewer than
//     none for a moment.
//   - An actor's worker is dedicated: its lease ends with the process.
package sched
