package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/goray/goray/runtime/jobs"
)

// Records keep what a supervisor knows of its jobs for the one after it, as package ledger does.
type Records interface {
	Set(key string, record []byte) error
	Delete(key string) error
	Each(prefix string, f func(key string, record []byte) error) error
}

// Keys of records: of jobs, and of the ids of those that were deleted, which are not used again.
const (
	jobKeys  = "job/"
	usedKeys = "used/"
)

// recall makes the jobs that the last supervisor had. Those that had not ended have: their entrypoints
// end with their head.
func (s *Supervisor) recall() error {
	if s.cfg.Records == nil {
		return nil
	}
	if err := s.cfg.Records.Each(usedKeys, func(key string, _ []byte) error {
		s.used[key[len(usedKeys):]] = true
		return nil
	}); err != nil {
		return err
	}
	err := s.cfg.Records.Each(jobKeys, func(key string, record []byte) error {
		j := &job{stop: make(chan struct{}), done: make(chan struct{}), cancel: func() {}}
		if err := json.Unmarshal(record, &j.info); err != nil {
			return fmt.Errorf("jobs: the record of %s: %w", key[len(jobKeys):], err)
		}
		id := j.info.SubmissionID
		j.sub.ID = id
		close(j.done)
		if j.log = recallOutput(s.logPath(id)); !j.info.Status.Final() {
			j.info.Status, j.info.ErrorType, j.info.EndTime = jobs.Failed, "JOB_SUPERVISOR_ACTOR_DIED", time.Now().UnixMilli()
			j.info.Message = "The head ended while the job ran, and the entrypoint with it; submit the job again."
			s.record(j.info)
		}
		s.jobs[id], s.used[id] = j, true
		s.order = append(s.order, j)
		return nil
	})
	slices.SortStableFunc(s.order, func(x, y *job) int { return int(x.info.StartTime - y.info.StartTime) })
	return err
}

func (s *Supervisor) logPath(id string) string {
	return filepath.Join(s.cfg.Dir, "logs", "job-driver-"+id+".log")
}

// record writes down what a job is.
func (s *Supervisor) record(i jobs.Info) {
	if s.cfg.Records == nil {
		return
	}
	text, err := json.Marshal(i)
	if err == nil {
		err = s.cfg.Records.Set(jobKeys+i.SubmissionID, text)
	}
	s.complain(err)
}

// unrecord forgets a job, but not its id.
func (s *Supervisor) unrecord(id string) {
	if s.cfg.Records != nil {
		s.complain(errors.Join(s.cfg.Records.Set(usedKeys+id, nil), s.cfg.Records.Delete(jobKeys+id)))
	}
}

func (s *Supervisor) complain(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "goray: the jobs could not be written down: %v; make room on the disk\n", err)
	}
}

// recallOutput finds what a job of an earlier supervisor printed.
func recallOutput(path string) *output {
	o := &output{path: path, ended: true, changed: make(chan struct{})}
	var sizes []int64 // the current file first
	for age := 0; ; age++ {
		name := path
		if age > 0 {
			name = fmt.Sprintf("%s.%d", path, age)
		}
		info, err := os.Stat(name)
		if err != nil {
			break
		}
		sizes = append(sizes, info.Size())
	}
	for _, size := range slices.Backward(sizes) {
		o.parts = append(o.parts, o.size)
		o.size += size
	}
	if o.parts == nil {
		o.parts = []int64{0}
	}
	return o
}
