// Package zmtp is the bind side of ZeroMQ: ROUTER, XPUB and REP sockets that speak ZMTP 3.1 to
// whoever connects, over TCP or Unix sockets, in the clear or under CURVE.
//
//	l, err := zmtp.Listen("tcp://127.0.0.1:0")
//	r := zmtp.NewRouter(l, zmtp.Config{})
//	m, err := r.Recv() // the sender's identity, then its frames
//	err = r.Send(m)
//
// A peer is a stranger until its handshake is done, and costs little until then: each handshake
// runs on its own, under a deadline, and the oldest yields to a newcomer. A frame's memory is
// taken as its bytes arrive, never because its header claims them. What goes out waits in one
// bounded queue per peer; a peer that does not read is cut off, the others do not notice. A
// socket owns all its goroutines: when Close returns they have ended.
package zmtp
