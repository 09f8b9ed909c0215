// Tasks: by function, one by one, and each with all that is known of it.
import { h, count, lasted, clock, tag, link, api, facts } from "./dom.js";
import { Table } from "./table.js";
import { pidLink, taskLink, actorLink, declared } from "./lists.js";

const states = ["", "RUNNING", "WAITING_FOR_RESOURCES", "WAITING_FOR_ARGUMENTS", "RETRYING", "FAILED", "FINISHED"];

const columns = [
  { name: "task", value: r => r.task_id, cell: r => taskLink(r.task_id), class: "id" }, { name: "name", value: r => r.name },
  { name: "state", value: r => r.state, cell: r => tag(r.state) }, { name: "attempt", value: r => r.attempt_number, class: "num" },
  { name: "node", value: r => r.node_id, class: "mono" }, { name: "pid", value: r => r.worker_pid, cell: r => pidLink(r.worker_pid), class: "num" },
  { name: "submitted", value: r => r.creation_time_ms, cell: r => clock(r.creation_time_ms), class: "mono" },
  { name: "took", value: r => r.duration_ms, cell: r => lasted(r.duration_ms), class: "num" }, { name: "declared", value: declared, class: "mono" },
  { name: "error", value: r => r.error_message, cell: r => (r.error_message ?? "").split("\n")[0], class: "clip" },
];

export function tasks(query) {
  const summary = new Table("Functions", [
    { name: "function", value: r => r.func_or_class_name, cell: r => link("#/tasks?q=" + encodeURIComponent(r.func_or_class_name), r.func_or_class_name) },
    { name: "kind", value: r => ({ NORMAL_TASK: "task", ACTOR_TASK: "actor call", ACTOR_CREATION_TASK: "constructor" })[r.type] ?? r.type },
    { name: "all", value: r => r.total, cell: r => count(r.total), class: "num" },
    ...["RUNNING", "FINISHED", "FAILED"].map(s => ({ name: s.toLowerCase(), value: r => r.state_counts[s] ?? 0, cell: r => r.state_counts[s] ? count(r.state_counts[s]) : "", class: "num" })),
    { name: "waiting", value: r => r.total - ["RUNNING", "FINISHED", "FAILED"].reduce((n, s) => n + (r.state_counts[s] ?? 0), 0), class: "num" },
    { name: "mean", value: r => r.mean_ms, cell: r => lasted(r.mean_ms), class: "num" }, { name: "longest", value: r => r.max_ms, cell: r => lasted(r.max_ms), class: "num" },
    { name: "declared", value: r => r.declared, class: "mono" },
  ], { none: "no tasks yet" });
  const choose = h("select", { "aria-label": "state", onchange: () => { page.state = choose.value; page.update(); } }, states.map(s => h("option", { value: s, selected: s === (query.get("state") ?? "") }, s || "all states")));
  let timer;
  const table = new Table("Tasks", columns, {
    filter: query.get("q") ?? "", tools: [choose], none: "no such tasks",
    onfilter: text => { page.q = text; clearTimeout(timer); timer = setTimeout(() => page.update(), 150); },
  });
  const page = {
    title: "Tasks", state: query.get("state") ?? "", q: query.get("q") ?? "", every: 2,
    node: h("div", {}, h("h1", {}, "Tasks"), h("h2", {}, "By function"), summary.node, h("h2", {}, "One by one"), table.node),
    async update() {
      const filter = page.state ? `&filter_keys=state&filter_predicates=%3D&filter_values=${page.state}` : "";
      const [list, sum] = await Promise.all([api(`tasks?limit=300&q=${encodeURIComponent(page.q)}${filter}`), api("tasks/summarize")]);
      table.show(list.result, list.num_filtered);
      summary.show(sum.summary);
    },
  };
  return page;
}

// explained is what ray.Explain says about something that waits.
function explained(x) {
  if (!x) return null;
  return h("section", {}, h("h2", {}, "Why it waits"), h("div", { class: "card" }, facts([
    ["asks for", x.Asks], ["where", x.Where], ["never", x.Infeasible], ["note", x.Note],
    ["arguments", (x.Objects ?? []).map(o => `${o.ID} of ${o.Maker || "?"} (${o.State})`).join("; ")],
    ["nodes", (x.Nodes ?? []).map(n => `${n.Name}: ${n.Text || "free"}`).join("; ")],
  ])));
}

