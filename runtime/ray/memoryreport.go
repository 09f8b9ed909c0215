package ray

import (
	"cmp"
	"fmt"
	"slices"
)

// MemoryUse tells who uses the memory of objects. Notebooks show it as a table.
type MemoryUse struct {
	Objects []ObjectInfo // all that somebody refers to, the largest first
	Groups  []MemoryGroup
	Bytes   int64 // of all
}

// MemoryGroup is what was made at one place.
type MemoryGroup struct {
	Site  string // as in [ObjectInfo]; the maker where the call is not known
	Kind  string
	Count int
	Bytes int64
	// References is the sum of those of the objects.
	References int
}

// MemoryReport tells which objects somebody still refers to, by size, and where they were made: what
// `ray memory` tells. A group that grows with each run of a cell is a leak, and its site says of what.
// In cells the site is the cell; the line of a compiled program is recorded with
// Config.RecordCallSites.
func MemoryReport() (*MemoryUse, error) {
	list, err := ListObjects(Limit(0))
	if err != nil {
		return nil, err
	}
	type key struct{ site, kind string }
	groups := map[key]*MemoryGroup{}
	m := &MemoryUse{Objects: list.Items}
	for _, o := range list.Items {
		k := key{or(or(o.Site, o.Maker), "unknown"), o.Kind}
		if o.Site != "" && o.Maker != "" {
			k.site += ", " + o.Maker
		}
		g := groups[k]
		if g == nil {
			g = &MemoryGroup{Site: k.site, Kind: k.kind}
			groups[k] = g
		}
		g.Count++
		g.Bytes += o.Size
		g.References += o.References
		m.Bytes += o.Size
	}
	for _, g := range groups {
		m.Groups = append(m.Groups, *g)
	}
	slices.SortFunc(m.Groups, func(x, y MemoryGroup) int {
		return cmp.Or(cmp.Compare(y.Bytes, x.Bytes), cmp.Compare(y.Count, x.Count), cmp.Compare(x.Site, y.Site), cmp.Compare(x.Kind, y.Kind))
	})
	return m, nil
}

func (m *MemoryUse) grid() *grid {
	g := &grid{
		head:   []string{"MADE_AT", "TYPE", "OBJECTS", "SIZE", "REFS"},
		notice: fmt.Sprintf("%d objects, %s; ray.ListObjects lists each", len(m.Objects), bytesText(m.Bytes)),
	}
	for _, group := range m.Groups {
		g.rows = append(g.rows, []string{group.Site, group.Kind, fmt.Sprint(group.Count), bytesText(group.Bytes), fmt.Sprint(group.References)})
	}
	return g
}

// String is the report as a table of places, those of the most bytes first.
func (m *MemoryUse) String() string { return m.grid().String() }

// MIMEBundle is the report as notebooks show it.
func (m *MemoryUse) MIMEBundle() map[string]any { return m.grid().bundle() }
