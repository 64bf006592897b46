#!/usr/bin/env python3
"""structure - the house as it should stand, held against the code: `make check-layers`.

  structure.py            check everything; exit 1 with a line for each fault
  structure.py --knots    also print what is tied together: include circles and call knots

What is checked, from the project's root:
  layers    a room includes only rooms below it (ROOMS)
  circles   files that include each other in a ring: two modules at most (x.c and x.h are one)
  knots     .c files that call each other in a ring: KNOT_MAX files at most
  libraries a library with an owner is included by nobody else (OWNERS)
  prints    src/cli/ writes to the terminal by output.h alone
  headers   a header declares functions of one .c file; ROOM/ROOM.h and x_priv.h speak for a room
Exceptions stand in tests/lint/structure.txt, each with its reason; one that is not needed is a fault.

It reads text, it does not compile: a name makes a call when exactly one .c file defines it for
others, the calling file has no definition of its own, and a header that declares it is included
there, directly or through others.
"""
import collections
import fnmatch
import os
import re
import sys

KNOT_MAX = 5
CIRCLE_MAX = 2
EXCEPTIONS = "tests/lint/structure.txt"
CONTRACT = "behaviors/behavior.h"  # what behaviors and the engine agree on: needs base only

# A room, and the rooms or headers below it that it may include.
LOW = ["src/base", CONTRACT]
ROOMS = {
    "src/base": [],
    "src/store": ["src/base"],
    "src/host": ["src/base"],
    "src/net": ["src/base"],
    "src/rewind": ["src/base", "src/host"],
    # Its floors: what is declared; how a turn is put together; how each dialect says it; a model that
    # is a file. Above them llm.c sees all.
    "src/llm/models": ["src/base", "src/llm/keys.h", "src/llm/playbook/playbook.h"],
    "src/llm/turn": ["src/base", "src/net/sse.h", "src/llm/args.h", "src/llm/call_ids.h", "src/llm/failure.h",
                     "src/llm/keys.h", "src/llm/message.h", "src/llm/prefix.h", "src/llm/models"],
    **{"src/llm/" + d: ["src/base", "src/llm/args.h", "src/llm/failure.h", "src/llm/message.h", "src/llm/turn", "src/llm/models"]
       for d in ("chat", "messages", "responses", "gemini", "ollama")},
    "src/llm/playbook": ["src/base", "src/llm/call.h", "src/llm/failure.h", "src/llm/message.h", "src/llm/tokens.h",
                         "src/llm/chat/chat.h", "src/llm/turn/body.h", "src/llm/models/models.h"],
    "src/llm": ["src/base", "src/net", "src/llm/models", "src/llm/turn", "src/llm/chat", "src/llm/messages",
                "src/llm/responses", "src/llm/gemini", "src/llm/ollama", "src/llm/playbook"],
    "src/mcp": ["src/base", "src/host", "src/net"],
    "src/config": LOW,
    # The host runs the user's own commands, which look at what comes through.
    "src/gateway": ["src/base", "src/net", "src/llm", "src/store", "src/host/process.h", "src/host/process_env.h"],
    "src/plan": ["src/base"],
    "src/run": ["src/base", "src/host"],
    "src/permit": LOW + ["src/config", "src/host", "src/run"],
    "src/behavior": LOW + ["behaviors/behaviors.def", "src/config", "src/host", "src/llm", "src/mcp", "src/plan",
                           "src/run", "src/permit"],
    "src/request": LOW + ["src/config", "src/net/http.h", "src/llm", "src/plan", "src/run", "src/permit", "src/behavior"],
    "src/session": LOW + ["src/config", "src/llm", "src/store", "src/plan", "src/run", "src/permit", "src/behavior",
                          "src/request"],
    # Programs on other machines: what they speak, how they are started, what is carried to them.
    "src/far": ["src/base", "src/host", "src/rewind"],
    "src/jobs": LOW + ["src/config", "src/far/launch.h", "src/host", "src/llm", "src/plan", "src/run", "src/permit", "src/session"],
    "src/agent": LOW + ["src/config", "src/host", "src/rewind", "src/llm", "src/plan", "src/run", "src/permit", "src/behavior",
                        "src/request", "src/session", "src/jobs"],
    "src/engine": LOW + ["src/config", "src/host", "src/rewind", "src/llm", "src/mcp", "src/store", "src/plan", "src/run",
                         "src/permit", "src/behavior", "src/request", "src/session", "src/jobs", "src/agent"],
    "src/eval": ["src/base", "src/far/launch.h", "src/host", "src/session/stats.h"],
    "behaviors/lib": ["src/base"],
    "behaviors": ["src/base", "behaviors/lib", CONTRACT],
    "ui/term": ["src/base"],
    "ui/input": ["src/base", "ui/term"],
    "ui/views": ["src/base", "src/run/event.h", "src/run/events.def", "ui/term", "ui/input"],
    "ui": ["src/base"],  # ui.h, the room's door
    "ui/app": ["ui", "src/base", "src/config", "src/run/event.h", "src/run/events.def", "src/engine/engine.h",
               "src/engine/request.h", "src/engine/requests.def", "ui/term", "ui/input", "ui/views"],
    "src/acp": ["src/base", "src/host/rpc.h", "src/run/event.h", "src/run/events.def", "src/engine/engine.h", "src/engine/request.h",
                "src/engine/requests.def"],
    "src/cli": LOW + ["src/config", "src/net", "src/llm", "src/store", "src/host", "src/gateway", "src/run", "src/permit", "src/behavior",
                      "src/session", "src/engine", "src/eval", "src/far/home.h", "src/far/side.h", "src/rewind", "src/acp/acp.h", "src/mcp/mcp.h", "src/mcp/tokens.h",
                      "ui/ui.h"],
}
# <library header>: who may include it
OWNERS = {
    r"curl/": ["src/net"],
    r"microhttpd": ["src/gateway"],
    r"sqlite3": ["src/store", "src/cli/doctor.c"],
    r"n?curses": ["ui/term/screen.c"],
    r"readline/": ["ui/input", "ui/app/plain.c"],
    r"yaml\.h": ["src/base/yaml.c"],
}


