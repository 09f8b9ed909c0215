package supervisor

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goray/goray/runtime/jobs"
)

// Config says where and with what jobs run.
type Config struct {
	Dir    string // of working directories, packages and logs
	NodeID string // of the head
	// Guard is the command of a guard, to which its arguments are added: this binary, and how it gets
	// to GuardMain.
	Guard []string
	Env   []string // besides the head's own, for entrypoints
	// Reserve waits for the resources that an entrypoint asks for; release gives them back. nil
	// refuses such jobs.
	Reserve func(ctx context.Context, s jobs.Submission) (release func(), err error)
	// Event is told what happened to jobs; nil is nobody.
	Event func(id string, status jobs.Status, message string)
	// Drivers lists the programs that have joined the head by themselves; nil lists none.
	Drivers func() []jobs.Info
	// JobOf finds the driver that a job has started, by its name in the session; nil finds none.
	JobOf func(id string) (job string)
	// Records keep the jobs for a supervisor after this one, with the same Dir; nil: they are
	// forgotten.
	Records Records
}

// Supervisor is a server of jobs.
type Supervisor struct {
	cfg Config

	mu     sync.Mutex
	jobs   map[string]*job
	order  []*job
	used   map[string]bool // ids, also of deleted jobs
	closed bool
	tasks  sync.WaitGroup
}

var _ jobs.Server = (*Supervisor)(nil)

// New makes a supervisor.
func New(cfg Config) (*Supervisor, error) {
	for _, dir := range []string{"packages", "work", "logs", "bin"} {
		if err := os.MkdirAll(filepath.Join(cfg.Dir, dir), 0o700); err != nil {
			return nil, fmt.Errorf("no directory for jobs: %w", err)
		}
	}
	// Entrypoints call the goray that the head runs, since only the same build can join it.
	self, err := os.Executable()
	link := filepath.Join(cfg.Dir, "bin", "goray")
	if err == nil {
		os.Remove(link) // of an earlier head
		err = os.Symlink(self, link)
	}
	if err != nil {
		return nil, fmt.Errorf("no link to goray for jobs: %w", err)
	}
	s := &Supervisor{cfg: cfg, jobs: map[string]*job{}, used: map[string]bool{}}
	return s, s.recall()
}

// Close stops all jobs and waits for their ends.
func (s *Supervisor) Close() {
	s.mu.Lock()
	s.closed = true
	for _, j := range s.order {
		j.requestStop()
	}
	s.mu.Unlock()
	s.tasks.Wait()
}

// goodID is what may be a job's id: it is part of file names.
var goodID = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

// newID makes an id as Ray does.
func newID() string { return "raysubmit_" + rand.Text()[:16] }

// Submit implements jobs.Server.
func (s *Supervisor) Submit(_ context.Context, sub jobs.Submission) (string, error) {
	if strings.TrimSpace(sub.Entrypoint) == "" {
		return "", fmt.Errorf("jobs: the entrypoint is empty; give a command")
	}
	if sub.ID == "" {
		sub.ID = newID()
	}
	if !goodID.MatchString(sub.ID) {
		return "", fmt.Errorf("jobs: the id %q is not one; use up to 128 letters, digits, '_', '-' and '.'", sub.ID)
	}
	env, err := readEnvironment(&sub)
	if err != nil {
		return "", err
	}
	if s.cfg.Reserve == nil && asks(sub) {
		return "", fmt.Errorf("jobs: this head keeps no resources for entrypoints; leave them out")
	}
	if env.pkg, err = s.resolve(sub.WorkingDir, env.excludes); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return "", fmt.Errorf("jobs: the head is ending; start another one with goray start")
	case s.used[sub.ID]:
		return "", fmt.Errorf("jobs: %s: %w", sub.ID, jobs.ErrExists)
	}
	ctx, cancel := context.WithCancel(context.Background())
	j := &job{
		env: env, sub: sub, cancel: cancel, stop: make(chan struct{}), done: make(chan struct{}),
		info: jobs.Info{
			Type: "SUBMISSION", SubmissionID: sub.ID, Status: jobs.Pending, Entrypoint: sub.Entrypoint,
			Message: "The job has not started yet.", StartTime: time.Now().UnixMilli(),
			Metadata: orEmpty(sub.Metadata), RuntimeEnv: orEmpty(sub.RuntimeEnv), NodeID: s.cfg.NodeID,
		},
	}
	if j.log, err = newOutput(s.logPath(sub.ID)); err != nil {
		cancel()
		return "", fmt.Errorf("jobs: no log for %s: %w", sub.ID, err)
	}
	s.jobs[sub.ID], s.used[sub.ID] = j, true
	s.order = append(s.order, j)
	s.tasks.Go(func() {
		defer cancel()
		s.live(ctx, j)
	})
	return sub.ID, nil
}

func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return maps.Clone(m)
}

// asks reports whether the entrypoint itself needs resources.
func asks(s jobs.Submission) bool {
	return s.NumCPUs != 0 || s.NumGPUs != 0 || s.Memory != 0 || len(s.Resources) > 0
}

func (s *Supervisor) job(id string) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.jobs[id]; j != nil {
		return j, nil
	}
	return nil, fmt.Errorf("jobs: %s: %w", id, jobs.ErrNotFound)
}

// Info implements jobs.Server.
func (s *Supervisor) Info(_ context.Context, id string) (jobs.Info, error) {
	j, err := s.job(id)
	if err != nil {
		return jobs.Info{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.withDriver(j.info), nil
}

// withDriver adds what is known of a job's driver.
func (s *Supervisor) withDriver(i jobs.Info) jobs.Info {
	if s.cfg.JobOf != nil {
		i.JobID = s.cfg.JobOf(i.SubmissionID)
	}
	return i
}

// List implements jobs.Server.
func (s *Supervisor) List(context.Context) ([]jobs.Info, error) {
	s.mu.Lock()
	list := []jobs.Info{}
	for _, j := range s.order {
		list = append(list, s.withDriver(j.info))
	}
	s.mu.Unlock()
	if s.cfg.Drivers != nil {
		list = append(list, s.cfg.Drivers()...)
	}
	slices.SortStableFunc(list, func(x, y jobs.Info) int { return int(x.StartTime - y.StartTime) })
	return list, nil
}

// Logs implements jobs.Server.
func (s *Supervisor) Logs(_ context.Context, id string) (string, error) {
	j, err := s.job(id)
	if err != nil {
		return "", err
	}
	return j.log.text()
}

// Tail implements jobs.Server.
func (s *Supervisor) Tail(ctx context.Context, id string, w io.Writer) error {
	j, err := s.job(id)
	if err != nil {
		return err
	}
	return j.log.follow(ctx, w)
}

// Stop implements jobs.Server.
func (s *Supervisor) Stop(_ context.Context, id string) (stopped bool, err error) {
	j, err := s.job(id)
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.info.Status.Final() {
		return false, nil
	}
	j.requestStop()
	return true, nil
}

// Delete implements jobs.Server.
func (s *Supervisor) Delete(_ context.Context, id string) error {
	j, err := s.job(id)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if !j.info.Status.Final() {
		s.mu.Unlock()
		return fmt.Errorf("jobs: %s: %w", id, jobs.ErrRunning)
	}
	delete(s.jobs, id)
	s.order = slices.DeleteFunc(s.order, func(o *job) bool { return o == j })
	s.mu.Unlock()
	<-j.done
	j.log.remove()
	s.unrecord(id)
	return os.RemoveAll(s.workDir(id))
}

func (s *Supervisor) workDir(id string) string { return filepath.Join(s.cfg.Dir, "work", id) }
