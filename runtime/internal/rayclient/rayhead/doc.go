// Package rayhead starts heads of real Ray for tests.
//
//	func TestMain(m *testing.M) { os.Exit(rayhead.Main(m)) }
//	…
//	address := rayhead.Address(t) // "127.0.0.1:…"; skips where there is no Ray
//
// Mental model:
//
//   - GORAY_RAY names a Python environment with ray[client]; without it, tests that call Address are
//     skipped by name. GORAY_RAY_ADDRESS names a head that runs already.
//   - One head serves the tests of a package, as starting it takes ten seconds. It is a child of
//     the test in a session of its own, on ports that were free, and ends with it.
//   - A head listens on loopback only, without a dashboard and without reporting its use.
package rayhead
