"""No file of the program may need another that needs it, however far around: what each object file defines and what it
asks for is read by nm. usage: circles.py BUILD"""
import pathlib
import subprocess
import sys


def symbols(paths):
    """path -> (defined, asked for) of object files."""
    found = {str(path): (set(), set()) for path in paths}
    lines = subprocess.run(["nm", "-A", *found], capture_output=True, text=True, check=True).stdout.splitlines()
    for line in lines:
        path, _, rest = line.partition(":")
        *_, kind, symbol = rest.split()
        if kind in "TDRBVC":
            found[path][0].add(symbol)
        elif kind == "U":
            found[path][1].add(symbol)
    return found


def needs(objects):
    """name -> names that it asks something of; objects: name -> (defined, asked for)"""
    owner = {symbol: name for name, (defined, _) in objects.items() for symbol in defined}
    return {name: {owner[symbol] for symbol in asked if symbol in owner} - {name}
            for name, (_, asked) in objects.items()}


def reached(graph, start):
    found, ahead = set(), list(graph[start])
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead.extend(graph[name])
    return found


def circles(graph):
    """Groups of names that need one another."""
    reach = {name: reached(graph, name) for name in graph}
    return sorted({tuple(sorted(other for other in reach[name] if name in reach[other])) for name in graph
                   if name in reach[name]})


def main():
    chain = {"a": ({"f"}, {"g"}), "b": ({"g"}, {"h"}), "c": ({"h"}, set())}
    ring = dict(chain, c=({"h"}, {"f"}))
    assert circles(needs(chain)) == [] and circles(needs(ring)) == [("a", "b", "c")]

    build = pathlib.Path(sys.argv[1])
    paths = sorted(build.glob("src/*/*.p/*.o")) + sorted(build.glob("longwave.p/*.o"))
    assert len(paths) > 100, f"no object files in {build}"
    found = circles(needs(symbols(paths)))
    for names in found:
        print("need one another:", " ".join(str(pathlib.Path(name).relative_to(build)) for name in names))
    sys.exit(1 if found else 0)


main()
