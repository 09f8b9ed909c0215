package forest

import "math"

// Tree is a regression tree; node 0 is its root.
type Tree struct {
	Nodes []Node
}

// Node splits, or is a leaf.
type Node struct {
	Column      int     // -1: a leaf
	Threshold   float64 // rows up to it go left
	Left, Right int
	Value       float64 // the mean of its rows
	Weight      float64 // how many rows, counted as often as they were drawn
	Impurity    float64 // the variance of its rows
}

func (t *Tree) predict(row []float32) float64 {
	n := &t.Nodes[0]
	for n.Column >= 0 {
		if float64(row[n.Column]) <= n.Threshold {
			n = &t.Nodes[n.Left]
		} else {
			n = &t.Nodes[n.Right]
		}
	}
	return n.Value
}

func (t *Tree) importance(width int) []float64 {
	shares := make([]float64, width)
	for _, n := range t.Nodes {
		if n.Column >= 0 {
			l, r := t.Nodes[n.Left], t.Nodes[n.Right]
			shares[n.Column] += n.Weight*n.Impurity - l.Weight*l.Impurity - r.Weight*r.Impurity
		}
	}
	normalise(shares)
	return shares
}

// grower grows trees on one table, and keeps what they share.
type grower struct {
	config  Config
	columns [][]float32
	y       []float64

	// Of the tree that grows:
	weight   []float64 // how often each row was drawn
	rows     []int32   // those that were, grouped by node
	features []int     // in the order of the last draws; constant ones first
	constant []int     // features that are constant in the node, and in all below it
	choose   xorshift
	pairs    []pair // scratch
	tree     Tree
}

// pair is a row with its value in the column that is looked at.
type pair struct {
	value float32
	row   int32
}

func newGrower(x Table, y []float64, c Config) *grower {
	g := &grower{config: c, y: y, weight: make([]float64, len(y)), pairs: make([]pair, len(y))}
	for _, column := range x.Columns {
		narrow := make([]float32, len(column))
		for i, v := range column {
			narrow[i] = float32(v)
		}
		g.columns = append(g.columns, narrow)
	}
	g.features, g.constant = make([]int, len(g.columns)), make([]int, len(g.columns))
	return g
}

// part is a node that has yet to be looked at.
type part struct {
	start, end int // in rows
	depth      int
	parent     int // -1: none
	isLeft     bool
	constants  int     // how many features are known to be constant
	impurity   float64 // the variance of its rows; NaN: not known yet
}

func (g *grower) grow(seed uint32) Tree {
	g.draw(seed)
	for i := range g.features {
		g.features[i] = i
	}
	g.choose = xorshift(newRandom(seed).upTo(math.MaxInt32 - 1))
	g.tree = Tree{}
	// Left before right, depth first: the order decides which random numbers a node sees.
	todo := []part{{end: len(g.rows), parent: -1, impurity: math.NaN()}}
	for len(todo) > 0 {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		id, s := g.node(&p)
		if s.pos < p.end {
			todo = append(todo,
				part{start: s.pos, end: p.end, depth: p.depth + 1, parent: id, constants: p.constants, impurity: s.right},
				part{start: p.start, end: s.pos, depth: p.depth + 1, parent: id, isLeft: true, constants: p.constants, impurity: s.left})
		}
	}
	return g.tree
}

// draw takes a bootstrap sample of the rows.
func (g *grower) draw(seed uint32) {
	clear(g.weight)
	r := newRandom(seed)
	for range g.y {
		g.weight[r.upTo(uint32(len(g.y)-1))]++
	}
	g.rows = g.rows[:0]
	for i, w := range g.weight {
		if w > 0 {
			g.rows = append(g.rows, int32(i))
		}
	}
}

// epsilon is the difference below which a variance counts as nothing.
const epsilon = 2.220446049250313e-16

// node adds the node of p to the tree, and splits it where that helps: s.pos is p.end for a leaf.
func (g *grower) node(p *part) (id int, s split) {
	id = len(g.tree.Nodes)
	if p.parent >= 0 && p.isLeft {
		g.tree.Nodes[p.parent].Left = id
	} else if p.parent >= 0 {
		g.tree.Nodes[p.parent].Right = id
	}
	sums := g.sums(p)
	if math.IsNaN(p.impurity) {
		p.impurity = sums.squares/sums.weight - sq(sums.y/sums.weight)
	}
	n := Node{Column: -1, Left: -1, Right: -1, Value: sums.y / sums.weight, Weight: sums.weight, Impurity: p.impurity}
	count := p.end - p.start
	s = split{pos: p.end}
	if count >= 2 && count >= 2*g.config.MinLeaf && p.impurity > epsilon && (g.config.MaxDepth == 0 || p.depth < g.config.MaxDepth) {
		s = g.best(p, sums)
		if s.pos < p.end {
			n.Column, n.Threshold = s.column, s.threshold
		}
	}
	g.tree.Nodes = append(g.tree.Nodes, n)
	return id, s
}

// totals are weighted sums over rows.
type totals struct{ weight, y, squares float64 }

