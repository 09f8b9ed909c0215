package wire

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// kernel is a server that answers as handle says, with the statuses around it.
func kernel(t *testing.T, c Connection, handle func(s *Server, m *Message)) *Server {
	t.Helper()
	s, err := Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			m, err := s.Recv(Shell)
			if err != nil {
				return
			}
			s.Publish(m, "status", map[string]string{"execution_state": "busy"})
			handle(s, m)
			s.Publish(m, "status", map[string]string{"execution_state": "idle"})
		}
	}()
	t.Cleanup(func() { s.Close(); <-done })
	return s
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
