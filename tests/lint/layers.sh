#!/bin/sh
# What a layer may include: its own headers and those of the layers named beside it.
. "$(dirname "$0")/common.sh"

lower_layers() {
  case $1 in
    base) echo '' ;;
    op | comm) echo 'base' ;;
    array) echo 'base|comm' ;;
    parse) echo 'base' ;;
    io) echo 'base|comm|array' ;;
    data) echo 'base|comm|array|io' ;;
    task) echo 'base|comm|array|parse|io|data' ;;
    attention) echo 'base|op|comm|array|io|data' ;;
    model) echo 'base|op|comm|array|io|data|attention' ;;
    train) echo 'base|op|comm|array|io|data|attention|model' ;;
    run) echo 'base|op|comm|array|io|data|attention|model|train' ;;
    study) echo 'base|op|comm|array|io|data|attention|model|train|run' ;;
    cli) echo 'base|op|comm|array|parse|io|data|task|attention|model|train|run|study' ;;
    *) echo unknown ;;
  esac
}

check() (
  cd "$1" || exit
  for folder in src/* include/longwave/*; do
    [ -d "$folder" ] || continue
    layer=$(basename "$folder")
    allowed=$(lower_layers "$layer")
    if [ "$allowed" = unknown ]; then
      echo "$folder: a layer that tests/lint/layers.sh does not know"
      continue
    fi
    find "$folder" -name '*.[ch]' | sort | xargs -r grep -nH '^ *# *include *"longwave/' |
      grep -vE "\"longwave/($layer${allowed:+|$allowed})/" | sed "s/\$/   <- $layer must not use it/"
    find "$folder" -name '*.[ch]' | sort | xargs -r grep -nH '^ *# *include *"\.\.' |
      sed 's/$/   <- include by the full name, longwave\/...\//'
  done
)

sees src/base/x.c '#include "longwave/op/norm.h"'
sees src/comm/x.c '#include "longwave/op/norm.h"'
sees src/op/x.c '#include "longwave/comm/world.h"'
sees src/data/x.c '#include "longwave/task/task.h"'
sees src/task/x.c '#include "longwave/model/model.h"'
sees src/model/x.c '#include "longwave/task/task.h"'
sees include/longwave/model/x.h '#  include "longwave/train/step.h"'
sees src/model/x.c '#include "../train/inside.h"'
sees src/new/x.c ''
accepts src/model/x.c '#include "longwave/model/model.h"\n#include "longwave/op/norm.h"\n#include "inside.h"'
accepts src/cli/x.c '#include "longwave/train/step.h"'
judge
