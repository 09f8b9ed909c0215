// Package lab runs the introduction notebook as a person does: in JupyterLab, in Chromium.
package lab

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	root  = "../.."
	token = "goray-lab-test"
)

// chromium and jupyter are what the test needs beside the binary; it skips by name without them.
func requirements(t *testing.T) (jupyter, chromium string) {
	t.Helper()
	venv := os.Getenv("GORAY_VENV")
	if venv == "" {
		venv, _ = filepath.Abs(filepath.Join(root, ".venv"))
	}
	jupyter = filepath.Join(venv, "bin", "jupyter-lab")
	if _, err := os.Stat(jupyter); err != nil {
		t.Skipf("JupyterLab is absent (%s); run make setup", jupyter)
	}
	if _, err := os.Stat(filepath.Join(venv, "share", "jupyter", "kernels", "goray", "kernel.json")); err != nil {
		t.Skip("the goray kernel is not installed in the environment; run make kernel")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			return jupyter, p
		}
	}
	t.Skip("Chromium is absent; run make e2e, which installs Debian's chromium")
	return
}

// cell is what the page says about one code cell.
type cell struct {
	Count    int      `json:"count"`
	Source   string   `json:"source"`
	Mimes    []string `json:"mimes"`
	Error    string   `json:"error"`
	Expected bool     `json:"expected"`
}

// panel finds the notebook's widget, whether or not it has the focus.
const panel = `[...(window.jupyterapp?.shell?.widgets('main') || [])].find(w => w.content?.model?.cells)`

const readCells = `JSON.stringify((() => {
	const cells = (` + panel + `).content.model.cells, out = [];
	for (let i = 0; i < cells.length; i++) {
		const c = cells.get(i);
		if (c.type !== 'code') continue;
		const mimes = []; let error = '';
		for (let j = 0; j < c.outputs.length; j++) {
			const o = c.outputs.get(j).toJSON();
			if (o.output_type === 'error') error = o.ename + ': ' + o.evalue;
			mimes.push(...Object.keys(o.data || {}));
			if (String((o.data || {})['text/html']).includes('<svg')) mimes.push('svg in text/html');
		}
		out.push({count: c.executionCount || 0, source: c.sharedModel.getSource(), mimes, error,
			expected: (c.getMetadata('tags') || []).includes('raises-exception')});
	}
	return out;
})())`

func TestIntroductionInJupyterLab(t *testing.T) {
	jupyter, chromium := requirements(t)
	address := startLab(t, jupyter)
	b := openBrowser(t, chromium, 8*time.Minute)
	b.open(address + "/lab/tree/introduction.ipynb?reset&token=" + token)
	b.wait("the notebook", `(`+panel+`)?.content.model.cells.length > 5`, 90*time.Second)
	b.wait("the kernel", `(`+panel+`).sessionContext.session?.kernel?.status === 'idle'`, 30*time.Second)
	b.do(`window.jupyterapp.shell.activateById((` + panel + `).id); window.jupyterapp.commands.execute('notebook:run-all-cells')`)
	b.wait("the last cell", `(() => { const p = `+panel+`, c = p.content.model.cells;
		for (let i = c.length - 1; i >= 0; i--) if (c.get(i).type === 'code') return !!c.get(i).executionCount && p.sessionContext.session.kernel.status === 'idle';
		return false; })()`, 5*time.Minute)

	var cells []cell
	if err := json.Unmarshal([]byte(b.text(readCells)), &cells); err != nil {
		t.Fatal(err)
	}
	pictures := 0
	for i, c := range cells {
		if c.Count == 0 {
			t.Errorf("cell %d was not executed: %.60q", i+1, c.Source)
		}
		if c.Error != "" && !c.Expected {
			t.Errorf("cell %d failed: %s\n%s", i+1, c.Error, c.Source)
		}
		for _, m := range c.Mimes {
			if m == "image/svg+xml" || m == "image/png" || m == "svg in text/html" {
				pictures++
				break
			}
		}
	}
	if pictures < 4 {
		t.Errorf("%d cells show a picture, want at least 4 (histogram, curve, parallel coordinates, usage)", pictures)
	}
	screenshot(b.ctx, t, "lab.png")
}
