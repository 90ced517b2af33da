#!/bin/sh
# The report's script: its parts are sound JavaScript, and its figures are right. Skipped where there is no Node.
#   report_figures.sh LONGWAVE ROOT
set -eu
command -v node >/dev/null || { echo "skipped: there is no node"; exit 77; }
for part in figures chart parts page; do
  node --check "$2/src/study/report/$part.js"
done
node "$2/tests/system/report_figures.js" "$2/src/study/report/figures.js"
