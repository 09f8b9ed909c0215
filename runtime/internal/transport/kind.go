package transport

// Kind says what a frame means.
type Kind uint8

// From driver to worker.
const (
	Hello   Kind = iota + 1 // who you are
	Task                    // run this
	Cancel                  // end the context of this task, or drop it; by force: end with it
	Recall                  // give back what you have not started
	Reply                   // to a request
	Attach                  // a segment of shared memory, with its descriptor
	Detach                  // a segment that is gone
	Ping                    // answer with Pong: the driver wants to know whether this process runs
	Collect                 // run the garbage collector: shared memory is short
	Job                     // the namespace of a job, before the first task of it
	Output                  // to a driver that has joined: what its tasks print
	Dump                    // answer with Dumped: what the goroutines do
)

// How a Cancel ends a task.
const (
	EndContext   = iota // its context ends
	EndProcess          // if it runs, its process ends with it
	EndIfRunning        // the same, and otherwise nothing happens
	EndDeadline         // its deadline has passed, as its context says by itself
)

// From worker to driver.
const (
	Ready       Kind = iota + 64 // the worker can run tasks
	Done                         // a task and its value
	Returned                     // tasks given back
	Submit                       // a nested task or actor call
	CreateActor                  // a nested actor
	Put                          // an object
	Counts                       // changes of reference counts
	Get                          // request: values
	Wait                         // request: which are ready
	Abandon                      // a Get or Wait whose context ended
	CancelTask                   // ray.Cancel
	Kill                         // ray.Kill
	Lookup                       // request: a named actor
	AddCode                      // source of cell functions
	Code                         // request: that source
	Grant                        // request: a range of shared memory to write to
	Ungrant                      // the range is not needed
	Resources                    // request: totals, what is available, nodes
	Ask                          // request: anything rare, named, as JSON
	Pong                         // the answer to Ping
	Unmapped                     // memory of objects that is not used any more
	Exited                       // the actor of this process has ended itself
	Join                         // the first frame of a driver that joins: who it is
	Dumped                       // the answer to Dump
)
