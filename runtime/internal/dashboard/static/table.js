// A table with a filter and columns that sort. It is made once; show replaces its rows and leaves the
// focus, the filter and the place on the page as they are.
import { h } from "./dom.js";

// columns: {name, value: row => …, cell: row => node or text, class, sort: false}
export class Table {
  constructor(caption, columns, options = {}) {
    this.columns = columns;
    this.sorted = options.sorted ?? null; // {column, down}
    this.none = options.none ?? "none";
    this.rows = [];
    this.total = 0;
    this.input = h("input", { type: "search", placeholder: "filter", "aria-label": "filter " + caption, oninput: () => options.onfilter ? options.onfilter(this.input.value) : this.draw() });
    if (options.filter) this.input.value = options.filter;
    this.server = !!options.onfilter; // the server has filtered
    this.figure = h("span", { class: "quiet", role: "status" });
    this.heads = columns.map((c, i) => h("th", { scope: "col", class: c.class === "num" ? "num" : null }, c.sort === false ? c.name : h("button", { type: "button", onclick: () => this.sort(i) }, c.name)));
    this.body = h("tbody");
    this.node = h("section", {},
      h("div", { class: "bar-row" }, this.input, options.tools ?? [], h("span", { class: "spread" }), this.figure),
      h("div", { class: "tablebox", tabindex: "0", role: "region", "aria-label": caption }, h("table", {}, h("thead", {}, h("tr", {}, this.heads)), this.body)));
  }

  sort(i) {
    this.sorted = this.sorted?.column === i ? (this.sorted.down ? null : { column: i, down: true }) : { column: i, down: false };
    this.draw();
  }

  show(rows, total) {
    this.rows = rows;
    this.total = total ?? rows.length;
    this.draw();
  }

  draw() {
    let rows = this.rows;
    const text = this.server ? "" : this.input.value.toLowerCase();
    if (text) rows = rows.filter(r => JSON.stringify(r).toLowerCase().includes(text));
    const kept = rows.length;
    if (this.sorted) {
      const { column, down } = this.sorted, of = this.columns[column].value;
      const compare = (x, y) => x === y ? 0 : x === null || x === undefined || x === "" ? 1 : y === null || y === undefined || y === "" ? -1 : x < y ? -1 : 1;
      rows = [...rows].sort((a, b) => down ? compare(of(b), of(a)) : compare(of(a), of(b)));
    }
    this.heads.forEach((th, i) => this.sorted?.column === i ? th.setAttribute("aria-sort", this.sorted.down ? "descending" : "ascending") : th.removeAttribute("aria-sort"));
    const focus = this.body.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    this.body.replaceChildren(...rows.map(r => h("tr", {}, this.columns.map(c => h("td", { class: c.class, title: c.class?.includes("clip") ? c.value(r) : null }, c.cell ? c.cell(r) : c.value(r) ?? "")))));
    if (!rows.length) this.body.append(h("tr", {}, h("td", { colspan: this.columns.length, class: "quiet" }, text ? "nothing matches" : this.none)));
    if (focus) [...this.body.querySelectorAll("a")].find(a => a.getAttribute("href") === focus)?.focus();
    this.figure.textContent = kept < this.total ? `${kept} of ${this.total}` : `${this.total}`;
  }
}
