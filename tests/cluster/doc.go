// Package cluster runs goray on real clusters of Ray on this machine, and writes down what was seen:
//
//   - the autoscaler: nodes come for queued tasks, pending actors and placement groups, up to the
//     maximum, and leave when they are idle, never with an object that somebody holds;
//   - the introduction notebook on three nodes, with one killed in its middle;
//   - programs and cells on a node of another platform, which an emulator plays (qemu-aarch64; goray
//     itself needs an ARM machine's C library besides: libc6-arm64-cross, named by QEMU_LD_PREFIX);
//   - the cache of programs on a node: its limit, and nodes where nothing can be written;
//   - goray beside Python, in one run: go test -run '^$' -bench BesidePython -benchtime 1x ./tests/cluster
//
// GORAY_RAY names the Python environment with Ray (make e2e-ray makes one); without it the tests skip
// by name. Pictures and tables go to the folder that GORAY_OUT names, or to a temporary one.
package cluster
