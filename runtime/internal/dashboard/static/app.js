// Which page is shown, and when it is drawn anew.
import { h, api, link } from "./dom.js";
import { overview } from "./overview.js";
import { nodes, actors, objects, groups, metrics, events, jobs } from "./lists.js";
import { tasks, task, actor } from "./tasks.js";
import { logs } from "./logs.js";

const pages = [["", "Overview", overview], ["nodes", "Nodes", nodes], ["tasks", "Tasks", tasks], ["actors", "Actors", actors], ["objects", "Objects", objects],
  ["jobs", "Jobs", jobs, "jobs"], ["placement_groups", "Placement groups", groups], ["logs", "Logs", logs], ["events", "Events", events, "cluster_events"], ["metrics", "Metrics", metrics]];
const details = { tasks: task, actors: actor };

const main = document.getElementById("main"), nav = document.getElementById("nav"), button = document.getElementById("live"), about = document.getElementById("about");
let page = null, cluster = null, live = true, turns = 0, busy = false;

function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?"), [name, id] = path.split("/");
  const known = pages.find(([p]) => p === name) ?? pages[0];
  page = id && details[name] ? details[name](decodeURIComponent(id)) : known[2](new URLSearchParams(query));
  for (const a of nav.children) a.getAttribute("href") === "#/" + known[0] ? a.setAttribute("aria-current", "page") : a.removeAttribute("aria-current");
  document.title = page.title + " · goray";
  main.replaceChildren(page.node);
  draw();
}

async function draw() {
  if (busy || !page) return;
  busy = true;
  const of = page;
  try { await of.update(cluster); } catch (e) { if (of === page && !main.querySelector(".lost")) main.prepend(h("p", { class: "bad lost", role: "alert" }, String(e.message || e))); busy = false; return; }
  main.querySelector(".lost")?.remove();
  busy = false;
  if (of !== page) draw();
}

function state(name, lost) {
  button.textContent = name;
  button.classList.toggle("lost", !!lost);
}

function connect() {
  const stream = new EventSource("/api/v0/stream");
  stream.addEventListener("cluster", e => {
    cluster = JSON.parse(e.data);
    if (live) state("live");
    about.textContent = `driver pid ${cluster.driver_pid} · ${cluster.node_id} at ${cluster.node_ip} · ${cluster.session_dir}`;
    if (live && !document.hidden && turns++ % (page?.every ?? 1) === 0) draw();
  });
  stream.onerror = () => state("ended", true); // the browser tries again by itself
}

function pause() {
  live = !live;
  button.setAttribute("aria-pressed", String(live));
  state(live ? "live" : "paused");
  if (live) draw();
}

button.addEventListener("click", pause);
addEventListener("hashchange", () => { route(); main.focus(); scrollTo(0, 0); });
addEventListener("resize", () => draw());
addEventListener("keydown", e => {
  if (e.target.closest?.("input, select, textarea") || e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === "p") pause();
  if (e.key === "/") { const i = main.querySelector("input[type=search]"); if (i) { i.focus(); e.preventDefault(); } }
  const n = "1234567890".indexOf(e.key);
  if (n >= 0 && pages[n]) location.hash = "#/" + pages[n][0];
});

// What this session does not have has no page.
api("cluster").then(c => {
  cluster ??= c;
  for (const kind of ["jobs", "cluster_events"]) if (!c.kinds.includes(kind)) pages.splice(pages.findIndex(p => p[3] === kind), 1);
}).finally(() => {
  for (const [path, name] of pages) nav.append(link("#/" + path, name));
  route();
});
connect();
