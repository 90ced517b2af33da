"""What the program keeps in static variables is listed here, each with the reason; anything else in .data or .bss is
refused. The object files are read by nm. usage: static.py BUILD"""
import pathlib
import subprocess
import sys

ALLOWED = {
    "base/aside.c": {"told": "a warning is said once", "open_names": "a signal handler has no argument"},
    "base/child.c": {"environment": "of the whole program, read before others change it",
                     "asked": "a signal handler has no argument", "at_work": "a signal handler has no argument"},
    "base/input.c": {"list": "notes of open files must not fail for want of memory", "count": "of list",
                     "next": "of list"},
    "base/log.c": {"own_rank": "the log is one for the process", "threshold": "the log is one for the process",
                   "log_file": "the log is one for the process", "bar_shown": "the terminal is one for the process"},
    "base/mem.c": {"live": "counts the memory of the process", "peak": "counts the memory of the process"},
    "base/profile.c": dict.fromkeys(("seconds", "stack", "depth", "since"), "times of the whole process") |
                      dict.fromkeys(("phase", "moves", "step_now", "block_now", "backward_now"),
                                    "read by the thread that watches"),
    "base/signals.c": dict.fromkeys(("broken_before", "held", "mask_before"), "signals belong to the process"),
    "base/status.c": {"message": "the sentence of the last failure, as errno"},
    "base/version.c": {"commit_now": "set by the program, so that a new commit compiles one file"},
    "base/work.c": dict.fromkeys(("innermost", "started", "drawn", "logged"), "the bar is one for the terminal") |
                   dict.fromkeys(("clock_now", "columns_now"), "a test sets them"),
    "comm/traffic.c": dict.fromkeys(("sent", "stack", "depth", "row"), "counts what the process sends"),
    "io/h5.c": {"reason": "HDF5 tells it to a function without an argument of ours",
                "system_error": "HDF5 tells it to a function without an argument of ours"},
    "io/h5_memory.c": {"id": "HDF5 knows a driver by one number for the process"},
    "op/isa.c": {"chosen": "the processor is one for the process"},
    "train/optimizer_options.c": {"joined": "the options of all optimizers, put together at the first use"},
    "cli/launcher.c": {"tasks": "of the environment, which is one for the process"},
    "cli/main.c": {"flag": "argv must be writable"},
    "cli/train.c": {"stop_asked": "a signal handler has no argument"},
}


def variables(text):
    """[(file, name)] of what `nm -A -f sysv` says of object files. gcc writes name.3, clang function.name."""
    found = []
    for line in text.splitlines():
        columns = [column.strip() for column in line.split("|")]
        if len(columns) < 7 or not columns[6].startswith((".data", ".bss", ".tdata", ".tbss", "*COM*")):
            continue
        if columns[6].startswith(".data.rel.ro"):  # written by the loader alone
            continue
        path, _, symbol = columns[0].rpartition(":")
        parts = [part for part in symbol.split(".") if part and not part.isdigit()]
        folder, _, name = path.rpartition("/")
        name = name.removesuffix(".o")
        if name.startswith("src_cli_"):
            source = "cli/" + name.removeprefix("src_cli_")
        else:
            source = folder.split("/")[-2] + "/" + name
        if parts:
            found.append((source, parts[-1]))
    return found


def refused(found):
    return sorted({(source, name) for source, name in found if name not in ALLOWED.get(source, {})})


def main():
    sample = ("build/src/base/x.a.p/status.c.o:text.3 |0000|b|OBJECT|0100| |.bss\n"
              "build/src/base/x.a.p/status.c.o:f.text |0000|b|OBJECT|0100| |.bss.f.text\n"
              "build/src/base/x.a.p/status.c.o:message |0000|b|OBJECT|0100| |.bss\n"
              "build/longwave.p/src_cli_x.c.o:table |0000|d|OBJECT|0100| |.data.rel.ro.local\n")
    assert refused(variables(sample)) == [("base/status.c", "text")]

    build = pathlib.Path(sys.argv[1])
    paths = sorted(build.glob("src/*/*.p/*.o")) + sorted(build.glob("longwave.p/*.o"))
    assert len(paths) > 100, f"no object files in {build}"
    found = variables(subprocess.run(["nm", "-A", "-f", "sysv", *map(str, paths)], capture_output=True, text=True,
                                     check=True).stdout)
    for source, name in refused(found):
        print(f"src/{source}: the static variable '{name}' is not on the list of {sys.argv[0]}")
    unused = [f"{source} {name}" for source, names in ALLOWED.items() for name in names
              if (source, name) not in set(found)]
    for words in unused:
        print(f"listed, but not there: {words}")
    sys.exit(1 if refused(found) or unused else 0)


main()
