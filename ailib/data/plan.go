package data

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// nodeKind tells the nodes of a logical plan apart.
type nodeKind int

const (
	nodeSource nodeKind = iota
	nodeStep
	nodeLimit
	nodeRepartition
	nodeShuffle
	nodeSort
	nodeUnion
	nodeAggregate
)

// node is one operation of the logical plan. It holds concrete, encodable
// fields only (no interfaces, no Arrow types), because a Dataset that a task
// captures travels as its plan.
type node struct {
	Kind   nodeKind
	Inputs []*node
	Source *source    // nodeSource
	Step   *step      // nodeStep
	N      int64      // nodeLimit: rows; nodeRepartition: blocks
	Seed   int64      // nodeShuffle
	Keys   []SortKey  // nodeSort
	Group  *grouping  // nodeAggregate
	Out    schemaData // what comes out, empty when only execution can tell
}

func (n *node) schema() *arrow.Schema { return n.Out.schema() }

// resolve checks the operation against the schema of its input, as far as it
// is known, and computes the schema of the output.
func (n *node) resolve() error {
	in := n.Inputs[0].schema()
	out := in
	var err error
	switch n.Kind {
	case nodeStep:
		out, err = n.Step.output(in)
	case nodeSort:
		names := make([]string, len(n.Keys))
		for i, k := range n.Keys {
			names[i] = k.Column
		}
		err = checkColumns("Sort", in, names)
	case nodeUnion:
		for i, other := range n.Inputs[1:] {
			s := other.schema()
			if in == nil || s == nil {
				continue
			}
			if diff := schemaDifference(in, s); diff != "" {
				return planErrorf(kindSchema, "data: Union: dataset %d differs from the first: %s; select, rename or cast columns until they agree", i+2, diff)
			}
		}
	case nodeAggregate:
		out, err = n.Group.output(in)
	}
	if err != nil {
		return err
	}
	n.Out = schemaBytes(out)
	return nil
}

// knownRows tells the number of rows where the plan alone determines it.
func (n *node) knownRows() (int64, bool) {
	switch n.Kind {
	case nodeSource:
		return n.Source.rows()
	case nodeStep:
		if !n.Step.keepsRows() {
			return 0, false
		}
	case nodeLimit:
		rows, ok := n.Inputs[0].knownRows()
		return min(rows, n.N), ok
	case nodeUnion:
		var total int64
		for _, in := range n.Inputs {
			rows, ok := in.knownRows()
			if !ok {
				return 0, false
			}
			total += rows
		}
		return total, true
	case nodeAggregate:
		return 0, false
	}
	return n.Inputs[0].knownRows()
}

// stepKind tells the per-block steps apart.
type stepKind int

const (
	stepMap stepKind = iota
	stepFlatMap
	stepFilter
	stepFilterExpr
	stepMapBatches
	stepTransform
	stepSelect
	stepDrop
	stepRename
	stepWith
	stepAdd
	stepDropNulls
	stepHead    // at most N rows of each block; put in by the optimiser
	stepPartial // partial aggregation; put in by the executor
	stepHist    // counts between Edges
	stepWriteParquet
	stepWriteCSV
)

// step changes the rows of one block without looking at others. Steps in a
// row are fused into one task per block.
type step struct {
	Kind     stepKind
	Fn       function
	Value    Transformer // stepTransform
	Expr     Expr
	Names    []string
	NewNames []string
	Batch    batchOptions
	N        int64
	Edges    []float64
	Group    *grouping
}

var stepNames = map[stepKind]string{
	stepMap: "Map", stepFlatMap: "FlatMap", stepFilter: "Filter", stepFilterExpr: "Filter",
	stepMapBatches: "MapBatches", stepTransform: "Transform", stepSelect: "SelectColumns", stepDrop: "DropColumns",
	stepRename: "RenameColumns", stepWith: "WithColumn", stepAdd: "AddColumn",
	stepDropNulls: "DropNulls", stepHead: "Head", stepPartial: "PartialAggregate",
	stepHist: "Hist", stepWriteParquet: "WriteParquet", stepWriteCSV: "WriteCSV",
}

