package rayjobs

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/workdir"
	"github.com/goray/goray/runtime/jobs"
)

// Submit sends the files of a job that the cluster does not have, and starts it.
func (c *Client) Submit(ctx context.Context, s jobs.Submission) (string, error) {
	if strings.TrimSpace(s.Entrypoint) == "" {
		return "", errors.New("jobs: no entrypoint; give the command to run, as in: goray job submit -- ./train")
	}
	s.RuntimeEnv = maps.Clone(s.RuntimeEnv)
	if s.RuntimeEnv == nil {
		s.RuntimeEnv = map[string]any{}
	}
	if dir, ok := s.RuntimeEnv["working_dir"].(string); ok && s.WorkingDir == "" {
		s.WorkingDir = dir
	}
	if err := join(s.RuntimeEnv); err != nil {
		return "", err
	}
	if err := c.sendProgram(ctx, &s); err != nil {
		return "", err
	}
	if s.WorkingDir != "" && !strings.Contains(s.WorkingDir, "://") {
		excludes, err := jobs.Excludes(s.RuntimeEnv["excludes"])
		if err != nil {
			return "", err
		}
		name, data, err := jobs.Pack(s.WorkingDir, excludes)
		if err != nil {
			return "", err
		}
		if s.WorkingDir, err = c.send(ctx, name, func() ([]byte, error) { return data, nil }); err != nil {
			return "", err
		}
	}
	var answer struct {
		ID string `json:"submission_id"`
	}
	err := c.call(ctx, http.MethodPost, "/api/jobs/", jobs.RequestOf(s), &answer)
	for limit := time.Now().Add(agentPatience); err != nil && strings.Contains(err.Error(), noAgent) && time.Now().Before(limit); {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return "", ctx.Err()
		}
		err = c.call(ctx, http.MethodPost, "/api/jobs/", jobs.RequestOf(s), &answer)
	}
	var refused *status
	if errors.As(err, &refused) && strings.Contains(refused.text, "already exists") {
		err = fmt.Errorf("jobs: %w", jobs.ErrExists)
	}
	return answer.ID, err
}

// noAgent is what a head says that was started a moment ago: what starts its jobs is not there yet.
const (
	noAgent       = "No available agent to submit job"
	agentPatience = time.Minute
)

// join makes ray.Init without an address join the cluster that the job runs on, unless the job says
// otherwise.
func join(env map[string]any) error {
	all := map[string]any{"GORAY_ADDRESS": "raynode"}
	switch given := env["env_vars"].(type) {
	case nil:
	case map[string]string:
		for k, v := range given {
			all[k] = v
		}
	case map[string]any:
		maps.Copy(all, given)
	default:
		return fmt.Errorf("jobs: env_vars of the runtime environment is %T; it is a section of names and texts", given)
	}
	env["env_vars"] = all
	return nil
}

// send uploads a package unless the cluster has one of this name, and returns its address.
func (c *Client) send(ctx context.Context, name string, data func() ([]byte, error)) (string, error) {
	path := "/api/packages/gcs/" + name
	err := c.call(ctx, http.MethodGet, path, nil, nil)
	if errors.Is(err, jobs.ErrNotFound) {
		var raw []byte
		if raw, err = data(); err == nil {
			err = c.call(ctx, http.MethodPut, path, raw, nil)
		}
	}
	return "gcs://" + name, err
}

// sendProgram sends the program that the entrypoint begins with, when it is one of this machine, and
// changes the entrypoint so that the node finds it.
//
// Ray has one working directory per job, and puts the folders of py_modules on PYTHONPATH: the
// program travels as one of those, and the shell looks for it there.
func (c *Client) sendProgram(ctx context.Context, s *jobs.Submission) error {
	word, rest := workdir.FirstWord(s.Entrypoint)
	file, err := program(word, s.WorkingDir)
	if file == "" || err != nil {
		return err
	}
	address, err := c.sendFiles(ctx, map[string]string{filepath.Base(file): file})
	if err != nil {
		return err
	}
	modules, _ := s.RuntimeEnv["py_modules"].([]any)
	s.RuntimeEnv["py_modules"] = append(modules, address)
	script := workdir.Script(s.Entrypoint)
	s.Metadata = maps.Clone(s.Metadata)
	if s.Metadata == nil {
		s.Metadata = map[string]string{}
	}
	s.Metadata[typed] = s.Entrypoint
	s.Entrypoint = onPath(filepath.Base(file)) + rest
	if script != "" && s.WorkingDir == "" {
		s.WorkingDir, err = c.sendFiles(ctx, map[string]string{filepath.ToSlash(script): script})
	}
	return err
}

// typed is where the metadata of a job have the entrypoint as it was typed.
const typed = "goray_entrypoint"

// asTyped is a job with the entrypoint that its submitter knows.
func asTyped(i jobs.Info) jobs.Info {
	if entrypoint, ok := i.Metadata[typed]; ok {
		i.Entrypoint = entrypoint
		delete(i.Metadata, typed)
	}
	return i
}

// onPath is the shell's way to a program in one of the folders of PYTHONPATH. Old releases of Ray (2.9)
// extract packages without the modes of their files, so it is made executable there.
func onPath(name string) string {
	return `IFS=:; for d in $PYTHONPATH; do [ ! -f "$d/` + name + `" ] || chmod u+x "$d/` + name + `"; done; unset IFS; export PATH="$PYTHONPATH:$PATH"; ` + name
}

// program is the file that the first word of an entrypoint means on this machine, "" when it means
// one of the node's.
func program(word, workingDir string) (string, error) {
	file := ""
	switch {
	case word == "goray":
		exe, err := os.Executable()
		if err != nil {
			return "", err
		}
		file = exe
		if filepath.Base(exe) != "goray" {
			return "", nil // a test or another program: the node's goray is meant
		}
	case !strings.Contains(word, "/"):
		return "", nil
	default:
		if workingDir != "" {
			if _, err := os.Stat(filepath.Join(workingDir, word)); err == nil {
				return "", nil // it travels with the working directory, under this name
			}
		}
		info, err := os.Stat(word)
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return "", nil
		}
		file = word
	}
	if runtime.GOOS != "linux" {
		return "", fmt.Errorf("jobs: %s was built for %s and the nodes run Linux; build it with GOOS=linux, and give --working-dir with it inside", word, runtime.GOOS)
	}
	return file, nil
}

// sendFiles sends files as a package that is named after their contents: the package is made only
// when the cluster does not have it, as packing a large program takes seconds.
func (c *Client) sendFiles(ctx context.Context, files map[string]string) (string, error) {
	sum := sha256.New()
	for name, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("jobs: %w", err)
		}
		fmt.Fprintf(sum, "%s\x00", name)
		_, err = io.Copy(sum, f)
		f.Close()
		if err != nil {
			return "", fmt.Errorf("jobs: %w", err)
		}
	}
	return c.send(ctx, "_ray_pkg_"+hex.EncodeToString(sum.Sum(nil)[:16])+".zip", func() ([]byte, error) { return pack(files) })
}

func pack(files map[string]string) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return nil, err
		}
		h := &zip.FileHeader{Name: name, Method: zip.Deflate}
		h.SetMode(info.Mode().Perm())
		part, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		_, err = io.Copy(part, f)
		f.Close()
		if err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if out.Len() > jobs.MaxPackage {
		return nil, fmt.Errorf("jobs: the package has %d MiB, Ray takes %d at most; strip the program (go build -ldflags '-s -w')", out.Len()>>20, jobs.MaxPackage>>20)
	}
	return out.Bytes(), nil
}
