/* The page from its data. Texts of users become text nodes only. */
const data = JSON.parse(document.getElementById("data").textContent);
const part = id => document.getElementById(id);
/* The figure that is compared with chance, and its values as text. */
const leading = data.figures.find(figure => figure.leading);
const shown = x => x === null ? "none" : (leading.factor * x).toFixed(leading.digits) + (leading.unit && " " + leading.unit);

function note(parent, text) {
  return element(parent, "p", {class: "note"}, text);
}

function save(name, rows) {
  const url = URL.createObjectURL(new Blob([Figures.csv(rows)], {type: "text/csv;charset=utf-8"}));
  const link = element(document.body, "a", {href: url, download: name});
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/* At the right of a section's heading, or in a box of its own. */
function saver(parent, name, rows) {
  const tools = parent.tools || element(parent, "div", {class: "tools"});
  button(tools, "CSV", "Save these figures as comma-separated values", () => save(name, rows()));
  return tools;
}

/* A name beside its colour and dashes; number: of the setting, or of the run where there is one setting. */
function name(parent, number, text) {
  element(parent, "span", {class: "chip", style: `color:${colourOf(number)};border-top-style:${dashOf(number) ? "dashed" : "solid"}`});
  parent.append(text === undefined ? data.rows[number].name : text);
  return parent;
}

/* What tells runs of one setting apart: the seed, or where two have the same the folder. */
function within(run) {
  const same = data.rows[run.row].runs.map(index => data.runs[index]);
  const unique = new Set(same.map(one => one.seed)).size === same.length;
  return unique ? `seed ${run.seed}` : run.folder.split("/").pop();
}

/* ---- the beginning and the summary ---- */

function writeHead() {
  const many = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  part("title").textContent = data.title;
  part("about").textContent = `${many(data.runs.length, "run")}, ${many(data.rows.length, "setting")}, on ${data.data}. ` +
    `Made ${data.made.replace("T", " ").replace("Z", " UTC")} by Longwave ${data.version}${data.commit ? `, commit ${data.commit}` : ""}.`;
}

/* A section's heading gets room for buttons; what the section shows, in a sentence or two. */
function begin(id, ...sentences) {
  const section = part(id), title = element(null, "div", {class: "title"}), heading = section.firstElementChild;
  heading.replaceWith(title);
  title.append(heading);
  section.tools = element(title, "div", {class: "tools"});
  for (const sentence of sentences) element(section, "p", {class: "quiet"}, sentence);
  return section;
}

/* A list "a, b" breaks between its parts only. */
function pieces(parent, text) {
  const box = element(parent, "span");
  text.split(/(?<=,) /).forEach(piece => {
    element(box, "span", {class: piece.length < 24 ? "piece" : ""}, piece);
    box.append(" ");
  });
}

function writeSummary() {
  const {columns, rows, same} = data.summary;
  const section = begin("summary", data.note);
  saver(section, "summary.csv", () => [columns.map(column => column.title), ...rows.map(row => row.map(cell => cell.text))]);
  const table = element(element(section, "div", {class: "wide"}), "table", {class: "figures"});
  const head = element(element(table, "thead"), "tr"), body = element(table, "tbody");
  columns.forEach(column => element(head, "th", {class: column.number ? "number" : ""}, column.title));
  rows.forEach((cells, row) => {
    const line = element(body, "tr");
    cells.forEach((cell, k) => {
      const box = element(line, "td", {"data-name": columns[k].title, class: (columns[k].number ? "number " : "") + (cell.best ? "best" : "")});
      if (k === 0) name(box, row, cell.text); else if (cell.text) pieces(box, cell.text);
    });
  });
  if (same && rows.length > 1) element(section, "p", {class: "quiet"}, "Equal in all rows: " + same + ".");
  for (const run of data.runs)
    if (!run.finished) note(section, `Not finished: ${run.folder}, step ${Figures.text(run.step)} of ${Figures.text(run.steps)}.`);
}

/* ---- curves ---- */

/* The charts of a figure: of training, where it has one, and of validation. */
const figureCharts = figure => [["training", "train"], ["validation", "validation"]]
  .filter(([, split]) => figure.chart === "both" || figure.chart === split)
  .map(([word, split]) => ({id: `${word}-${figure.key}`, title: `${word[0].toUpperCase()}${word.slice(1)} ${figure.title}`,
    axis: figure.title + (figure.unit && ", " + figure.unit), split, column: figure.key, of: x => figure.factor * x,
    chance: figure.leading, band: figure.stored}));

const CHARTS = [
  ...data.figures.flatMap(figureCharts),
  {id: "learning-rate", title: "Learning rate", axis: "learning rate", split: "train", column: "learning_rate"},
  {id: "gradient-norm", title: "Gradient norm before clipping", axis: "norm", split: "train", column: "gradient_norm",
    logarithmic: true, band: true},
  {id: "speed", title: "Tokens a second", axis: "tokens/s", split: "train", column: "tokens_per_second", band: true},
  {id: "hours", title: "Time since the start", axis: "hours", split: "train", column: "seconds", of: x => x / 3600},
];

const view = {
  runs: data.runs.map((run, i) => ({...run, name: data.rows[run.row].name, number: data.rows.length > 1 ? run.row : i,
    label: data.rows[run.row].runs.length === 1 ? data.rows[run.row].name
      : (data.rows.length > 1 ? data.rows[run.row].name + ", " : "") + within(run)})),
  axis: "step", zoom: null, most: 0, hidden: new Set(), cursor: null, charts: [], cache: new Map(), name,

  /* Chance in the unit of the leading figure, where all runs have the same. */
  chance: (list => list.length && list.every(x => x === list[0]) ? leading.factor * list[0] : null)(
    data.runs.map(run => run.chance).filter(x => x !== null)),

  /* Where a step is on the axis below. */
  position(run, step) {
    if (view.axis === "epoch") return run.last_step ? step * run.epochs / run.last_step : 0;
    if (view.axis !== "time") return step;
    const split = ["train", "validation"].map(key => run.curves[key]).find(one => one.seconds);
    return split ? Figures.between(split.step, split.seconds.mean, step) / view.time().seconds : 0;
  },

  /* The curve of a chart, placed; null where a run has none. */
  curve(run, of) {
    const key = run.folder + "\n" + of.id + "\n" + view.axis;
    if (!view.cache.has(key)) {
      const split = run.curves[of.split], from = split[of.column];
      const map = list => list && list.map(value => value === null ? null : of.of ? of.of(value) : value);
      view.cache.set(key, from ? {step: split.step,
        x: split.step.map(step => view.position(run, step)), mean: map(from.mean), low: map(from.low), high: map(from.high),
        lost: from.lost} : null);
    }
    return view.cache.get(key);
  },

  time() {
    const longest = Math.max(...data.runs.map(run =>
      Math.max(0, ...["train", "validation"].map(key => run.curves[key].seconds)
        .filter(Boolean).map(one => one.mean[one.mean.length - 1]))));
    return longest > 7200 ? {seconds: 3600, unit: "hours"} : longest > 120 ? {seconds: 60, unit: "minutes"}
      : {seconds: 1, unit: "seconds"};
  },

  end: run => view.position(run, run.last_step || 0),

  /* The two ends of the axis below. */
  span() {
    if (view.zoom) return view.zoom;
    const shown = view.runs.filter(run => !view.hidden.has(run));
    const most = Math.max(...(shown.length ? shown : view.runs).map(view.end));
    if (view.axis !== "log") return [0, most > 0 ? most : 1];
    const first = run => Math.min(...["train", "validation"].map(key => run.curves[key].step).filter(list => list.length)
      .map(list => list[0]), most);
    return [Math.max(1, Math.min(...view.runs.map(first))), Math.max(2, most)];
  },

  label: () => ({step: "step", log: "step", epoch: "epoch", time: view.time().unit + " since the start"})[view.axis],

  change() {
    view.cursor = null;
    view.charts.forEach(chart => chart.draw());
    view.legend();
  },

  point(cursor) {
    view.cursor = cursor;
    view.charts.forEach(chart => chart.point(cursor));
  },
};

function show(runs, on) {
  runs.forEach(run => on ? view.hidden.delete(run) : view.hidden.add(run));
  view.change();
}

/* One button a setting, and where it has several seeds one a seed. */
function writeLegend(section) {
  const legend = element(section, "div", {class: "legend"}), buttons = [];
  const add = (parent, runs, title) => {
    const one = button(parent, "", title + "; a double click shows only this", () => {
      show(runs, runs.every(run => view.hidden.has(run)));
    });
    one.addEventListener("dblclick", () => {
      show(view.runs, false);
      show(runs, true);
    });
    buttons.push(() => one.setAttribute("aria-pressed", runs.some(run => !view.hidden.has(run))));
    return one;
  };
  data.rows.forEach((row, i) => {
    const group = element(legend, "span", {class: "group"}), runs = row.runs.map(run => view.runs[run]);
    if (data.rows.length > 1 || runs.length === 1) name(add(group, runs, "Show or hide this setting"), i);
    if (data.rows.length === 1 && runs.length > 1)
      runs.forEach(run => name(add(group, [run], "Show or hide this run"), run.number, within(run)));
    else if (runs.length > 1)
      runs.forEach(run => add(group, [run], "Show or hide this run").append(within(run)));
  });
  if (view.runs.length > 2) {
    const group = element(legend, "span", {class: "group every"});
    button(group, "All", "Show all runs", () => show(view.runs, true));
    button(group, "None", "Hide all runs", () => show(view.runs, false));
  }
  view.legend = () => buttons.forEach(update => update());
}

function writeTools(section) {
  const tools = element(section, "div", {class: "tools"});
  const select = element(element(tools, "label", {}, "Horizontal axis: "), "select");
  for (const [value, text] of [["step", "step"], ["log", "step, logarithmic"], ["epoch", "epoch"], ["time", "time"]])
    element(select, "option", {value}, text);
  select.onchange = () => {
    view.axis = select.value;
    view.zoom = null;
    view.change();
  };
  const ends = view.runs.map(run => run.last_step || 0).filter(step => step > 0);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  if (least < most) {
    button(tools, `Up to step ${Figures.text(least)}`, "Show as much as the shortest run has", () => {
      view.axis = select.value = "step";
      view.zoom = [0, least];
      view.change();
    });
    if (least < most / 20) view.axis = select.value = "log";
  }
  button(tools, "Whole", "Show all of every chart", () => {
    view.charts.forEach(chart => { chart.range = null; });
    view.zoom = null;
    view.change();
  });
  const detail = element(element(tools, "label", {}, "Smoothing: "), "select");
  for (const [value, text] of [[0, "none"], [60, "light"], [20, "strong"]]) element(detail, "option", {value: String(value)}, text);
  detail.onchange = () => {
    view.most = +detail.value;
    view.change();
  };
  button(section.tools, "CSV of all curves", "Save the figures of all charts as comma-separated values", () => save("curves.csv",
    [["figure", "run", "folder", "seed", "step", "value", "least", "greatest"],
      ...view.charts.flatMap(chart => chart.rows().slice(1).map(row => [chart.of.id, ...row]))]));
}

function writeCurves() {
  const section = begin("curves", "Every run by itself" + (data.rows.length > 1 ? ", seeds of one setting in one colour" : "") + ". Move over a chart for the values; " +
    "drag to zoom, double-click for the whole; smoothing draws means over stretches of steps. A dot marks a run's end, a ring that of a run that is not finished. Dashed grey: " +
    "chance, what a guess has that knows no sample.");
  if (data.runs.some(run => run.curves.train.thinned || run.curves.validation.thinned))
    element(section, "p", {class: "quiet"}, "Long curves are means over stretches of steps, with the least and greatest value as a " +
      "pale band while at most six runs are shown; metrics.csv in the run's folder has every step.");
  writeTools(section);
  writeLegend(section);
  for (const run of view.runs) {
    const lost = ["train", "validation"].map(key => (run.curves[key].loss || {}).lost).filter(step => step !== undefined);
    if (lost.length) note(section, `${run.folder}: the loss is not a finite number from step ${Figures.text(Math.min(...lost))}.`);
  }
  const grid = element(section, "div", {class: "charts"});
  for (const of of CHARTS)
    if (view.runs.some(run => view.curve(run, of))) view.charts.push(new Chart(grid, view, of));
  if (!view.charts.length) return note(section, "No run has a step or an evaluation in its metrics.csv yet.");
  view.change();
  let width = grid.clientWidth;
  new ResizeObserver(() => {
    if (grid.clientWidth === width) return;
    width = grid.clientWidth;
    view.change();
  }).observe(grid);
}

/* ---- time ---- */

function writeTime() {
  const section = begin("time", "Where the time of rank 0 went, over all seeds; starts of a run that ended in a kill are missing.");
  const kinds = Object.keys(data.runs[0].times);
  const rows = data.rows.map((row, i) => ({i, seconds: kinds.map(kind =>
    row.runs.reduce((sum, run) => sum + (data.runs[run].times[kind] || 0), 0))}));
  const any = rows.filter(row => row.seconds.some(x => x > 0));
  if (!any.length) return note(section, "No run has come to an orderly end yet.");
  saver(section, "time.csv", () => [["run", "folder", "seed", ...kinds.map(kind => kind + "_seconds")],
    ...data.runs.map(run => [data.rows[run.row].name, run.folder, run.seed, ...kinds.map(kind => run.times[kind])])]);
  for (const {i, seconds} of any) {
    const sum = seconds.reduce((a, b) => a + b);
    const head = name(element(section, "div"), i);
    element(head, "span", {class: "quiet"}, " " + Figures.duration(sum));
    const bar = element(section, "div", {class: "bar"}), legend = element(section, "div", {class: "kinds quiet"});
    kinds.forEach((kind, k) => {
      const share = 100 * seconds[k] / sum, text = `${kind} ${share.toFixed(1)} %`;
      element(bar, "span", {style: `width:${share.toFixed(2)}%;background:var(--s${k})`, title: text});
      if (share < .1) return;
      const entry = element(legend, "span");
      element(entry, "span", {class: "box", style: `background:var(--s${k})`});
      entry.append(text);
    });
  }
}

/* ---- confusion ---- */

function confusionRows(of) {
  const rows = [["label", ...(of.counts ? of.names.map(text => "guess " + text) : []), "precision", "recall", "f1", "samples", "guesses"]];
  of.classes.forEach((one, k) => rows.push([of.names[k], ...(of.counts ? of.counts[k] : []), one.precision, one.recall, one.f1,
    one.labelled, one.guessed]));
  return rows;
}

function writeConfusionHead(table, of, counts) {
  const head = element(table, "thead");
  if (counts) {
    const groups = element(head, "tr");
    element(groups, "th");
    element(groups, "th", {colSpan: counts.length, class: "group"}, "guess");
    element(groups, "th", {colSpan: 4, class: "group apart"}, "per class, %");
  }
  const line = element(head, "tr");
  element(line, "th", {}, "label");
  if (counts) of.names.forEach(text => element(line, "th", {}, text));
  ["precision", "recall", "F1", "samples"].forEach((text, i) => element(line, "th", {class: i ? "" : "apart"}, text));
}

function writeConfusionTable(parent, of) {
  const SHOWN = 32, counts = of.counts && of.names.length <= SHOWN ? of.counts : null;
  const share = x => x === null ? "none" : (100 * x).toFixed(1);
  const table = element(element(parent, "div", {class: "wide"}), "table", {class: "confusion"});
  writeConfusionHead(table, of, counts);
  const body = element(table, "tbody");
  of.classes.forEach((one, label) => {
    const line = element(body, "tr");
    element(line, "th", {}, of.names[label]);
    if (counts) counts[label].forEach((count, guess) => element(line, "td", {title: `${of.names[label]} taken for ${of.names[guess]}`,
      style: `background:rgb(var(--${guess === label ? "diagonal" : "other"}) / ${(.75 * count / (one.labelled || 1)).toFixed(2)})`}, count));
    [one.precision, one.recall, one.f1].forEach((x, i) => element(line, "td", {class: i ? "" : "apart"}, share(x)));
    element(line, "td", {}, Figures.text(one.labelled));
  });
  const foot = element(element(table, "tfoot"), "tr"), there = of.classes.filter(one => one.labelled > 0);
  element(foot, "th", {}, "mean");
  if (counts) element(foot, "td", {colSpan: counts.length});
  ["precision", "recall", "f1"].forEach((key, i) =>
    element(foot, "td", {class: i ? "" : "apart"}, share(Figures.mean(there.map(one => one[key])))));
  element(foot, "td", {}, Figures.text(there.reduce((sum, one) => sum + one.labelled, 0)));
}

function writeConfusion() {
  if (!data.confusion.length && data.parts.length) { // of numbers and of several classes there is none
    part("confusion").remove();
    document.querySelector('nav a[href="#confusion"]').remove();
    return;
  }
  const section = begin("confusion", "Rows: label; columns: guess, on the test split; the first seed of each setting. " +
    "Precision: right among all guesses of the class; recall: right among all samples of the class; F1: their harmonic mean. " +
    "Last line: mean over classes.");
  if (!data.confusion.length) return note(section, "No run has been tested, or there are no classes, or too many, for a table.");
  data.confusion.forEach((of, i) => {
    const run = data.runs[of.run], test = run.test;
    const box = element(section, "details", {open: i < 4});
    name(element(box, "summary"), run.row);
    element(box, "div", {class: "quiet"}, `seed ${run.seed}: ${shown(test[leading.key])} of ${Figures.text(test.samples)} ` +
      `(95 %: ${shown(test.low)} to ${shown(test.high)})`);
    saver(box, `confusion-${i + 1}.csv`, () => confusionRows(of));
    writeConfusionTable(box, of);
  });
  if (data.confusion_left) note(section, `${data.confusion_left} further settings are left out.`);
}

/* ---- attention and samples ---- */

function writeAttention() {
  const section = begin("attention", "Weights of every layer and head in one test sample, before and after smoothing; queries " +
    "downwards, keys to the right. Bars under a map: what each token adds to the clock of the head, where one moves.");
  if (data.attention_note) return note(section, data.attention_note);
  data.attention.forEach((one, i) => {
    const box = element(section, "details", {open: i === 0});
    name(element(box, "summary"), one.row).append(`, test sample ${one.sample}, ${Figures.text(one.tokens)} tokens`);
    const maps = element(box, "div", {class: "maps"});
    one.maps.forEach((map, layer) => element(maps, "img", {src: map, alt: `attention of layer ${layer}`}));
  });
}

function writeVerdict(parent, one) {
  parent.append(one.label, ", ");
  element(parent, "span", {class: one.right ? "right" : "wrong"}, one.right ? "guessed" : "guess: " + one.guess);
}

function writeSamples() {
  const section = begin("samples", "Samples drawn from the test split with their labels, and what the setting with the best test " +
    leading.title + " makes of them.");
  if (data.samples_note) return note(section, data.samples_note);
  name(element(section, "h3"), data.samples.row);
  const {list} = data.samples;
  saver(section, "samples.csv", () => [["sample", "label", "guess"], ...list.map(one => [one.sample, one.label, one.guess])]);
  const sheet = element(section, "div", {class: list.some(one => one.picture) ? "sheet" : ""});
  for (const one of list) {
    const box = element(sheet, one.picture ? "figure" : "p", {class: one.picture ? "" : "sample"});
    if (one.picture) {
      element(box, "img", {src: one.picture, alt: ""});
      writeVerdict(element(box, "figcaption"), one);
    } else {
      box.append(one.texts.join("\nand "), " = ");
      writeVerdict(box, one);
    }
  }
}

/* ---- settings and environment ---- */

/* Cards of [name, value] pairs, one a section of the job. */
function writeCards(parent, pairs) {
  const cards = element(parent, "div", {class: "cards"});
  let section = null, table = null;
  for (const [key, value] of pairs) {
    const [first, ...rest] = key.split(".");
    if (first !== section) {
      const card = element(cards, "div");
      if (rest.length) element(card, "h3", {}, first);
      table = element(card, "table");
      section = first;
    }
    const line = element(table, "tr");
    element(line, "td", {}, rest.length ? rest.join(".") : key);
    element(line, "td", {}, value);
  }
}

function writeSettings() {
  const {shared, differing} = data.settings, many = data.rows.length > 1;
  const section = begin("settings", "The job as it ran, defaults included" + (many ? ": first what differs, then what all share." : "."));
  saver(section, "settings.csv", () => [["run", "setting", "value"], ...differing.flatMap((pairs, row) =>
    pairs.map(pair => [data.rows[row].name, ...pair])), ...shared.map(pair => ["all", ...pair])]);
  if (many)
    differing.forEach((pairs, row) => {
      const box = element(section, "details", {open: differing.length <= 12});
      name(element(box, "summary"), row);
      writeCards(box, pairs);
    });
  const box = element(section, "details", {open: true});
  element(box, "summary", {}, many ? "Shared by all" : "All settings");
  writeCards(box, shared);
}

function writeEnvironment() {
  const starts = data.starts.map(start => new Map(start.facts));
  const section = begin("environment", "Each start of a run: where it went on from, and on what it ran.");
  if (!starts.length) return note(section, "These runs were made before starts were written down.");
  const columns = [...new Set(starts.flatMap(start => [...start.keys()]))];
  const words = column => (column === "life" ? "start" : column).replace(/_/g, " ");
  const folder = i => data.runs[data.starts[i].run].folder;
  saver(section, "environment.csv", () => [["run", ...columns],
    ...starts.map((start, i) => [folder(i), ...columns.map(column => start.get(column))])]);
  const same = starts.length > 1 ? columns.filter(column => starts.every(start => start.get(column) === starts[0].get(column))) : [];
  const table = element(element(section, "div", {class: "wide"}), "table", {class: "figures"});
  const other = columns.filter(column => !same.includes(column));
  if (starts.length === 1) {
    table.remove();
    return writeCards(section, [["run", folder(0)], ...columns.map(column => [words(column), starts[0].get(column)])]
      .map(([key, value]) => [`${folder(0)}.${key}`, value]));
  }
  const head = element(element(table, "thead"), "tr"), body = element(table, "tbody");
  ["run", ...other.map(words)].forEach(text => element(head, "th", {}, text));
  starts.forEach((start, i) => {
    const line = element(body, "tr");
    element(line, "td", {"data-name": "run"}, folder(i));
    other.forEach(column => element(line, "td", {"data-name": words(column)}, start.get(column) || ""));
  });
  if (same.length) {
    element(section, "h3", {}, "The same for all starts");
    writeCards(section, same.map(column => ["environment." + words(column), starts[0].get(column)]));
  }
}

[writeHead, writeSummary, writeCurves, writeTime, writeConfusion, writeParts, writeAttention, writeSamples, writeSettings, writeEnvironment]
  .forEach(write => write());
