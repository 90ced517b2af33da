#!/bin/sh
# shellcheck disable=SC2016 # backquotes are what is looked for
# Each path of the project that README.md and docs/*.md name, in `code` or as a link, exists; a file that a table names
# beside a number has so many lines.
. "$(dirname "$0")/common.sh"

# Paths in backquotes: whole, from the root, without wildcards or places to fill in.
named_paths() {
  grep -oE '`[^`]+`' "$1" | tr -d '`' |
    grep -E '^(src|include|tests|docs|jobs|datasets|slurm|\.ci)/[A-Za-z0-9_./-]+$'
}

# Targets of links: from the folder of the document.
linked_paths() {
  grep -oE '\]\([^)]+\)' "$1" | sed 's/^](//; s/)$//; s/#.*//; s/ .*//' |
    grep -vE '^$|^[a-z]+:' | sed "s|^|$(dirname "$1")/|"
}

# Rows of tables with a path and a number behind it.
counted_paths() {
  sed -nE 's/^\| `([A-Za-z0-9_.\/-]+)` \| ([0-9]+) \|.*/\1 \2/p' "$1"
}

check() (
  cd "$1" || exit
  for document in README.md docs/*.md; do
    [ -f "$document" ] || continue
    for path in $(named_paths "$document") $(linked_paths "$document"); do
      [ -e "$path" ] || echo "$document: there is no $path"
    done
    counted_paths "$document" | while read -r path lines; do
      [ -e "$path" ] || continue
      found=$(wc -l <"$path")
      [ "$found" -eq "$lines" ] || echo "$document: $path has $found lines, not $lines"
    done
  done
)

sees README.md 'See `src/op/no_such.c`.'
sees docs/tour.md 'In [the tour](no_such.md#start).'
sees docs/extending.md '| `docs/extending.md` | 2 | a file of one line |\n'
accepts docs/extending.md '| `docs/extending.md` | 1 | this |\n'
accepts README.md 'See `src/*/x.c`, [it](https://example.org/x), [here](#start), [this](README.md#x).'
judge