async function printed(path, into) {
  try {
    const { lines } = await api("logs?lines=200&" + path);
    into.replaceChildren(...(lines.length ? [h("h2", {}, "Output"), h("pre", {}, lines.map(l => h("span", { class: l.stream }, l.text + "\n")))] : []));
  } catch { into.replaceChildren(); }
}

// one is a page about one thing, which is asked for until it cannot change any more.
function one(title, path, render, log) {
  const body = h("div"), out = h("div");
  return {
    title, node: h("div", {}, body, out), every: 1,
    async update() {
      try {
        const r = await api(path);
        body.replaceChildren(...render(r).filter(Boolean));
        await printed(log, out);
      } catch (e) { body.replaceChildren(h("h1", {}, title), h("p", { class: "bad" }, e.message)); }
    },
  };
}

const when = ms => ms ? new Date(ms).toLocaleString([], { hour12: false }) : "";

export const task = id => one("Task " + id, "tasks/" + id, r => [
  h("h1", {}, r.name + " ", tag(r.state)),
  h("div", { class: "card" }, facts([
    ["task", h("span", { class: "mono" }, r.task_id)], ["declared", h("span", { class: "mono" }, declared(r))], ["kind", r.type], ["node", r.node_id], ["worker", r.worker_pid ? pidLink(r.worker_pid) : ""],
    ["attempt", String(r.attempt_number)], ["actor", r.actor_id ? actorLink(r.actor_id) : ""], ["submitted by", r.parent_task_id ? taskLink(r.parent_task_id) : "the driver"],
    ["submitted", when(r.creation_time_ms)], ["started", when(r.start_time_ms)], ["took", lasted(r.duration_ms)],
  ])),
  r.error_type ? h("section", {}, h("h2", {}, "Error"), h("div", { class: "card" }, facts([["kind", tag(r.error_type)], ["message", h("span", { class: "bad" }, r.error_message)]]))) : null,
  r.stack ? h("section", {}, h("h2", {}, "Stack"), h("pre", {}, r.stack)) : null,
  explained(r.explanation),
  r.attempts?.length > 1 || r.attempts?.[0]?.error_type ? h("section", {}, h("h2", {}, "Attempts"), h("div", { class: "tablebox" }, h("table", {}, h("tbody", {}, r.attempts.map(a =>
    h("tr", {}, h("td", { class: "num" }, String(a.attempt_number)), h("td", {}, tag(a.state)), h("td", {}, a.node_id ?? ""), h("td", {}, pidLink(a.worker_pid)), h("td", {}, when(a.start_time_ms)), h("td", { class: "num" }, lasted(a.duration_ms)), h("td", { class: "wrap" }, a.error_message ?? ""))))))) : null,
  r.children?.length ? h("section", {}, h("h2", {}, "Tasks that it has submitted"), h("div", { class: "tablebox" }, h("table", {}, h("tbody", {}, r.children.map(c =>
    h("tr", {}, h("td", { class: "id" }, taskLink(c.task_id)), h("td", {}, c.name), h("td", {}, tag(c.state)))))))) : null,
], "task_id=" + id);

export function actor(id) {
  return one("Actor " + id, "actors/" + id, r => [
    h("h1", {}, r.class_name + " ", tag(r.state)),
    h("div", { class: "card" }, facts([
      ["actor", h("span", { class: "mono" }, r.actor_id)], ["name", r.name], ["namespace", r.ray_namespace], ["node", r.node_id], ["worker", r.pid ? pidLink(r.pid) : ""],
      ["restarts", String(r.num_restarts)], ["waiting calls", String(r.pending_calls)], ["why it died", r.death_cause ? h("span", { class: "bad" }, r.death_cause) : ""],
    ])),
    r.stack ? h("section", {}, h("h2", {}, "Stack"), h("pre", {}, r.stack)) : null,
    explained(r.explanation),
    r.calls?.length ? h("section", {}, h("h2", {}, "Last calls"), h("div", { class: "tablebox" }, h("table", {}, h("thead", {}, h("tr", {}, ["task", "name", "state", "submitted", "took", "error"].map(n => h("th", { scope: "col" }, n)))), h("tbody", {}, r.calls.map(c =>
      h("tr", {}, h("td", { class: "id" }, taskLink(c.task_id)), h("td", {}, c.name), h("td", {}, tag(c.state)), h("td", { class: "mono" }, clock(c.creation_time_ms)), h("td", { class: "num" }, lasted(c.duration_ms)), h("td", { class: "clip" }, (c.error_message ?? "").split("\n")[0]))))))) : null,
  ], "actor_id=" + id);
}
