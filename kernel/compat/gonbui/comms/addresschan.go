package comms

import "github.com/goray/goray/kernel/compat/gonbui/protocol"

// AddressChan receives the values of an address in the channel C.
type AddressChan[T protocol.CommValueTypes] struct {
	C        chan T
	Listener *Listener // fills C
}

// Listen receives what the page sends to address. Close it when it is not needed any more.
func Listen[T protocol.CommValueTypes](address string) *AddressChan[T] {
	Start()
	c := make(chan T)
	return &AddressChan[T]{C: c, Listener: NewListener(address, c)}
}

// WithBuffer gives C a buffer of n values. Call it before anything is received.
func (c *AddressChan[T]) WithBuffer(n int) *AddressChan[T] {
	c.C = make(chan T, n)
	c.Listener.SetChannel(c.C, false)
	return c
}

// LatestOnly keeps the last value only, when more come than are received.
func (c *AddressChan[T]) LatestOnly() *AddressChan[T] {
	c.C = make(chan T, 1)
	c.Listener.SetChannel(c.C, true)
	return c
}

// IsClosed says whether Close was called.
func (c *AddressChan[T]) IsClosed() bool { return c.Listener.IsClosed() }

// Close ends the subscription and closes C.
func (c *AddressChan[T]) Close() { c.Listener.Close() }

// WaitClose returns when Close is called.
func (c *AddressChan[T]) WaitClose() { c.Listener.Wait() }
