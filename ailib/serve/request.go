package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// Request is an HTTP request as a replica gets it, with its whole body.
type Request struct {
	ID         string // the X-Request-Id header, or made by the server
	Method     string
	Path       string // below the route prefix, "/" at least
	Prefix     string // the route prefix
	Query      url.Values
	Header     http.Header
	Body       []byte
	RemoteAddr string
	Host       string
}

// JSON decodes the body into *v, with the checks of typed handlers. The error is a *StatusError,
// ready to be returned by the handler.
func (r *Request) JSON(v any) error { return decodeJSON(r.Body, v) }

// Text returns the query parameter "query", "text" or "q", or else the body: what a client of a
// text model sends.
func (r *Request) Text() string {
	for _, key := range []string{"query", "text", "q"} {
		if r.Query.Has(key) {
			return r.Query.Get(key)
		}
	}
	return string(r.Body)
}

// http makes the request of net/http again, for handlers that are http.Handlers.
func (r *Request) http() *http.Request {
	return &http.Request{
		Method: r.Method, URL: &url.URL{Path: r.Path, RawQuery: r.Query.Encode()}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.Header, Body: readCloser{bytes.NewReader(r.Body)}, ContentLength: int64(len(r.Body)), Host: r.Host,
		RemoteAddr: r.RemoteAddr, RequestURI: r.Path,
	}
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// Reply is an answer with its own status and headers. Handlers that return anything else get 200,
// with text for a string, bytes for []byte, and JSON for the rest.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// answer is what a replica sends back for a Request.
type answer struct {
	Reply
	Failure *StatusError // instead of the reply
	Panic   bool
}

func failed(err *StatusError) answer { return answer{Failure: err} }

// render makes a Reply of what a handler returned.
func render(v any) (Reply, error) {
	kind := "application/json"
	var body []byte
	switch x := v.(type) {
	case *Reply:
		if x != nil {
			return *x, nil
		}
	case Reply:
		return x, nil
	case string:
		kind, body = "text/plain; charset=utf-8", []byte(x)
	case []byte:
		kind, body = "application/octet-stream", x
	case json.RawMessage:
		body = x
	}
	if body == nil {
		var err error
		if body, err = json.Marshal(v); err != nil {
			return Reply{}, fmt.Errorf("the result cannot be written as JSON: %w", err)
		}
		body = append(body, '\n')
	}
	return Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {kind}}, Body: body}, nil
}