// keepsRows says that the step makes exactly one row of each row.
func (s *step) keepsRows() bool {
	switch s.Kind {
	case stepMap, stepSelect, stepDrop, stepRename, stepWith, stepAdd:
		return true
	case stepTransform:
		_, ok := s.Value.(schemaTransformer)
		return ok
	}
	return false
}

// schemaTransformer is a Transformer that knows its columns and keeps rows.
type schemaTransformer interface {
	TransformSchema(in *arrow.Schema) (*arrow.Schema, error)
}

// runsUserCode says that the step calls a function of the user.
func (s *step) runsUserCode() bool {
	switch s.Kind {
	case stepMap, stepFlatMap, stepFilter, stepMapBatches, stepAdd, stepTransform:
		return true
	}
	return false
}

// output checks the step against the schema of its input and returns the
// schema of its output; nil stands for unknown.
func (s *step) output(in *arrow.Schema) (*arrow.Schema, error) {
	op := stepNames[s.Kind]
	switch s.Kind {
	case stepMap, stepFlatMap:
		return s.Fn.outputSchema(op, in)
	case stepFilter:
		_, err := s.Fn.outputSchema(op, in)
		return in, err
	case stepFilterExpr:
		if in == nil {
			return nil, nil
		}
		t, err := s.Expr.resultType(in)
		if err == nil && t.ID() != arrow.BOOL {
			err = planErrorf(kindType, "data: Filter: %s is %s, not bool; compare it, for example with .Gt(0)", s.Expr, t)
		}
		return in, err
	case stepMapBatches:
		return s.Fn.batchSchema(in)
	case stepTransform:
		if t, ok := s.Value.(schemaTransformer); ok && in != nil {
			return t.TransformSchema(in)
		}
		return nil, nil
	case stepSelect:
		if err := distinct(op, s.Names); err != nil {
			return nil, err
		}
		if err := checkColumns(op, in, s.Names); err != nil || in == nil {
			return nil, err
		}
		return selectFields(in, s.Names), nil
	case stepDrop:
		if err := checkColumns(op, in, s.Names); err != nil || in == nil {
			return nil, err
		}
		var keep []string
		for _, f := range in.Fields() {
			if !slices.Contains(s.Names, f.Name) {
				keep = append(keep, f.Name)
			}
		}
		return selectFields(in, keep), nil
	case stepRename:
		if err := checkColumns(op, in, s.Names); err != nil || in == nil {
			return nil, err
		}
		out := renameFields(in, s.Names, s.NewNames)
		return out, distinct(op, fieldNames(out))
	case stepWith:
		if in == nil {
			return nil, nil
		}
		t, err := s.Expr.resultType(in)
		if err != nil {
			return nil, err
		}
		return withField(in, arrow.Field{Name: s.Names[0], Type: t, Nullable: true}), nil
	case stepAdd:
		t, err := s.Fn.valueType(op, in)
		if err != nil || t == nil || in == nil {
			return nil, err
		}
		return withField(in, arrow.Field{Name: s.Names[0], Type: t, Nullable: true}), nil
	case stepDropNulls:
		return in, checkColumns(op, in, s.Names)
	case stepPartial, stepHist, stepWriteParquet, stepWriteCSV:
		return nil, nil
	}
	return in, nil
}

func checkColumns(op string, in *arrow.Schema, names []string) error {
	if in == nil {
		return nil
	}
	for _, name := range names {
		if !in.HasField(name) {
			return missingColumn(op, name, fieldNames(in))
		}
	}
	return nil
}

func distinct(op string, names []string) error {
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			return planErrorf(kindColumn, "data: %s: column %q would be there twice; give each column its own name", op, name)
		}
		seen[name] = true
	}
	return nil
}
