package dashboard

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

//go:embed page.html
var page []byte

const (
	// DefaultPort is Ray's.
	DefaultPort = 8265
	// tries is how many ports are tried from DefaultPort on.
	tries = 100
)

// Dashboard is a running server.
type Dashboard struct {
	URL string

	server *http.Server
	served sync.WaitGroup
}

// Output returns the last lines of a task or an actor (id), or of a worker process (pid).
type Output func(id core.ID, pid int) (lines []core.OutputLine, known bool)

// Start serves what inspect tells, and the lines of output unless that is nil. Port 0 is DefaultPort
// or the next free one; any other port must be free.
func Start(port int, inspect func() core.State, output Output) (*Dashboard, error) {
	listener, err := listen(port)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page)
	})
	for path, part := range map[string]func(core.State) any{
		"GET /api/cluster": func(s core.State) any { return s.Cluster },
		"GET /api/tasks":   func(s core.State) any { return orEmpty(s.Tasks) },
		"GET /api/actors":  func(s core.State) any { return orEmpty(s.Actors) },
		"GET /api/objects": func(s core.State) any { return orEmpty(s.Objects) },
		"GET /api/workers": func(s core.State) any { return orEmpty(s.Cluster.Workers) },
		"GET /api/groups":  func(s core.State) any { return orEmpty(s.Groups) },
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			json.NewEncoder(w).Encode(part(inspect())) // an error means that the reader has gone
		})
	}
	if output != nil {
		mux.HandleFunc("GET /api/logs", output.serve)
	}
	d := &Dashboard{
		URL:    "http://" + listener.Addr().String(),
		server: &http.Server{Handler: onlyHere(mux), ReadHeaderTimeout: 5 * time.Second},
	}
	d.served.Go(func() { d.server.Serve(listener) })
	return d, nil
}

// serve answers /api/logs?pid=123 and /api/logs?id=0000000000000001.
func (o Output) serve(w http.ResponseWriter, r *http.Request) {
	pid, pidErr := strconv.Atoi(r.FormValue("pid"))
	id, idErr := core.ParseID(r.FormValue("id"))
	if pidErr != nil && idErr != nil {
		http.Error(w, "give pid=NUMBER of a worker, or id=ID of a task or an actor", http.StatusBadRequest)
		return
	}
	lines, known := o(id, pid)
	if !known {
		http.Error(w, "nothing is known of it", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(orEmpty(lines)) // an error means that the reader has gone
}

// orEmpty makes the list of nothing "[]" and not "null".
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func listen(port int) (net.Listener, error) {
	if port != 0 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return nil, fmt.Errorf("dashboard port %d: %w; choose another one, or 0 for the next free one", port, err)
		}
		return l, nil
	}
	var last error
	for p := DefaultPort; p < DefaultPort+tries; p++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err == nil {
			return l, nil
		}
		last = err
	}
	return nil, fmt.Errorf("dashboard: no free port from %d to %d: %w; set Config.DashboardPort, or -1 for no dashboard", DefaultPort, DefaultPort+tries-1, last)
}

// onlyHere refuses requests under a foreign name.
func onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "this dashboard answers on localhost only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Close ends the server and its connections.
func (d *Dashboard) Close() error {
	err := d.server.Close()
	d.served.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
