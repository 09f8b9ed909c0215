package collective

import (
	"errors"
	"testing"
	"time"
)

// A member whose group broke before it had reached the next one tells it; that one need not wait for its timeout.
func TestBrokenWhileJoining(t *testing.T) {
	var others []*mesh
	for rank := range 2 {
		m, err := listen("127.0.0.1", rank, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		defer m.routines.Wait()
		defer m.close(nil)
		others = append(others, m)
	}
	broken := &mesh{rank: 2, timeout: time.Minute, started: make(chan struct{}), closed: errors.New("rank 1 has died")}
	peers, secret := []string{others[0].address(), others[1].address(), ""}, make([]byte, secretLength)

	joined := make(chan error, 1)
	go func() { joined <- others[0].start(peers, secret) }()
	if err := broken.start(peers, secret); err == nil {
		t.Error("a broken member joined")
	}
	select {
	case err := <-joined:
		if err == nil {
			t.Error("the next member joined a broken group")
		}
	case <-time.After(30 * time.Second):
		t.Error("the next member is not told")
	}
}
