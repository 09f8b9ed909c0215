// The pages that are a table each.
import { h, bytes, count, percent, lasted, clock, tag, link, meter, amounts, isBytes, place, api } from "./dom.js";
import { Table } from "./table.js";

// listed makes a page of a table that is asked for anew with each sample.
function listed(title, kind, columns, options = {}) {
  const table = new Table(title, columns, options);
  return {
    title, node: h("div", {}, h("h1", {}, title), options.note ? h("p", { class: "quiet" }, options.note) : null, table.node),
    every: options.every ?? 2,
    async update() {
      const list = await api(`${kind}?limit=${options.limit ?? 1000}`);
      table.show(list.result, list.num_filtered);
    },
  };
}

const text = (name, key, more) => ({ name, value: r => r[key], ...more });
const node = key => ({ name: "node", value: r => r[key ?? "node_id"], class: "mono" });
export const pidLink = pid => pid ? link("#/logs?pid=" + pid, String(pid)) : "";
export const taskLink = id => id ? link("#/tasks/" + id, id) : "";
export const actorLink = id => id ? link("#/actors/" + id, id) : "";

export const actors = () => listed("Actors", "actors", [
  { name: "actor", value: r => r.actor_id, cell: r => actorLink(r.actor_id), class: "id" }, text("class", "class_name"), text("name", "name"),
  { name: "state", value: r => r.state, cell: r => tag(r.state) }, node(), { name: "pid", value: r => r.pid, cell: r => pidLink(r.pid), class: "num" },
  text("restarts", "num_restarts", { class: "num" }), text("waiting calls", "pending_calls", { class: "num" }),
  text("namespace", "ray_namespace"), text("why it died", "death_cause", { class: "wrap" }),
], { none: "no actors; ray.NewActor starts one" });

export const objects = () => listed("Objects", "objects", [
  text("object", "object_id", { class: "id" }), { name: "size", value: r => r.object_size, cell: r => bytes(r.object_size), class: "num" }, text("kind", "reference_type"),
  { name: "state", value: r => r.state, cell: r => tag(r.state) }, text("references", "references", { class: "num" }),
  { name: "where", value: r => r.node_id ?? (r.spilled_to ? "file" : r.state === "READY" ? "driver" : ""), class: "mono" },
  text("made at", "call_site", { class: "mono" }), text("by", "maker", { class: "wrap" }),
], { none: "no objects; ray.Put and results of tasks make them", note: "The largest first. \"driver\" keeps small ones in its own memory." });

export const groups = () => listed("Placement groups", "placement_groups", [
  text("group", "placement_group_id", { class: "id" }), text("name", "name"), { name: "state", value: r => r.state, cell: r => tag(r.state) }, text("strategy", "strategy"),
  { name: "bundles", value: r => r.bundles?.join("; ") }, { name: "nodes", value: r => r.nodes?.join(" "), class: "mono" }, text("waits for", "waiting", { class: "wrap" }),
], { none: "no placement groups; ray.NewPlacementGroup reserves one" });

export const metrics = () => listed("Metrics", "metrics", [
  text("name", "name", { class: "mono" }), text("type", "type"), { name: "tags", value: r => Object.entries(r.tags ?? {}).map(([k, v]) => `${k}=${v}`).join(" "), class: "mono" },
  { name: "pid", value: r => r.worker_pid, cell: r => pidLink(r.worker_pid), class: "num" }, { name: "value", value: r => r.value, cell: r => count(r.value), class: "num" },
  { name: "count", value: r => r.count, class: "num" }, text("description", "description", { class: "wrap" }),
], { none: "the program records nothing; ray.NewCounter, NewGauge and NewHistogram do", note: "What the program itself records. Prometheus reads it, with the session's own figures, at /metrics." });

export const events = () => listed("Events", "cluster_events", [
  { name: "time", value: r => r.time, class: "mono" }, { name: "severity", value: r => r.severity, cell: r => tag(r.severity) },
  text("source", "source_type"), text("message", "message", { class: "wrap" }),
], { none: "nothing has happened yet" });

export const jobs = () => listed("Jobs", "jobs", [
  text("job", "submission_id", { class: "id" }), { name: "state", value: r => r.status, cell: r => tag(r.status) }, text("command", "entrypoint", { class: "wrap mono" }),
  { name: "started", value: r => r.start_time, cell: r => clock(r.start_time) }, { name: "took", value: r => r.start_time ? (r.end_time || Date.now()) - r.start_time : null, cell: r => r.start_time ? lasted((r.end_time || Date.now()) - r.start_time) : "" },
  text("message", "message", { class: "wrap" }),
], { none: "no jobs; goray job submit starts one" });

// nodes has two tables: of the nodes, and of the processes on them.
export function nodes() {
  const used = (r, name) => (r.resources_total[name] ?? 0) - (r.resources_available?.[name] ?? 0);
  const bar = name => ({
    name, value: r => r.resources_total[name] ? used(r, name) / r.resources_total[name] : null,
    cell: r => r.resources_total[name] ? h("div", {}, `${count(used(r, name))} of ${count(r.resources_total[name])}`, meter(used(r, name) / r.resources_total[name], name)) : "",
  });
  const table = new Table("Nodes", [
    { name: "node", value: r => r.node_id, class: "mono", cell: r => h("span", {}, r.node_id, r.is_head_node ? h("span", { class: "quiet" }, " (head)") : "") },
    { name: "state", value: r => r.state, cell: r => tag(r.state) }, { name: "address", value: r => r.node_ip, class: "mono" }, bar("CPU"), bar("GPU"),
    { name: "object store", value: r => r.object_store_used, cell: r => h("div", {}, `${bytes(r.object_store_used)} of ${bytes(r.object_store_capacity)}`, meter(r.object_store_used / r.object_store_capacity, "store")) },
    { name: "workers", value: r => r.workers, cell: r => `${r.workers} (${r.workers_busy} busy)` }, { name: "their memory", value: r => r.workers_memory, cell: r => bytes(r.workers_memory), class: "num" },
    { name: "other resources", value: r => amounts(Object.fromEntries(Object.entries(r.resources_total).filter(([k]) => !isBytes(k) && k !== "CPU" && k !== "GPU"))) },
    { name: "labels", value: r => Object.entries(r.labels ?? {}).map(([k, v]) => `${k}=${v}`).join(" "), class: "wrap mono" },
  ]);
  const workers = new Table("Processes", [
    { name: "pid", value: r => r.pid, cell: r => pidLink(r.pid), class: "num" }, node(), { name: "state", value: r => r.state, cell: r => tag(r.state) }, text("runs", "running"),
    text("tasks given", "tasks", { class: "num" }), { name: "CPU", value: r => r.cpu_percent, cell: r => percent(r.cpu_percent ?? 0), class: "num" },
    { name: "memory", value: r => r.memory, cell: r => bytes(r.memory), class: "num" },
  ]);
  return {
    title: "Nodes", node: h("div", {}, h("h1", {}, "Nodes"), table.node, h("h2", {}, "Processes"), workers.node), every: 1,
    async update(c) {
      if (c) table.show(c.nodes);
      workers.show((await api("workers?limit=1000")).result);
    },
  };
}

export const declared = r => place(r.cell, r.line);
