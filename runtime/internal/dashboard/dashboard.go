package dashboard

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	// DefaultPort is Ray's.
	DefaultPort = 8265
	// tries is how many ports are tried from DefaultPort on.
	tries = 100
	// DefaultHost is the loopback interface.
	DefaultHost = "127.0.0.1"
)

// Config says where the dashboard listens. The zero value is DefaultPort of the loopback interface.
type Config struct {
	// Host is an address of this machine, or "0.0.0.0" for all; "" is DefaultHost. Beyond the
	// loopback interface a token is required.
	Host string
	// Port 0 is DefaultPort or the next free one; any other port must be free.
	Port int
	// Token is what readers must have beyond the loopback interface; "" is what Access says.
	Token string
}

// Dashboard is a running server.
type Dashboard struct {
	URL string // without the token
	// Token is what readers need; empty where they need none. Made is true when nobody had chosen one.
	Token string
	Made  bool

	listener net.Listener
	server   *http.Server // nil before Serve
	served   sync.WaitGroup
	ended    chan struct{}
	sampler  *sampler
	source   Source
}

// Open takes a port. Nothing is answered before Serve.
func Open(c Config) (*Dashboard, error) {
	if c.Host == "" {
		c.Host = DefaultHost
	}
	d := &Dashboard{ended: make(chan struct{})}
	if !isLoopback(c.Host) {
		var err error
		if d.Token, d.Made, err = Access(c.Token); err != nil {
			return nil, err
		}
	}
	var err error
	if d.listener, err = listen(c); err != nil {
		return nil, err
	}
	d.URL = "http://" + reachable(d.listener.Addr().(*net.TCPAddr))
	return d, nil
}

// Serve shows source, until Close.
func (d *Dashboard) Serve(source Source) {
	d.source, d.sampler = source, newSampler(source)
	d.server = &http.Server{
		Handler: guard{next: d.routes(), token: d.Token}, ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	d.served.Go(func() { d.server.Serve(d.listener) })
	d.served.Go(func() { d.sampler.run(d.ended) })
}

// routes are all that can be asked.
func (d *Dashboard) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", page())
	mux.Handle("GET /static/", assets())
	mux.HandleFunc("GET /metrics", d.serveMetrics)
	mux.HandleFunc("GET /api/v0/stream", d.serveStream)
	mux.HandleFunc("GET /api/v0/cluster", d.serveCluster)
	mux.HandleFunc("GET /api/v0/series", d.serveSeries)
	mux.HandleFunc("GET /api/v0/logs", d.serveLogs)
	mux.HandleFunc("GET /api/v0/tasks/summarize", d.serveSummary)
	mux.HandleFunc("GET /api/v0/tasks/{id}", d.serveTask)
	mux.HandleFunc("GET /api/v0/actors/{id}", d.serveActor)
	for name, k := range d.kinds() {
		mux.HandleFunc("GET /api/v0/"+name, k.serve)
	}
	return mux
}

func listen(c Config) (net.Listener, error) {
	if c.Port != 0 {
		l, err := net.Listen("tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.Port)))
		if err != nil {
			return nil, fmt.Errorf("dashboard port %d of %s: %w; choose another one, or 0 for the next free one", c.Port, c.Host, err)
		}
		return l, nil
	}
	var last error
	for p := DefaultPort; p < DefaultPort+tries; p++ {
		l, err := net.Listen("tcp", net.JoinHostPort(c.Host, strconv.Itoa(p)))
		if err == nil {
			return l, nil
		}
		last = err
	}
	return nil, fmt.Errorf("dashboard: no free port from %d to %d: %w; set Config.DashboardPort, or -1 for no dashboard", DefaultPort, DefaultPort+tries-1, last)
}

// reachable is an address to type: of one that means all of this machine's, the first that others see.
func reachable(a *net.TCPAddr) string {
	if !a.IP.IsUnspecified() {
		return a.String()
	}
	addresses, _ := net.InterfaceAddrs() // without any, the loopback interface remains
	for _, other := range addresses {
		if n, ok := other.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return net.JoinHostPort(n.IP.String(), strconv.Itoa(a.Port))
		}
	}
	return net.JoinHostPort(DefaultHost, strconv.Itoa(a.Port))
}

// Close ends the server and its connections.
func (d *Dashboard) Close() error {
	close(d.ended)
	if d.server == nil {
		return d.listener.Close()
	}
	err := d.server.Close()
	d.served.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
