// The first page: what the session has and does, now and over time.
import { h, bytes, count, percent, meter, api, link, tag } from "./dom.js";
import { Chart, Series } from "./chart.js";

const series = new Series();
const spans = [["1 min", 60, "fine"], ["5 min", 300, "fine"], ["15 min", 900, "fine"], ["1 day", 86400, "day"]];
let span = 1;

function tile(label, value, more, share, href) {
  return h("div", { class: "card tile" }, h("div", { class: "label" }, href ? link(href, label) : label), h("div", { class: "value" }, value),
    share === undefined ? null : meter(share, label), h("div", { class: "more" }, more ?? ""));
}

function tiles(c) {
  const list = [];
  const used = name => (c.resources_total[name] ?? 0) - (c.resources_available[name] ?? 0);
  for (const name of Object.keys(c.resources_total).sort()) {
    if (name === "memory" || name === "object_store_memory") continue;
    const total = c.resources_total[name];
    list.push(tile(name + " in use", `${count(used(name))} of ${count(total)}`, name === "CPU" ? "logical, by tasks and actors" : "", total ? used(name) / total : 0, "#/nodes"));
  }
  const t = c.tasks, waiting = Object.entries(t).filter(([k]) => k !== "RUNNING").reduce((n, [, v]) => n + v, 0);
  const store = c.nodes.reduce((a, n) => [a[0] + n.object_store_used, a[1] + n.object_store_capacity], [0, 0]);
  list.push(
    tile("Tasks running", count(t.RUNNING ?? 0), `${count(waiting)} waiting${c.tasks_estimated ? " (about)" : ""}`, undefined, "#/tasks?state=RUNNING"),
    tile("Tasks finished", count(c.tasks_finished), h("span", {}, `${count(c.tasks_per_second)} per second, `, c.tasks_failed ? link("#/tasks?state=FAILED", `${count(c.tasks_failed)} failed`) : "none failed"), undefined, "#/tasks"),
    tile("Actors", count(c.actors.ALIVE ?? 0), Object.entries(c.actors).filter(([k, v]) => k !== "ALIVE" && v).map(([k, v]) => `${v} ${k.toLowerCase()}`).join(", "), undefined, "#/actors"),
    tile("Object store", bytes(store[0]), `of ${bytes(store[1])}, ${count(c.objects)} objects${c.spilled ? `, ${bytes(c.spilled)} in files` : ""}`, store[1] ? store[0] / store[1] : 0, "#/objects"),
    tile("Memory", bytes(c.memory_used), `of ${bytes(c.memory_total)}; the driver has ${bytes(c.driver_memory)}`, c.memory_total ? c.memory_used / c.memory_total : 0, "#/nodes"),
    cores(c));
  for (const g of c.gpus ?? []) list.push(tile(`GPU ${g.Index}`, percent(g.Utilization), `${g.Name}, ${bytes(g.MemoryUsed)} of ${bytes(g.MemoryTotal)}${g.Temperature ? `, ${Math.round(g.Temperature)} °C` : ""}${g.Power ? `, ${Math.round(g.Power)} W` : ""}`, g.Utilization / 100));
  return list;
}

function cores(c) {
  const list = (c.cores_percent ?? []).slice(0, 256).map((v, i) => {
    const bar = h("i");
    bar.style.height = v.toFixed(0) + "%";
    return h("span", { class: "core", title: `core ${i}: ${percent(v)}` }, bar);
  });
  return h("div", { class: "card tile" }, h("div", { class: "label" }, "CPU of the machine"), h("div", { class: "value" }, percent(c.cpu_percent)),
    h("div", { class: "cores", role: "img", "aria-label": `${list.length} cores, ${percent(c.cpu_percent)} busy` }, list), h("div", { class: "more" }, `${list.length} cores`));
}

