package worker

import (
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/transport"
)

// What a worker writes to a native program.

func (c *nativeChild) attach(id uint32, s segment) {
	file, err := duplicate(s.file)
	if err != nil {
		return
	}
	c.conn.Send(transport.Attach, 0, func(w *transport.Writer) {
		w.Uint(uint64(id))
		w.Uint(uint64(s.size))
		w.File(file)
	})
}

// tellJob tells the program the namespace of a job.
func (c *nativeChild) tellJob(number uint32) {
	if number <= 1 { // it was greeted with the namespace of the first
		return
	}
	c.n.p.mu.Lock()
	namespace := c.n.p.namespaceOf(number)
	c.n.p.mu.Unlock()
	c.conn.Send(transport.Job, uint64(number), func(w *transport.Writer) { w.String(namespace) })
}

// queueTask gives the program a task, with the next flush.
func (c *nativeChild) queueTask(j *job) {
	if !j.expires.IsZero() {
		j.spec.Left = time.Until(j.expires)
	}
	c.conn.Queue(transport.Task, uint64(j.spec.ID), func(w *transport.Writer) {
		w.Uint(uint64(j.attempt))
		w.Uint(uint64(len(j.gpus)))
		for _, g := range j.gpus {
			w.Uint(uint64(g))
		}
		w.Spec(j.spec, j.values)
	})
}

// cancel tells the program to end a call.
func (c *nativeChild) cancel(id core.ID, how uint64) {
	c.conn.Send(transport.Cancel, uint64(id), func(w *transport.Writer) { w.Uint(how) })
	c.conn.Flush()
}
