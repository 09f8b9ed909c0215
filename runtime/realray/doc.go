// Package realray tests programs on a real Ray cluster, through the public API alone.
//
//	GORAY_RAY=build/ray go test ./runtime/realray
//
// Mental model:
//
//   - The programs are those that run on the embedded runtime; only Config.Address is another.
//   - One head serves all tests; those that need a head of their own kind start one.
//   - Without GORAY_RAY, a Python environment with ray[client], they are skipped by name.
package realray
