// Package serve answers HTTP requests, and calls from Go, with functions and models that run as
// replicas in worker processes.
//
//	type Trip struct{ Distance, Fare float64 }
//
//	func tip(ctx context.Context, t Trip) (float64, error) { return 0.2 * t.Fare, nil }
//
//	h, err := serve.Run(serve.Deployment{Name: "tip", Handler: tip, NumReplicas: 2}.Bind())
//	// POST http://127.0.0.1:8000/tip {"Distance": 1, "Fare": 10}  →  2
//	v, err := serve.Call[float64](h, Trip{1, 10})               // the same from Go
//	serve.Shutdown()                                            // or ray.Shutdown()
//
// # Mental model
//
//   - A Deployment says how a request is answered: a function, or a constructor of something
//     that answers. Bind gives the constructor its arguments, among them other deployments, which
//     arrive as Handles.
//   - Run starts the replicas, actors in processes of their own, and gives them a route. A
//     request goes to the less busy of two replicas picked by chance.
//   - A replica that dies is replaced, and its requests are sent to another one.
//   - The HTTP server is part of the driver. It reads the request, and nothing of the user's runs
//     there.
//   - Input is checked before the handler runs: broken JSON is a 400 that says where, a missing or
//     mistyped field a 422 that names it. An error of the handler is a 500 with the request's id,
//     and so is a panic, which the replica survives.
//   - A handler of slices can answer several requests in one call: Deployment.Batch.
//   - A handler runs in several goroutines at the same time, as in net/http: up to MaxOngoing in
//     each replica.
package serve
