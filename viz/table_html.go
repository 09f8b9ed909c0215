package viz

import (
	"embed"
	"html/template"
	"strings"
)

//go:embed templates/*.html
var templateFiles embed.FS

var templates = template.Must(template.ParseFS(templateFiles, "templates/*.html"))

type htmlCell struct {
	Text, Name string
	Align      string
	Dim        bool
}

type htmlRow struct {
	Cells     []htmlCell
	Best, Odd bool
}

// HTML is the table as an HTML fragment, every text escaped.
func (t *Table) HTML() string {
	g := t.layout()
	align := func(c int) string {
		if g.right[c] {
			return "right"
		}
		return "left"
	}
	page := struct {
		Title, Note string
		Columns     []htmlCell
		Rows        []htmlRow
	}{Title: clean(t.Title), Note: g.note}
	if g.best >= 0 {
		page.Columns = append(page.Columns, htmlCell{Align: "left"})
	}
	for c, name := range g.columns {
		page.Columns = append(page.Columns, htmlCell{Name: name, Align: align(c)})
	}
	for r, texts := range g.cells {
		row := htmlRow{Best: r == g.best, Odd: r%2 == 1}
		if g.best >= 0 {
			star := htmlCell{Align: "left"}
			if row.Best {
				star.Text = "★"
			}
			row.Cells = append(row.Cells, star)
		}
		for c, text := range texts {
			row.Cells = append(row.Cells, htmlCell{Text: text, Align: align(c), Dim: g.missing[r][c]})
		}
		page.Rows = append(page.Rows, row)
	}
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, "table.html", page); err != nil {
		return template.HTMLEscapeString("viz: table: " + err.Error())
	}
	return strings.TrimSpace(b.String())
}
