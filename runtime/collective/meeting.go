package collective

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

// waitSlice is how long a call of the meeting place waits before it is made again.
const waitSlice = time.Second

// place is what members learn at the meeting: nothing until all have come.
type place struct {
	Addresses []string
	Secret    []byte
}

// meeting is the state of the actor through which members find each other. When all members of a
// group have left, the next group of the name may meet.
type meeting struct {
	mu       sync.Mutex
	members  map[int]string // addresses by rank
	size     int
	secret   []byte
	changed  chan struct{} // closed with the next change
	complete bool
}

func newMeeting(size int) *meeting {
	m := &meeting{members: map[int]string{}, size: size, secret: make([]byte, secretLength), changed: make(chan struct{})}
	rand.Read(m.secret) // never fails
	return m
}

// Announce says where a member is, and returns where all are when they have come within d.
func (m *meeting) Announce(ctx context.Context, rank, size int, address string, d time.Duration) (place, error) {
	limit := time.NewTimer(d)
	defer limit.Stop()
	for {
		at, changed, err := m.enter(rank, size, address)
		if err != nil || at.Addresses != nil {
			return at, err
		}
		select {
		case <-changed:
		case <-limit.C:
			return place{}, nil
		case <-ctx.Done():
			return place{}, ctx.Err()
		}
	}
}

// Leave takes a member out.
func (m *meeting) Leave(rank int, address string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.members[rank] != address {
		return
	}
	delete(m.members, rank)
	if len(m.members) == 0 {
		m.complete = false
	}
	m.change()
}

func (m *meeting) enter(rank, size int, address string) (place, chan struct{}, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	other, taken := m.members[rank]
	switch {
	case size != m.size:
		return place{}, nil, fmt.Errorf("collective: rank %d joins a group of %d, others one of %d; give all the same size", rank, size, m.size)
	case m.complete && other != address:
		return place{}, m.changed, nil // the older group of this name is still in use
	case taken && other != address:
		return place{}, nil, fmt.Errorf("collective: rank %d has joined already; give each member a rank of its own, and the next group another name", rank)
	case !taken:
		m.members[rank] = address
		m.complete = len(m.members) == m.size
		m.change()
	}
	if !m.complete {
		return place{}, m.changed, nil
	}
	at := place{Secret: m.secret}
	for r := range m.size {
		at.Addresses = append(at.Addresses, m.members[r])
	}
	return at, nil, nil
}

func (m *meeting) change() {
	close(m.changed)
	m.changed = make(chan struct{})
}
