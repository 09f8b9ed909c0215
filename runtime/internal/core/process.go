package core

import "sync/atomic"

// EnvWorker is the environment variable that makes a process of this binary a worker.
const EnvWorker = "GORAY_WORKER"

// EnvJob names, in the environment of a job's processes, the job.
const EnvJob = "GORAY_JOB_ID"

var processBackend atomic.Pointer[Backend]

// SetProcessBackend makes b the backend of this worker process, for code without a context.
func SetProcessBackend(b Backend) { processBackend.Store(&b) }

// ProcessBackend returns the backend of this worker process; nil in a driver.
func ProcessBackend() Backend {
	if b := processBackend.Load(); b != nil {
		return *b
	}
	return nil
}

var sessionBackend atomic.Pointer[Backend]

// SetSessionBackend remembers the backend of the driver's session; nil forgets it.
func SetSessionBackend(b Backend) {
	if b == nil {
		sessionBackend.Store(nil)
		return
	}
	sessionBackend.Store(&b)
}

// AnyBackend returns the backend of this process, driver or worker; nil without a session.
func AnyBackend() Backend {
	if b := ProcessBackend(); b != nil {
		return b
	}
	if b := sessionBackend.Load(); b != nil {
		return *b
	}
	return nil
}
