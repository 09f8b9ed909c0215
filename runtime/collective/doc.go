// Package collective lets tasks and actors combine their numbers without a detour through the
// driver: all-reduce, broadcast, all-gather, reduce-scatter, reduce, barrier, send and receive.
//
//	func worker(ctx context.Context, rank int) ([]float64, error) {
//		g, err := collective.Join(ctx, "gradients", 4, rank)
//		if err != nil {
//			return nil, err
//		}
//		defer g.Close()
//		x := []float64{float64(rank), 1}
//		err = collective.AllReduce(g, x, collective.Sum)
//		return x, err // [6 4] everywhere
//	}
//
// Mental model:
//
//   - A group has a name, a size, and a rank from 0 for each member. Members find each other through
//     a named actor, which lives while a member does, and then talk over connections of their own.
//   - Every member makes the same calls in the same order. A member whose call differs from its
//     neighbour's gets an error that names both calls.
//   - The ring algorithms send each number 2·(n-1)/n times, whatever the size of the group, and give
//     every member the same bits (Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for
//     clusters of workstations", 2009).
//   - A member that dies, leaves or does nothing for the group's Timeout breaks the group: all calls of
//     all members return ErrBroken. Join a group of another name to go on.
//
// It is Ray's ray.util.collective, for slices of Go's numbers in main memory.
package collective
