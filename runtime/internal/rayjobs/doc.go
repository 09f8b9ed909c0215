// Package rayjobs is the client of a Ray cluster's REST API on the head's dashboard port (8265):
// jobs with their packages and logs, the state of the cluster, and Serve's applications. It registers
// itself as the server of runtime/jobs for addresses "http://" and "https://".
//
// A job's files travel as zip files named after their content, so that each goes to the head once:
//
//   - the working directory, packed as Ray's own client packs it;
//   - the program itself: when the entrypoint begins with a program of this machine, "./train -n 3",
//     it goes along, and so does goray for "goray run train.go". On the node it is found through the
//     PATH; nothing has to be installed there.
//
// Ray extracts them with their modes. The entrypoint has RAY_ADDRESS and GORAY_ADDRESS=raynode in its
// environment: a Go program that calls ray.Init() joins the cluster it runs on, through a Python
// process beside it (package rayworker).
package rayjobs
