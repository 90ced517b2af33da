"""Manual pages and the completion of bash from what the program says to --help, which comes from the tables of options.
usage: pages.py LONGWAVE VERSION FOLDER      writes longwave.1, longwave-COMMAND.1 and longwave.bash
"""
import datetime
import os
import re
import subprocess
import sys


class Block:
    """A heading with its entries: flags, tasks, or the options of a section of job files."""

    def __init__(self, name, sentence):
        self.name, self.sentence, self.entries = name, sentence, []


class Page:
    """What `longwave WORDS --help` prints, taken apart."""

    def __init__(self, program, words):
        self.words = words
        quiet = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}  # leaks are for tests to find
        done = subprocess.run([program] + words + ["--help"], capture_output=True, text=True, check=True, env=quiet)
        self.usage, self.paragraphs, self.blocks = [], [], []
        lines = done.stdout.split("\n")
        while lines and (lines[0].startswith("usage: ") or (self.usage and lines[0].startswith("       "))):
            self.usage.append(re.split(r"  +", lines.pop(0)[7:]))
        if not self.usage:  # of the program: a sentence before it
            self.paragraphs.append([lines.pop(0)])
            lines.pop(0)
            while lines[0]:
                self.usage.append([lines.pop(0)[7:]])
        self.take(lines)

    def take(self, lines):
        open_block, before = None, ""
        for line in lines:
            heading = not before and re.fullmatch(r"([a-z][a-z_ ]*):(?: (.*))?", line)
            before = line
            entry = re.match(r"^ {2,4}(\S(?:\S| (?! ))*)(?: {2,}(.*))?$", line)
            if heading:
                open_block = Block(heading[1], heading[2] or "")
                self.blocks.append(open_block)
            elif not line:
                open_block = None
                self.paragraphs.append([])
            elif open_block and entry:
                open_block.entries.append([entry[1], entry[2] or ""])
            elif open_block and open_block.entries:
                last = open_block.entries[-1]
                last[1] = (last[1] + " " + line.strip()).strip()
            else:
                open_block = None
                if not self.paragraphs:
                    self.paragraphs.append([])
                self.paragraphs[-1].append(line)

    def block(self, name):
        return next((b for b in self.blocks if b.name == name), Block(name, ""))

    def sections(self):
        """Of job files."""
        return [b for b in self.blocks if b.sentence]

    def flags(self):
        """[name, choices] of each flag."""
        found = []
        for name, text in self.block("flags").entries + self.block("flags of every command").entries:
            flag = re.search(r"--[a-z0-9-]+", name)[0]
            found.append((flag, re.findall(r"\[=(\w+)\]", name) or choices(text)))
        return found


def choices(text):
    """The words of "[a, b or c; default a]"."""
    facts = re.search(r"\[([^][]*)\]$", text)
    if not facts:
        return []
    kind = re.sub(r"^(one, or a list, of )", "", re.split(r"[;,] default |; required|, required", facts[1])[0])
    words = re.split(r", | or ", kind)
    return words if len(words) > 1 and all(re.fullmatch(r"[\w.-]+", w) for w in words) else []


# ---- pages


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("^", "\\(ha").replace("~", "\\(ti")
    text = text.replace("'", "\\(aq").replace("`", "\\(ga")
    return "\\&" + text if text.startswith((".",)) else text


def text_of(paragraphs):
    """Running text is filled; lines that are set in stay as they are."""
    out = []
    for lines in paragraphs:
        if not lines:
            continue
        out.append(".PP" if out else "")
        for line in lines:
            if line.startswith(" "):
                out += [".RS", ".nf", roff(line.strip()), ".fi", ".RE"]
            else:
                out.append(roff(line))
    return [line for line in out if line]


def entries_of(block):
    out = []
    for name, sentence in block.entries:
        out += [".TP", "\\fB" + roff(name) + "\\fR", roff(sentence) or "\\&"]
    return out


def head(title, version, sentence):
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", datetime.datetime.now().timestamp()))
    date = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%d")
    return [f'.TH {title.upper()} 1 "{date}" "Longwave {version}" "Longwave"',
            ".SH NAME", f"{title} \\- {roff(sentence)}", ".SH SYNOPSIS"]


def synopsis(page):
    out = []
    for usage, *remark in page.usage:
        out += [".br"] if out else []
        out.append("\\fB" + roff(usage) + "\\fR")
        out += [".br", "(" + roff(" ".join(remark)) + ")"] if remark and remark[0] else []
    return out


def other_blocks(page):
    out = []
    for block in page.blocks:
        if block.name in ("flags", "exit codes", "commands", "tasks", "parts") or block.sentence:
            continue
        out += [".SH " + roff(block.name.upper())] + entries_of(block)
    return out


