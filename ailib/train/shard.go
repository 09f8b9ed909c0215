package train

import "github.com/goray/goray/runtime/ray"

// piece is a range of rows of one block.
type piece struct {
	Block    *ray.Ref
	From, To int64
}

// blocks are the materialised rows of a data set, in order.
type blocks struct {
	refs []*ray.Ref
	rows []int64
}

func (b blocks) total() int64 {
	var n int64
	for _, r := range b.rows {
		n += r
	}
	return n
}

// shard returns the rows of worker rank among size: equal contiguous parts of
// the whole, whatever the blocks are, so that no worker waits for another with
// more rows and the parts of equal data are equal.
func (b blocks) shard(rank, size int) []piece {
	total := b.total()
	from, to := total*int64(rank)/int64(size), total*int64(rank+1)/int64(size)
	var out []piece
	var start int64
	for i, rows := range b.rows {
		lo, hi := max(from, start), min(to, start+rows)
		if lo < hi {
			out = append(out, piece{Block: b.refs[i], From: lo - start, To: hi - start})
		}
		start += rows
	}
	return out
}
