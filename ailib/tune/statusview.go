package tune

import "github.com/goray/goray/viz"

// statusView shows the state of a running search in place.
type statusView struct{ live *viz.Live }

func newStatusView() *statusView { return &statusView{live: viz.NewLive()} }

// maxShown is how many trials the live table shows; the others are counted.
const maxShown = 20

// update shows the grid, which must not change afterwards.
func (v *statusView) update(g *ResultGrid) { v.live.Update(statusTable{g}) }

func (v *statusView) close(g *ResultGrid) {
	v.update(g)
	v.live.Close()
}

// statusTable is a grid as the live table shows it: running trials first.
type statusTable struct{ grid *ResultGrid }

// MIMEBundle implements [viz.Renderer]; it is called when the view is due.
func (s statusTable) MIMEBundle() map[string]any { return s.table().MIMEBundle() }

// Text implements [viz.Sized].
func (s statusTable) Text(width int) string { return s.table().Text(width) }

func (s statusTable) table() *viz.Table {
	order := []Status{Running, Failed, Terminated, Stopped, Pending}
	sorted := *s.grid
	sorted.results = nil
	for _, status := range order {
		for _, r := range s.grid.results {
			if r.Status == status {
				sorted.results = append(sorted.results, r)
			}
		}
	}
	t := sorted.Table()
	t.MaxRows = maxShown
	return t
}
