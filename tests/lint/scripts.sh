#!/bin/sh
# shellcheck disable=SC2016 # the samples are not for this shell
# Our shell scripts give shellcheck nothing to say. Skipped where it is not installed.
# Not SC2317: it takes functions that only a trap calls for unreachable ones.
. "$(dirname "$0")/common.sh"

command -v shellcheck >/dev/null || { echo "skipped: there is no shellcheck"; exit 77; }

check() (
  cd "$1" || exit
  find . -name 'build*' -prune -o -name runs -prune -o -name .git -prune -o \
    \( -name '*.sh' -o -name '*.sbatch' -o -path './.ci/run' \) -type f -print | sort |
    xargs -r shellcheck -x -P SCRIPTDIR -P . -e SC2317 -f gcc
)

sees jobs/x.sh '#!/bin/sh\nrm $1\n'
accepts jobs/x.sh '#!/bin/sh\nrm "$1"\n'
judge
