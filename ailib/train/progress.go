package train

import (
	"fmt"
	"html"
	"strings"
)

// progress is the live view of a running training: its curves so far.
type progress struct {
	history []Metrics
	rounds  int // in total; 0 = unknown
}

// MIMEBundle implements [viz.Renderer]. It is called when the view is due, so
// rounds that nobody sees cost no drawing.
func (p progress) MIMEBundle() map[string]any {
	return map[string]any{
		"text/plain": p.Text(80),
		"text/html":  "<div>" + html.EscapeString(p.caption()) + "</div>\n" + pageOf(curves(p.history)),
	}
}

// Text implements [viz.Sized].
func (p progress) Text(width int) string {
	return strings.TrimRight(p.caption()+"\n\n"+textOf(curves(p.history), width), "\n")
}

// caption says which round it is and what was measured last.
func (p progress) caption() string {
	n := len(p.history)
	round := n
	if n > 0 { // a training that was resumed does not begin with round 1
		round = int(p.history[n-1][iterationMetric])
	}
	s := fmt.Sprintf("round %d", round)
	if p.rounds > 0 {
		s += fmt.Sprintf(" of %d", p.rounds)
	}
	if n > 0 {
		for _, name := range p.history[n-1].measured() {
			s += fmt.Sprintf("  %s %.5g", name, p.history[n-1][name])
		}
	}
	return s
}
