package backendtest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// pattern is n bytes that differ for each seed.
func pattern(seed, n int) []byte {
	const block = 4096
	b := make([]byte, n)
	x := uint32(seed)*2654435761 + 1
	for i := range b[:min(n, block)] {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	for at := block; at < n; at += block {
		copy(b[at:], b[:block])
		b[at] = byte(at / block)
	}
	return b
}

// patternMarked is pattern that leaves a mark for each execution.
func patternMarked(dir string, seed, n int) ([]byte, error) {
	_, err := mark(dir)
	return pattern(seed, n), err
}

// keeps uses its argument until release is there.
func keeps(ctx context.Context, b []byte, file, release string) (int, error) {
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		return 0, err
	}
	err := awaitFile(ctx, release)
	return len(b) + int(b[0]), err
}

func lengths(parts ...[]byte) (n int) {
	for _, p := range parts {
		n += len(p)
	}
	return n
}

func smallStore(bytes int64) func(*core.Config) {
	return func(c *core.Config) { c.ObjectStoreMemory = bytes }
}

// spilled lists the files of spilled objects.
func (s *suite) spilled() (files []string, bytes int64) {
	found, _ := filepath.Glob(filepath.Join(s.b.Info().SessionDir, "spill*", "*"))
	for _, name := range found {
		if i, err := os.Stat(name); err == nil {
			bytes += i.Size()
		}
	}
	return found, bytes
}

func (s *suite) cluster() core.ClusterState { return s.b.(core.Inspector).Inspect().Cluster }

// nothingLeft waits until neither memory nor disk is in use.
func (s *suite) nothingLeft() {
	s.Helper()
	if _, ok := s.figures(); !ok {
		return
	}
	s.eventually("the return of memory and files", func() bool {
		files, _ := s.spilled()
		c := s.cluster()
		return c.Objects == 0 && c.StoreUsed == 0 && c.StoreSpilled == 0 && len(files) == 0
	})
}

