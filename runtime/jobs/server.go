package jobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Server runs jobs. Its methods may be called by many goroutines.
type Server interface {
	// Submit starts a job and returns its id, which is s.ID unless that was empty. A local
	// directory in s.WorkingDir is copied before it returns.
	Submit(ctx context.Context, s Submission) (id string, err error)
	// Info describes a job; ErrNotFound when there is none.
	Info(ctx context.Context, id string) (Info, error)
	// Logs returns what a job has printed so far, as far as it is kept.
	Logs(ctx context.Context, id string) (string, error)
	// Tail writes what a job prints to w, from its beginning on, and returns when it has ended and
	// all was written.
	Tail(ctx context.Context, id string, w io.Writer) error
	// Stop asks a job to end, and returns at once; stopped is false when it had ended.
	Stop(ctx context.Context, id string) (stopped bool, err error)
	// List describes all jobs, the oldest first.
	List(ctx context.Context) ([]Info, error)
	// Delete forgets a job that has ended; ErrRunning when it has not.
	Delete(ctx context.Context, id string) error
}

// Errors of servers, for errors.Is.
var (
	ErrNotFound = errors.New("there is no such job; \"goray job list\" names those there are")
	ErrExists   = errors.New("a job of this id exists; choose another one, or none")
	ErrRunning  = errors.New("the job has not ended; stop it first")
)

// Options say how a client reaches its server.
type Options struct {
	// Headers go with each request of http and https, for servers behind a proxy.
	Headers map[string]string
	// Token authenticates; "" takes RAY_AUTH_TOKEN from the environment, if the server wants one.
	Token string
	// CAFile holds the certificates that https servers are checked against; "" are the machine's.
	CAFile string
}

// Opener makes the client's side of a server.
type Opener func(address string, o Options) (Server, error)

var openers = struct {
	sync.Mutex
	byScheme map[string]Opener
}{byScheme: map[string]Opener{}}

// Register makes servers available under the scheme of their addresses, "http" for
// http://host:port. It panics when the scheme is taken.
func Register(scheme string, open Opener) {
	openers.Lock()
	defer openers.Unlock()
	if openers.byScheme[scheme] != nil {
		panic(fmt.Sprintf("jobs: scheme %q registered twice", scheme))
	}
	openers.byScheme[scheme] = open
}

// open finds the opener of an address.
func open(address string, o Options) (Server, error) {
	scheme, _, found := strings.Cut(address, "://")
	if !found {
		scheme = address
	}
	openers.Lock()
	f := openers.byScheme[scheme]
	known := slices.Sorted(maps.Keys(openers.byScheme))
	openers.Unlock()
	if f == nil {
		return nil, fmt.Errorf("jobs: no server for address %q (known: %q); use auto for the head of this machine, or import the package of another kind", address, known)
	}
	return f(address, o)
}
