package dom

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"strings"

	"github.com/goray/goray/kernel/compat/gonbui"
	"github.com/goray/goray/kernel/compat/gonbui/comms"
	"github.com/goray/goray/kernel/compat/gonbui/protocol"
)

// RelativePositionId says where InsertAdjacent inserts.
type RelativePositionId string

// The places around and in an element.
const (
	BeforeBegin RelativePositionId = "beforebegin"
	AfterBegin  RelativePositionId = "afterbegin"
	BeforeEnd   RelativePositionId = "beforeend"
	AfterEnd    RelativePositionId = "afterend"
)

// TransientJavascript runs JavaScript in the page; a saved notebook has no trace of it. It does
// nothing where no page is connected.
func TransientJavascript(js string) { comms.RunScriptLater(js, "") }

// CreateTransientDiv shows an empty div in the output of the cell and returns its id.
func CreateTransientDiv() (htmlId string) {
	htmlId = "gonb_div_" + gonbui.UniqueId()
	divs.create(htmlId)
	comms.Connected()
	show(htmlId)
	return htmlId
}

// show shows a transient div with what it is known to hold.
func show(id string) {
	text, _ := divs.content(id)
	gonbui.UpdateHTML("out_"+id, fmt.Sprintf(`<div id="%s">%s</div>`, id, text))
}

// change does op in the page, or else shows what the div holds now.
func change(id, script string) {
	if comms.RunScript(fmt.Sprintf("{ const e = document.getElementById(%s); if (e) { %s } }", literal(id), script), id) {
		return
	}
	if root, ok := divs.root(id); ok {
		show(root)
	}
}

func literal(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// InsertAdjacent inserts HTML before, after or in an element.
func InsertAdjacent(referenceId string, pos RelativePositionId, html string) {
	divs.insert(referenceId, pos, html)
	change(referenceId, fmt.Sprintf("e.insertAdjacentHTML(%s, %s);", literal(string(pos)), literal(html)))
}

// Append inserts HTML at the end of an element.
func Append(parentHtmlId, html string) { InsertAdjacent(parentHtmlId, BeforeEnd, html) }

// SetInnerHtml replaces what an element holds.
func SetInnerHtml(htmlId, html string) {
	divs.set(htmlId, html)
	change(htmlId, fmt.Sprintf("e.innerHTML = %s;", literal(html)))
}

// SetInnerText replaces what an element holds by text.
func SetInnerText(htmlId, text string) {
	divs.set(htmlId, html.EscapeString(text))
	change(htmlId, fmt.Sprintf("e.innerText = %s;", literal(text)))
}

// GetInnerHtml is what an element holds: in the page, or where none is connected, what was put
// there from here.
func GetInnerHtml(htmlId string) (html string) {
	answer := "gonb/html/" + gonbui.UniqueId()
	err := comms.AwaitValue(answer, &html, func() bool {
		return comms.RunScript(fmt.Sprintf("{ const e = document.getElementById(%s); gonb_comm.send(%s, e ? e.innerHTML : \"\"); }", literal(htmlId), literal(answer)), htmlId)
	})
	if err != nil {
		html, _ = divs.content(htmlId)
	}
	return html
}

// Remove removes an element.
func Remove(htmlId string) {
	root, known := divs.root(htmlId)
	divs.remove(htmlId)
	if comms.RunScript(fmt.Sprintf("{ const e = document.getElementById(%s); if (e) e.remove(); }", literal(htmlId)), htmlId) {
		return
	}
	if known {
		show(root)
	}
}

// Persist replaces a transient div by an output that is saved with the notebook: what it holds
// now, without its scripts.
func Persist(htmlId string) {
	text := GetInnerHtml(htmlId)
	gonbui.SendData(&protocol.DisplayData{DisplayID: "out_" + htmlId, Data: map[protocol.MIMEType]any{protocol.MIMETextHTML: "", protocol.MIMETextPlain: ""}})
	divs.remove(htmlId)
	gonbui.DisplayHTML(text)
}

// SendAsDownload has the browser save data as a file.
func SendAsDownload(fileName string, data []byte, mimeType protocol.MIMEType) {
	ok := comms.RunScript(fmt.Sprintf(`{ const a = document.createElement("a"); a.download = %s; a.href = "data:" + %s + ";base64," + %s; a.click(); }`,
		literal(fileName), literal(string(mimeType)), literal(base64.StdEncoding.EncodeToString(data))), "")
	if !ok {
		fmt.Fprintf(os.Stderr, "dom: no page is connected that could save %s; write the file with os.WriteFile\n", fileName)
	}
}

// LoadScriptModuleAndRun loads a script into the page, once, and then runs JavaScript. The
// attributes are those of the script element.
func LoadScriptModuleAndRun(src string, attributes map[string]string, runJS string) error {
	return load("", src, attributes, runJS)
}

// LoadScriptOrRequireJSModuleAndRun is LoadScriptModuleAndRun; where the page has RequireJS, that
// loads it, as the module with the name.
func LoadScriptOrRequireJSModuleAndRun(moduleName, src string, attributes map[string]string, runJS string) error {
	return load(moduleName, src, attributes, runJS)
}

// LoadScriptOrRequireJSModuleAndRunTransient is LoadScriptOrRequireJSModuleAndRun: no script is
// saved with the notebook.
func LoadScriptOrRequireJSModuleAndRunTransient(moduleName, src string, attributes map[string]string, runJS string) error {
	return load(moduleName, src, attributes, runJS)
}

func load(module, src string, attributes map[string]string, runJS string) error {
	all, err := json.Marshal(attributes)
	if err != nil {
		return err
	}
	script := fmt.Sprintf(`(() => {
  const run = (module) => { %s };
  const src = %s, name = %s;
  if (name && typeof globalThis.require === "function" && globalThis.require.config) {
    globalThis.require.config({ paths: { [name]: src.replace(/\.js$/, "") } });
    globalThis.require([name], run);
    return;
  }
  if ([...document.scripts].some((s) => s.src === src)) { run(); return; }
  const s = document.createElement("script");
  for (const [k, v] of Object.entries(%s || {})) s.setAttribute(k, v);
  s.src = src; s.onload = () => run(); document.head.appendChild(s);
})();`, runJS, literal(src), literal(module), strings.TrimSpace(string(all)))
	if !comms.RunScript(script, "") {
		return fmt.Errorf("dom: no page is connected that could load %s; open the notebook in JupyterLab or Notebook", src)
	}
	return nil
}
