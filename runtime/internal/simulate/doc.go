// Package simulate runs package sched against a world that is made up from a seed: a clock that
// jumps, nodes that come, are drained and die, workers that crash or never start, messages that
// come late, tasks that block, fail, depend on each other and are cancelled, actors, placement
// groups. After each step it checks what must always hold.
//
//	r := simulate.Run(42, simulate.Options{})
//	fmt.Println(r.Hash, r.Violations) // the same for the same seed, always
//
// Mental model:
//
//   - The world is what the real backend and its processes are: it carries out actions and reports
//     events, and knows nothing of how the scheduler decides.
//   - The shadow keeps its own books of who uses what, from the actions alone, and compares.
//   - One random generator, one queue of events ordered by time and then by their making: a seed is
//     one history. Its hash tells whether two histories are the same; its trace tells it as text.
//   - At the end the world is made kind: nothing fails any more, a large node comes. Everything must
//     end then, and everything must be free again.
package simulate
