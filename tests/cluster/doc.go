// Package cluster runs goray on real clusters of Ray on this machine, and writes down what was seen:
//
//   - the autoscaler: nodes come for queued tasks, pending actors and placement groups, up to the
//     maximum, and leave when they are idle, never with an object that somebody holds;
//   - the introduction notebook on three nodes, with one killed in its middle;
//   - goray beside Python, in one run: go test -run '^$' -bench BesidePython -benchtime 1x ./tests/cluster
//
// GORAY_RAY names the Python environment with Ray (make e2e-ray makes one); without it the tests skip
// by name. Pictures and tables go to the folder that GORAY_OUT names, or to a temporary one.
package cluster
