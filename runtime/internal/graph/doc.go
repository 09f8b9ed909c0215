// Package graph runs compiled graphs: actors that call their own methods again and again, and pass
// the values on to each other over sockets of their own, without the driver between them.
//
//	go graph.Run(state, ctx, plan)          // in each actor, until the input ends
//	edge.Send(graph.Value(v)); v, err := out.Receive(ctx) // in the driver
//
// Mental model:
//
//   - A Plan is what one actor does in a round: its operations in their order, where their arguments
//     come from, and to whom their results go.
//   - An edge carries the result of one operation to one process. Whoever reads it listens at a
//     socket in the graph's folder, and whoever writes it connects.
//   - A value crosses an edge encoded; a failure crosses it, too, instead of the value, and what
//     depends on it is not run.
//   - When the driver closes its edges, each actor sees the end of its input, ends its loop and
//     closes its own: the end runs through the graph as the values did.
package graph
