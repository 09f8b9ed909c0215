package launcher

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Plan is what "goray up --dry-run" prints: everything that would be made, copied and run. It asks
// nobody and creates nothing.
func (c *Cluster) Plan(a Additions) string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-9s %s\n", name, fmt.Sprintf(format, args...))
	}
	p := providers[c.Provider]
	fmt.Fprintf(&b, "plan for %s on %s (provider %s)\n", c.Name, p.title, c.Provider)
	row("head", "1%s", describe(c.Head()))
	workers := c.Workers()
	row("workers", "%d at least, %d at most", c.MinWorkers(), c.MaxWorkers)
	for _, w := range workers {
		spot := ""
		if w.Spot {
			spot = ", spot: may be taken away, then Ray retries"
		}
		row("", "%d to %d%s%s", w.Min, w.Max, describe(w), spot)
	}
	if p.place != nil {
		row("where", "%s", p.place(c))
	}
	if p.ssh {
		row("ssh", "%s, %s", cmp.Or(c.SSHUser, "(no user named)"), cmp.Or(c.SSHKey, "key: "+map[bool]string{
			true: "your agent's or your own default", false: "Ray makes one"}[c.Provider == "local"]))
	}
	row("idle", "a worker without work and without objects leaves after %s", minutes(c.IdleMinutes))
	if c.Image != "" {
		row("image", "%s", c.Image)
	}
	if c.takesAdditions() {
		if a.Binary != "" {
			row("copies", "%s → %s on every node", a.Binary, nodeBinary)
		}
		for i, command := range c.setup(a) {
			row(map[bool]string{true: "runs", false: ""}[i == 0], "%s", command)
		}
	}
	for i, n := range c.document.Notes {
		row(map[bool]string{true: "notes", false: ""}[i == 0], "%s", n)
	}
	return b.String()
}

func describe(n NodeType) string {
	var parts []string
	if n.Machine != "" {
		parts = append(parts, n.Machine)
	}
	name := n.Name
	if len(n.Resources) > 0 {
		var r []string
		for _, k := range slices.Sorted(maps.Keys(n.Resources)) {
			r = append(r, fmt.Sprintf("%s %d", k, n.Resources[k]))
		}
		name += ": " + strings.Join(r, ", ")
	}
	parts = append(parts, "("+name+")")
	return " × " + strings.Join(parts, " ")
}

func minutes(m float64) string {
	switch {
	case m == 1:
		return "1 minute"
	case m < 1:
		return fmt.Sprintf("%g seconds", m*60)
	}
	return fmt.Sprintf("%g minutes", m)
}
