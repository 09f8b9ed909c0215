package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/store"
)

const (
	// roomPatience is how long a value waits for room before it is refused: something else may
	// just be about to let go of its memory.
	roomPatience = 2 * time.Second
	// collectEvery is how often garbage is collected for one node, at most.
	collectEvery = 100 * time.Millisecond
	// envDisk is the part of a disk above which nothing is spilled to it, as with Ray.
	envDisk = "RAY_local_fs_capacity_threshold"
)

// create gets space for large values in a node's store.
func (b *Backend) create(n *node) func(size int64) (*store.Draft, error) {
	return func(size int64) (draft *store.Draft, err error) {
		try := func() (err error) {
			draft, err = n.store.Create(size)
			return err
		}
		if err = try(); err != nil {
			err = b.makeRoom(n, size, try, nil)
		}
		return draft, err
	}
}

// createCopy gets space for an object that is needed on a node together with others: when they use
// all memory, it lies in a mapped file.
func (b *Backend) createCopy(n *node, size int64) (draft *store.Draft, err error) {
	try := func() (err error) {
		draft, err = n.store.Create(size)
		return err
	}
	if err = try(); err == nil {
		return draft, nil
	}
	return draft, b.makeRoom(n, size, try, func() (err error) {
		if err = diskRoom(n.dir); err == nil {
			draft, err = n.store.CreateOnDisk(n.dir, size)
		}
		if err != nil && !errors.Is(err, store.ErrClosed) {
			err = fmt.Errorf("%w: %w", core.ErrOutOfDisk, err)
		}
		return err
	})
}

// makeRoom repeats try until it succeeds: first what nobody uses any more is looked for, here and
// in the workers, then objects are written to files, then it does otherwise, or waits if there is
// no other way. It is called without the mutex.
func (b *Backend) makeRoom(n *node, size int64, try, otherwise func() error) error {
	begun := time.Now() // others may have to wait longer than this for their room
	disowned := false
	n.room.Lock()
	defer n.room.Unlock()
	for wait := time.Millisecond; ; wait = min(2*wait, roomPatience/16) {
		err := try()
		if err == nil {
			return nil
		}
		if !b.goesOn() || errors.Is(err, store.ErrClosed) {
			return core.ErrClosed
		}
		if otherwise != nil && size > n.config.ObjectStoreMemory {
			return otherwise()
		}
		if !errors.Is(err, store.ErrFull) || size > n.config.ObjectStoreMemory {
			return fmt.Errorf("%w: %w", core.ErrOutOfMemory, err)
		}
		if now := time.Since(b.started).Nanoseconds(); now-n.collected > collectEvery.Nanoseconds() {
			n.collected = now
			b.collect()
			b.sleep(time.Millisecond) // references that were let go are on their way
			continue
		}
		switch found, spillErr := b.spillOne(n); {
		case spillErr != nil:
			return spillErr
		case found:
			continue
		case otherwise != nil:
			return otherwise()
		case !disowned && time.Since(begun) > roomPatience/8: // perhaps values are mapped that nobody is about to let go
			disowned = true
			b.disown()
			begun = time.Now()
			continue
		case time.Since(begun) > roomPatience:
			return fmt.Errorf("%w: %w", core.ErrOutOfMemory, err)
		}
		b.sleep(wait)
	}
}

func (b *Backend) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-b.ended:
	}
}

func (b *Backend) collect() {
	b.mu.Lock()
	b.askToCollect(false, false)
	b.unlock()
	runtime.GC()
}

// disown makes all processes copy the values that they have mapped.
func (b *Backend) disown() {
	b.mu.Lock()
	b.askToCollect(false, true)
	b.unlock()
	store.OwnWindows()
}

// spillOne takes one object out of a node's memory. It reports whether there was one.
func (b *Backend) spillOne(n *node) (found bool, err error) {
	b.mu.Lock()
	o, r := n.victim()
	if o == nil || b.closed {
		b.mu.Unlock()
		return false, nil
	}
	if len(o.copies) > 1 || o.file != nil {
		b.leave(o, r)
		b.unlock()
		return true, nil
	}
	buf, err := n.store.Open(r.at, nil)
	if err != nil {
		b.mu.Unlock()
		return false, err
	}
	o.refs++
	r.pins++ // it does not go anywhere else meanwhile
	b.unlock()

	if err = diskRoom(n.dir); err != nil {
		err = fmt.Errorf("%w: %w", core.ErrOutOfDisk, err)
	}
	var file *store.Spilled
	if err == nil {
		if file, err = store.Spill(filepath.Join(n.dir, o.id.String()), buf.Bytes()); errors.Is(err, store.ErrOutOfDisk) {
			err = fmt.Errorf("%w: %w", core.ErrOutOfDisk, err)
		}
	}
	buf.Release()

	b.mu.Lock()
	defer b.unlock()
	r.pins--
	defer b.release(o.id, 1)
	if err != nil || n.dead {
		return false, err
	}
	o.file, o.fileOn = file, n.number
	n.files[o] = struct{}{}
	b.stats.spilled += file.Size
	b.stats.spilledTotal += file.Size
	b.noteSpill(file.Size)
	if r.pins == 0 && o.on(n) == r && !n.store.Busy(r.at) {
		b.leave(o, r)
	}
	return true, nil
}

// victim chooses an object that nobody uses: one that also lies elsewhere, or else the one that was
// not needed for the longest time.
func (n *node) victim() (chosen *object, at *residence) {
	elsewhere := false
	for o, r := range n.holds {
		spare := len(o.copies) > 1 || o.file != nil
		better := chosen == nil || spare && !elsewhere || spare == elsewhere && r.used < at.used
		if r.pins == 0 && better && !n.store.Busy(r.at) {
			chosen, at, elsewhere = o, r, spare
		}
	}
	return chosen, at
}

// diskRoom refuses to fill a disk that others need, too.
func diskRoom(dir string) error {
	most := 0.95
	if v, err := strconv.ParseFloat(os.Getenv(envDisk), 64); err == nil {
		most = v
	}
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil || s.Blocks == 0 {
		return nil // writing will tell
	}
	if used := 1 - float64(s.Bavail)/float64(s.Blocks); used > most {
		return fmt.Errorf("objects do not fit into the memory, and the disk of %s is %.1f %% full, more than %.1f %%; free some of it, set TMPDIR to a larger one, or raise %s", dir, 100*used, 100*most, envDisk)
	}
	return nil
}
