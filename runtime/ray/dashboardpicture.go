package ray

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// The colours read on light and on dark pages; they are those of package viz, which is not below.
const (
	inkOfText  = "#767676"
	inkOfTrack = "#80808038"
)

var inks = map[string]string{
	"CPU": "#1f78c8", "GPU": "#00946c", "store": "#b86298", "memory": "#b86298", "cores": "#1f78c8", "": "#a37600",
	"running": "#1f78c8", "waiting": "#a37600", "finished": "#00946c", "failed": "#d55e00",
}

func inkOf(u Use) string {
	for _, name := range []string{u.Name, strings.TrimLeft(u.Name, "0123456789 ")} {
		if ink := inks[name]; ink != "" {
			return ink
		}
	}
	return inks[""]
}

// Geometry of the picture, in pixels.
const (
	viewRow    = 22
	viewNames  = 132
	viewColumn = 268
	viewBar    = 96
	maxColumns = 3
	maxRows    = 16
)

// String is the view in lines of text.
func (v *ClusterView) String() string {
	var b strings.Builder
	b.WriteString("cluster at " + v.Time.Format("15:04:05") + ": " + v.counts() + "\n")
	names := len("machine")
	for _, n := range v.Nodes {
		names = max(names, utf8.RuneCountInString(n.ID))
	}
	line := func(name string, alive bool, uses []Use) {
		b.WriteString(name + strings.Repeat(" ", names-utf8.RuneCountInString(name)))
		if !alive {
			b.WriteString("  gone")
		}
		for _, u := range uses {
			full := int(8*u.share() + 0.5)
			b.WriteString("  " + u.Name + " " + strings.Repeat("█", full) + strings.Repeat("░", 8-full) + " " + useText(u))
		}
		b.WriteString("\n")
	}
	for i, n := range v.Nodes {
		if i == maxRows {
			b.WriteString(fmt.Sprintf("… and %d more\n", len(v.Nodes)-maxRows))
			break
		}
		line(n.ID, n.Alive, n.Uses)
	}
	line("machine", true, v.machineUses())
	return strings.TrimSuffix(b.String(), "\n")
}

func useText(u Use) string {
	if strings.HasSuffix(u.Name, " cores") {
		return fmt.Sprintf("%.0f %%", u.Used)
	}
	return u.text()
}

// MIMEBundle is the view as notebooks show it: text, and a picture without anything from elsewhere.
func (v *ClusterView) MIMEBundle() map[string]any {
	return map[string]any{"text/plain": v.String(), "image/svg+xml": v.svg()}
}

// svg is the picture.
func (v *ClusterView) svg() string {
	columns := 2
	for _, n := range v.Nodes {
		columns = max(columns, min(len(n.Uses), maxColumns))
	}
	width, shown := viewNames+columns*viewColumn+12, min(len(v.Nodes), maxRows)
	var b strings.Builder
	y := 22
	text := func(x, y int, ink, weight, content string) {
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="%s" font-weight="%s">%s</text>`, x, y, ink, weight, html.EscapeString(content))
	}
	bar := func(x, y, width int, share float64, ink string) {
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="9" rx="3" fill="%s"/><rect x="%d" y="%d" width="%.1f" height="9" rx="3" fill="%s"/>`,
			x, y-9, width, inkOfTrack, x, y-9, float64(width)*share, ink)
	}
	row := func(name string, alive bool, uses []Use) {
		text(12, y, inkOfText, "normal", cut(name, 17))
		if !alive {
			text(viewNames, y, inks["failed"], "normal", "gone")
		}
		for i, u := range uses {
			x := viewNames + i%columns*viewColumn
			if i > 0 && i%columns == 0 {
				y += viewRow
			}
			text(x, y, inkOfText, "normal", cut(u.Name, 8))
			bar(x+58, y, viewBar, u.share(), inkOf(u))
			text(x+58+viewBar+8, y, inkOfText, "normal", useText(u))
		}
		y += viewRow
	}
	text(12, y, inkOfText, "bold", "cluster, "+v.Time.Format("15:04:05"))
	text(viewNames, y, inkOfText, "normal", strings.SplitN(v.counts(), ";", 2)[0])
	y += viewRow + 4
	for _, n := range v.Nodes[:shown] {
		row(n.ID, n.Alive, n.Uses)
	}
	if more := len(v.Nodes) - shown; more > 0 {
		row(fmt.Sprintf("… and %d more", more), true, nil)
	}
	row("machine", true, v.machineUses())
	v.tasksRow(text, &b, y, width)
	y += 2*viewRow - 4
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="system-ui, Liberation Sans, sans-serif" font-size="12" role="img" aria-label="%s">%s</svg>`,
		width, y, width, y, html.EscapeString(v.counts()), b.String())
}

// tasksRow draws the tasks: a bar that their states share, and the figures below.
func (v *ClusterView) tasksRow(text func(x, y int, ink, weight, content string), b *strings.Builder, y, width int) {
	text(12, y, inkOfText, "normal", "tasks")
	states := []struct {
		name  string
		count int64
	}{{"running", int64(v.Running)}, {"waiting", int64(v.Waiting)}, {"finished", v.Finished - v.Failed}, {"failed", v.Failed}}
	var all int64
	for _, s := range states {
		all += s.count
	}
	full := width - viewNames - 24
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="9" rx="3" fill="%s"/>`, viewNames, y-9, full, inkOfTrack)
	x, at := viewNames, float64(viewNames)
	for _, s := range states {
		if all > 0 && s.count > 0 {
			part := float64(full) * float64(s.count) / float64(all)
			fmt.Fprintf(b, `<rect x="%.1f" y="%d" width="%.1f" height="9" fill="%s"/>`, at, y-9, part, inks[s.name])
			at += part
		}
		fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="4" fill="%s"/>`, x+4, y+viewRow-8, inks[s.name])
		label := fmt.Sprintf("%d %s", s.count, s.name)
		text(x+14, y+viewRow-4, inkOfText, "normal", label)
		x += 30 + 7*len(label)
	}
}

// cut shortens a name.
func cut(name string, most int) string {
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}
