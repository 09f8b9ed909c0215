package ray

import (
	"fmt"
	"html"
	"reflect"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// Explanation says how far a task, an actor, a placement group or an object is, and what it waits
// for. Notebooks show it as a table.
type Explanation struct {
	ID    string
	Kind  string // "task", "actor", "actor call", "placement group", "object"
	Name  string
	State string // "WAITING_FOR_RESOURCES", "RUNNING", "PENDING" …
	// Asks is what it asks for, "CPU 2, GPU 1"; Where says where it may run, empty for anywhere.
	Asks, Where string
	// Infeasible says why no node that is there could ever run it; empty if one can.
	Infeasible string
	Nodes      []NodeReason
	Arguments  []MissingArgument
	Note       string // one sentence about the state
}

// NodeReason says what keeps a request from one node, or from one bundle of a placement group.
type NodeReason struct {
	Node     string
	Feasible bool   // it could be granted when others end
	Reason   string // "asks for CPU 2, 0.5 of 4 is free"; empty: nothing does
}

// MissingArgument is an argument that is not there yet.
type MissingArgument struct {
	ID    string
	Maker string // "task main.fit"; empty when nobody knows
	State string // of the maker
}

// Explain says why something waits: a reference, an actor's handle, a placement group, or the id
// of one as text. For each node it tells which resource, label or strategy keeps it away.
func Explain(target any) (*Explanation, error) {
	s := currentSession()
	if s == nil {
		return nil, notInitialized()
	}
	id, err := explained(target)
	if err != nil {
		return nil, err
	}
	var explain func(core.ID) (core.Explanation, error)
	switch b := s.backend.(type) {
	case core.Explainer:
		explain = b.Explain
	case core.Surveyor:
		explain = b.Account
	default:
		return nil, fmt.Errorf("ray: this backend (%s) cannot explain; leave Config.Address empty for the embedded runtime", s.backend.Info().Scheme)
	}
	c, err := explain(id)
	if err != nil {
		return nil, err
	}
	x := &Explanation{
		ID: c.ID.String(), Kind: c.Kind, Name: c.Name, State: c.State, Asks: c.Asks, Where: c.Where,
		Infeasible: c.Infeasible, Note: c.Note,
	}
	for _, r := range c.Nodes {
		x.Nodes = append(x.Nodes, NodeReason{Node: r.Name, Feasible: r.Feasible, Reason: r.Text})
	}
	for _, o := range c.Objects {
		x.Arguments = append(x.Arguments, MissingArgument{ID: o.ID.String(), Maker: o.Maker, State: o.State})
	}
	return x, nil
}

// explained finds the id of what Explain was given.
func explained(target any) (core.ID, error) {
	var ref *Ref
	switch t := target.(type) {
	case string:
		return core.ParseID(t)
	case *PlacementGroup:
		if err := t.Err(); err != nil {
			return 0, err
		}
		ref = t.ready
	case *ActorRef:
		ref = t.Ready()
	case interface{ Actor() *ActorRef }:
		ref = t.Actor().Ready()
	default:
		var ok bool
		if ref, _, ok = refOf(target); ok {
			break
		}
		// An engine whose types have no methods at run time still gives the struct of a handle.
		v := reflect.ValueOf(target)
		if v.Kind() != reflect.Struct || v.NumField() != 1 || v.Type().Field(0).Type != reflect.TypeFor[*ActorRef]() {
			return 0, invalidCall("Explain: the argument is a %T; give a reference, an actor's handle, a placement group or an id", target)
		}
		ref = (*ActorRef)(v.Field(0).UnsafePointer()).Ready()
	}
	if err := ref.check(); err != nil {
		return 0, err
	}
	return ref.id, nil
}

// Summary is the explanation in one line.
func (x *Explanation) Summary() string {
	switch {
	case x.Infeasible != "":
		return x.Infeasible
	case len(x.Nodes) == 0:
		return x.Note
	}
	var parts []string
	for _, n := range x.Nodes {
		parts = append(parts, n.Node+": "+n.reason())
	}
	return strings.Join(parts, "; ")
}

func (n NodeReason) reason() string {
	if n.Reason == "" {
		return "free"
	}
	return n.Reason
}

// state is the column between the node and the reason.
func (n NodeReason) state() string {
	switch {
	case n.Reason == "":
		return "free"
	case n.Feasible:
		return "busy"
	}
	return "never"
}

// title is the first line.
func (x *Explanation) title() string {
	name := x.Kind
	if x.Name != "" {
		name += " " + x.Name
	}
	return fmt.Sprintf("%s (%s): %s", name, x.ID, x.State)
}

// rows are the lines below the title, up to the nodes.
func (x *Explanation) rows() (rows [][2]string) {
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, [2]string{name, text})
		}
	}
	add("asks for", x.Asks)
	add("placement", x.Where)
	add("state", x.Note)
	if x.Kind == "placement group" || len(x.Nodes) == 0 { // otherwise the nodes say it
		add("infeasible", x.Infeasible)
	}
	for _, a := range x.Arguments {
		add("waits for", strings.TrimSpace(fmt.Sprintf("%s %s %s", a.ID, a.Maker, a.State)))
	}
	return rows
}

// String is the explanation as text, one line for each node.
func (x *Explanation) String() string {
	var b strings.Builder
	fmt.Fprintln(&b, x.title())
	for _, row := range x.rows() {
		fmt.Fprintf(&b, "  %-11s%s\n", row[0], row[1])
	}
	width := 0
	for _, n := range x.Nodes {
		width = max(width, len(n.Node))
	}
	for _, n := range x.Nodes {
		fmt.Fprintf(&b, "  %-*s  %-6s %s\n", width, n.Node, n.state(), n.Reason)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// MIMEBundle is the explanation as notebooks show it.
func (x *Explanation) MIMEBundle() map[string]any {
	var b strings.Builder
	cell := func(tag, text string) {
		fmt.Fprintf(&b, `<%s style="text-align:left">%s</%[1]s>`, tag, html.EscapeString(text))
	}
	b.WriteString(`<table class="goray-explain"><caption style="text-align:left">` + html.EscapeString(x.title()) + `</caption>`)
	for _, row := range x.rows() {
		b.WriteString("<tr>")
		cell("th", row[0])
		b.WriteString(`<td style="text-align:left" colspan="2">` + html.EscapeString(row[1]) + "</td></tr>")
	}
	for _, n := range x.Nodes {
		b.WriteString("<tr>")
		cell("th", n.Node)
		cell("td", n.state())
		cell("td", n.Reason)
		b.WriteString("</tr>")
	}
	b.WriteString("</table>")
	return map[string]any{"text/plain": x.String(), "text/html": b.String()}
}
