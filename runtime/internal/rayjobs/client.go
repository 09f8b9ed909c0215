package rayjobs

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/rayauth"
	"github.com/goray/goray/runtime/jobs"
)

func init() {
	open := func(address string, o jobs.Options) (jobs.Server, error) { return Open(address, o) }
	jobs.Register("http", open)
	jobs.Register("https", open)
}

// ErrUnauthenticated is returned when the cluster wants a token and got none, or another one.
var ErrUnauthenticated = errors.New("unauthenticated")

// Client talks to one cluster. Its methods may be called by many goroutines.
type Client struct {
	address string // without a slash at the end
	http    *http.Client
	headers map[string]string
	token   rayauth.Token
}

// Open makes a client; it does not connect.
func Open(address string, o jobs.Options) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("jobs: %q is no address of a dashboard; it looks like http://127.0.0.1:8265", address)
	}
	token, err := rayauth.Find(o.Token, u.Host)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	io.WriteString(os.Stderr, token.Exposed(u.Host, u.Scheme == "https"))
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 2, IdleConnTimeout: 10 * time.Second}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("jobs: certificates: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("jobs: %s holds no certificate in PEM form", o.CAFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &Client{address: strings.TrimRight(address, "/"), http: &http.Client{Transport: transport}, headers: o.Headers, token: token}, nil
}

// Close ends the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// request makes a request with the headers that every one has.
func (c *Client) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.address+path, body)
	if err != nil {
		return nil, err
	}
	if c.token.Secret != "" {
		req.Header.Set("Authorization", "Bearer "+c.token.Secret)
	}
	for k, v := range c.headers {
		req.Header.Set(k, v)
	}
	return req, nil
}

// status is the answer of a cluster that is not 200.
type status struct {
	code int
	text string
}

func (s *status) Error() string {
	// Ray answers with a traceback; its last line says what is wrong.
	lines := strings.Split(strings.TrimSpace(s.text), "\n")
	return fmt.Sprintf("the cluster answered %d: %s", s.code, lines[len(lines)-1])
}

// call sends in as JSON, unless it is nil or bytes, and reads the answer into out, unless that is nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	switch v := in.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(v)
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("jobs: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := c.request(ctx, method, path, body)
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return c.unreachable(err)
	}
	if err := c.refusal(resp.StatusCode, string(raw)); err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("jobs: %s%s is no answer of a Ray dashboard: %w; is it the dashboard's port (8265)?", c.address, path, err)
	}
	return nil
}

func (c *Client) refusal(code int, text string) error {
	switch {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("jobs: %w: %s", ErrUnauthenticated, c.token.Refused(code))
	case code == http.StatusNotFound:
		return fmt.Errorf("jobs: %w", jobs.ErrNotFound)
	case code >= 300:
		return fmt.Errorf("jobs: %w", &status{code, text})
	}
	return nil
}

func (c *Client) unreachable(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("jobs: no dashboard at %s: %w; start the head with its dashboard (pip install \"ray[default]\"), or forward its port with: goray dashboard CLUSTER.yaml", c.address, err)
}

// jobPath escapes an id, which people choose, for a path.
func jobPath(id, rest string) string { return "/api/jobs/" + url.PathEscape(id) + rest }

// Info describes a job.
func (c *Client) Info(ctx context.Context, id string) (jobs.Info, error) {
	if id == "" {
		return jobs.Info{}, fmt.Errorf("jobs: %w", jobs.ErrNotFound)
	}
	var i jobs.Info
	err := c.call(ctx, http.MethodGet, jobPath(id, ""), nil, &i)
	return asTyped(i), err
}

// Logs returns what a job has printed so far.
func (c *Client) Logs(ctx context.Context, id string) (string, error) {
	var answer struct{ Logs string }
	err := c.call(ctx, http.MethodGet, jobPath(id, "/logs"), nil, &answer)
	return answer.Logs, err
}

// Stop asks a job to end.
func (c *Client) Stop(ctx context.Context, id string) (bool, error) {
	var answer struct{ Stopped bool }
	err := c.call(ctx, http.MethodPost, jobPath(id, "/stop"), nil, &answer)
	return answer.Stopped, err
}

// Delete forgets a job that has ended.
func (c *Client) Delete(ctx context.Context, id string) error {
	i, err := c.Info(ctx, id)
	if err != nil {
		return err
	}
	if !i.Status.Final() {
		return fmt.Errorf("jobs: %w", jobs.ErrRunning)
	}
	return c.call(ctx, http.MethodDelete, jobPath(id, ""), nil, nil)
}

// List describes all jobs, the oldest first: submitted ones, and drivers that joined by themselves.
func (c *Client) List(ctx context.Context) ([]jobs.Info, error) {
	var all []jobs.Info
	if err := c.call(ctx, http.MethodGet, "/api/jobs/", nil, &all); err != nil {
		return nil, err
	}
	for i := range all {
		all[i] = asTyped(all[i])
	}
	slices.SortStableFunc(all, func(a, b jobs.Info) int { return int(min(1, max(-1, a.StartTime-b.StartTime))) })
	return all, nil
}

// Version is the release of Ray that the cluster runs.
func (c *Client) Version(ctx context.Context) (string, error) {
	var v struct {
		Ray string `json:"ray_version"`
	}
	err := c.call(ctx, http.MethodGet, "/api/version", nil, &v)
	return v.Ray, err
}
