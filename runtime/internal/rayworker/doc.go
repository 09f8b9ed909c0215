// Package rayworker is what runs on the nodes of a real Ray cluster: a shim in Python inside Ray's
// worker processes, and beneath each of them this program again, which runs the functions. Package
// rayclient is the driver's side and says what the two agree on.
//
// The shim (Shim) is one text that the driver sends; nothing is installed on nodes. The program
// (Programs) travels through Ray's object store, once per node. In the child:
//
//	GORAY_WORKER=ray GORAY_RAY_FD=5 program   // never gets to main: worker.Main runs it
//
// Mental model:
//
//   - A Ray worker is given a Go function; its shim starts the child once and keeps it warm. An
//     actor has a child of its own. If either process ends, so does the other.
//   - They speak in frames (conn) over a socket pair. Large values go through shared memory: the
//     shim's slots for arguments, a file without a name for results; either is one copy.
//   - What a function asks of ray (Put, Get, Remote …) goes to the shim, which asks Ray: link is a
//     core.Backend over frames. While it waits, the shim lends the task's CPU as Ray does.
//   - A driver inside the cluster, such as a Ray Job, uses the same frames: it starts the shim as
//     its companion (scheme "raynode") and so is a Ray driver itself, without Ray's client server.
package rayworker