func (g *grower) sums(p *part) (t totals) {
	for _, r := range g.rows[p.start:p.end] {
		w := g.weight[r]
		wy := w * g.y[r]
		t.y += wy
		t.squares += wy * g.y[r]
		t.weight += w
	}
	return t
}

func sq(x float64) float64 { return x * x }

// split is where a node's rows part: those before pos go left.
type split struct {
	column      int
	threshold   float64
	pos         int
	left, right float64 // the variances of the parts
}

// flat is the difference up to which two values of a column are the same.
const flat = 1e-7

// best finds the split after which the squared error is smallest, and orders the rows by it.
// Columns are looked at in random order, so that ties are broken fairly; those that are constant
// in the node are remembered for the nodes below.
func (g *grower) best(p *part, all totals) split {
	known := p.constants
	var found, drawn int
	total, left := known, len(g.features)
	s, top := split{pos: p.end}, math.Inf(-1)
	for left > total {
		j := g.choose.below(drawn, left-found)
		if j < known {
			g.features[drawn], g.features[j] = g.features[j], g.features[drawn]
			drawn++
			continue
		}
		j += found
		column := g.features[j]
		pairs := g.sorted(p, column)
		if pairs[len(pairs)-1].value <= pairs[0].value+flat {
			g.features[j], g.features[total] = g.features[total], g.features[j]
			found++
			total++
			continue
		}
		left--
		g.features[left], g.features[j] = g.features[j], g.features[left]
		if at, threshold, gain := g.scan(pairs, all); gain > top {
			s, top = split{column: column, threshold: threshold, pos: p.start + at}, gain
		}
	}
	copy(g.features[:known], g.constant[:known])
	copy(g.constant[known:known+found], g.features[known:known+found])
	p.constants = total
	if s.pos < p.end {
		g.partition(p, &s, all)
	}
	return s
}

func (g *grower) sorted(p *part, column int) []pair {
	pairs := g.pairs[:p.end-p.start]
	values := g.columns[column]
	rows := g.rows[p.start:p.end]
	for i, r := range rows {
		pairs[i] = pair{values[r], r}
	}
	sortPairs(pairs)
	for i, p := range pairs {
		rows[i] = p.row // the next column starts from this order
	}
	return pairs
}

// scan finds the best place to part sorted rows: the gain is what is to be added to a constant to
// have minus the squared error.
func (g *grower) scan(pairs []pair, all totals) (at int, threshold, gain float64) {
	gain = math.Inf(-1)
	var left totals
	from := 0 // left has the rows before it
	for i := 0; i < len(pairs)-1; i++ {
		if pairs[i+1].value <= pairs[i].value+flat || i+1 < g.config.MinLeaf || len(pairs)-i-1 < g.config.MinLeaf {
			continue
		}
		left = g.move(left, all, from, i+1, len(pairs), func(k int) int32 { return pairs[k].row })
		from = i + 1
		right := totals{weight: all.weight - left.weight, y: all.y - left.y}
		if now := left.y*left.y/left.weight + right.y*right.y/right.weight; now > gain {
			at, gain = i+1, now
			threshold = float64(pairs[i].value)/2 + float64(pairs[i+1].value)/2
			if threshold == float64(pairs[i+1].value) {
				threshold = float64(pairs[i].value)
			}
		}
	}
	return at, threshold, gain
}

// move brings the sums of the rows before from to those before to, by the shorter way: forward,
// or backward from the sums of all n.
func (g *grower) move(left, all totals, from, to, n int, row func(int) int32) totals {
	if to-from <= n-to {
		for k := from; k < to; k++ {
			r := row(k)
			left.y += g.weight[r] * g.y[r]
			left.weight += g.weight[r]
		}
		return left
	}
	left = all
	for k := n - 1; k >= to; k-- {
		r := row(k)
		left.y -= g.weight[r] * g.y[r]
		left.weight -= g.weight[r]
	}
	return left
}

// partition brings the rows that go left to the front, and computes the variances of both parts.
func (g *grower) partition(p *part, s *split, all totals) {
	values, rows := g.columns[s.column], g.rows[p.start:p.end]
	i, j := 0, len(rows)
	for i < j {
		if float64(values[rows[i]]) <= s.threshold {
			i++
			continue
		}
		j--
		rows[i], rows[j] = rows[j], rows[i]
	}
	at := s.pos - p.start
	left := g.move(totals{}, all, 0, at, len(rows), func(k int) int32 { return rows[k] })
	squares := 0.0
	for _, r := range rows[:at] {
		squares += g.weight[r] * g.y[r] * g.y[r]
	}
	s.left = squares/left.weight - sq(left.y/left.weight)
	rightWeight := all.weight - left.weight
	s.right = (all.squares-squares)/rightWeight - sq((all.y-left.y)/rightWeight)
	gain := p.impurity - rightWeight/all.weight*s.right - left.weight/all.weight*s.left
	if all.weight/float64(len(g.y))*gain+epsilon < 0 {
		s.pos = p.end // rounding made a difference of rows that are all the same
	}
}
