package worker

import (
	"io"
	"time"
)

// reader says who reads what the driver sends. An executor that has nothing to do reads itself:
// between the arrival of a task and its first instruction no other goroutine has to run. While it
// runs the task nobody reads, unless that takes long; then the keeper does.
type reader uint8

const (
	nobody reader = iota
	executor
	keeper
)

const (
	// keepEvery is how often the keeper looks whether a task takes long.
	keepEvery = time.Millisecond
	// keepFor is after how many looks in vain the keeper sleeps until something begins.
	keepFor = 8
)

// turns decides whose turn it is; Process.mu guards it.
type turns struct {
	reader   reader
	idle     int  // executors that wait for a task, or for their turn to read
	watching bool // the keeper looks every keepEvery
	urgent   bool // the keeper shall read at once
	wake     chan struct{}
	ended    chan error // the driver is gone
}

func newTurns() turns {
	return turns{reader: keeper, wake: make(chan struct{}, 1), ended: make(chan error, 1)}
}

func (t *turns) wakeKeeper() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// read is the keeper's life: it handles frames when no executor can, until the driver is gone.
func (p *Process) read() error {
	for {
		if err := p.readUntilIdle(); err != nil {
			return endOf(err)
		}
		if err := p.keep(); err != nil {
			return endOf(err)
		}
	}
}

func endOf(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// readUntilIdle reads until an executor is there that can go on with it.
func (p *Process) readUntilIdle() error {
	for {
		if err := p.readBatch(); err != nil {
			return err
		}
		p.mu.Lock()
		if p.idle > 0 && !p.ending {
			p.reader = nobody
			p.arrived.Signal() // it takes a task, or reads
			p.mu.Unlock()
			return nil
		}
		p.mu.Unlock()
	}
}

// keep waits until nobody reads although somebody should.
func (p *Process) keep() error {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	begun, vain := -1, 0
	for {
		select {
		case <-p.wake:
		case <-tick.C:
		case err := <-p.ended:
			return err
		}
		p.mu.Lock()
		if p.reader == nobody && (p.urgent || p.begun == begun) {
			p.urgent = false
			p.reader = keeper
			p.mu.Unlock()
			// What others have finished must not wait for a task that takes long.
			p.counts.flush()
			p.conn.Flush()
			return nil
		}
		if p.reader == executor && p.begun == begun {
			vain++
		} else {
			vain = 0
		}
		begun = p.begun
		if vain < keepFor {
			p.watching = true
			p.mu.Unlock()
			continue
		}
		p.watching = false
		p.mu.Unlock()
		tick.Stop()
		select {
		case <-p.wake:
		case err := <-p.ended:
			return err
		}
		vain = 0
		tick.Reset(keepEvery)
	}
}

// readBatch handles what has come together, waiting for the first of it.
func (p *Process) readBatch() error {
	for {
		f, more, err := p.conn.Next()
		if err == nil {
			err = p.handle(&f)
		}
		if err != nil || !more {
			p.admit()
			return err
		}
	}
}

// readNow makes the keeper read at once: what a task waits for comes from the driver.
func (p *Process) readNow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reader == nobody {
		p.urgent = true
		p.wakeKeeper()
	}
}

// queued is how many tasks wait here.
func (p *Process) queued() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.queue)
}

// next takes the first task of the queue, and says whether it had to wait for it; done is the one before,
// nil if there was none.
func (p *Process) next(done *job) (j *job, waited bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used(done)
	for len(p.queue) == 0 || p.ending {
		waited = true
		if p.reader != nobody || p.ending {
			p.idle++
			p.arrived.Wait()
			p.idle--
			continue
		}
		p.reader = executor
		p.mu.Unlock()
		err := p.readBatch()
		p.mu.Lock()
		if err != nil {
			p.ended <- err
			p.mu.Unlock()
			select {} // the process ends
		}
		p.reader = nobody
	}
	j = p.queue[0]
	p.queue[0] = nil
	if p.queue = p.queue[1:]; len(p.queue) == 0 {
		p.queue = p.emptied[:0]
	}
	if p.reader == nobody {
		if p.idle > 0 {
			p.arrived.Signal() // another executor can read meanwhile
		}
		if p.lanes != nil { // calls of other groups run beside this one
			p.urgent = true
			p.wakeKeeper()
		} else if !p.watching {
			p.watching = true
			p.wakeKeeper()
		}
	}
	p.begin(j)
	return j, waited
}