var spillScenarios = []configured{
	{name: "five times what the store takes", config: smallStore(100 << 20), run: func(s *suite) {
		const n, size = 50, 10 << 20
		ids := make([]core.ID, n)
		for i := range ids {
			ids[i] = s.put(pattern(i, size))
		}
		if _, bytes := s.spilled(); bytes < 400<<20 {
			s.Errorf("%d bytes on disk, want 400 MiB", bytes)
		}
		if used := s.cluster().StoreUsed; used > 100<<20 {
			s.Errorf("%d bytes in memory, more than the limit", used)
		}
		for i, id := range ids {
			if got, failure := s.value(id); failure != nil || !bytes.Equal(got.([]byte), pattern(i, size)) {
				s.Fatalf("object %d: %v", i, failure)
			}
		}
		for _, id := range ids {
			s.b.Release(id)
		}
		s.nothingLeft()
	}},
	{name: "more at once than the store takes", config: smallStore(32 << 20), run: func(s *suite) {
		const n, size = 12, 7 << 20
		ids := make([]core.ID, n)
		var args []any
		for i := range ids {
			ids[i] = s.put(pattern(i, size))
			args = append(args, ref(ids[i]))
		}
		values, err := s.b.Get(s.ctx, ids)
		if err != nil {
			s.Fatal(err)
		}
		for i, v := range values {
			if v.Failure != nil {
				s.Fatalf("object %d: %s", i, v.Failure.Text)
			}
			if got, err := marshal.Decode(v, nil); err != nil || !bytes.Equal(got.Interface().([]byte), pattern(i, size)) {
				s.Fatalf("object %d: %v", i, err)
			}
		}
		values = nil
		together := s.task(lengths, args...)
		s.want(together, n*size)
		for _, id := range append(ids, together) {
			s.b.Release(id)
		}
		s.nothingLeft()
	}},
	{name: "arguments and results of tasks are spilled and restored", config: smallStore(32 << 20), run: func(s *suite) {
		var made, lengths []core.ID
		for i := range 16 {
			made = append(made, s.task(pattern, i, 6<<20))
		}
		for _, id := range made {
			lengths = append(lengths, s.task(length, ref(id)))
		}
		for _, id := range lengths {
			s.want(id, 6<<20)
		}
		for i, id := range made {
			if got, failure := s.value(id); failure != nil || !bytes.Equal(got.([]byte), pattern(i, 6<<20)) {
				s.Fatalf("result %d: %v", i, failure)
			}
		}
		for _, id := range append(made, lengths...) {
			s.b.Release(id)
		}
		s.nothingLeft()
	}},
	{name: "what a task uses is not spilled, and others wait for its room", config: smallStore(64 << 20), run: func(s *suite) {
		dir := s.TempDir()
		release := filepath.Join(dir, "release")
		var held, tasks []core.ID
		for i := range 2 {
			id := s.put(pattern(i, 28<<20))
			file := filepath.Join(dir, string(rune('a'+i)))
			tasks = append(tasks, s.task(keeps, ref(id), file, release))
			held = append(held, id)
			s.file(file)
		}
		done := make(chan core.ID)
		go func() {
			s.create(release)
			done <- 0
		}()
		third := s.put(pattern(2, 28<<20)) // has to wait until a task has ended
		<-done
		for i, id := range tasks {
			s.want(id, 28<<20+int(pattern(i, 1)[0]))
		}
		for i, id := range append(held, third) {
			if got, failure := s.value(id); failure != nil || !bytes.Equal(got.([]byte), pattern(i, 28<<20)) {
				s.Fatalf("object %d: %v", i, failure)
			}
		}
	}},
	{name: "a damaged file is told by its name", config: smallStore(32 << 20), run: func(s *suite) {
		victim := s.put(pattern(0, 8<<20))
		file := s.spill(victim)
		told := false
		for _, o := range s.b.(core.Inspector).Inspect().Objects {
			told = told || o.ID == victim && o.File == file && len(o.Nodes) == 0
		}
		if !told {
			s.Error("the state does not say where the object is")
		}
		s.damage(file)
		f := s.wantFailure(victim, core.ObjectLost)
		if !strings.Contains(f.Text, file) || !strings.Contains(f.Text, "checksum") {
			s.Errorf("the text is %q", f.Text)
		}
		s.wantFailure(s.task(length, ref(victim)), core.ObjectLost)
	}},
	{name: "a result whose file is damaged is computed again", config: smallStore(32 << 20), run: func(s *suite) {
		dir := s.TempDir()
		victim := s.task(patternMarked, dir, 3, 8<<20)
		s.want(s.task(length, ref(victim)), 8<<20)
		s.damage(s.spill(victim))
		if got, failure := s.value(victim); failure != nil || !bytes.Equal(got.([]byte), pattern(3, 8<<20)) {
			s.Fatalf("%v", failure)
		}
		if n := marks(dir); n != 2 {
			s.Errorf("%d executions, want 2", n)
		}
	}},
	{name: "what never fits is refused", config: smallStore(32 << 20), run: func(s *suite) {
		f := s.wantFailure(s.task(fill, 64<<20), core.OutOfMemory)
		if !strings.Contains(f.Text, "does not fit") {
			s.Errorf("the text is %q", f.Text)
		}
		s.want(s.task(add, 1, 1), 2)
	}},
	{name: "memory is flat over many objects", config: smallStore(64 << 20), run: func(s *suite) {
		data := make([]byte, 10<<20)
		for range 100 {
			s.b.Release(s.put(data))
		}
		if c := s.cluster(); c.SpilledTotal > 0 {
			s.Errorf("%d bytes were spilled of objects that nobody refers to", c.SpilledTotal)
		}
		s.nothingLeft()
	}},
}

// spill makes the store write an object to a file, and returns its name.
func (s *suite) spill(id core.ID) string {
	s.Helper()
	name := ""
	s.eventually("the spilling of an object", func() bool {
		var others []core.ID
		for i := range 4 {
			others = append(others, s.put(pattern(i, 7<<20)))
		}
		for _, other := range others {
			s.b.Release(other)
		}
		files, _ := s.spilled()
		for _, f := range files {
			if filepath.Base(f) == id.String() {
				name = f
			}
		}
		return name != ""
	})
	return name
}

// damage changes a byte of a file.
func (s *suite) damage(name string) {
	s.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		s.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(name, b, 0o600); err != nil {
		s.Fatal(err)
	}
}