def command_page(page, inner, sentence, version, others):
    """inner: the pages of its tasks or parts"""
    title = "longwave-" + page.words[0]
    out = head(title, version, sentence) + synopsis(page)
    out += [".SH DESCRIPTION"] + text_of(page.paragraphs)
    out += [".SH OPTIONS"] + entries_of(page.block("flags")) if page.block("flags").entries else []
    lists = {e[0]: e[1] for name in ("tasks", "parts") for e in page.block(name).entries}
    for part in inner:
        out += [".SH " + roff(" ".join(part.words).upper()), roff(lists[part.words[1]]) + ".", ".PP"]
        out += synopsis(part) + entries_of(part.block("flags"))
    if page.sections():
        out += [".SH JOB FILES"]
        for block in page.sections():
            out += [f".SS {roff(block.name)}: {roff(block.sentence)}"] + entries_of(block)
    out += other_blocks(page)
    if page.block("exit codes").entries:
        out += [".SH EXIT STATUS"] + entries_of(page.block("exit codes"))
    out += [".SH SEE ALSO"] + [f".BR {o} (1){',' if o != others[-1] else ''}" for o in others]
    return "\n".join(out) + "\n"


def main_page(page, version, commands):
    out = head("longwave", version, page.paragraphs[0][0].split(": ", 1)[1]) + synopsis(page)
    out += [".SH DESCRIPTION", roff("Each command has a page of its own, as longwave-train."), ".SH COMMANDS"]
    for name, sentence in page.block("commands").entries:
        out += [".TP", f".BR longwave\\-{name} (1)", roff(sentence)]
    out += [".SH OPTIONS"] + entries_of(page.block("flags of every command")) + [".SH SEE ALSO"]
    out += [f".BR longwave\\-{name} (1){',' if name != commands[-1] else ''}" for name in commands]
    return "\n".join(out) + "\n"


# ---- completion

COMPLETION = """\
# Completion of longwave for bash: commands, flags, their values where there is a list, keys of job files behind --set.

_longwave_words() {
  case $1 in
%(words)s
  esac
}

_longwave_values() {
  case $1 in
%(values)s
  esac
}

# What stands before = is a word of its own to bash, and so is =.
_longwave() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command="" word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in -*) continue ;; esac
    if [ -z "$command" ]; then
      command=$word
    elif [ "$i" -lt 4 ] && [ -n "$(_longwave_words "$command $word")" ]; then
      command="$command $word"
    fi
    case $command in prepare | bench) ;; *) break ;; esac
  done
  if [ "$current" = = ]; then
    current=
  elif [ "$before" = = ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [ "$before" = --set ]; then
    compopt -o nospace 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -S = -W "%(keys)s" -- "$current")
    return
  fi
  word=$(_longwave_values "$before")
  [ -n "$word" ] || word=$(_longwave_values "$command $before")
  if [ -z "$word" ] && [[ $current == -* || -z $command || $command == prepare || $command == bench ]]; then
    word=$(_longwave_words "$command")
  fi
  mapfile -t COMPREPLY < <(compgen -W "$word" -- "$current")
}
complete -o default -F _longwave longwave
"""


def completion(main, pages):
    words, values, keys = {"": [e[0] for e in main.block("commands").entries] + ["help"]}, {}, []
    common = [flag for flag, _ in main.flags()]
    words[""] += common
    for page in pages:
        name = " ".join(page.words)
        own = [flag for flag, _ in page.flags()]
        inner = [e[0] for block in ("tasks", "parts") for e in page.block(block).entries]
        takes_sets = any("--set" in line for usage in page.usage for line in usage)
        words[name] = inner + own + (["--set"] if takes_sets else []) + [f for f in common if f not in own]
        values.update({f"{name} {flag}": some for flag, some in page.flags() if some})
        for block in page.sections():
            for key, sentence in block.entries:
                keys.append(f"{block.name}.{key}")
                if choices(sentence):
                    values[keys[-1]] = choices(sentence)

    def rows(table):
        return "\n".join(f"    '{name}') echo '{' '.join(some)}' ;;" for name, some in table.items())

    return COMPLETION % {"words": rows(words), "values": rows(values), "keys": " ".join(keys)}


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def main(program, version, folder):
    top = Page(program, [])
    pages = []
    commands = [e[0] for e in top.block("commands").entries]
    for name, sentence in top.block("commands").entries:
        page = Page(program, [name])
        lists = page.block("tasks").entries + page.block("parts").entries
        inner = [Page(program, [name, entry[0]]) for entry in lists]
        others = ["longwave"] + ["longwave\\-" + c for c in commands if c != name]
        write(folder, f"longwave-{name}.1", command_page(page, inner, sentence, version, others))
        pages += [page] + inner
    write(folder, "longwave.1", main_page(top, version, commands))
    write(folder, "longwave.bash", completion(top, pages))


if __name__ == "__main__":
    main(*sys.argv[1:])
