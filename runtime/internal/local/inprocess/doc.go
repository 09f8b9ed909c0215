// Package inprocess is the backend whose tasks are goroutines of the driver, for tests:
//
//	ray.Init(ray.Config{InProcess: true})
//
// Mental model:
//
//   - Values are encoded and copied as always, so that what cannot travel is refused here, too.
//     Functions are used as they are: closures work, which worker processes refuse.
//   - Resources are accounted as everywhere: a task starts when its resources are free, first
//     come first served; a task that waits for objects lends its CPUs.
//   - A goroutine cannot be killed: Cancel ends its context, and Force drops its result.
package inprocess
