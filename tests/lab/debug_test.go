package lab

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var debugged = []string{
	"type point struct{ X, Y int }\n\nfunc total(ps []point) (sum int) {\n\tfor _, p := range ps {\n\t\tsum += p.X * p.Y\n\t}\n\treturn sum\n}",
	"ps := []point{{1, 2}, {3, 4}}\nt := total(ps)\nt",
}

// TestDebuggerInJupyterLab debugs as a person does: the bug button, a click beside a line, the
// panels, the buttons for steps.
func TestDebuggerInJupyterLab(t *testing.T) {
	jupyter, chromium := requirements(t)
	type object = map[string]any
	var list []object
	for _, source := range debugged {
		list = append(list, object{"cell_type": "code", "source": source, "metadata": object{}, "outputs": []any{}, "execution_count": nil})
	}
	text, err := json.Marshal(object{"cells": list, "nbformat": 4, "nbformat_minor": 4,
		"metadata": object{"kernelspec": object{"name": "goray", "display_name": "Go (goray)", "language": "go"}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "debug.ipynb")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	address := startServer(t, jupyter, "--LabApp.expose_app_in_browser=True", file)
	b := openBrowser(t, chromium, 5*time.Minute)
	b.open(address + "/lab/tree/debug.ipynb?reset&token=" + token)
	b.wait("the notebook", `(`+panel+`)?.content.model.cells.length === 2`, 90*time.Second)
	b.wait("the kernel", `(`+panel+`).sessionContext.session?.kernel?.status === 'idle'`, 60*time.Second)
	b.click(`.jp-Cell .cm-content`) // which makes it the current notebook
	b.wait("the bug button", `!!document.querySelector('.jp-DebuggerBugButton:not([disabled]):not([aria-disabled="true"])')`, 30*time.Second)
	b.click(`.jp-DebuggerBugButton`)
	b.wait("the debugger", `!!document.querySelector('.cm-breakpoint-gutter') && !!document.querySelector('.jp-DebuggerSidebar')`, 30*time.Second)
	b.do(`const p = ` + panel + `; p.content.activeCellIndex = 0; window.jupyterapp.commands.execute('notebook:run-cell')`)
	b.wait("the first cell", `!!(`+panel+`).content.model.cells.get(0).executionCount`, 30*time.Second)
	b.click(`.jp-Cell:first-child .cm-breakpoint-gutter .cm-gutterElement:nth-child(6)`) // the first one is a spacer
	b.wait("the breakpoint", `!!document.querySelector('.jp-DebuggerBreakpoint')`, 30*time.Second)
	b.do(`const p = ` + panel + `; p.content.activeCellIndex = 1; window.jupyterapp.commands.execute('notebook:run-cell')`)
	b.stops("total", 5, "sum", "0")
	screenshot(b.ctx, t, "debugger.png")
	b.do(`window.jupyterapp.commands.execute('debugger:next')`)
	b.stops("total", 4, "sum", "2")
	b.do(`window.jupyterapp.commands.execute('debugger:continue')`)
	b.stops("total", 5, "sum", "2")
	b.do(`window.jupyterapp.commands.execute('debugger:stepOut')`)
	b.stops("In[2]", 3, "t", "14")
	screenshot(b.ctx, t, "debugger-step.png")
	b.do(`window.jupyterapp.commands.execute('debugger:continue')`)
	b.wait("the second cell", `!!(`+panel+`).content.model.cells.get(1).executionCount && (`+panel+`).sessionContext.session.kernel.status === 'idle'`, 30*time.Second)
	b.wait("the panels to be empty", `document.querySelectorAll('.jp-DebuggerCallstackFrame').length === 0`, 20*time.Second)
	if out := b.text(`JSON.stringify((` + panel + `).content.model.cells.get(1).outputs.toJSON())`); !strings.Contains(out, `"14"`) {
		t.Errorf("the second cell shows %s", out)
	}
	b.click(`.jp-DebuggerBugButton`)
	b.wait("the debugger to stop", `!document.querySelector('.cm-breakpoint-gutter')`, 30*time.Second)
}

// stops waits until the panels show a frame at a line, and a variable's value.
func (b *browser) stops(frame string, line int, variable, value string) {
	b.t.Helper()
	b.wait(fmt.Sprintf("%s:%d with %s = %s", frame, line, variable, value), fmt.Sprintf(`(() => {
		const first = document.querySelector('.jp-DebuggerCallstackFrame');
		const shown = document.querySelector('.jp-DebuggerVariables')?.innerText || '';
		return !!first && first.innerText.includes(%q) && first.innerText.includes(':%d') &&
			new RegExp('(^|\\s)%s\\s*:?\\s*%s(\\s|$)').test(shown) && !!document.querySelector('.jp-DebuggerEditor-highlight');
	})()`, frame, line, variable, value), 30*time.Second)
}

// click clicks the middle of an element.
func (b *browser) click(selector string) {
	b.t.Helper()
	var at struct{ X, Y float64 }
	text := b.text(fmt.Sprintf(`(() => { const r = document.querySelector(%q).getBoundingClientRect(); return JSON.stringify({X: r.x + r.width / 2, Y: r.y + r.height / 2}); })()`, selector))
	if err := json.Unmarshal([]byte(text), &at); err != nil {
		b.t.Fatal(err)
	}
	if err := chromedp.Do(b.ctx, chromedp.MouseClickXY(at.X, at.Y)); err != nil {
		b.t.Fatal(err)
	}
}
