#!/bin/sh
# Rows of option tables are typed (include/longwave/base/option.h): each kind of row compiles for a member of its type
# and for no other one, and no table is written without these rows.
. "$(dirname "$0")/common.sh"

# A table of one row in each line from here on: of each kind, for each member, with the answer wanted behind it.
tables() {
  while read -r kind right; do
    for member in whole 'three[1]' small real narrow truth text short_text letter other reals line; do
      case " $right " in *" $member "*) wanted=yes ;; *) wanted=no ;; esac
      case $kind in
      BOOL) values='"true"' ;;
      LONG) values='"", 0' ;;
      CHOICE | SWITCH) values='LETTER_CHOICES, "a"' ;;
      WORDS) values='LETTERS, "a"' ;;
      *) values='"1", 0, 9' ;;
      esac
      row="LW_${kind}_ROW(\"x\", RUN, AT($member), $values, \"words\")"
      echo "{ const lw_option t[] = {$row, {0}}; (void)t; } // $wanted"
    done
  done <<END
INT whole three[1]
AUTO whole three[1]
REAL real
REALS reals
BOOL truth
TEXT text
LONG line
CHOICE letter
SWITCH letter
WORDS small
END
}

# The lines that the compiler complains about must be those that want no.
compile() {
  cat >"$sample/rows.c" <<END
#include "longwave/base/option.h"
#define LETTER_CHOICES(TYPE, ITEM) TYPE(letter) ITEM(LETTER_A, "a") ITEM(LETTER_B, "b")
LW_CHOICE(LETTER_CHOICES);
#define OTHER_CHOICES(TYPE, ITEM) TYPE(other) ITEM(OTHER_A, "a")
LW_CHOICE(OTHER_CHOICES);
static const char *const LETTERS[] = {"a", NULL};
typedef struct values {
  int64_t whole, three[3];
  int small;
  double real;
  float narrow;
  bool truth;
  char text[LW_TEXT_MAX], short_text[8];
  letter letter;
  other other;
  lw_reals reals;
  const char *line;
} values;
#define AT(member) LW_AT(values, member)
void test(void);
void test(void)
{
END
  tables >>"$sample/rows.c"
  echo '}' >>"$sample/rows.c"
  more=
  case $("${CC:-cc}" --version) in *clang*) more=-ferror-limit=0 ;; esac
  "${CC:-cc}" -std=c17 $more -fsyntax-only "-I$project/include" "$sample/rows.c" 2>&1 |
    sed -n 's/.*rows\.c:\([0-9]*\):[0-9].*/\1/p' | sort -u >"$sample/refused"
  grep -n '// no$' "$sample/rows.c" | cut -d: -f1 | sort >"$sample/wanted"
  [ "$(wc -l <"$sample/wanted")" -gt 90 ] || echo "the lint itself is wrong: rows are missing"
  comm -3 "$sample/refused" "$sample/wanted" | while read -r line; do
    sed -n "${line}s/\$/   <- the compiler says otherwise/p" "$sample/rows.c"
  done
}

# Without its macro a row's type is only said.
check() (
  cd "$1" || exit
  grep -rnE '"[a-z0-9_]+", *LW_OPTION_[A-Z]+,' --include='*.[ch]' src include tests 2>/dev/null |
    sed 's/$/   <- a row without LW_..._ROW/'
)
sees src/x.c '{"layers", LW_OPTION_INT, 0},'
accepts src/x.c 'LW_INT_ROW("layers", FUNCTION, AT(layers), "1", 0, 9, "words"),'

found=$(compile)
[ -z "$found" ] || { echo "$found"; exit 1; }
judge
