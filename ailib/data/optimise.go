package data

import (
	"reflect"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// optimise returns an equivalent plan that does less: limits and filters move
// towards the source, and sources read only the columns that are used. Fusion
// of steps happens later, when stages are cut.
func optimise(n *node) *node {
	n = pushLimits(n)
	n = pushFilters(n)
	return pruneGroups(prune(n, nil))
}

// rebuild copies a node with its inputs replaced by what f makes of them.
func rebuild(n *node, f func(*node) *node) *node {
	out := *n
	out.Inputs = make([]*node, len(n.Inputs))
	for i, in := range n.Inputs {
		out.Inputs[i] = f(in)
	}
	return &out
}

// pushLimits moves a limit below steps that make one row of each row, and
// merges limits that meet.
func pushLimits(n *node) *node {
	if n.Kind == nodeLimit {
		in := n.Inputs[0]
		switch {
		case in.Kind == nodeLimit:
			merged := *in
			merged.N = min(n.N, in.N)
			return pushLimits(&merged)
		case in.Kind == nodeStep && in.Step.keepsRows():
			step := *in
			step.Inputs = []*node{{Kind: nodeLimit, N: n.N, Inputs: in.Inputs, Out: in.Inputs[0].Out}}
			return pushLimits(&step)
		}
	}
	return rebuild(n, pushLimits)
}

// pushFilters moves filters by expression before steps that do not make the
// columns they read, so that those steps see fewer rows.
func pushFilters(n *node) *node { return sink(rebuild(n, pushFilters)) }

// sink moves n, if it is a filter by expression, as far down as it may go.
func sink(n *node) *node {
	if n.Kind != nodeStep || n.Step.Kind != stepFilterExpr {
		return n
	}
	in := n.Inputs[0]
	if in.Kind != nodeStep || !passes(n.Step.Expr, in) {
		return n
	}
	filter, above := *n, *in
	filter.Inputs = in.Inputs
	filter.Out = in.Inputs[0].Out
	above.Inputs = []*node{sink(&filter)}
	return &above
}

// passes says that a filter by e gives the same before the step in as after it.
func passes(e Expr, in *node) bool {
	ok := true
	switch in.Step.Kind {
	case stepSelect, stepDrop, stepDropNulls:
		return true
	case stepWith:
		e.columns(func(name string) { ok = ok && name != in.Step.Names[0] })
		return ok
	case stepRename:
		e.columns(func(name string) {
			ok = ok && !slices.Contains(in.Step.NewNames, name) && !slices.Contains(in.Step.Names, name)
		})
		return ok
	}
	return false
}

// prune narrows what sources read to the columns that are used. need is what
// the consumer of n uses; nil stands for all columns.
func prune(n *node, need []string) *node {
	if n.Kind == nodeSource {
		return n.pruneSource(need)
	}
	if n.Kind == nodeStep {
		return n.pruneStep(need)
	}
	switch n.Kind {
	case nodeSort:
		for _, k := range n.Keys {
			need = union(need, k.Column)
		}
	case nodeAggregate:
		need = slices.Clone(n.Group.Keys)
		if need == nil {
			need = []string{}
		}
		for _, a := range n.Group.Aggs {
			if a.Column != "" {
				need = union(need, a.Column)
			}
		}
	}
	return rebuild(n, func(in *node) *node { return prune(in, need) })
}

// union adds names to a list of needed columns; all columns stay all.
func union(need []string, names ...string) []string {
	if need == nil {
		return nil
	}
	out := slices.Clone(need)
	for _, name := range names {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func (n *node) pruneSource(need []string) *node {
	switch n.Source.Kind {
	case sourceParquet, sourceCSV, sourceMemory:
	default:
		return n
	}
	in := n.schema()
	if need == nil || in == nil {
		return n
	}
	columns := []string{}
	for _, name := range fieldNames(in) {
		if slices.Contains(need, name) {
			columns = append(columns, name)
		}
	}
	if len(columns) == in.NumFields() {
		return n
	}
	out, src := *n, *n.Source
	src.Columns = columns
	out.Source = &src
	out.Out = schemaBytes(selectFields(in, columns))
	return &out
}

func (n *node) pruneStep(need []string) *node {
	s := n.Step
	in := n.Inputs[0].schema()
	switch s.Kind {
	case stepSelect:
		need = slices.Clone(s.Names)
	case stepDrop:
		if in == nil {
			need = union(need, s.Names...)
			break
		}
		// The dropped columns are not even read: select the others instead.
		keep := []string{}
		for _, name := range fieldNames(in) {
			if !slices.Contains(s.Names, name) && (need == nil || slices.Contains(need, name)) {
				keep = append(keep, name)
			}
		}
		need, s = keep, &step{Kind: stepSelect, Names: keep}
	case stepRename:
		if need != nil {
			var before []string
			for _, name := range need {
				if i := slices.Index(s.NewNames, name); i >= 0 {
					name = s.Names[i]
				}
				before = append(before, name)
			}
			need = union(append([]string{}, before...), s.Names...)
		}
	case stepWith:
		if need != nil {
			if !slices.Contains(need, s.Names[0]) {
				return prune(n.Inputs[0], need)
			}
			need = slices.DeleteFunc(slices.Clone(need), func(name string) bool { return name == s.Names[0] })
			s.Expr.columns(func(name string) { need = union(need, name) })
		}
	case stepFilterExpr:
		s.Expr.columns(func(name string) { need = union(need, name) })
	case stepDropNulls:
		if len(s.Names) == 0 {
			need = nil
		}
		need = union(need, s.Names...)
	case stepTransform:
		need = nil
	case stepMap, stepFlatMap, stepMapBatches:
		need = s.Fn.columns(in)
	case stepFilter, stepAdd:
		if read := s.Fn.columns(in); read == nil {
			need = nil
		} else {
			need = union(need, read...)
		}
	}
	out := *n
	out.Step = s
	out.Inputs = []*node{prune(n.Inputs[0], need)}
	return &out
}

// columns lists the columns that a function reads, nil when it may read all.
func (f function) columns(in *arrow.Schema) []string {
	fn, err := f.Fn.value()
	if err != nil {
		return nil
	}
	t := reflect.TypeOf(fn)
	if inner := constructed(t); inner != nil {
		t = inner
	}
	s, err := signatureOf("", t)
	if err != nil {
		return nil
	}
	row := s.in
	if f.Shape == batchToBatch && row.Kind() == reflect.Slice {
		row = row.Elem()
	}
	if row.Kind() == reflect.Pointer {
		row = row.Elem()
	}
	if !isRowStruct(row) || row == typeBatch {
		return nil
	}
	out := []string{}
	for _, f := range structFields(row) {
		out = append(out, f.column)
	}
	return out
}
