package worker

import (
	"slices"

	"github.com/goray/goray/runtime/internal/core"
)

// running are the jobs that run. There are few, each of which knows its place: a table by their ids took
// longer than most calls.
type running []*job

func (r *running) add(j *job) {
	j.place = len(*r)
	*r = append(*r, j)
}

// drop takes a job out, where it is in.
func (r *running) drop(j *job) {
	if !r.has(j) {
		return
	}
	list := *r
	last := len(list) - 1
	list[j.place] = list[last]
	list[j.place].place = j.place
	list[last] = nil
	*r = list[:last]
}

func (r running) has(j *job) bool { return j.place < len(r) && r[j.place] == j }

// of finds a job by its id; nil: it does not run.
func (r running) of(id core.ID) *job {
	if i := slices.IndexFunc(r, func(j *job) bool { return j.spec.ID == id }); i >= 0 {
		return r[i]
	}
	return nil
}
