// Package placement keeps the table of placement groups of a session, and puts into words why
// tasks and groups wait. Backends that decide with package sched share it.
//
//	t := placement.New(s, nodeName)
//	err := t.Create(core.PlacementGroup{ID: id, Bundles: []core.Resources{{"CPU": 1}}})
//	t.Ready(action) // for each GroupReady and GroupLost among the scheduler's actions
//	fmt.Println(t.Task("task", "fit", spec.Options, task))
//
// Mental model:
//
//   - The scheduler reserves; this package knows names, who asked, and what has been removed.
//   - An Explanation is made when somebody asks, from the scheduler's state at that moment.
//   - A Watch tells once about everything that waits for what no node has.
//   - Nothing here locks: a backend calls it under the mutex that guards its scheduler.
package placement
