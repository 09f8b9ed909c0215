package ray

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// lineState is the state of a queue's actor.
type lineState struct {
	gate
	capacity int // 0 is without limit
	items    []lineItem
	// handed are the items of the last calls of Take, which a caller whose context has ended
	// gives back; void are tickets of callers that have left.
	handed map[uint64]handedItems
	void   map[uint64]time.Time
}

// lineItem is an item with the ticket of the call that put it in.
type lineItem struct {
	ref    *Ref
	ticket uint64
}

type handedItems struct {
	items []lineItem
	at    time.Time
}

// handedFor is how long a caller may take to notice that its context has ended: an item that was
// handed to it before is its own.
const handedFor = 30 * time.Second

func newLine(capacity int) (*lineState, error) {
	if capacity < 0 {
		return nil, fmt.Errorf("the queue's capacity is %d; use a number ≥ 0, or 0 for no limit", capacity)
	}
	return &lineState{capacity: capacity, handed: map[uint64]handedItems{}, void: map[uint64]time.Time{}}, nil
}

// Offer appends all of refs, or none when there is no room for them within d.
func (l *lineState) Offer(ctx context.Context, ticket uint64, refs []*Ref, d time.Duration) (bool, error) {
	if l.capacity > 0 && len(refs) > l.capacity {
		return false, invalidCall("%d items do not fit into a queue of capacity %d; put fewer at once", len(refs), l.capacity)
	}
	return l.await(ctx, d, func() bool {
		if _, left := l.void[ticket]; left || l.capacity > 0 && len(l.items)+len(refs) > l.capacity {
			return false
		}
		for _, ref := range refs {
			l.items = append(l.items, lineItem{ref, ticket})
		}
		return true
	}), nil
}

// Take removes the oldest items, at most n; none when there is no item within d.
func (l *lineState) Take(ctx context.Context, ticket uint64, n int, d time.Duration) []*Ref {
	var refs []*Ref
	l.await(ctx, d, func() bool {
		if _, left := l.void[ticket]; left || len(l.items) == 0 {
			return false
		}
		n = min(n, len(l.items))
		taken := slices.Clone(l.items[:n])
		clear(l.items[:n])
		l.items = l.items[n:]
		for _, item := range taken {
			refs = append(refs, item.ref)
		}
		l.forget()
		l.handed[ticket] = handedItems{taken, time.Now()}
		return true
	})
	return refs
}

// Return puts the items back that were taken with a ticket, and refuses the ticket from now on.
func (l *lineState) Return(ticket uint64) {
	l.change(func() {
		l.items = slices.Concat(l.handed[ticket].items, l.items)
		delete(l.handed, ticket)
		l.void[ticket] = time.Now()
	})
}

// Withdraw removes the items that were put with a ticket, and refuses the ticket from now on.
func (l *lineState) Withdraw(ticket uint64) {
	l.change(func() {
		l.items = slices.DeleteFunc(l.items, func(i lineItem) bool { return i.ticket == ticket })
		l.void[ticket] = time.Now()
	})
}

// Len is how many items wait.
func (l *lineState) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.items)
}

// forget drops what no caller comes back for.
func (l *lineState) forget() {
	if len(l.handed)+len(l.void) < 2*waitersAtOnce {
		return
	}
	for ticket, h := range l.handed {
		if time.Since(h.at) > handedFor {
			delete(l.handed, ticket)
		}
	}
	for ticket, at := range l.void {
		if time.Since(at) > handedFor {
			delete(l.void, ticket)
		}
	}
}
