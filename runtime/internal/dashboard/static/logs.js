// What processes print, as it comes.
import { h, api, clock } from "./dom.js";

export function logs(query) {
  let chosen = Number(query.get("pid")) || 0, all = [];
  const list = h("div", { class: "list", role: "navigation", "aria-label": "processes" });
  const out = h("pre", { class: "log", tabindex: "0", role: "log", "aria-label": "output" });
  const text = h("input", { type: "search", placeholder: "lines that contain", "aria-label": "lines that contain", oninput: draw });
  const follow = h("input", { type: "checkbox", id: "follow", checked: true });
  const title = h("h2", {}, "");
  function draw() {
    const want = text.value.toLowerCase(), lines = all.filter(l => l.text.toLowerCase().includes(want));
    out.replaceChildren(...lines.map(l => h("span", { class: l.stream }, h("span", { class: "time" }, clock(l.time_ms) + " "), l.text + "\n")));
    if (!lines.length) out.append(h("span", { class: "quiet" }, chosen ? all.length ? "no such line" : "nothing printed yet" : "choose a process"));
    if (follow.checked) out.scrollTop = out.scrollHeight;
  }
  return {
    title: "Logs", every: 1,
    node: h("div", {}, h("h1", {}, "Logs"), h("div", { class: "two" }, list, h("section", {}, h("div", { class: "bar-row" }, title, h("span", { class: "spread" }), text, h("label", { for: "follow" }, follow, " follow")), out))),
    async update() {
      const workers = (await api("workers?limit=1000")).result.filter(w => w.state !== "DRIVER");
      if (!chosen && workers.length) chosen = (workers.find(w => w.running) ?? workers[0]).pid;
      if (chosen && !workers.some(w => w.pid === chosen)) workers.unshift({ pid: chosen, running: "has ended", node_id: "" });
      const focus = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      list.replaceChildren(...workers.map(w => h("a", { href: "#/logs?pid=" + w.pid, "aria-current": w.pid === chosen ? "true" : null }, "pid " + w.pid, h("small", {}, [w.running || "idle", w.node_id].filter(Boolean).join(" on ")))));
      if (focus) [...list.children].find(a => a.getAttribute("href") === focus)?.focus();
      title.textContent = chosen ? "pid " + chosen : "";
      try { all = chosen ? (await api("logs?pid=" + chosen)).lines : []; } catch { all = []; }
      if (!String(getSelection()).length) draw(); // what somebody is about to copy stays
    },
  };
}
