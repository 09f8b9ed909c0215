// Package wire carries Jupyter messages: framing and signatures, the five sockets of a kernel,
// and a client that attaches to a running kernel.
//
//	srv, err := wire.Listen(connection)             // a kernel's side
//	m, err := srv.Recv(wire.Shell)                  // a *Message, its signature checked
//	err = srv.Reply(wire.Shell, m, "kernel_info_reply", content)
//	srv.Publish(m, "status", content)
//
//	c, err := wire.Dial(ctx, connection)            // the other side
//	res, err := c.Execute(ctx, wire.Request{Code: "1 + 1"}, wire.Handlers{Output: show})
//
// The server's sockets are our own (package zmtp), because they meet strangers; the client's are
// go-zeromq/zmq4, which meets only kernels. A message that is malformed, wrongly signed or a
// repetition is dropped: nobody is told, and nothing ends.
package wire
