package data

import (
	"fmt"
	"strings"
	"weak"
)

// label is the step as Explain, Stats and errors name it.
func (s *step) label() string {
	name := stepNames[s.Kind]
	switch s.Kind {
	case stepMap, stepFlatMap, stepFilter:
		return name + "(" + s.Fn.Fn.Func.Name() + ")"
	case stepMapBatches:
		return name + "(" + s.Fn.Fn.Func.Name() + s.Batch.text() + ")"
	case stepTransform:
		if t, ok := s.Value.(fmt.Stringer); ok {
			return name + "(" + shorten(t.String(), 80) + ")"
		}
		return fmt.Sprintf("%s(%T)", name, s.Value)
	case stepAdd:
		return fmt.Sprintf("%s(%s, %s)", name, s.Names[0], s.Fn.Fn.Func.Name())
	case stepFilterExpr:
		return name + "(" + s.Expr.String() + ")"
	case stepWith:
		return fmt.Sprintf("%s(%s = %s)", name, s.Names[0], s.Expr)
	case stepRename:
		parts := make([]string, len(s.Names))
		for i := range parts {
			parts[i] = s.Names[i] + " to " + s.NewNames[i]
		}
		return name + "(" + strings.Join(parts, ", ") + ")"
	case stepHead:
		return fmt.Sprintf("%s(%d)", name, s.N)
	case stepHist:
		return fmt.Sprintf("%s(%s, %d bins)", name, s.Names[0], len(s.Edges)-1)
	case stepPartial:
		return name + "(" + s.Group.text() + ")"
	}
	return name + "(" + strings.Join(s.Names, ", ") + ")"
}

func (o batchOptions) text() string {
	var b strings.Builder
	if o.Size > 0 {
		fmt.Fprintf(&b, ", batch %d", o.Size)
	}
	if o.Concurrency > 0 {
		fmt.Fprintf(&b, ", concurrency %d", o.Concurrency)
	}
	if o.Ctor {
		b.WriteString(", actors")
	}
	return b.String()
}

func (g *grouping) text() string {
	parts := make([]string, len(g.Aggs))
	for i, a := range g.Aggs {
		parts[i] = a.Name
	}
	return fmt.Sprintf("by [%s]: %s", strings.Join(g.Keys, ", "), strings.Join(parts, ", "))
}

func (n *node) label() string {
	switch n.Kind {
	case nodeSource:
		return n.Source.text()
	case nodeStep:
		return n.Step.label()
	case nodeLimit:
		return fmt.Sprintf("Limit(%d)", n.N)
	case nodeRepartition:
		return fmt.Sprintf("Repartition(%d)", n.N)
	case nodeShuffle:
		return fmt.Sprintf("RandomShuffle(seed %d)", n.Seed)
	case nodeSort:
		parts := make([]string, len(n.Keys))
		for i, k := range n.Keys {
			parts[i] = k.Column
			if k.Descending {
				parts[i] += " descending"
			}
		}
		return "Sort(" + strings.Join(parts, ", ") + ")"
	case nodeUnion:
		return fmt.Sprintf("Union(%d inputs)", len(n.Inputs))
	}
	return "Aggregate(" + n.Group.text() + ")"
}

func (s *source) text() string {
	name := sourceNames[s.Kind]
	var parts []string
	switch s.Kind {
	case sourceParquet, sourceCSV:
		parts = append(parts, s.Files[0])
		if len(s.Files) > 1 {
			parts = append(parts, fmt.Sprintf("and %d more", len(s.Files)-1))
		}
	case sourceRange:
		parts = append(parts, fmt.Sprint(s.N))
	case sourceBlocks:
		parts = append(parts, fmt.Sprintf("%d in the store", len(s.Blocks)))
	}
	if s.Columns != nil {
		parts = append(parts, "columns ["+strings.Join(s.Columns, ", ")+"]")
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// Explain describes the plan as it was written and as it will be executed:
// each physical line is one kind of task, with the operators fused into it.
func (d *Dataset) Explain() string {
	if err := d.Err(); err != nil {
		return err.Error()
	}
	var b strings.Builder
	b.WriteString("logical:\n")
	writeLogical(&b, d.last, 1)
	b.WriteString("physical:\n")
	writePhysical(&b, optimise(d.last), 1)
	if r, ok := lastRuns.Load(weak.Make(d.last)); ok && r.(*runStats).uneven != "" {
		b.WriteString("last execution:\n  " + r.(*runStats).uneven + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func writeLogical(b *strings.Builder, n *node, depth int) {
	fmt.Fprintf(b, "%s%s\n", strings.Repeat("  ", depth), n.label())
	for _, in := range n.Inputs {
		writeLogical(b, in, depth+1)
	}
}

// writePhysical writes consumers above what they consume, like writeLogical.
func writePhysical(b *strings.Builder, n *node, depth int) {
	var steps []*step
	for n.Kind == nodeStep {
		steps = append([]*step{n.Step}, steps...)
		n = n.Inputs[0]
	}
	groups := stages(steps)
	for i := len(groups) - 1; i >= 0; i-- {
		var parts []string
		if i == 0 && n.Kind == nodeSource && n.Source.Kind != sourceBlocks {
			parts = append(parts, n.label())
		}
		for _, s := range groups[i] {
			parts = append(parts, s.label())
		}
		fmt.Fprintf(b, "%stasks: %s\n", strings.Repeat("  ", depth), strings.Join(parts, " -> "))
		depth++
	}
	if n.Kind == nodeSource && len(groups) > 0 && n.Source.Kind != sourceBlocks {
		return
	}
	fmt.Fprintf(b, "%s%s\n", strings.Repeat("  ", depth), n.label())
	for _, in := range n.Inputs {
		if n.Kind == nodeAggregate {
			in = n.partial()
		}
		writePhysical(b, in, depth+1)
	}
}
