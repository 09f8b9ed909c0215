// Package inprocess is the backend whose tasks are goroutines of the driver, for tests:
//
//	ray.Init(ray.Config{InProcess: true})
//
// Mental model:
//
//   - Values and functions are passed as they are, not encoded: closures work, and a task that
//     changes its argument changes it for others, too. What must hold in worker processes is
//     tested in worker processes.
//   - Resources are accounted as everywhere: a task starts when its resources are free, first
//     come first served; a task that waits for objects lends its CPUs.
//   - A goroutine cannot be killed: Cancel ends its context, and Force drops its result.
package inprocess
