/* A chart of one figure of all runs over steps, epochs or time. What all charts share is in `view`: what the axis below
   is, which part of it is shown, which runs are hidden, where the pointer is. */
const svgSpace = document.getElementById("drawing").namespaceURI;

function draw(parent, name, attributes, text) {
  const node = document.createElementNS(svgSpace, name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  return parent.appendChild(node);
}

function element(parent, name, attributes, text) {
  const node = document.createElement(name);
  for (const key in attributes) {
    if (key in node && typeof attributes[key] !== "string") node[key] = attributes[key];
    else node.setAttribute(key, attributes[key]);
  }
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

function button(parent, text, title, click) {
  return element(parent, "button", {type: "button", title, onclick: click}, text);
}

const DASHES = ["", "7 3", "2 3", "9 3 2 3"];
const colourOf = number => `var(--s${number % 8})`;
const dashOf = number => DASHES[Math.floor(number / 8) % DASHES.length];

class Chart {
  constructor(parent, view, of) {
    Object.assign(this, {view, of, logarithmic: Boolean(of.logarithmic), range: null});
    this.figure = element(parent, "figure", {class: "chart"});
    const title = element(this.figure, "div", {class: "title"});
    element(title, "h3", {}, of.title);
    const tools = element(title, "div", {class: "tools"});
    this.whole = button(tools, "Whole", "Show all of it again", () => this.reset());
    this.log = button(tools, "log", "Logarithmic axis", () => {
      this.logarithmic = !this.logarithmic;
      this.range = null;
      this.draw();
    });
    button(tools, "CSV", "Save these figures as comma-separated values",
      () => save(of.id + ".csv", this.rows()));
    this.svg = draw(this.figure, "svg", {tabindex: 0, role: "img", "aria-label": `${of.title} by step`});
    this.tip = element(this.figure, "div", {class: "tip", hidden: true});
    this.listen();
  }

  curve(run) {
    return this.view.curve(run, this.of);
  }

  visible() {
    return this.view.runs.filter(run => !this.view.hidden.has(run) && this.curve(run));
  }

  rows() {
    const rows = [["run", "folder", "seed", "step", this.of.axis, "least", "greatest"]];
    for (const run of this.view.runs) {
      const curve = this.curve(run);
      for (let i = 0; curve && i < curve.step.length; i++)
        if (curve.mean[i] !== null)
          rows.push([run.name, run.folder, run.seed, curve.step[i],
            ...[curve.mean, curve.low, curve.high].map(list => list ? Figures.round(list[i]) : null)]);
    }
    return rows;
  }

  reset() {
    this.range = null;
    this.view.zoom = null;
    this.view.change();
  }

  /* ---- drawing ---- */

  /* Least and greatest of what is shown; null: nothing. */
  extent(drawn, [from, to]) {
    let least = Infinity, most = -Infinity;
    const take = value => {
      if (value === null || (this.logarithmic && value <= 0)) return;
      least = Math.min(least, value);
      most = Math.max(most, value);
    };
    for (const {points, bands} of drawn)
      for (const point of points)
        if (point.mean !== null && point.x >= from && point.x <= to) [point.mean, bands ? point.low : null, bands ? point.high : null].forEach(take);
    if (this.of.chance && least <= most && !this.view.zoom) take(this.view.chance);
    if (!(least <= most)) return null;
    if (this.logarithmic) {
      const pad = most > least ? (most / least) ** .04 : 1.1;
      return [least / pad, most * pad];
    }
    const pad = (most - least) * .04 || Math.abs(most) * .1 || 1;
    return [least >= 0 && least - pad < 0 ? 0 : least - pad, most + pad];
  }

  draw() {
    const {view, svg} = this, width = Math.max(this.figure.clientWidth, 240), height = 256;
    const runs = this.visible(), [from, to] = view.span();
    const bands = this.of.band && runs.length <= 6;
    const most = view.most || Math.max(60, Math.round(width / 3)), share = Figures.scale(from, to, 0, 1, view.axis === "log");
    const drawn = runs.map(run => ({run, bands, curve: this.curve(run),
      points: Figures.stretches(this.curve(run), from, to, most, share)}));
    svg.replaceChildren();
    this.tip.hidden = true;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const extent = this.range || this.extent(drawn, [from, to]) || this.extent(drawn, [-Infinity, Infinity]);
    const positive = runs.some(run => this.curve(run).mean.some(value => value > 0));
    if (this.logarithmic && !positive) this.logarithmic = false;
    this.log.hidden = !positive;
    this.log.setAttribute("aria-pressed", this.logarithmic);
    this.whole.hidden = !view.zoom && !this.range;
    this.frame = null;
    if (!extent) {
      draw(svg, "text", {x: width / 2, y: height / 2, "text-anchor": "middle"}, "nothing to show here");
      return;
    }
    this.axes(width, height, extent);
    drawn.forEach(one => this.line(one));
    this.overlay = draw(svg, "g", {});
  }

  axes(width, height, [least, most]) {
    const {view, svg} = this, [from, to] = view.span(), top = 8, bottom = height - 38;
    const marks = this.logarithmic ? Figures.logMarks(least, most, 6) : Figures.marks(least, most, 5);
    const left = 30 + 7 * Math.max(...marks.map(mark => Figures.text(mark).length)), right = width - 22;
    const x = Figures.scale(from, to, left, right, view.axis === "log");
    const y = Figures.scale(least, most, bottom, top, this.logarithmic);
    this.frame = {x, y, left, right, top, bottom, width};
    draw(draw(svg, "clipPath", {id: "clip-" + this.of.id}), "rect",
      {x: left - 4, y: top - 4, width: right - left + 8, height: bottom - top + 8});
    for (const mark of marks) {
      draw(svg, "path", {class: "grid", d: `M${left} ${y(mark)}H${right}`});
      draw(svg, "text", {x: left - 6, y: y(mark) + 4, "text-anchor": "end"}, Figures.text(mark));
    }
    const most_below = Math.max(2, Math.floor((right - left) / 80));
    const below = Figures.withEnd(view.axis === "log" ? Figures.logMarks(from, to, most_below)
      : Figures.marks(from, to, most_below), to, 34, x);
    draw(svg, "path", {class: "axis", d: `M${left} ${top}V${bottom}H${right}` +
      below.map(mark => `M${x(mark)} ${bottom}v4`).join("")});
    for (const mark of below)
      draw(svg, "text", {x: x(mark), y: bottom + 17, "text-anchor": "middle"}, Figures.text(mark));
    draw(svg, "text", {x: (left + right) / 2, y: height - 5, "text-anchor": "middle"}, view.label());
    draw(svg, "text", {transform: `translate(12 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle"},
      this.of.axis);
    if (this.of.chance && view.chance !== null && view.chance >= least && view.chance <= most)
      draw(svg, "path", {class: "chance", d: `M${left} ${y(view.chance)}H${right}`});
  }

  line({run, curve, points, bands}) {
    const {x, y, top} = this.frame, colour = colourOf(run.number), dash = dashOf(run.number);
    const group = draw(this.svg, "g", {"clip-path": `url(#clip-${this.of.id})`});
    const shown = points.filter(point => point.mean !== null && !(this.logarithmic && point.mean <= 0));
    if (bands && shown.some(point => point.high > point.low)) {
      const floor = value => this.logarithmic && value <= 0 ? y.back(this.frame.bottom) : value;
      const edge = (list, key) => list.map(point => `${x(point.x).toFixed(1)} ${y(floor(point[key])).toFixed(1)}`).join("L");
      draw(group, "path", {class: "band", style: `fill:${colour}`,
        d: `M${edge(shown, "high")}L${edge([...shown].reverse(), "low")}Z`});
    }
    let path = "", pen = false;
    for (const point of points) {
      const there = point.mean !== null && !(this.logarithmic && point.mean <= 0);
      if (there) path += `${pen ? "L" : "M"}${x(point.x).toFixed(1)} ${y(point.mean).toFixed(1)}`;
      pen = there;
    }
    draw(group, "path", {class: "curve", style: `stroke:${colour};stroke-dasharray:${dash || "none"}`, d: path});
    if (points.length <= 30)
      for (const point of shown) draw(group, "circle", {cx: x(point.x), cy: y(point.mean), r: 2.4, style: `fill:${colour}`});
    this.end(group, run, curve, shown);
    if (curve.lost !== undefined) {
      const at = x(this.view.position(run, curve.lost));
      const cross = draw(group, "path", {d: `M${at - 5} ${top + 2}l10 10m0 -10l-10 10`, style: `stroke:${colour};stroke-width:2.2`});
      draw(cross, "title", {}, `${run.label}: not a finite number from step ${Figures.text(curve.lost)}`);
    }
  }

  /* A dot where the curve ends, so that a short one is seen; open where the run is not finished. */
  end(group, run, curve, shown) {
    const last = shown[shown.length - 1], colour = colourOf(run.number);
    if (!last || curve.x[curve.x.length - 1] > this.view.span()[1]) return;
    draw(group, "circle", {cx: this.frame.x(last.x), cy: this.frame.y(last.mean), r: 3.2,
      style: `stroke:${colour};stroke-width:1.6;fill:${run.finished ? colour : "var(--card)"}`});
  }

  /* ---- the pointer ---- */

  listen() {
    const {svg} = this;
    svg.addEventListener("pointermove", event => this.move(event));
    svg.addEventListener("pointerleave", event => this.drag || event.pointerType === "touch" || this.view.point(null));
    svg.addEventListener("pointerdown", event => {
      if (event.button !== 0 || !this.frame) return;
      this.drag = {from: this.spot(event)};
      try { svg.setPointerCapture(event.pointerId); } catch (error) { /* the pointer has gone */ }
    });
    svg.addEventListener("pointerup", event => this.drop(event));
    svg.addEventListener("pointercancel", () => { this.drag = null; this.view.point(null); });
    svg.addEventListener("dblclick", () => this.reset());
    svg.addEventListener("keydown", event => this.key(event));
    svg.addEventListener("blur", () => this.view.point(null));
  }

  /* Where the pointer is in the drawing, within the axes. */
  spot(event) {
    const box = this.svg.getBoundingClientRect(), {left, right, top, bottom, width} = this.frame;
    const zoom = width / box.width;
    return {x: Math.min(Math.max((event.clientX - box.left) * zoom, left), right),
      y: Math.min(Math.max((event.clientY - box.top) * zoom, top), bottom)};
  }

  move(event) {
    if (!this.frame) return;
    const spot = this.spot(event);
    if (!this.drag) return this.view.point({chart: this, x: this.frame.x.back(spot.x), y: spot.y});
    const {left, right, top, bottom} = this.frame, {from} = this.drag;
    const across = Math.abs(spot.x - from.x), down = Math.abs(spot.y - from.y);
    this.drag.to = across < 6 && down < 6 ? null
      : {x: down > 3 * across ? null : [from.x, spot.x].sort((a, b) => a - b),
        y: across > 3 * down ? null : [from.y, spot.y].sort((a, b) => a - b)};
    this.view.point(null);
    this.overlay.replaceChildren();
    if (!this.drag.to) return;
    const [x0, x1] = this.drag.to.x || [left, right], [y0, y1] = this.drag.to.y || [top, bottom];
    draw(this.overlay, "rect", {class: "chosen", x: x0, y: y0, width: x1 - x0, height: y1 - y0});
  }

  drop(event) {
    const to = this.drag && this.drag.to;
    this.drag = null;
    if (!to) return event.pointerType === "touch" && this.move(event);
    const {x, y} = this.frame;
    if (to.y) this.range = [y.back(to.y[1]), y.back(to.y[0])];
    if (to.x) this.view.zoom = to.x.map(place => x.back(place));
    this.view.change();
  }

  /* Arrows walk along the first curve. */
  key(event) {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key], run = this.visible()[0];
    if (event.key === "Escape") this.reset();
    if (!step || !run || !this.frame) return;
    const {x} = this.curve(run), now = this.view.cursor ? Figures.nearest(x, this.view.cursor.x) : -1;
    const next = Math.min(Math.max(now + step, 0), x.length - 1);
    this.view.point({chart: this, x: x[next], y: this.frame.top});
    event.preventDefault();
  }

  /* The line under the pointer, dots on the curves, and in the chart of the pointer their values. */
  point(cursor) {
    if (!this.overlay || !this.frame) return;
    this.overlay.replaceChildren();
    this.tip.hidden = true;
    if (!cursor) return;
    const {x, y, left, right, top, bottom} = this.frame, at = x(cursor.x);
    if (at < left - 1 || at > right + 1) return;
    draw(this.overlay, "path", {class: "cursor", d: `M${at} ${top}V${bottom}`});
    const found = [];
    for (const run of this.visible()) {
      const curve = this.curve(run), i = Figures.nearest(curve.x, cursor.x);
      if (i < 0) continue;
      const value = curve.mean[i], place = value === null ? null : y(value);
      found.push({run, i, value, place, step: curve.step[i], low: curve.low && curve.low[i], high: curve.high && curve.high[i]});
      if (place >= top && place <= bottom && x(curve.x[i]) >= left - 1)
        draw(this.overlay, "circle", {cx: x(curve.x[i]), cy: place, r: 3.5, style: `fill:${colourOf(run.number)}`});
    }
    if (cursor.chart === this) this.tell(found, cursor, at);
  }

  tell(found, cursor, at) {
    const MOST = 14, {tip, frame} = this;
    if (!found.length) return;
    const gap = one => one.place === null ? Infinity : Math.abs(one.place - cursor.y);
    const near = found.sort((a, b) => gap(a) - gap(b)).slice(0, MOST).sort((a, b) => b.value - a.value);
    tip.replaceChildren();
    const table = element(tip, "table", {});
    for (const {run, value, low, high, step} of near) {
      const line = element(table, "tr", {});
      this.view.name(element(line, "td", {class: "name"}), run.number, run.label);
      element(line, "td", {}, Figures.text(value) +
        (low !== null && high > low ? ` (${Figures.text(low, 3)} to ${Figures.text(high, 3)})` : ""));
      element(line, "td", {}, `step ${Figures.text(step)}`);
    }
    if (found.length > MOST) element(tip, "div", {class: "quiet"}, `and ${found.length - MOST} more`);
    tip.hidden = false;
    const zoom = this.svg.getBoundingClientRect().width / frame.width, x = at * zoom;
    const room = this.figure.clientWidth - tip.offsetWidth;
    tip.style.left = Math.max(0, x + 14 <= room ? x + 14 : Math.min(x - tip.offsetWidth - 14, room)) + "px";
    tip.style.top = this.svg.getBoundingClientRect().top - this.figure.getBoundingClientRect().top + 10 + "px";
  }
}
