package repl

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
)

// stream stands in for os.Stdout and os.Stderr while somebody sits at the terminal: what cells
// print passes through a pipe, so that the screen learns of it and does not rewrite it as a part of
// a live output. It is one pipe for both, which keeps their order.
type stream struct {
	files []**os.File // &os.Stdout, &os.Stderr
	real  []*os.File  // what they were
	pipe  *os.File    // the writing end, in their place

	before func() // called before something is printed

	mu      sync.Mutex
	number  int
	waiting map[int]chan struct{} // for marks that are in the pipe
	done    chan struct{}
}

// openStream puts a pipe in the place of the files, which are all the same terminal; close undoes
// that.
func openStream(before func(), files ...**os.File) (*stream, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s := &stream{files: files, pipe: w, before: before, waiting: map[int]chan struct{}{}, done: make(chan struct{})}
	for _, file := range files {
		s.real = append(s.real, *file)
		*file = w
	}
	go func() {
		defer close(s.done)
		defer r.Close()
		s.copy(r)
	}()
	return s, nil
}

func (s *stream) close() {
	s.drain()
	s.restore()
	s.pipe.Close()
	<-s.done
}

func (s *stream) restore() {
	for i, file := range s.files {
		*file = s.real[i]
	}
}

// direct runs f with the terminal itself in the place of the pipe: shell commands such as editors
// need one.
func (s *stream) direct(f func()) {
	s.restore()
	defer func() {
		for _, file := range s.files {
			*file = s.pipe
		}
	}()
	f()
}

// markBegin and markEnd enclose the number of a mark. No text has these control characters.
const (
	markBegin = "\x00\x1e\x00goray "
	markEnd   = "\x00\x1e\x00"
)

// drain returns when everything that was printed before has reached the terminal.
func (s *stream) drain() {
	s.mu.Lock()
	s.number++
	reached := make(chan struct{})
	s.waiting[s.number] = reached
	mark := fmt.Sprintf("%s%d%s", markBegin, s.number, markEnd)
	s.mu.Unlock()
	if _, err := io.WriteString(s.pipe, mark); err != nil {
		return
	}
	select {
	case <-reached:
	case <-s.done:
	}
}

// copy passes on what comes through the pipe, but for the marks.
func (s *stream) copy(r io.Reader) {
	var pending []byte
	chunk := make([]byte, 32<<10)
	for {
		n, err := r.Read(chunk)
		pending = append(pending, chunk[:n]...)
		for {
			at := bytes.Index(pending, []byte(markBegin))
			if at < 0 {
				break
			}
			end := bytes.Index(pending[at+len(markBegin):], []byte(markEnd))
			if end < 0 {
				break
			}
			number := string(pending[at+len(markBegin) : at+len(markBegin)+end])
			s.write(pending[:at])
			pending = pending[at+len(markBegin)+end+len(markEnd):]
			s.reached(number)
		}
		keep := markPrefix(pending)
		s.write(pending[:len(pending)-keep])
		pending = append(pending[:0], pending[len(pending)-keep:]...)
		if err != nil {
			s.write(pending)
			return
		}
	}
}

// markPrefix is how much of the end of b may be a mark that is not there completely.
func markPrefix(b []byte) int {
	if at := bytes.Index(b, []byte(markBegin)); at >= 0 {
		return len(b) - at
	}
	for n := min(len(b), len(markBegin)-1); n > 0; n-- {
		if bytes.HasSuffix(b, []byte(markBegin[:n])) {
			return n
		}
	}
	return 0
}

func (s *stream) write(b []byte) {
	if len(b) > 0 {
		s.before()
		s.real[0].Write(b)
	}
}

func (s *stream) reached(number string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int
	fmt.Sscan(number, &n)
	if c, ok := s.waiting[n]; ok {
		close(c)
		delete(s.waiting, n)
	}
}
