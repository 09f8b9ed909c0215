// Package sched decides which task runs on which worker of which node. It does no I/O, reads no
// clock, starts no goroutine, throws no dice: events go in, actions come out, and the same events
// always give the same actions.
//
//	s := sched.New(sched.Config{Total: map[string]float64{"CPU": 2}, Prestart: 3})
//	shape, _ := s.Shape(map[string]float64{"CPU": 1})
//	s.Ready(7, shape)
//	s.WorkerUp(1, 1)
//	s.Actions() // spawn, spawn, spawn, start task 7 on worker 1
//
// Mental model:
//
//   - Amounts are integers of 1e-4, so that 0.1 ten times is 1.
//   - Nodes come and go at run time. Tasks that ask for the same resources with the same strategy
//     have one shape, and wait in one first-in-first-out queue. A task that asks for more than
//     there is at the moment does not hold up other shapes; one that asks for more than any node
//     has waits for a node, and Explain says so.
//   - Waiting tasks, and what they wait for, lie in a slab without pointers: about 60 bytes for a
//     task with two arguments.
//   - A task is first placed (a node is chosen, resources are taken: a lease), then bound (the
//     node has a worker for it). While the queue of the shape has tasks, the lease goes on with
//     the next, unless they are to be spread or the next one's data is elsewhere.
//   - Short tasks are pipelined: a lease may be given several at once. What has not started is
//     recalled when another worker is idle, or when the worker blocks.
//   - When very many workers wait for objects, the newest tasks run first: they are what the others
//     wait for.
//   - A worker that waits for objects lends its CPUs; when it goes on, there may be fewer than
//     none for a moment.
//   - An actor's worker is dedicated: its lease ends with the process.
//   - A placement group's bundles are carved out of nodes, all or none; tasks in a bundle take from
//     it and not from the node.
package sched
