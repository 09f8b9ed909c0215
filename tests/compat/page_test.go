package compat

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/goray/goray/tests/built"
)

const token = "compat"

// cells use the page: a button that is clicked and a slider that is moved by scripts, an address
// in both directions, and an element whose content is asked for.
var cells = []string{
	`import (
	"fmt"
	"time"
	"github.com/janpfeifer/gonb/gonbui/comms"
	"github.com/janpfeifer/gonb/gonbui/dom"
	"github.com/janpfeifer/gonb/gonbui/widgets"
)
%%
root := dom.CreateTransientDiv()
button := widgets.Button("Ok").AppendTo(root).Done()
slider := widgets.Slider(0, 100, 50).AppendTo(root).Done()
clicks, moves := button.Listen(), slider.Listen().LatestOnly()
dom.TransientJavascript(fmt.Sprintf("document.getElementById(%q).click()", button.HtmlId()))
select {
case n := <-clicks.C:
	fmt.Println("clicked", n)
case <-time.After(10 * time.Second):
	fmt.Println("no click")
}
dom.TransientJavascript(fmt.Sprintf("{ const e = document.getElementById(%q); e.value = 42; e.dispatchEvent(new Event('change')); }", slider.HtmlId()))
select {
case v := <-moves.C:
	fmt.Println("moved to", v)
case <-time.After(10 * time.Second):
	fmt.Println("no move")
}
slider.SetValue(43)
clicks.Close()`,
	`%%
replies := comms.Listen[int]("test/back")
dom.TransientJavascript("gonb_comm.subscribe('test/there', (_, v) => gonb_comm.send('test/back', v + 1))")
comms.Send("/test/there", 41)
select {
case v := <-replies.C:
	fmt.Println("echoed", v)
case <-time.After(10 * time.Second):
	fmt.Println("no echo")
}
replies.Close()`,
	`%%
div := dom.CreateTransientDiv()
dom.Append(div, "<b>one</b>")
dom.Append(div, "<i id='second'>two</i>")
dom.SetInnerText("second", "2")
fmt.Println("page has", dom.GetInnerHtml(div))
dom.Persist(div)
fmt.Println("all done")`,
}

var shown = []string{"clicked 1", "moved to 42", "echoed 42", "page has <b>one</b><i id=\"second\">2</i>", "all done"}

func notebook(sources []string) []byte {
	var list []map[string]any
	for i, s := range sources {
		list = append(list, map[string]any{"cell_type": "code", "id": fmt.Sprintf("cell%d", i), "source": s, "metadata": map[string]any{}, "outputs": []any{}, "execution_count": nil})
	}
	b, _ := json.Marshal(map[string]any{"cells": list, "nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{
		"kernelspec": map[string]any{"name": "goray", "display_name": "goray", "language": "go"}}})
	return b
}

// startLab serves dir, with the kernel that binary is.
func startLab(t *testing.T, dir, binary string) string {
	t.Helper()
	venv := os.Getenv("GORAY_VENV")
	if venv == "" {
		venv, _ = filepath.Abs(filepath.Join(root, ".venv"))
	}
	jupyter := filepath.Join(venv, "bin", "jupyter-lab")
	if _, err := os.Stat(jupyter); err != nil {
		t.Skip("JupyterLab is absent; run make setup")
	}
	spec := filepath.Join(dir, ".jupyter", "kernels", "goray")
	if err := os.MkdirAll(spec, 0o755); err != nil {
		t.Fatal(err)
	}
	b, _ := json.Marshal(map[string]any{"argv": []string{binary, "kernel", "-f", "{connection_file}"}, "display_name": "goray", "language": "go", "interrupt_mode": "message"})
	if err := os.WriteFile(filepath.Join(spec, "kernel.json"), b, 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command(jupyter, "--no-browser", "--allow-root", "--ip=127.0.0.1", fmt.Sprintf("--port=%d", port),
		"--ServerApp.port_retries=0", "--notebook-dir="+dir, "--IdentityProvider.token="+token, "--LabApp.expose_app_in_browser=True")
	cmd.Env = append(os.Environ(), "JUPYTER_PATH="+filepath.Join(dir, ".jupyter"), "JUPYTER_CONFIG_DIR="+filepath.Join(dir, ".config"), "JUPYTER_RUNTIME_DIR="+filepath.Join(dir, ".runtime"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		kill.Stop()
	})
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	for deadline := time.Now().Add(time.Minute); ; <-time.After(200 * time.Millisecond) {
		resp, err := http.Get(address + "/api?token=" + token)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return address
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("JupyterLab did not answer within a minute: %v", err)
		}
	}
}

const panel = `[...(window.jupyterapp?.shell?.widgets('main') || [])].find(w => w.content?.model?.cells)`

// texts is what the outputs of the page's notebook say.
const texts = `(() => { const p = ` + panel + `; let s = ''; for (let i = 0; p && i < p.content.model.cells.length; i++) {
	const o = p.content.model.cells.get(i).outputs; for (let j = 0; o && j < o.length; j++) { const x = o.get(j).toJSON();
	s += [x.text || ''].flat().join('') + (x.ename ? x.ename + ': ' + x.evalue : '') + '\n'; } } return s; })()`

func TestWidgetsInJupyterLab(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("Chromium is absent; run make e2e, which installs Debian's chromium")
	}
	dir := t.TempDir()
	binary := built.Goray(t)
	if err := os.WriteFile(filepath.Join(dir, "page.ipynb"), notebook(cells), 0o644); err != nil {
		t.Fatal(err)
	}
	address := startLab(t, dir, binary)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	ctx, cancel = chromedp.NewExecAllocator(ctx, opts...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	text := func() string {
		s, _ := chromedp.Run(ctx, chromedp.Evaluate[string](texts))
		return s
	}
	wait := func(what, js string, limit time.Duration) {
		t.Helper()
		for deadline := time.Now().Add(limit); ; <-time.After(300 * time.Millisecond) {
			ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](js))
			if err == nil && ok {
				return
			}
			if ctx.Err() != nil || time.Now().After(deadline) {
				t.Fatalf("waited %s for %s: %v\n%s", limit, what, err, text())
			}
		}
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(address+"/lab/tree/page.ipynb?reset&token="+token)); err != nil {
		t.Fatal(err)
	}
	wait("the notebook", `(`+panel+`)?.content.model.cells.length >= 3`, 90*time.Second)
	wait("the kernel", `(`+panel+`).sessionContext.session?.kernel?.status === 'idle'`, 30*time.Second)
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(() => { window.jupyterapp.shell.activateById((`+panel+`).id); window.jupyterapp.commands.execute('notebook:run-all-cells'); return true; })()`)); err != nil {
		t.Fatal(err)
	}
	wait("the last cell", texts+`.includes('all done')`, 90*time.Second)
	got := text()
	for _, want := range shown {
		if !strings.Contains(got, want) {
			t.Errorf("the outputs do not show %q", want)
		}
	}
	t.Logf("the outputs:\n%s", got)
	if saved, err := chromedp.Run(ctx, chromedp.Evaluate[string](`JSON.stringify((`+panel+`).content.model.toJSON())`)); err != nil || strings.Contains(saved, "<script") {
		t.Errorf("the notebook would be saved with scripts (%v)", err)
	}
}
