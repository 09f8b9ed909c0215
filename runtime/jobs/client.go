package jobs

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// Client submits jobs and looks after them, as Ray's JobSubmissionClient does.
type Client struct {
	server Server
	ctx    context.Context
}

// NewClient connects to the server at an address: "auto" is the head that "goray start" has started
// on this machine, "http://host:8265" is the Jobs API of a Ray cluster. "" takes GORAY_ADDRESS from the
// environment, and is "auto" without that. It takes at most one [Options].
func NewClient(address string, o ...Options) (*Client, error) {
	if len(o) > 1 {
		return nil, fmt.Errorf("jobs: NewClient takes one Options, got %d; merge them", len(o))
	}
	if address == "" {
		address = os.Getenv("GORAY_ADDRESS")
	}
	if address == "" {
		address = "auto"
	}
	server, err := open(address, append(o, Options{})[0])
	if err != nil {
		return nil, err
	}
	return ClientOf(server), nil
}

// ClientOf is a client of a server in this process.
func ClientOf(s Server) *Client { return &Client{server: s, ctx: context.Background()} }

// WithContext returns a client whose calls end with ctx.
func (c *Client) WithContext(ctx context.Context) *Client { return &Client{server: c.server, ctx: ctx} }

// Submit starts a job and returns its id. It does not wait for the job.
func (c *Client) Submit(s Submission) (id string, err error) { return c.server.Submit(c.ctx, s) }

// Info describes a job; [ErrNotFound] when there is none of this id.
func (c *Client) Info(id string) (Info, error) { return c.server.Info(c.ctx, id) }

// Status says how far a job is.
func (c *Client) Status(id string) (Status, error) {
	i, err := c.server.Info(c.ctx, id)
	return i.Status, err
}

// Logs returns what a job has printed so far, on stdout and stderr.
func (c *Client) Logs(id string) (string, error) { return c.server.Logs(c.ctx, id) }

// Tail yields what a job prints as it comes, from the beginning on, until the job has ended. The last
// pair has the error, if there was one. Range over it.
func (c *Client) Tail(id string) func(yield func(text string, err error) bool) {
	return func(yield func(string, error) bool) {
		ctx, cancel := context.WithCancel(c.ctx)
		defer cancel()
		r, w := io.Pipe()
		go func() { w.CloseWithError(c.server.Tail(ctx, id, w)) }()
		defer r.Close()
		buf := make([]byte, 32<<10)
		for {
			n, err := r.Read(buf)
			if n > 0 && !yield(string(buf[:n]), nil) {
				return
			}
			if err == io.EOF {
				return
			}
			if err != nil {
				yield("", err)
				return
			}
		}
	}
}

// Follow writes what a job prints to w until it has ended, and returns what it then is.
func (c *Client) Follow(id string, w io.Writer) (Info, error) {
	if err := c.server.Tail(c.ctx, id, w); err != nil {
		return Info{}, err
	}
	return c.Wait(id)
}

// waitPeriod is how often Wait asks.
const waitPeriod = 50 * time.Millisecond

// Wait waits until a job has ended.
func (c *Client) Wait(id string) (Info, error) {
	tick := time.NewTicker(waitPeriod)
	defer tick.Stop()
	for {
		i, err := c.server.Info(c.ctx, id)
		if err != nil || i.Status.Final() {
			return i, err
		}
		select {
		case <-tick.C:
		case <-c.ctx.Done():
			return i, c.ctx.Err()
		}
	}
}

// Stop asks a job to end: its processes are told to (SIGTERM), and killed when they have not done so
// after 3 s. It returns at once; stopped is false when the job had ended before.
func (c *Client) Stop(id string) (stopped bool, err error) { return c.server.Stop(c.ctx, id) }

// List describes all jobs, the oldest first.
func (c *Client) List() ([]Info, error) { return c.server.List(c.ctx) }

// Delete forgets a job that has ended, with its logs; [ErrRunning] when it has not.
func (c *Client) Delete(id string) error { return c.server.Delete(c.ctx, id) }
