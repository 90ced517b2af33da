#!/bin/sh
# Lines of at most 100 characters and files of at most 600 lines in src and include.
. "$(dirname "$0")/common.sh"

check() (
  cd "$1" || exit
  files=$(find src include -name '*.[ch]' 2>/dev/null | sort)
  # shellcheck disable=SC2086 # one word a file; grep counts characters, where awk may count bytes
  grep -nHE '^.{101}' $files /dev/null | sed 's/$/   <- more than 100 characters/'
  # shellcheck disable=SC2086
  awk 'FNR == 601 { print FILENAME ": more than 600 lines" }' $files /dev/null
)

line=$(printf '%0100d' 0)
file=$(yes '\n' | head -n 600 | tr -d '\n')
sees src/op/x.c "${line}0\n"
sees include/longwave/op/x.h "$file\n"
accepts src/op/x.c "$line\n"
accepts src/op/x.c "$file"
accepts src/op/x.c "$(printf '%099d' 0)\303\274\n"
judge
