// Package workers holds the tests of ailib/data and ailib/preprocess on the
// embedded backend, with real worker processes and shared memory. The tests
// beside the libraries run on goroutines, which is faster but shares all
// memory; here every function, block and preprocessor has to travel.
//
//	go test ./ailib/data/workers
//
// Mental model: TestMain starts one session; in a worker process the same
// TestMain becomes the worker and never returns.
package workers
