// Package lab runs the introduction notebook as a person does: in JupyterLab, in Chromium.
package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
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

// startLab serves a copy of the notebooks and returns its address.
func startLab(t *testing.T, jupyter string) string {
	t.Helper()
	dir := t.TempDir()
	notebooks, err := filepath.Glob(filepath.Join(root, "notebooks", "introduction*.ipynb"))
	if err != nil || len(notebooks) == 0 {
		t.Fatalf("no introduction notebook: %v", err)
	}
	for _, nb := range notebooks {
		b, err := os.ReadFile(nb)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(nb)), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command(jupyter, "--no-browser", "--allow-root", "--ip=127.0.0.1", fmt.Sprintf("--port=%d", port),
		"--ServerApp.port_retries=0", "--notebook-dir="+dir, "--IdentityProvider.token="+token, "--LabApp.expose_app_in_browser=True")
	log, err := os.Create(filepath.Join(dir, "lab.log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "JUPYTER_CONFIG_DIR="+filepath.Join(dir, ".config"), "JUPYTER_RUNTIME_DIR="+filepath.Join(dir, ".runtime"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		done := make(chan struct{})
		go func() { _ = cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
		log.Close()
		if t.Failed() {
			b, _ := os.ReadFile(log.Name())
			t.Logf("jupyter lab said:\n%s", b)
		}
	})
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	deadline := time.Now().Add(60 * time.Second)
	for {
		resp, err := http.Get(address + "/api?token=" + token)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return address
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("JupyterLab did not answer within 60 s: %v", err)
		}
		<-time.After(200 * time.Millisecond)
	}
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
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.WindowSize(1280, 1600), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()

	wait := func(what, js string, limit time.Duration) {
		t.Helper()
		deadline := time.Now().Add(limit)
		for {
			ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](js))
			if err == nil && ok {
				return
			}
			if ctx.Err() != nil || time.Now().After(deadline) {
				screenshot(ctx, t, "lab-failed.png")
				t.Fatalf("waited %s for %s: %v", limit, what, err)
			}
			<-time.After(300 * time.Millisecond)
		}
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(address+"/lab/tree/introduction.ipynb?reset&token="+token)); err != nil {
		t.Fatal(err)
	}
	wait("the notebook", `(`+panel+`)?.content.model.cells.length > 5`, 90*time.Second)
	wait("the kernel", `(`+panel+`).sessionContext.session?.kernel?.status === 'idle'`, 30*time.Second)
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => { window.jupyterapp.shell.activateById((`+panel+`).id); window.jupyterapp.commands.execute('notebook:run-all-cells'); return true; })()`)); err != nil {
		t.Fatal(err)
	}
	wait("the last cell", `(() => { const p = `+panel+`, c = p.content.model.cells;
		for (let i = c.length - 1; i >= 0; i--) if (c.get(i).type === 'code') return !!c.get(i).executionCount && p.sessionContext.session.kernel.status === 'idle';
		return false; })()`, 5*time.Minute)

	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](readCells))
	if err != nil {
		t.Fatal(err)
	}
	var cells []cell
	if err := json.Unmarshal([]byte(text), &cells); err != nil {
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
	screenshot(ctx, t, "lab.png")
}

// screenshot leaves a picture of the page in build/, for whoever wants to look.
func screenshot(ctx context.Context, t *testing.T, name string) {
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Logf("no screenshot: %v", err)
		return
	}
	p := filepath.Join(root, "build", name)
	if err := os.WriteFile(p, png, 0o644); err == nil {
		t.Logf("screenshot: %s", p)
	}
}
