package plotly

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"

	"github.com/goray/goray/kernel/compat/gonbui"
	"github.com/goray/goray/kernel/compat/gonbui/dom"
	"github.com/goray/goray/kernel/display"
)

// PlotlySrc is where pages without Plotly load it.
var PlotlySrc = "https://cdn.plot.ly/plotly-2.34.0.min.js"

// PlotlyDarkTheme is a template for Layout.Template with light ink on a dark page.
var PlotlyDarkTheme = map[string]any{"layout": map[string]any{
	"paper_bgcolor": "#111111", "plot_bgcolor": "#111111", "font": map[string]any{"color": "#f2f5fa"},
	"colorway": []any{"#636efa", "#ef553b", "#00cc96", "#ab63fa", "#ffa15a", "#19d3f3", "#ff6692", "#b6e880"},
	"xaxis":    darkAxis(), "yaxis": darkAxis(),
}}

func darkAxis() map[string]any {
	return map[string]any{"gridcolor": "#283442", "linecolor": "#506784", "zerolinecolor": "#283442", "automargin": true}
}

// DisplayFig shows a figure: a *graph_objects.Fig, or any value that encodes to Plotly's JSON.
func DisplayFig(fig any) error {
	b, err := json.Marshal(fig)
	if err != nil {
		return fmt.Errorf("plotly: the figure does not encode to JSON: %w", err)
	}
	return DisplayFigAsJSON(b)
}

// DisplayFigAsJSON shows a figure that is JSON already.
func DisplayFigAsJSON(figAsJSON []byte) error {
	if !isFigure(figAsJSON) {
		return errNoFigure
	}
	id := "plotly_" + gonbui.UniqueId()
	return display.Display(display.Bundle{Data: map[string]any{
		"application/vnd.plotly.v1+json": figAsJSON,
		"text/html":                      `<div id="` + id + `"></div><script>` + script(id, figAsJSON) + `</script>`,
		"text/plain":                     "<plotly figure>",
	}})
}

// AppendFig draws a figure in the element of the page that has the id.
func AppendFig(htmlID string, fig any) error {
	b, err := json.Marshal(fig)
	if err != nil {
		return fmt.Errorf("plotly: the figure does not encode to JSON: %w", err)
	}
	return AppendFigAsJSON(htmlID, b)
}

// AppendFigAsJSON is AppendFig for a figure that is JSON already.
func AppendFigAsJSON(htmlID string, figAsJSON []byte) error {
	if !isFigure(figAsJSON) {
		return errNoFigure
	}
	id := "plotly_" + gonbui.UniqueId()
	dom.Append(htmlID, `<div id="`+html.EscapeString(id)+`"></div>`)
	dom.TransientJavascript(script(id, figAsJSON))
	return nil
}

var errNoFigure = fmt.Errorf("plotly: the JSON is no object; encode a figure with data and layout")

func isFigure(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && b[0] == '{' && json.Valid(b)
}

// script draws a figure in an element, with the page's Plotly or with that of PlotlySrc.
func script(id string, fig []byte) string {
	var safe bytes.Buffer
	json.HTMLEscape(&safe, fig)
	src, _ := json.Marshal(PlotlySrc)
	return fmt.Sprintf(`(() => {
  const fig = %s;
  const draw = () => globalThis.Plotly.newPlot(%q, fig.data, fig.layout, fig.config);
  if (globalThis.Plotly) { draw(); return; }
  if (typeof globalThis.require === "function" && globalThis.require.config) {
    globalThis.require([%s], (p) => { globalThis.Plotly = p; draw(); });
    return;
  }
  const s = document.createElement("script");
  s.src = %s; s.onload = draw; document.head.appendChild(s);
})();`, safe.Bytes(), id, src, src)
}
