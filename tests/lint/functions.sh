#!/bin/sh
# Functions of at most 45 lines and, outside src/op, 6 parameters. Kernels take what their loops need.
. "$(dirname "$0")/common.sh"

# A definition is a head that begins in the first column, "{" and "}" in the first column around the body.
check() (
  cd "$1" || exit
  # shellcheck disable=SC2016 # the $ are awk's
  find src include -name '*.[ch]' 2>/dev/null | sort | xargs -r awk '
    function parameters(head,   i, c, depth, count) {
      sub(/^[^(]*\(/, "", head)
      count = 1
      for (i = 1; i <= length(head); i++) {
        c = substr(head, i, 1)
        if (c == "(" || c == "[") depth++
        if (c == ")" || c == "]") depth--
        if (c == "," && depth == 0) count++
      }
      return count
    }
    FNR == 1 { head = ""; inside = 0 }
    /^[A-Za-z_]/ && !inside { head = ""; first = FNR }
    !inside { head = head $0 }
    /^{/ { inside = 1; begun = first; text = head }
    /^}/ {
      if (inside && text ~ /\)[ ]*{$/) {
        if (FNR - begun + 1 > 45) print FILENAME ":" begun ": a function of " FNR - begun + 1 " lines   <- more than 45"
        if (FILENAME !~ /^src\/op\// && parameters(text) > 6)
          print FILENAME ":" begun ": a function of " parameters(text) " parameters   <- more than 6: use a struct"
      }
      inside = 0; head = ""
    }'
)

body=$(yes '  x++;\n' | head -n 42 | tr -d '\n')
six='int a, int b[2][3], int c, int d, int e, int (*f)(int, int)'
sees src/base/x.c "void f(void)\n{\n${body}  x++;\n}\n"
sees src/base/x.c "void f($six,\n       int g)\n{\n}\n"
sees include/longwave/base/x.h "static inline void f($six,\n       int g)\n{\n}\n"
sees src/base/x.c "int x;\nvoid f(void)\n{\n}\n\nvoid g(void)\n{\n${body}  x++;\n}\n"
accepts src/base/x.c "void f(void)\n{\n$body}\n"
accepts src/base/x.c "void f($six)\n{\n}\n"
accepts src/op/x.c "void f($six, int g)\n{\n}\n"
accepts src/base/x.c "static const int x[] = {\n${body}  1,\n};\n"
judge
