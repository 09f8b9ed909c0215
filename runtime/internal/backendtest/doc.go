// Package backendtest is the conformance suite of core.Backend: what every backend must do,
// whatever it runs on.
//
//	func TestConformance(t *testing.T) {
//		backendtest.Run(t, backendtest.Options{Open: local.Open, Processes: true})
//	}
//
// Mental model:
//
//   - Each scenario gets a session of its own with 2 CPUs, 1 simulated GPU and a resource "disk" 2.
//   - Scenarios speak to the Backend itself, below package ray, so that a backend can be tested
//     before anything else exists.
//   - The functions that scenarios run are declared in this package: the backend's test binary
//     contains them, and its workers, which are that binary again, find them.
//   - Nothing sleeps: tasks meet at actors and files of the test's directory.
package backendtest
