package serve

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"time"
)

// requestID is the header that a request's id comes and goes with.
const requestID = "X-Request-Id"

var answerType, infoType = reflect.TypeFor[answer](), reflect.TypeFor[replicaInfo]()

// ServeHTTP sends a request to a replica and its answer back.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	id := r.Header.Get(requestID)
	if len(id) == 0 || len(id) > 128 {
		id = newID()
	}
	w.Header().Set(requestID, id)
	status := s.serve(w, r, id)
	if s.config.AccessLog != nil {
		fmt.Fprintf(s.config.AccessLog, "%s %s %q %d %s id=%s\n", began.UTC().Format(time.RFC3339), r.Method, r.URL.Path, status, time.Since(began).Round(time.Microsecond), id)
	}
}

func newID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, id string) int {
	switch r.URL.Path {
	case "/-/healthz":
		return writeJSON(w, http.StatusOK, "ok")
	case "/-/routes":
		return writeJSON(w, http.StatusOK, s.routes())
	}
	app, rest := s.route(r.URL.Path)
	if app == nil {
		return writeJSON(w, http.StatusNotFound, map[string]any{
			"error": fmt.Sprintf("no application answers %s; routes lists those that do", r.URL.Path), "routes": s.routes(), "request_id": id})
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.config.MaxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return writeFailure(w, id, Errorf(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes; send less at once", large.Limit))
		}
		return writeFailure(w, id, Errorf(http.StatusBadRequest, "the body cannot be read: %v", err))
	}
	ctx := r.Context()
	if s.config.RequestTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.config.RequestTimeout)
		defer cancel()
	}
	req := &Request{ID: id, Method: r.Method, Path: rest, Prefix: app.prefix, Query: r.URL.Query(), Header: r.Header, Body: body, RemoteAddr: r.RemoteAddr, Host: r.Host}
	v, err := app.ingress.router.call(ctx, answerType, "HTTP", req)
	for errors.Is(err, ErrNotRunning) { // replaced while the request was read
		next, _ := s.route(r.URL.Path)
		if next == nil || next == app {
			break
		}
		app = next
		v, err = app.ingress.router.call(ctx, answerType, "HTTP", req)
	}
	if err != nil {
		return writeFailure(w, id, s.failure(ctx, r, app, err))
	}
	a := v.(answer)
	if a.Failure != nil {
		return writeFailure(w, id, a.Failure)
	}
	maps.Copy(w.Header(), a.Header)
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	w.WriteHeader(a.Status)
	w.Write(a.Body)
	return a.Status
}

// failure says which status an error of the runtime is.
func (s *Server) failure(ctx context.Context, r *http.Request, app *application, err error) *StatusError {
	switch {
	case r.Context().Err() != nil:
		return Errorf(499, "the client went away")
	case ctx.Err() != nil:
		return Errorf(http.StatusGatewayTimeout, "%s did not answer within %v; raise serve.Config.RequestTimeout", app.name, s.config.RequestTimeout)
	case errors.Is(err, ErrQueueFull), errors.Is(err, ErrNotRunning):
		return Errorf(http.StatusServiceUnavailable, "%v", err)
	case died(err):
		return Errorf(http.StatusServiceUnavailable, "the replica died with the request: %v", err)
	}
	return Errorf(http.StatusInternalServerError, "%v", err)
}

// routes maps prefixes to applications.
func (s *Server) routes() map[string]string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := map[string]string{}
	for _, a := range s.apps {
		out[a.prefix] = a.name
	}
	return out
}

func writeFailure(w http.ResponseWriter, id string, e *StatusError) int {
	body := map[string]any{"error": e.Message, "request_id": id}
	if e.Field != "" {
		body["field"] = e.Field
	}
	if e.Record >= 0 && e.Field != "" {
		body["record"] = e.Record
	}
	if e.Offset > 0 {
		body["offset"] = e.Offset
	}
	status := e.Status
	if status < 400 || status > 599 {
		status = http.StatusInternalServerError
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	return writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, v any) int {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
	return status
}
