// Package transport is how a driver and its workers speak: frames over a socketpair, with batched
// writes and file descriptors.
//
//	c := transport.NewConn(fd)
//	c.Send(transport.Put, id, func(w *transport.Writer) { w.Value(&v) })
//	c.Flush()
//
// Mental model:
//
//   - A frame is a 16-byte header (payload length, kind, number of descriptors, id) and a payload
//     that Writer wrote and Reader reads, field by field.
//   - Send only appends to a buffer. Flush writes what the socket takes without blocking and
//     leaves the rest to the connection's writer goroutine: nobody who holds a lock, and no
//     reader, ever waits for the peer. That is why two processes that write at the same time
//     cannot block each other.
//   - Values up to InlineLimit travel inside frames; larger ones are places in shared memory,
//     whose descriptors travel beside the bytes. Descriptors arrive no later than the frame that
//     announces them and are matched in order.
//   - Functions are sent once per connection and named by a number afterwards.
package transport
