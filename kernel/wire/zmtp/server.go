package zmtp

import (
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// server accepts peers; each handshake runs on its own and under a deadline.
type server struct {
	l    net.Listener
	cfg  Config
	wg   sync.WaitGroup
	mu   sync.Mutex
	done bool
	half []net.Conn // handshakes in progress, oldest first
	live map[*Conn]struct{}
}

// serve hands every completed peer to handle, on its own goroutine.
func serve(l net.Listener, cfg Config, handle func(*Conn)) *server {
	s := &server{l: l, cfg: cfg, live: map[*Conn]struct{}{}}
	s.wg.Go(func() { s.accept(handle) })
	return s
}

func (s *server) accept(handle func(*Conn)) {
	for {
		nc, err := s.l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors, aborted connection
			time.Sleep(20 * time.Millisecond)
			continue
		}
		if !s.admit(nc) {
			nc.Close()
			return
		}
		s.wg.Go(func() { s.open(nc, handle) })
	}
}

// admit makes room: a newcomer is never refused, the oldest silent one goes.
func (s *server) admit(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return false
	}
	if len(s.half) >= s.cfg.HalfOpen {
		s.half[0].Close()
		s.half = slices.Delete(s.half, 0, 1)
	}
	s.half = append(s.half, nc)
	return true
}

func (s *server) open(nc net.Conn, handle func(*Conn)) {
	c, err := newConn(nc, s.cfg)
	s.mu.Lock()
	if i := slices.Index(s.half, nc); i >= 0 {
		s.half = slices.Delete(s.half, i, i+1)
	}
	welcome := err == nil && !s.done && len(s.live) < s.cfg.MaxConns
	if welcome {
		s.live[c] = struct{}{}
	}
	s.mu.Unlock()
	if err != nil {
		return
	}
	defer c.writer.Wait()
	defer c.close()
	if !welcome {
		return
	}
	handle(c)
	s.mu.Lock()
	delete(s.live, c)
	s.mu.Unlock()
}

// stop admits nobody any more and lets what is queued go out for up to d.
func (s *server) stop(d time.Duration) {
	s.l.Close()
	s.mu.Lock()
	s.done = true
	for _, nc := range s.half {
		nc.Close()
	}
	s.mu.Unlock()
	end := time.Now().Add(d)
	for _, c := range s.peers() {
		c.flush(time.Until(end))
	}
}

// close disconnects everybody and returns when all goroutines have ended.
func (s *server) close() {
	for _, c := range s.peers() {
		c.close()
	}
	s.wg.Wait()
}

func (s *server) peers() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*Conn, 0, len(s.live))
	for c := range s.live {
		all = append(all, c)
	}
	return all
}
