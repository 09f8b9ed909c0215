package jobs

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/workdir"
)

func init() {
	Register("auto", func(string, Options) (Server, error) { return headServer(core.HeadJobs()) })
}

// TailError is the trailer in which a supervisor says why the output of a job ends before its end.
const TailError = "Goray-Tail-Error"

// head is the client's side of the supervisor of this machine's head. It speaks Ray's REST API over
// a socket that only this user can open.
type head struct {
	socket string
	client *http.Client
}

func headServer(socket string) (Server, error) {
	h := &head{socket: socket}
	h.client = &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
		DisableKeepAlives: true, // a command asks once or twice
	}}
	if err := core.CheckHead(); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	c, err := net.Dial("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("jobs: no head of yours runs on this machine (%w); start one with goray start --head", err)
	}
	c.Close()
	return h, nil
}

// do sends a request, and decodes the answer unless that is nil.
func (h *head) do(ctx context.Context, method, path string, body []byte, to any) error {
	res, err := h.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if to == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(to); err != nil {
		return fmt.Errorf("jobs: the head's answer: %w", err)
	}
	return nil
}

func (h *head) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	q, err := http.NewRequestWithContext(ctx, method, "http://head"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := h.client.Do(q)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("jobs: the head does not answer (%w); is it there? see goray status", errors.Unwrap(err))
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	return nil, remoteError(strings.TrimSpace(string(text)))
}

// remoteError is an error of the server, which is one of ours again.
func remoteError(text string) error {
	for _, known := range []error{ErrNotFound, ErrExists, ErrRunning} {
		if before, ok := strings.CutSuffix(text, known.Error()); ok {
			return fmt.Errorf("%s%w", before, known)
		}
	}
	return errors.New(text)
}

func jobPath(id string) string { return "/api/jobs/" + url.PathEscape(id) }

// Submit implements Server.
func (h *head) Submit(ctx context.Context, s Submission) (string, error) {
	if dir, ok := s.RuntimeEnv["working_dir"].(string); ok && s.WorkingDir == "" {
		s.WorkingDir = dir
	}
	if s.WorkingDir == "" {
		dir, remove, err := named(s.Entrypoint)
		if err != nil {
			return "", err
		}
		defer remove()
		s.WorkingDir = dir
	}
	if s.WorkingDir != "" && !strings.Contains(s.WorkingDir, "://") {
		excludes, err := Excludes(s.RuntimeEnv["excludes"])
		if err != nil {
			return "", err
		}
		name, data, err := Pack(s.WorkingDir, excludes)
		if err != nil {
			return "", err
		}
		if path := "/api/packages/gcs/" + name; h.do(ctx, http.MethodGet, path, nil, nil) != nil {
			if err := h.do(ctx, http.MethodPut, path, data, nil); err != nil {
				return "", err
			}
		}
		s.WorkingDir = "gcs://" + name
	}
	body, err := json.Marshal(RequestOf(s))
	if err != nil {
		return "", fmt.Errorf("jobs: the runtime environment cannot be sent: %w", err)
	}
	var answer struct {
		ID string `json:"submission_id"`
	}
	err = h.do(ctx, http.MethodPost, "/api/jobs/", body, &answer)
	return answer.ID, err
}

// named makes a folder with the file that an entrypoint names, "goray run x.go" or "./train", at the
// same place in it as here; dir is "" for other entrypoints.
func named(entrypoint string) (dir string, remove func(), err error) {
	name := cmp.Or(workdir.Script(entrypoint), workdir.Program(entrypoint))
	if name == "" {
		return "", func() {}, nil
	}
	if dir, err = os.MkdirTemp("", "goray-job"); err != nil {
		return "", nil, fmt.Errorf("jobs: no folder for %s: %w", name, err)
	}
	remove = func() { os.RemoveAll(dir) }
	whole, err := filepath.Abs(name)
	at := filepath.Join(dir, name)
	if err = errors.Join(err, os.MkdirAll(filepath.Dir(at), 0o700)); err == nil {
		err = os.Symlink(whole, at) // a link to a file is packed as that
	}
	if err != nil {
		remove()
		return "", nil, fmt.Errorf("jobs: %s cannot go along: %w", name, err)
	}
	return dir, remove, nil
}

// Info implements Server.
func (h *head) Info(ctx context.Context, id string) (i Info, err error) {
	err = h.do(ctx, http.MethodGet, jobPath(id), nil, &i)
	return i, err
}

// Logs implements Server.
func (h *head) Logs(ctx context.Context, id string) (string, error) {
	var answer struct{ Logs string }
	err := h.do(ctx, http.MethodGet, jobPath(id)+"/logs", nil, &answer)
	return answer.Logs, err
}

// Tail implements Server.
func (h *head) Tail(ctx context.Context, id string, w io.Writer) error {
	res, err := h.send(ctx, http.MethodGet, jobPath(id)+"/logs/tail", nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err = io.Copy(w, res.Body); err != nil && ctx.Err() == nil {
		return fmt.Errorf("jobs: the head ended while %s ran (%w); what it ran has ended with it", id, err)
	}
	if text := res.Trailer.Get(TailError); text != "" && err == nil {
		return fmt.Errorf("jobs: the head cannot go on with the output of %s: %w", id, remoteError(text))
	}
	return err
}

// Stop implements Server.
func (h *head) Stop(ctx context.Context, id string) (bool, error) {
	var answer struct{ Stopped bool }
	err := h.do(ctx, http.MethodPost, jobPath(id)+"/stop", nil, &answer)
	return answer.Stopped, err
}

// List implements Server.
func (h *head) List(ctx context.Context) (list []Info, err error) {
	err = h.do(ctx, http.MethodGet, "/api/jobs/", nil, &list)
	return list, err
}

// Delete implements Server.
func (h *head) Delete(ctx context.Context, id string) error {
	return h.do(ctx, http.MethodDelete, jobPath(id), nil, nil)
}