def sources():
    found = []
    for top in ("src", "ui", "behaviors"):
        for at, _, names in os.walk(top):
            found += [os.path.join(at, n) for n in names if n.endswith((".c", ".h", ".def"))]
    return sorted(found)


def room_of(path):
    """The innermost room that holds the file."""
    at = os.path.dirname(path)
    while at and at not in ROOMS:
        at = os.path.dirname(at)
    return at


def bare(text):
    """Without comments and strings."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"',
                  lambda m: '""' if m.group()[0] == '"' else " ", text, flags=re.S)


def module(path):
    return path if path.endswith(".def") else path[:-2]


def includes(raw):
    """file -> files of the project that it includes itself."""
    direct = collections.defaultdict(set)
    for f, text in raw.items():
        for name in re.findall(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', text, flags=re.M):
            for path in ("src/" + name, name, os.path.join(os.path.dirname(f), name)):
                if path in raw:
                    direct[f].add(path)
                    break
    return direct


def reach(direct, start):
    seen, todo = set(), [start]
    while todo:
        for h in direct.get(todo.pop(), ()):
            if h not in seen:
                seen.add(h)
                todo.append(h)
    return seen


FUNCTION = re.compile(r"^(?!static\b|typedef\b|struct \w+ \{|#)[A-Za-z_][\w \t*]*?[ *](\w+)\(([^;{}]*)\)\s*\{", re.M)
PROTOTYPE = re.compile(r"^(?!typedef\b|#|static\b)[A-Za-z_][\w \t*()\",]*?[ *](\w+)\(([^;{}]*?)\)[^;{}()]*(?:\([^;{}]*\))?;", re.M)
VARIABLE = re.compile(r"^(?!static\b|typedef\b|extern\b)[A-Za-z_][\w \t*]*?[ *](\w+)(?:\[[^\]\n]*\])* =", re.M)
EXTERN = re.compile(r"^extern [\w \t*]*?[ *](\w+)(?:\[[^\]\n]*\])*;", re.M)
OWN = re.compile(r"^(?:\w+ )*static\b[^;={}]*?[ *](\w+)(?:\(|\[| =|;)", re.M)


def definitions(text):
    return {m[1] for m in FUNCTION.finditer(text)} | {m[1] for m in VARIABLE.finditer(text)}


def declarations(text):
    return {m[1] for m in PROTOTYPE.finditer(text)} | {m[1] for m in EXTERN.finditer(text)}


def calls(text, direct):
    """.c file -> .c file -> names; and name -> the one .c file that defines it."""
    public = collections.defaultdict(set)
    declared = collections.defaultdict(set)
    for f in text:
        if f.endswith(".c"):
            for name in definitions(text[f]):
                public[name].add(f)
        else:
            for name in declarations(text[f]):
                declared[name].add(f)
    graph = collections.defaultdict(lambda: collections.defaultdict(set))
    for f in text:
        if not f.endswith(".c"):
            continue
        seen = reach(direct, f)
        own = {m[1] for m in OWN.finditer(text[f])}
        for w in set(re.findall(r"(?<![.\w])(?<!->)([A-Za-z_]\w+)\b(?=\s*[(,;.\[)}])", text[f])):
            if len(public[w]) == 1 and f not in public[w] and w not in own and seen & declared[w]:
                graph[f][next(iter(public[w]))].add(w)
    return graph, {n: next(iter(fs)) for n, fs in public.items() if len(fs) == 1}


def rings(graph, nodes):
    """Strongly connected components of more than one node, the largest first."""
    index, low, stack, on, found = {}, {}, [], set(), []
    for start in sorted(nodes):
        if start in index:
            continue
        path = [(start, iter(sorted(graph.get(start, ()))))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on.add(start)
        while path:
            n, more = path[-1]
            step = next(more, None)
            if step is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[n])
                if low[n] == index[n]:
                    ring = []
                    while not ring or ring[-1] != n:
                        ring.append(stack.pop())
                        on.discard(ring[-1])
                    if len(ring) > 1:
                        found.append(sorted(ring))
            elif step not in index:
                index[step] = low[step] = len(index)
                stack.append(step)
                on.add(step)
                path.append((step, iter(sorted(graph.get(step, ())))))
            elif step in on:
                low[n] = min(low[n], index[step])
    return sorted(found, key=lambda r: (-len(r), r))


class Faults:
    """Collects faults, less those that the list of exceptions names."""

    def __init__(self):
        self.lines, self.rules, self.used = [], [], set()
        if os.path.exists(EXCEPTIONS):
            for number, line in enumerate(open(EXCEPTIONS), 1):
                if line.strip() and not line.startswith("#"):
                    words = line.split(None, 3)
                    if len(words) < 4:
                        self.lines.append("%s:%d: a line is: KIND WHO WHAT reason" % (EXCEPTIONS, number))
                    else:
                        self.rules.append((number, *words))

    def add(self, kind, who, what, text):
        for number, k, w, x, _ in self.rules:
            if k == kind and fnmatch.fnmatch(who, w) and fnmatch.fnmatch(what, x):
                self.used.add(number)
                return
        self.lines.append(text)

    def finish(self):
        for number, kind, who, what, _ in self.rules:
            if number not in self.used:
                self.lines.append("%s:%d: nothing needs it any more: %s %s %s" % (EXCEPTIONS, number, kind, who, what))
        return self.lines


def check_layers(raw, direct, faults):
    for f in sorted(raw):
        room = room_of(f)
        if not room:
            faults.add("layer", f, "-", "%s lies in no room" % f)
            continue
        for h in sorted(direct.get(f, ())):
            if room_of(h) != room and not any(h == a or h.startswith(a + "/") for a in ROOMS[room]):
                faults.add("layer", f, h, "%s includes %s: %s may use only what lies below it" % (f, h, room))
        for name in re.findall(r"^#include <([^>]+)>", raw[f], flags=re.M):
            for library, owners in OWNERS.items():
                if re.match(library, name) and not any(f == o or f.startswith(o + "/") for o in owners):
                    faults.add("library", f, name, "%s includes <%s>, which belongs to %s" % (f, name, ", ".join(owners)))


def check_prints(text, faults):
    """What the command line prints may hold a name, or a model's words: one file writes it."""
    for f in sorted(text):
        if f.startswith("src/cli/") and f.endswith(".c") and f != "src/cli/output.c":
            for m in re.finditer(r"(?<!\w)(v?f?printf|fputs|fputc|putc|putchar|puts|fwrite|dprintf|perror)\s*\(", text[f]):
                faults.add("print", f, m.group(1), "%s prints with %s: output.h does" % (f, m.group(1)))


