package lab

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A small notebook with every kind of output.
var notebook7 = []string{
	"x := 6 * 7\nfmt.Println(\"printed\", x)",
	"x",
	"viz.Hist(\"a chart\", []float64{1, 2, 2, 3, 3, 3}, 3)",
	"display.Markdown(\"some *text* and $x^2$\")",
	"type Point struct{ X, Y int }\nPoint{1, 2}",
	"undefinedName",
}

func TestNotebook7(t *testing.T) {
	jupyter, chromium := requirements(t)
	application := filepath.Join(filepath.Dir(jupyter), "jupyter-notebook")
	if _, err := os.Stat(application); err != nil {
		t.Skipf("Notebook 7 is absent (%s); run make setup", application)
	}
	type object = map[string]any
	var list []object
	for _, source := range notebook7 {
		list = append(list, object{"cell_type": "code", "source": source, "metadata": object{}, "outputs": []any{}, "execution_count": nil})
	}
	text, err := json.Marshal(object{"cells": list, "nbformat": 4, "nbformat_minor": 4,
		"metadata": object{"kernelspec": object{"name": "goray", "display_name": "Go (goray)", "language": "go"}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "small.ipynb")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	address := startServer(t, application, "--JupyterNotebookApp.expose_app_in_browser=True", file)
	b := openBrowser(t, chromium, 4*time.Minute)
	b.open(address + "/notebooks/small.ipynb?token=" + token)
	b.wait("the notebook", `(`+panel+`)?.content.model.cells.length === 6`, 90*time.Second)
	b.wait("the kernel", `(`+panel+`).sessionContext.session?.kernel?.status === 'idle'`, 60*time.Second)
	b.do(`window.jupyterapp.commands.execute('notebook:run-all-cells')`)
	b.wait("the last cell", `(() => { const c = (`+panel+`).content.model.cells; return !!c.get(c.length - 1).executionCount && (`+panel+`).sessionContext.session.kernel.status === 'idle'; })()`, 60*time.Second)
	var cells []cell
	if err := json.Unmarshal([]byte(b.text(readCells)), &cells); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "text/plain", "image/svg+xml", "text/markdown", "text/plain", ""} {
		if got := strings.Join(cells[i].Mimes, " "); cells[i].Count != i+1 || !strings.Contains(got, want) {
			t.Errorf("cell %d has count %d and shows %q, want %q", i+1, cells[i].Count, got, want)
		}
	}
	if got := cells[5].Error; !strings.Contains(got, "undefined: undefinedName") {
		t.Errorf("the last cell's error is %q", got)
	}
	page := b.text(`document.body.innerText`)
	for _, want := range []string{"printed 42", "Go (goray)", "{X:1 Y:2}"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	b.wait("the chart to be drawn", `document.querySelectorAll('.jp-OutputArea svg, .jp-OutputArea img').length > 0`, 20*time.Second)
	screenshot(b.ctx, t, "notebook7.png")
}
