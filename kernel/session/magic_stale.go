package session

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/goray/goray/kernel/engine"
)

func init() {
	lineMagics["stale"] = magic{"%stale", "the cells whose inputs have changed since they ran", staleMagic}
	lineMagics["run-stale"] = magic{"%run-stale", "run those cells again, in their order", runStale}
}

func staleMagic(l *Local, _ context.Context, _ engine.Cell, _, _ string, _ *Outcome) error {
	all := l.graph.stale()
	if len(all) == 0 {
		fmt.Println(say("nothing is stale"))
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, s := range all {
		fmt.Fprintf(w, "In[%d]\t%s\t%s\n", s.number, s.title(), s.why)
	}
	return w.Flush()
}

// runStale runs stale cells until there are none, each at most once. What they show is shown here:
// a kernel cannot write into other cells of a notebook.
func runStale(l *Local, ctx context.Context, cell engine.Cell, _, _ string, out *Outcome) error {
	done := map[string]bool{}
	for {
		all := slices.DeleteFunc(l.graph.stale(), func(s stale) bool { return done[s.id+s.source] || s.runsStale() })
		if len(all) == 0 {
			break
		}
		s := all[0]
		done[s.id+s.source] = true
		fmt.Printf("In[%d] again, as %s: %s\n", s.number, s.why, s.title())
		again := cell
		again.ID, again.Source = s.id, s.source
		outer := l.graph.begin(again)
		out.Result = nil
		for _, p := range split(again.Source) {
			out.Result = nil
			if l.part(ctx, again, p, out); out.Err != nil {
				break
			}
		}
		l.graph.end(again, outer, true)
		if out.Err != nil {
			return out.Err
		}
		if out.Result != nil {
			l.Display("", *out.Result)
			out.Result = nil
		}
	}
	if len(done) == 0 {
		fmt.Println(say("nothing is stale"))
	}
	return nil
}

// runsStale says whether the cell itself runs stale cells.
func (n *node) runsStale() bool {
	return slices.ContainsFunc(split(n.source), func(p part) bool { return p.kind == linePart && strings.HasPrefix(p.text, "run-stale") })
}
