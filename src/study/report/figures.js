/* Figures without a page: scales, marks, stretches, texts. */
const Figures = {
  /* A step between marks: 1, 2, 2.5 or 5 times a power of ten, so that at most `count` fit. */
  step(length, count) {
    const power = 10 ** Math.floor(Math.log10(length / count));
    return [1, 2, 2.5, 5, 10].map(factor => factor * power).find(step => length / step <= count);
  },

  /* Round numbers from least to most, both included where they are round. */
  marks(least, most, count) {
    if (!(most > least)) return [least];
    const step = Figures.step(most - least, Math.max(count, 1)), list = [];
    for (let n = Math.ceil(least / step - 1e-9); n * step <= most + 1e-9 * step; n++)
      list.push(+(n * step).toPrecision(12));
    return list;
  },

  /* Powers of ten, with 2 and 5 times them where few fit; round numbers where the range is short. */
  logMarks(least, most, count) {
    const list = factors => {
      const all = [];
      for (let p = Math.floor(Math.log10(least)); p <= Math.ceil(Math.log10(most)); p++)
        for (const factor of factors) all.push(+(factor * 10 ** p).toPrecision(12));
      return all.filter(mark => mark >= least * (1 - 1e-9) && mark <= most * (1 + 1e-9));
    };
    const powers = list([1]), fine = list([1, 2, 5]);
    if (fine.length < 3) return Figures.marks(least, most, count).filter(mark => mark > 0);
    if (fine.length <= count + 1) return fine;
    const every = Math.ceil(powers.length / count);
    return powers.filter((mark, i) => i % every === 0);
  },

  /* Marks of an axis that names its end: a mark too near the end gives way. */
  withEnd(marks, end, gap, place) {
    return marks.filter(mark => Math.abs(place(end) - place(mark)) > gap).concat([end]);
  },

  /* Numbers to places on the page, and back. */
  scale(least, most, from, to, logarithmic) {
    const f = logarithmic ? Math.log : x => x, g = logarithmic ? Math.exp : x => x;
    const length = f(most) - f(least) || 1;
    const place = x => from + (f(x) - f(least)) / length * (to - from);
    place.back = y => g(f(least) + (y - from) / (to - from) * length);
    return place;
  },

  /* Like 12,300, 0.0123 or 1.2e-5: enough digits to tell neighbours apart. */
  text(x, digits = 4) {
    if (x === null || !Number.isFinite(x)) return "none";
    const size = Math.abs(x);
    if (size !== 0 && (size < 1e-3 || size >= 1e9)) return x.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e");
    if (size >= 1e4) return Math.round(x).toString().replace(/\B(?=(\d{3})+$)/g, ",");
    return String(+x.toPrecision(digits));
  },

  /* Six digits, as the page's data have. */
  round: x => x === null ? null : +x.toPrecision(6),

  /* The place in an ascending list that is nearest to x; -1 of an empty one. */
  nearest(list, x) {
    let low = 0, high = list.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (list[middle] < x) low = middle; else high = middle;
    }
    return high >= 0 && Math.abs(list[low] - x) > Math.abs(list[high] - x) ? high : Math.min(low, high);
  },

  /* What is drawn of a curve {x, mean, low, high} between two ends: the points, or where there are more
     than `most` the mean, least and greatest of stretches that are equally long on the page; share:
     x to its part of the width, 0 to 1. One point beyond each end goes along. */
  stretches(curve, from, to, most, share = x => (x - from) / (to - from)) {
    let first = curve.x.findIndex(x => x >= from), last = curve.x.length - 1;
    if (first < 0) first = curve.x.length;
    while (last >= 0 && curve.x[last] > to) last--;
    first = Math.max(first - 1, 0);
    last = Math.min(last + 1, curve.x.length - 1);
    const single = last - first + 1 <= most, list = [];
    const number = i => single ? i : curve.x[i] < from ? -1 : curve.x[i] > to ? most
      : Math.min(Math.floor(share(curve.x[i]) * most), most - 1);
    for (let begin = first, end; begin <= last; begin = end) {
      for (end = begin + 1; end <= last && number(end) === number(begin);) end++;
      list.push(Figures.stretch(curve, begin, end));
    }
    return list;
  },

  /* The points from begin to before end as one. */
  stretch(curve, begin, end) {
    const take = list => list.slice(begin, end).filter(value => value !== null);
    const mean = take(curve.mean), x = Figures.mean(curve.x.slice(begin, end));
    if (!mean.length) return {x, mean: null};
    return {x, mean: Figures.mean(mean), low: Math.min(...take(curve.low || curve.mean)),
      high: Math.max(...take(curve.high || curve.mean))};
  },

  /* A value of a curve between its points. */
  between(xs, ys, x) {
    const at = Figures.nearest(xs, x);
    if (at < 0) return null;
    const other = xs[at] < x ? at + 1 : at - 1;
    if (xs[at] === x || other < 0 || other >= xs.length) return ys[at];
    return ys[at] + (ys[other] - ys[at]) * (x - xs[at]) / (xs[other] - xs[at]);
  },

  /* Rows of cells as comma-separated values. A text that a spreadsheet would take for a formula
     begins with a quote mark. */
  csv(rows) {
    const cell = value => {
      if (value === null || value === undefined) return "";
      let text = String(value);
      if (typeof value === "string" && /^[=+@\t\r-]/.test(text) && !Number.isFinite(+text)) text = "'" + text;
      return /[",\n\r]|^\s|\s$/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
    };
    return rows.map(row => row.map(cell).join(",") + "\n").join("");
  },

  /* Mean over what is there; null of nothing. */
  mean(list) {
    const there = list.filter(x => x !== null);
    return there.length ? there.reduce((sum, x) => sum + x, 0) / there.length : null;
  },

  /* A length of time in seconds. */
  duration(seconds) {
    if (seconds < 120) return Figures.text(seconds, 3) + " s";
    if (seconds < 7200) return Figures.text(seconds / 60, 3) + " min";
    return Figures.text(seconds / 3600, 3) + " h";
  },
};
