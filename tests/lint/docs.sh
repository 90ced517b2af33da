#!/bin/sh
# shellcheck disable=SC2016 # backquotes are what is looked for
# Each path of the project that README.md and docs/*.md name, in `code` or as a link, exists.
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

check() (
  cd "$1" || exit
  for document in README.md docs/*.md; do
    [ -f "$document" ] || continue
    for path in $(named_paths "$document") $(linked_paths "$document"); do
      [ -e "$path" ] || echo "$document: there is no $path"
    done
  done
)

sees README.md 'See `src/op/no_such.c`.'
sees docs/tour.md 'In [the tour](no_such.md#start).'
accepts README.md 'See `src/*/x.c`, [it](https://example.org/x), [here](#start), [this](README.md#x).'
judge
