# shellcheck shell=sh
# Sourced by scripts after they set `least`, how many arguments they need: answers -h and --help, or too few arguments,
# with the lines of the script's head from "usage:" on.
usage() {
  sed -n '/^# usage:/,/^[^#]/ { s/^# //p; }' "$0"
}
case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
esac
if [ $# -lt "${least:-0}" ]; then
  usage >&2
  exit 2
fi
