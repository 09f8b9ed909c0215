package rayjobs_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// dashboard answers as Ray's does, in the parts that a client sees; what Ray itself does is the
// matter of the tests on a real head.
type dashboard struct {
	*httptest.Server
	mu       sync.Mutex
	packages map[string][]byte
	puts     int
	last     map[string]any // the last submission
	frames   [][]byte       // what a tail sends
	jobs     map[string]string
	starting int // submissions that come before the head is ready
}

const secret = "s3cret"

func newDashboard(t *testing.T) *dashboard {
	d := &dashboard{packages: map[string][]byte{}, jobs: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/packages/gcs/{name}", func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		name := r.PathValue("name")
		switch {
		case r.Method == http.MethodPut:
			d.packages[name], _ = io.ReadAll(r.Body)
			d.puts++
		case d.packages[name] == nil:
			http.Error(w, "Package does not exist", http.StatusNotFound)
		}
	})
	mux.HandleFunc("POST /api/jobs/{$}", func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.starting--; d.starting >= 0 {
			http.Error(w, "No available agent to submit job, please try again later.", http.StatusInternalServerError)
			return
		}
		d.last = map[string]any{}
		json.NewDecoder(r.Body).Decode(&d.last)
		id, _ := d.last["submission_id"].(string)
		if id == "" {
			id = fmt.Sprintf("raysubmit_%d", len(d.jobs))
		}
		if d.jobs[id] != "" {
			http.Error(w, "Traceback (most recent call last):\nValueError: Job with submission_id "+id+" already exists.", http.StatusBadRequest)
			return
		}
		d.jobs[id] = "RUNNING"
		json.NewEncoder(w).Encode(map[string]string{"job_id": id, "submission_id": id})
	})
	mux.HandleFunc("GET /api/jobs/{id}", func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		id := r.PathValue("id")
		if d.jobs[id] == "" {
			http.Error(w, "Job does not exist", http.StatusNotFound)
			return
		}
		json.NewEncoder(w).Encode(map[string]any{"type": "SUBMISSION", "submission_id": id, "status": d.jobs[id], "entrypoint": "x", "driver_exit_code": nil})
	})
	mux.HandleFunc("GET /api/jobs/{id}/logs/tail", d.tail)
	mux.HandleFunc("GET /api/version", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, `{"ray_version": "2.60.0"}`) })
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get("Authorization") {
		case "Bearer " + secret:
			mux.ServeHTTP(w, r)
		case "":
			http.Error(w, "Unauthorized: Missing authentication token", http.StatusUnauthorized)
		default:
			http.Error(w, "Forbidden: Invalid authentication token", http.StatusForbidden)
		}
	}))
	t.Cleanup(d.Close)
	return d
}

// tail speaks the server's side of a WebSocket: the frames, as they are.
func (d *dashboard) tail(w http.ResponseWriter, r *http.Request) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(rw, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	for _, f := range d.frames {
		rw.Write(f)
	}
	rw.Flush()
	// The client answers pings and the close; what it sends is masked.
	io.Copy(io.Discard, bufio.NewReader(conn))
}

// frame is one of a server: not masked.
func frame(op byte, payload string) []byte {
	out := []byte{0x80 | op}
	switch n := len(payload); {
	case n < 126:
		out = append(out, byte(n))
	case n < 1<<16:
		out = append(out, 126, byte(n>>8), byte(n))
	default:
		out = append(out, 127, 0, 0, 0, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, payload...)
}

// unzipped lists the files of a package with their modes and contents.
func unzipped(t *testing.T, raw []byte) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range r.File {
		in, _ := f.Open()
		text, _ := io.ReadAll(in)
		in.Close()
		fmt.Fprintf(&b, "%s %v %q\n", f.Name, f.Mode(), text)
	}
	return b.String()
}