function charts(c) {
  const gib = v => bytes(v);
  const list = [
    new Chart({ title: "CPU", top: 100, format: percent, lines: [{ name: "machine", column: "cpu", area: true }] }),
    new Chart({ title: "Tasks", format: count, lines: [{ name: "running", column: "running", area: true }, { name: "waiting", column: "pending" }] }),
    new Chart({ title: "Tasks per second", format: count, lines: [{ name: "finished", column: "tasks_per_second", area: true }] }),
    new Chart({ title: "Memory", top: "memory_total", format: gib, lines: [{ name: "machine", column: "memory", area: true }, { name: "workers", column: "worker_memory" }, { name: "driver", column: "driver_memory" }] }),
    new Chart({ title: "Object store", top: "store_total", open: true, format: gib, lines: [{ name: "shared memory", column: "store", area: true }, { name: "in files", column: "spilled" }] }),
    new Chart({ title: "Logical CPUs", top: "cpu_total", format: count, lines: [{ name: "in use", column: "cpu_used", area: true }] }),
    new Chart({ title: "Actors and workers", format: count, lines: [{ name: "actors", column: "actors" }, { name: "worker processes", column: "workers" }] }),
  ];
  if (c.resources_total.GPU) list.push(new Chart({ title: "Logical GPUs", top: "gpu_total", format: count, lines: [{ name: "in use", column: "gpu_used", area: true }] }));
  if (c.gpus?.length) list.push(
    new Chart({ title: "GPU use", top: 100, format: percent, lines: c.gpus.slice(0, 8).map(g => ({ name: "GPU " + g.Index, column: "gpu" + g.Index })) }),
    new Chart({ title: "GPU memory", top: 100, format: percent, lines: c.gpus.slice(0, 8).map(g => ({ name: "GPU " + g.Index, column: `gpu${g.Index}_memory` })) }));
  if (c.nodes.length > 1) list.push(
    new Chart({ title: "Logical CPUs by node", top: 100, format: percent, lines: c.nodes.slice(0, 8).map((n, i) => ({ name: n.node_id, column: `node${i}_cpu` })) }),
    new Chart({ title: "Object store by node", top: 100, format: percent, lines: c.nodes.slice(0, 8).map((n, i) => ({ name: n.node_id, column: `node${i}_store` })) }));
  return list;
}

export function overview() {
  const figures = h("div", { class: "tiles" }), pictures = h("div", { class: "charts" }), recent = h("div");
  let drawn = [], shape = "";
  const choice = h("span", { class: "choices", role: "group", "aria-label": "time" }, spans.map(([name], i) => h("button", { type: "button", "aria-pressed": String(i === span), onclick: () => choose(i) }, name)));
  function choose(i) {
    span = i;
    [...choice.children].forEach((b, k) => b.setAttribute("aria-pressed", String(k === i)));
    page.update(page.cluster);
  }
  const page = {
    title: "Overview",
    node: h("div", {}, figures, h("div", { class: "bar-row" }, h("h2", {}, "Over time"), h("span", { class: "spread" }), choice), pictures, recent),
    async update(c) {
      if (!c) return;
      page.cluster = c;
      figures.replaceChildren(...tiles(c));
      const now = [c.nodes.length, c.gpus?.length, !!c.resources_total.GPU].join();
      if (now !== shape) {
        shape = now;
        drawn = charts(c);
        pictures.replaceChildren(...drawn.map(d => d.node));
      }
      const [, seconds, range] = spans[span], data = await series.load(range, api), to = Math.max(c.time_ms, data.times.at(-1) ?? 0);
      // A session that is younger than what was chosen fills the pictures, from its second minute on.
      const from = Math.max(to - 1000 * seconds, Math.min(data.times[0] ?? to, to - 60000));
      for (const d of drawn) d.show(data, from, to);
      await failures(c, recent);
    },
  };
  return page;
}

// failures lists the last tasks that have failed: the first thing that people look for.
async function failures(c, into) {
  if (!c.tasks_failed) return into.replaceChildren();
  const { result } = await api("tasks?limit=5&filter_keys=state&filter_predicates=%3D&filter_values=FAILED");
  into.replaceChildren(h("h2", {}, "Failed last"), h("div", { class: "tablebox" }, h("table", {}, h("tbody", {}, result.map(t =>
    h("tr", {}, h("td", {}, link("#/tasks/" + t.task_id, t.name)), h("td", {}, tag(t.error_type)), h("td", { class: "wrap" }, (t.error_message ?? "").split("\n")[0]), h("td", { class: "mono" }, t.cell ? `${t.cell}${t.line ? ":" + t.line : ""}` : "")))))));
}
