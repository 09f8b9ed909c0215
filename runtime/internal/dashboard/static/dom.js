// What pages are made of: elements, and figures for people.

// h makes an element: h("a", {href: "#/", class: "x"}, "text", child, …). Text is never markup.
export function h(tag, attributes, ...children) {
  const e = document.createElement(tag);
  set(e, attributes, children);
  return e;
}

// s makes an element of a picture.
export function s(tag, attributes, ...children) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(e, attributes, children);
  return e;
}

function set(e, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else e.setAttribute(name, value === true ? "" : value);
  }
  for (const c of children.flat(Infinity)) if (c !== null && c !== undefined && c !== false) e.append(c);
}

export const bytes = n => {
  if (n === null || n === undefined) return "";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (Math.abs(n) >= 1024 && i < units.length - 1) { n /= 1024; i++; }
  return (i === 0 ? n : n.toFixed(n >= 100 ? 0 : 1)) + " " + units[i];
};

export const count = n => n === null || n === undefined ? "" : Math.abs(n) >= 10000 ? Math.round(n).toLocaleString("en-US") : String(+Number(n).toFixed(2));

export const percent = n => n === null || n === undefined ? "" : n.toFixed(n < 10 ? 1 : 0) + " %";

export const lasted = ms => {
  if (ms === null || ms === undefined) return "";
  if (ms < 1) return (ms * 1000).toFixed(0) + " µs";
  if (ms < 1000) return ms.toFixed(ms < 10 ? 2 : 1) + " ms";
  if (ms < 60000) return (ms / 1000).toFixed(2) + " s";
  return Math.floor(ms / 60000) + " min " + Math.round(ms % 60000 / 1000) + " s";
};

export const clock = ms => ms ? new Date(ms).toLocaleTimeString([], { hour12: false }) : "";

const tones = {
  RUNNING: "busy", BUSY: "busy", ALIVE: "good", FINISHED: "good", READY: "good", CREATED: "good", SUCCEEDED: "good", FAILED: "bad", DEAD: "bad", REMOVED: "plain",
  RETRYING: "warn", RESTARTING: "warn", PENDING: "warn", RESCHEDULING: "warn", WAITING_FOR_RESOURCES: "warn", WAITING_FOR_ARGUMENTS: "warn", SPILLED: "warn",
  ERROR: "bad", WARNING: "warn", INFO: "plain", STOPPED: "plain",
};
export const tag = state => state ? h("span", { class: "tag " + (tones[state] ?? "plain") }, state) : "";

export const link = (href, text) => h("a", { href }, text);

// meter is a bar of a share from 0 to 1.
export function meter(share, what) {
  const part = Math.max(0, Math.min(1, share || 0)), i = h("i");
  i.style.width = (100 * part).toFixed(1) + "%";
  return h("div", { class: "meter" + (part > 0.9 ? " high" : ""), role: "img", "aria-label": `${what ?? ""} ${Math.round(100 * part)} %` }, i);
}

// amounts lists resources: bytes for what is memory.
export const amounts = resources => Object.keys(resources ?? {}).sort().map(k => `${k} ${isBytes(k) ? bytes(resources[k]) : count(resources[k])}`).join(", ");
export const isBytes = name => name === "memory" || name === "object_store_memory";

// place is where something is declared.
export const place = (cell, line) => cell ? line ? `${cell}:${line}` : cell : "";

// api asks the server; what is not there is an error with the server's words.
export async function api(path) {
  const r = await fetch("/api/v0/" + path);
  const body = await r.json();
  if (!body.result) throw new Error(body.msg);
  return body.data.result;
}

export const facts = list => h("dl", {}, list.filter(([, v]) => v !== "" && v !== null && v !== undefined).map(([k, v]) => [h("dt", {}, k), h("dd", {}, v)]));
