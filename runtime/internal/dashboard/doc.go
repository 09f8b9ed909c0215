// Package dashboard shows a session in the browser: one page and JSON endpoints, on the loopback
// interface only.
//
//	d, err := dashboard.Start(0, backend.Inspect, backend.Output) // 8265, or the next free port
//	defer d.Close()
//	fmt.Println(d.URL)
//
// Mental model:
//
//   - It reads; nothing can be changed through it.
//   - The page is one file without anything from elsewhere, and asks the endpoints once a second:
//     /api/cluster, /api/tasks, /api/actors, /api/objects.
//   - Requests that name another host are refused, so that a page from elsewhere cannot read it
//     through a name that it lets point here.
package dashboard
