/* The parts of tests: tables by class, number or steps ahead; curves, and truth against prediction. */
const PART_COLOURS = 8;

/* What a part has in a column; its first one is the names. */
function partColumn(of, key) {
  if (key === of.first) return of.names.map(Number);
  const k = of.columns.indexOf(key);
  return of.cells.map(line => line[k]);
}

function partRows(of) {
  return [[of.first, ...of.columns], ...of.cells.map((line, i) => [of.names[i], ...line])];
}

function writePartTable(parent, of) {
  const table = element(element(parent, "div", {class: "wide"}), "table", {class: "figures"});
  const head = element(element(table, "thead"), "tr"), body = element(table, "tbody");
  [of.first, ...of.columns].forEach((text, i) => element(head, "th", {class: i ? "number" : ""}, text));
  of.cells.forEach((line, i) => {
    const row = element(body, "tr");
    element(row, "td", {"data-name": of.first}, of.names[i]);
    line.forEach((x, k) => element(row, "td", {class: "number", "data-name": of.columns[k]},
      x === null ? "" : Figures.text(x)));
  });
}

function partExtent(values) {
  const there = values.filter(value => value !== null);
  const least = Math.min(...there), most = Math.max(...there), pad = (most - least) * .04 || 1;
  return least === 0 && most === 1 ? [0, 1] : [least >= 0 && least - pad < 0 ? 0 : least - pad, most + pad];
}

function partFrame(svg, chart, extents) {
  const width = 420, height = 320, top = 8, bottom = height - 38, right = width - 16;
  const marks = Figures.marks(...extents[1], 5);
  const left = 30 + 7 * Math.max(...marks.map(mark => Figures.text(mark).length));
  const x = Figures.scale(...extents[0], left, right), y = Figures.scale(...extents[1], bottom, top);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  for (const mark of marks) {
    draw(svg, "path", {class: "grid", d: `M${left} ${y(mark)}H${right}`});
    draw(svg, "text", {x: left - 6, y: y(mark) + 4, "text-anchor": "end"}, Figures.text(mark));
  }
  const below = Figures.marks(...extents[0], 5);
  draw(svg, "path", {class: "axis", d: `M${left} ${top}V${bottom}H${right}` + below.map(mark => `M${x(mark)} ${bottom}v4`).join("")});
  for (const mark of below) draw(svg, "text", {x: x(mark), y: bottom + 17, "text-anchor": "middle"}, Figures.text(mark));
  const words = text => text.replace(/_/g, " ");
  draw(svg, "text", {x: (left + right) / 2, y: height - 5, "text-anchor": "middle"}, words(chart.x));
  draw(svg, "text", {transform: `translate(12 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle"}, words(chart.y));
  return {x, y};
}

function partDots(svg, of, chart, {x, y}, xs, ys) {
  const sizes = partColumn(of, chart.size), most = Math.max(...sizes);
  xs.forEach((at, i) => {
    const dot = draw(svg, "circle", {cx: x(at).toFixed(1), cy: y(ys[i]).toFixed(1),
      r: (1.2 + 3.3 * Math.sqrt(sizes[i] / most)).toFixed(2), style: `fill:${colourOf(0)};fill-opacity:.55`});
    draw(dot, "title", {}, `${chart.x} ${Figures.text(at)}, ${chart.y} ${Figures.text(ys[i])}: ${Figures.text(sizes[i])} ${chart.size}`);
  });
}

/* A curve for each name; of the first column itself there is one. */
function partCurves(svg, of, chart, {x, y}, xs, ys) {
  const single = chart.x === of.first, names = single ? [of.title] : [...new Set(of.names)];
  names.forEach((text, number) => {
    let path = "";
    xs.forEach((at, i) => {
      if (!single && of.names[i] !== text || at === null || ys[i] === null) return;
      path += `${path ? "L" : "M"}${x(at).toFixed(1)} ${y(ys[i]).toFixed(1)}`;
    });
    const curve = draw(svg, "path", {class: "curve", d: path,
      style: `stroke:${colourOf(number)};stroke-dasharray:${dashOf(number) || "none"}`});
    draw(curve, "title", {}, text);
  });
  return single ? [] : names;
}

function writePartChart(parent, of, chart) {
  const xs = partColumn(of, chart.x), ys = partColumn(of, chart.y);
  if (!xs.some((at, i) => at !== null && ys[i] !== null)) return;
  const figure = element(parent, "figure", {class: "chart", style: "max-width:560px"});
  element(element(figure, "div", {class: "title"}), "h3", {}, chart.size ? `${chart.title}, ${of.names[0]}` : chart.title);
  const svg = draw(figure, "svg", {role: "img", "aria-label": chart.title});
  const both = chart.size ? partExtent([...xs, ...ys]) : null;
  const extents = [both || partExtent(xs), both || partExtent(ys)];
  const frame = partFrame(svg, chart, extents);
  if (chart.diagonal) {
    const [from, to] = extents[0];
    draw(svg, "path", {class: "chance", d: `M${frame.x(from)} ${frame.y(from)}L${frame.x(to)} ${frame.y(to)}`});
  }
  if (chart.size) return partDots(svg, of, chart, frame, xs, ys);
  const names = partCurves(svg, of, chart, frame, xs, ys);
  const legend = element(figure, "div", {class: "quiet"});
  names.slice(0, PART_COLOURS).forEach((text, number) => name(element(legend, "span", {class: "entry"}), number, text + " "));
}

function writeParts() {
  const section = begin("parts", "What tests are made of, on the test split; the first seed of each setting. Curves are drawn " +
    "from counts of scores in equal steps, dots are the larger the more answers they stand for.");
  if (!data.parts.length) return note(section, "No run has been tested, or its figures have no parts but those of the table above.");
  const boxes = new Map();
  data.parts.forEach((of, i) => {
    const run = data.runs[of.run];
    if (!boxes.has(of.run)) {
      const box = element(section, "details", {open: boxes.size < 4});
      name(element(box, "summary"), run.row);
      boxes.set(of.run, box);
    }
    const box = boxes.get(of.run), head = element(box, "div", {class: "title"});
    element(head, "h3", {}, of.title);
    head.tools = element(head, "div", {class: "tools"});
    saver(head, `${of.name}-${i + 1}.csv`, () => partRows(of));
    if (!of.charts.length || of.first === of.charts[0].x) writePartTable(box, of);
    const charts = element(box, "div", {class: "charts"});
    of.charts.forEach(chart => writePartChart(charts, of, chart));
  });
}
