// Package conn speaks Ray's client protocol: one connection is one Python driver on the head of a
// cluster, told over gRPC what to put, get, run and release.
//
//	c, err := conn.Dial(ctx, conn.Config{Address: "head:10001", Grace: conn.DefaultGrace})
//	put := c.Put(ctx, pickle.Buffers(value), nil)
//	id, err := put.ID(ctx)
//
// Mental model:
//
//   - Nearly everything goes over one stream, in order. A request returns a Reply at once, which
//     is waited for or asked for a channel.
//   - Ids of requests rise without gaps in the order in which they are sent, under one lock: the
//     server takes a smaller one for a repetition.
//   - When the stream breaks, it is opened again within the grace period, with the same client id,
//     and what has no answer is sent again in its order. The server remembers answers that were
//     not acknowledged, so nothing happens twice.
//   - What is big goes in chunks of 5 MiB, both ways; an interrupted get goes on at its last chunk. Other
//     requests go between the chunks of a put, which can be given up.
//   - Everything is pickles; this package does not look into them.
package conn
