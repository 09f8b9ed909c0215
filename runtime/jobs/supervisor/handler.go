package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/goray/goray/runtime/jobs"
)

// Handler answers Ray's Jobs REST API for a supervisor. The output of a job that is followed comes as
// plain text in chunks, where Ray's server uses a WebSocket.
func (s *Supervisor) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]string{"version": "4", "ray_version": "goray", "ray_commit": "", "session_name": s.cfg.NodeID}, nil)
	})
	mux.HandleFunc("GET /api/packages/gcs/{name}", func(w http.ResponseWriter, r *http.Request) {
		if !s.HasPackage(r.PathValue("name")) {
			http.Error(w, "there is no such package", http.StatusNotFound)
		}
	})
	mux.HandleFunc("PUT /api/packages/gcs/{name}", func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, jobs.MaxPackage))
		if err == nil {
			err = s.AddPackage(r.PathValue("name"), data)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	mux.HandleFunc("POST /api/jobs/{$}", s.submit)
	mux.HandleFunc("GET /api/jobs/{$}", func(w http.ResponseWriter, r *http.Request) {
		list, err := s.List(r.Context())
		answer(w, list, err)
	})
	mux.HandleFunc("GET /api/jobs/{id}", func(w http.ResponseWriter, r *http.Request) {
		info, err := s.Info(r.Context(), r.PathValue("id"))
		answer(w, info, err)
	})
	mux.HandleFunc("POST /api/jobs/{id}/stop", func(w http.ResponseWriter, r *http.Request) {
		stopped, err := s.Stop(r.Context(), r.PathValue("id"))
		answer(w, map[string]bool{"stopped": stopped}, err)
	})
	mux.HandleFunc("DELETE /api/jobs/{id}", func(w http.ResponseWriter, r *http.Request) {
		err := s.Delete(r.Context(), r.PathValue("id"))
		answer(w, map[string]bool{"deleted": err == nil}, err)
	})
	mux.HandleFunc("GET /api/jobs/{id}/logs", func(w http.ResponseWriter, r *http.Request) {
		text, err := s.Logs(r.Context(), r.PathValue("id"))
		answer(w, map[string]string{"logs": text}, err)
	})
	mux.HandleFunc("GET /api/jobs/{id}/logs/tail", func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.Info(r.Context(), r.PathValue("id")); err != nil {
			answer(w, nil, err)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Trailer", jobs.TailError)
		to := flushing{w, http.NewResponseController(w)}
		_ = to.control.Flush() // the reader sees that it is connected
		if err := s.Tail(r.Context(), r.PathValue("id"), to); err != nil {
			w.Header().Set(jobs.TailError, strings.ReplaceAll(err.Error(), "\n", " "))
		}
	})
	return mux
}

// flushing sends what is written at once.
type flushing struct {
	w       io.Writer
	control *http.ResponseController
}

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	if err == nil {
		err = f.control.Flush()
	}
	return n, err
}

func (s *Supervisor) submit(w http.ResponseWriter, r *http.Request) {
	var q jobs.Request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<20)).Decode(&q); err != nil {
		http.Error(w, "the request is no job: "+err.Error(), http.StatusBadRequest)
		return
	}
	sub := q.Submission()
	if dir := sub.WorkingDir; dir != "" && !isPackage(dir) {
		http.Error(w, fmt.Sprintf("the working directory %s is no package; upload it first", dir), http.StatusBadRequest)
		return
	}
	id, err := s.Submit(r.Context(), sub)
	answer(w, map[string]string{"job_id": id, "submission_id": id}, err)
}

func isPackage(dir string) bool { return len(dir) > len(scheme) && dir[:len(scheme)] == scheme }

// answer writes a value, or the error.
func answer(w http.ResponseWriter, v any, err error) {
	if err == nil {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // the reader has gone
		return
	}
	code := http.StatusBadRequest
	switch {
	case errors.Is(err, jobs.ErrNotFound):
		code = http.StatusNotFound
	case errors.Is(err, jobs.ErrExists), errors.Is(err, jobs.ErrRunning):
		code = http.StatusConflict
	case errors.Is(err, os.ErrPermission):
		code = http.StatusInternalServerError
	}
	http.Error(w, err.Error(), code)
}
