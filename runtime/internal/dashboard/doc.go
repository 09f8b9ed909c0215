// Package dashboard shows a session in the browser, and tells it to programs: pages, a JSON API with
// the names of Ray's state API, and metrics for Prometheus.
//
//	d, err := dashboard.Open(dashboard.Config{}) // 8265 of the loopback interface, or the next free port
//	defer d.Close()
//	d.Serve(backend)
//	fmt.Println(d.URL)
//
// Mental model:
//
//   - It reads; nothing can be changed through it.
//   - A goroutine asks the session for its figures once a second and keeps them in rings of fixed
//     size: fifteen minutes by the second, a day by the half minute. Lists are made when asked for.
//   - The pages are one document with scripts and styles of this program only, which a strict
//     Content-Security-Policy holds them to. They hear by server-sent events that a second has passed.
//   - On the loopback interface everybody on this machine may read. Elsewhere a token is required;
//     see Access. Requests under a foreign name or from a foreign page are refused everywhere.
//   - /api/v0/KIND answers as Ray's dashboard does, so that its readers can read ours; /metrics has
//     Ray's names where the meaning is the same, and names with goray_ where it is ours.
package dashboard
