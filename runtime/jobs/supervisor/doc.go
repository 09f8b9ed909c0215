// Package supervisor runs jobs in the process of a head: it is the [jobs.Server] behind the address
// "auto", and speaks Ray's Jobs REST API to others.
//
// The model:
//
//   - Each job has a guard, a child of the head, which is this binary again ([GuardMain]). It runs the
//     entrypoint in a process group of its own and adopts what the entrypoint leaves behind.
//   - A pipe leads from the head to the guard. A word on it stops the job; its end says that the head is
//     gone. Either way nothing of the job survives: SIGTERM to all of its processes, SIGKILL after 3 s.
//   - What the job prints goes through a second pipe into files of bounded size.
package supervisor
