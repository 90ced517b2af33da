#!/bin/sh
# shellcheck disable=SC2016 # awk has a $0 of its own
# What is printed is plain English: phrases that readers stumbled on stay out of strings, scripts and documents. A
# sentence may be cut over several strings or lines.
. "$(dirname "$0")/common.sh"

phrases='stands? there|its own words|as few as|so many|life %|last life|never the run|nothing learnt that'
phrases="$phrases|wait for each other|cores? to rank|neither a job.s number"

# The text of each file in one line: of C without comments, and strings that follow each other joined.
check() (
  cd "$1" || exit
  find src README.md datasets jobs slurm -type f \
    \( -name '*.c' -o -name '*.sh' -o -name '*.md' -o -name '*.sbatch' \) 2>/dev/null | sort |
    xargs -r awk -v phrases="$phrases" '
      function judge() {
        gsub(/" *(PRI[a-zA-Z0-9]* *)?"/, "", text)
        if (match(text, phrases)) print name ": " substr(text, RSTART - 30, RLENGTH + 60)
      }
      FNR == 1 { judge(); text = ""; name = FILENAME; comment = 0 }
      name ~ /\.c$/ { gsub(/\/\*[^*]*\*\//, "") }
      name ~ /\.c$/ && /\/\*/ { comment = 1 }
      { sub(/^[ \t]+/, ""); if (!comment) text = text " " $0 }
      /\*\// { comment = 0 }
      END { judge() }'
)

sees src/cli/x.c 'printf("no sample stands "\n       "there twice");'
sees src/cli/x.c 'printf("life %lld");'
sees jobs/x.sh 'echo "what stands there"'
sees README.md 'A disk, a rank; never\nthe run.'
accepts src/cli/x.c '/* what stands there */\nint x;\n/* a list\n   of what stands there */\n'
judge
