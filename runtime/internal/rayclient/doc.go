// Package rayclient is the backend that runs tasks, actors and objects on a real Ray cluster: the
// driver's side, over Ray's own client protocol (gRPC, pickles). Package rayworker is the side of
// the nodes. ray.Init opens it for addresses "ray://host:10001".
//
// Mental model:
//
//   - Ray schedules, stores, recovers and spills. A Ray worker, which is Python, runs a small
//     shim; the shim keeps a Go process warm, the driver's own binary, and shares its fate.
//   - One connection is one Python driver process on the head, and one job. The driver answers
//     nothing itself: it translates core's ids into Ray's and core's options into Ray's.
//   - An id is a random number, so that no two processes make the same; each process remembers
//     which Ray object, actor or placement group it stands for.
//
// # The contract between driver and nodes
//
// Package wire holds the types that are named here; both sides use them. Version 1.
//
// A value (core.Value) lies in Ray's store as a Python tuple of four:
//
//	("goray/1", meta, body, refs)
//
// meta is JSON (wire.Meta): whether the encoding says its type, and for each element of refs the
// core id (16 hexadecimal digits) and what it is: "o" an object, "a" an actor, "g" a placement
// group. body is marshal.Flatten of the value: bytes, or a numpy array of uint8, which stays out
// of band and is mapped without a copy. refs is a list of Ray's own ObjectRef, ActorHandle and
// PlacementGroup objects, so that Ray counts them. A small value without references is one piece of
// bytes instead (wire.Note). Anything else in the store is a value of Python.
//
// The shim offers four things, which the driver makes in its client server by evaluating the
// shim's source, and which Ray ships by value:
//
//	task(header, bins, payload, *values)          one Go function; or task(letter)
//	Actor(header, bins, payload, *values)         an actor's constructor, with methods
//	    .call(header, payload, *values)               a method; or .call(letter)
//	    .ready()                                      an empty value: the constructor has returned
//	python(header, bins, payload, *values)        a Python function, by name, in the worker itself
//	PythonActor(header, bins, payload, *values)   an object of a Python class, as Actor
//
// Values for and of Python functions have "py" in meta, and a body that package python's Encode makes.
// A Python function that is given a value of Go's has a Go process translate it; bins are there when
// that may happen, for methods as the first of values.
//
// header is JSON (wire.Header). bins is {"amd64": ref, …}: references to the driver's binary per
// platform, nested, so that Ray fetches one only when the shim asks; header.sha holds their hashes.
// A node of a platform that is not among them writes its name into Ray's key-value store (wire.WantKey)
// and waits; the driver looks there once a second, and answers with a reference (wire.HaveKey, wire.Have)
// when it has the program. Between builds, functions go by wire's FuncRef.Names and types by their keys.
//
// A call whose arguments are small values without references is one letter of bytes instead
// (wire.Letter); the programs and their hashes are then those that the function was made with.
// payload is wire.EncodeSpec of the TaskSpec without its arguments. values are the arguments, one
// for one, each a value as above; those that were references have been resolved by Ray. When
// header.captures is true, one more value comes first: the captured variables of the function.
//
// The result is a value; with header.returns > 1 a tuple of that many. A function's own failure is
// raised as an exception of builtins with two arguments, ("goray", JSON of core.Failure):
// RuntimeError when it may be retried (Options.RetryAll, or RetryErrors match), else ValueError.
// The driver sets retry_exceptions=[RuntimeError] where there is anything to retry. A cancelled
// function raises Ray's TaskCancelledError or KeyboardInterrupt, as Ray does.
//
// Frames between the shim and its child: u32 header length, u64 payload length (little endian), JSON
// header, payload. Types: call, ret, err (shim asks, child answers; id), cancel (id), cb, cbr (child
// asks, shim answers; cb). rayworker owns their fields.
//
// Sources of cells (AddCode) lie in Ray's internal key-value store: namespace wire.Namespace, key
// wire.CodeKey(hash). Both sides write and read them there.
//
// A worker submits with wire.Options in JSON; the driver pickles the same fields. What both may
// learn from an exception is wire.Exception, which says the core.Failure it means.
package rayclient
