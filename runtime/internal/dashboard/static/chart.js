// Time series as pictures.
import { h, s, clock } from "./dom.js";

const pad = { left: 60, right: 8, top: 8, bottom: 18 }, height = 132;

// Chart draws columns of the series over time. spec: {title, lines: [{name, column, area}], top: number
// or column, format}.
export class Chart {
  constructor(spec) {
    this.spec = spec;
    this.legend = h("span", { class: "legend" });
    this.svg = s("svg", { role: "img", "aria-label": spec.title });
    this.svg.addEventListener("mousemove", e => { this.at = e.offsetX; this.draw(); });
    this.svg.addEventListener("mouseleave", () => { this.at = undefined; this.draw(); });
    this.node = h("div", { class: "card chart" }, h("h3", {}, spec.title, this.legend), this.svg);
  }

  show(data, from, to) {
    Object.assign(this, { data, from, to });
    this.draw();
  }

  draw() {
    const { spec, data, from, to } = this;
    if (!data) return;
    const width = Math.max(240, this.svg.clientWidth || 400), times = data.times;
    const lines = spec.lines.map(l => ({ ...l, values: data.columns[l.column] ?? [] }));
    let top = typeof spec.top === "string" ? Math.max(0, ...(data.columns[spec.top] ?? [0]).slice(-1)) : spec.top ?? 0;
    const first = Math.max(0, times.findIndex(t => t >= from));
    if (!spec.top || spec.open) for (const l of lines) for (let i = first; i < times.length; i++) if (l.values[i] > top) top = l.values[i];
    top = spec.top ? top || 1 : nice(top);
    const x = t => pad.left + (width - pad.left - pad.right) * (t - from) / (to - from);
    const y = v => height - pad.bottom - (height - pad.top - pad.bottom) * Math.min(1, v / top);
    const parts = [];
    for (let i = 0; i <= 2; i++) {
      const v = top * i / 2;
      parts.push(s("line", { class: "grid", x1: pad.left, x2: width - pad.right, y1: y(v), y2: y(v) }),
        s("text", { x: pad.left - 6, y: y(v) + 4, "text-anchor": "end" }, spec.format(v)));
    }
    for (let i = 0; i <= 3; i++) {
      const t = from + (to - from) * i / 3;
      parts.push(s("text", { x: x(t), y: height - 4, "text-anchor": i === 0 ? "start" : i === 3 ? "end" : "middle" }, clock(t)));
    }
    let chosen = times.length - 1;
    if (this.at !== undefined) {
      const t = from + (to - from) * (this.at - pad.left) / (width - pad.left - pad.right);
      for (let i = first; i < times.length; i++) if (Math.abs(times[i] - t) < Math.abs(times[chosen] - t)) chosen = i;
    }
    lines.forEach((l, k) => {
      let path = "", area = "", last = null;
      for (let i = first; i < times.length; i++) {
        if (l.values[i] === undefined || times[i] < from) continue;
        // A hole in the samples is a hole in the line.
        const gap = last === null || times[i] - times[last] > (data.step ?? 1000) * 5;
        if (gap && last !== null) area += `L${x(times[last]).toFixed(1)} ${y(0)}`;
        path += `${gap ? "M" : "L"}${x(times[i]).toFixed(1)} ${y(l.values[i]).toFixed(1)}`;
        area += gap ? `M${x(times[i]).toFixed(1)} ${y(0)}L${x(times[i]).toFixed(1)} ${y(l.values[i]).toFixed(1)}` : `L${x(times[i]).toFixed(1)} ${y(l.values[i]).toFixed(1)}`;
        last = i;
      }
      if (last === null) return;
      if (l.area) parts.push(s("path", { class: `area c${k % 6}`, d: area + `L${x(times[last]).toFixed(1)} ${y(0)}Z` }));
      parts.push(s("path", { class: `line c${k % 6} dash${k % 4}`, d: path }));
    });
    if (this.at !== undefined && chosen >= 0) parts.push(s("line", { class: "cursor", x1: x(times[chosen]), x2: x(times[chosen]), y1: pad.top, y2: height - pad.bottom }));
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.replaceChildren(...parts);
    this.legend.replaceChildren(...lines.map((l, k) => h("span", {}, h("span", { class: `swatch c${k % 6}` }), l.name + " ", h("b", {}, l.values[chosen] === undefined ? "–" : spec.format(l.values[chosen])))),
      this.at !== undefined && chosen >= 0 ? clock(times[chosen]) : "");
  }
}

// nice is the next round number.
function nice(v) {
  if (!(v > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(v));
  for (const step of [1, 2, 4, 5, 10]) if (v <= step * unit) return step * unit;
  return v;
}

// Series keeps the samples that the server has sent.
export class Series {
  constructor() { this.sets = {}; }

  // load returns the samples of "fine" or "day" up to now.
  async load(range, ask) {
    const have = this.sets[range] ?? { times: [], columns: {}, step: range === "day" ? 30000 : 1000 };
    const since = have.times.at(-1) ?? 0, more = await ask(`series?range=${range}&since=${since}`), old = have.times.length;
    const fresh = more.times.findIndex(t => t > since);
    if (fresh >= 0) {
      have.times.push(...more.times.slice(fresh));
      for (const name of new Set([...Object.keys(have.columns), ...Object.keys(more.columns)])) {
        const column = have.columns[name] ??= new Array(old).fill(undefined);
        column.push(...(more.columns[name] ?? new Array(more.times.length).fill(undefined)).slice(fresh));
      }
    }
    const drop = have.times.length - 3000;
    if (drop > 0) for (const list of [have.times, ...Object.values(have.columns)]) list.splice(0, drop);
    have.nodes = more.nodes;
    return this.sets[range] = have;
  }
}
