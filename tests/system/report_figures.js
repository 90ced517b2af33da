// The pure part of the report's script: report_figures.js figures.js
"use strict";
const assert = require("assert"), fs = require("fs"), vm = require("vm");
const Figures = vm.runInNewContext(fs.readFileSync(process.argv[2], "utf8") + "\nFigures");
const same = (a, b) => assert.deepStrictEqual(JSON.parse(JSON.stringify(a)), b);

same(Figures.marks(0, 100, 5), [0, 20, 40, 60, 80, 100]);
same(Figures.marks(0.13, 0.31, 4), [0.15, 0.2, 0.25, 0.3]);
same(Figures.marks(3, 3, 5), [3]);
same(Figures.logMarks(1, 1000, 6), [1, 10, 100, 1000].flatMap(p => [p, 2 * p, 5 * p]).filter(x => x <= 1000).length > 7
  ? [1, 10, 100, 1000] : null);
same(Figures.logMarks(2.1, 2.9, 5), [2.2, 2.4, 2.6, 2.8]);
same(Figures.withEnd([0, 20, 40, 60], 62, 5, x => x), [0, 20, 40, 62]);
for (let least = 1e-6; least < 1e6; least *= 3.7)
  for (const factor of [1.001, 1.5, 7, 1e3])
    for (const marks of [Figures.marks(least, least * factor, 5), Figures.logMarks(least, least * factor, 5)]) {
      assert(marks.length >= 1 && marks.length <= 7, `${least} ${factor} ${marks}`);
      assert(marks.every((x, i) => x >= least * (1 - 1e-9) && x <= least * factor * (1 + 1e-9) && (!i || x > marks[i - 1])));
    }

const place = Figures.scale(1, 100, 0, 10, true);
assert(Math.abs(place(10) - 5) < 1e-9 && Math.abs(place.back(5) - 10) < 1e-9);
same([12345, 0.01234567, 1.23e-5, 0, 3, null].map(x => Figures.text(x)), ["12,345", "0.01235", "1.23e-5", "0", "3", "none"]);
same([-5, 0, 4, 6, 99].map(x => Figures.nearest([0, 5, 10], x)), [0, 0, 1, 1, 2]);
assert.strictEqual(Figures.nearest([], 1), -1);
assert.strictEqual(Figures.nearest([7], 1), 0);
assert.strictEqual(Figures.between([0, 10], [0, 100], 2.5), 25);

const x = Array.from({length: 1000}, (_, i) => i), curve = {x, mean: x.map(i => i % 10)};
const all = Figures.stretches(curve, 0, 999, 50);
assert(all.length === 50 && all.every(one => Math.abs(one.mean - 4.5) < .3 && one.low === 0 && one.high === 9));
same(Figures.stretches(curve, 100.5, 102.5, 50).map(one => one.x), [100, 101, 102, 103]);
const log = Figures.stretches(curve, 1, 999, 60, Figures.scale(1, 999, 0, 1, true));
assert(log.length <= 62 && log[1].x === 1 && log[2].x === 2 && log.every((one, i) => !i || one.x > log[i - 1].x));
same(Figures.stretches({x: [1, 2], mean: [null, 3]}, 0, 9, 50).map(one => one.mean), [null, 3]);
same(Figures.stretches({x: [], mean: []}, 0, 9, 50), []);

assert.strictEqual(Figures.csv([["a", 'b"c,d', null, -1.5], ["=1+1", " x", "-3", "line\nend"]]),
  'a,"b""c,d",,-1.5\n\'=1+1," x",-3,"line\nend"\n');
assert.strictEqual(Figures.mean([1, null, 3]), 2);
assert.strictEqual(Figures.mean([null]), null);
same([14.000000000000002, null].map(Figures.round), [14, null]);
same([59.94, 600, 86400].map(Figures.duration), ["59.9 s", "10 min", "24 h"]);
