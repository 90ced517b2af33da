"""Let clang-tidy look at each source file of the program, several at a time; what it says of is decided in .clang-tidy.
A file whose text, headers and rules were found well before is not looked at again. usage: tidy.py BUILD"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TOOL = "clang-tidy"
ROOT = pathlib.Path(__file__).resolve().parent.parent
# One mistake for each family of checks.
SAMPLE = """#include <stdlib.h>
int f(void); int g(int c);
int f(void) { int *p = 0; return *p; }
int g(int c) { malloc(4); if (c); return c; }
"""
FOUND = ("clang-analyzer-core.NullDereference", "bugprone-suspicious-semicolon", "cert-err33-c")


def sources(build):
    """path -> object file, of all that is compiled from src/"""
    commands = json.loads((build / "compile_commands.json").read_text())
    return {path: command["output"] for command in commands
            if (path := (build / command["file"]).resolve()).is_relative_to(ROOT / "src")}


def headers(build):
    """object file -> files of this project that it was made of"""
    made_of = {}
    lines = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        if line.startswith("    "):
            path = (build / line.strip()).resolve()
            if path.is_relative_to(ROOT):
                made_of[name].append(path)
        elif line:
            name = line.split(":")[0]
            made_of[name] = []
    return made_of


def rules():
    """The version of the tool, and all that it is told."""
    version = subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout
    return b"".join([version, *(path.read_bytes() for path in sorted(ROOT.glob("**/.clang-tidy")))])


def look(build, path):
    """What the tool says of a file, "" if nothing. One file a process: version 14 mistakes va_list in a second one."""
    done = subprocess.run([TOOL, "-p", build, "--quiet", path], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def proves_itself():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "sample.c"
        path.write_text(SAMPLE)
        said = subprocess.run([TOOL, "--config-file", ROOT / ".clang-tidy", path, "--"],
                              capture_output=True, text=True).stdout
    missing = [name for name in FOUND if name not in said]
    assert not missing, f"{TOOL} does not see {missing}:\n{said}"


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    proves_itself()
    made_of, told = headers(build), rules()
    stamps = build / "tidy"
    stamps.mkdir(exist_ok=True)

    def key(path, made):
        return hashlib.sha256(b"".join([told, path.read_bytes(), *(one.read_bytes() for one in made)])).hexdigest()

    def check(path, made):
        stamp = stamps / path.relative_to(ROOT / "src").as_posix().replace("/", "_")
        now = key(path, made)
        if stamp.exists() and stamp.read_text() == now:
            return ""
        said = look(build, path)
        if not said:
            stamp.write_text(now)
        return said

    todo = sorted(sources(build).items(), key=lambda one: -one[0].stat().st_size)
    assert len(todo) > 100, f"no source files in {build}"
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        said = [*filter(None, pool.map(lambda one: check(one[0], made_of.get(one[1], [])), todo))]
    print("\n".join(said))
    print(f"{len(todo)} files, {len(said)} with findings")
    sys.exit(1 if said else 0)


main()