def check_headers(text, owner, faults):
    for h in sorted(text):
        own = os.path.basename(h)[:-2] == os.path.basename(os.path.dirname(h))  # src/jobs/jobs.h
        if not h.endswith(".h") or h.endswith("_priv.h") or own or h == CONTRACT:
            continue
        files = sorted({owner[n] for n in declarations(text[h]) if n in owner})
        if len(files) > 1:
            faults.add("header", h, "-", "%s declares functions of %s" % (h, " ".join(files)))


def names(ring):
    return " ".join(ring)


def main():
    show = "--knots" in sys.argv[1:]
    raw = {f: open(f, errors="replace").read() for f in sources()}
    text = {f: bare(t) for f, t in raw.items()}
    direct = includes(raw)
    faults = Faults()
    check_layers(raw, direct, faults)
    by_include = collections.defaultdict(set)
    for f, hs in direct.items():
        by_include[module(f)] |= {module(h) for h in hs if module(h) != module(f)}
    graph, owner = calls(text, direct)
    check_headers(text, owner, faults)
    check_prints(text, faults)
    circles = rings(by_include, {module(f) for f in raw})
    knots = rings(graph, [f for f in raw if f.endswith(".c")])
    for r in circles:
        if len(r) > CIRCLE_MAX:
            faults.add("circle", r[0], "-", "%d modules include each other: %s" % (len(r), names(r)))
    for r in knots:
        if len(r) > KNOT_MAX:
            faults.add("knot", r[0], "-", "%d files call each other: %s" % (len(r), names(r)))
    if show:
        print("%d .c files, %d headers and tables" % (len(graph), sum(not f.endswith(".c") for f in raw)))
        for title, found in (("include circles", circles), ("call knots", knots)):
            print("%s: %d" % (title, len(found)))
            for r in found:
                print("  %3d  %s" % (len(r), names(r)))
                for a in r if "--arrows" in sys.argv else ():
                    for b in sorted(set(graph.get(a, ())) & set(r)):
                        print("         %s > %s  %s" % (a, b, " ".join(sorted(graph[a][b])[:8])))
    lines = faults.finish()
    for line in lines:
        print(line)
    if not lines:
        print("structure: clean")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
