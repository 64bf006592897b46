#!/usr/bin/env python3
"""attack - every way out that we know, tried: `make attack`.

  attack.py            all of it, as each user and at each level, and the table
  attack.py LEVEL      as this user at this level, one line of JSON (what the table is made of)

A figure is a count of tries and the names of those that got through. At landlock some cannot be closed; the manual
names them, and here they are counted apart. The exit status is 0 when nothing got through that is not named.
"""
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/e2e")]
os.environ.setdefault("MIEN", os.path.join(ROOT, "build/debug/mien"))
MIEN = os.environ["MIEN"]

import hostile  # noqa: E402
import ways  # noqa: E402

USERS = ("root", "nobody")
PLANTED = ("/etc/mien-planted", "/usr/local/bin/mien-planted", "/var/lib/mien-planted", "/opt/mien-planted")


class Place:
    """A machine in small: a home with keys, a workspace in it, a directory outside, a process, sockets."""

    def __init__(self, level):
        self.level = level
        self.top = tempfile.mkdtemp(prefix="mien-attack-", dir="/var/tmp")
        self.home, self.out = self.top + "/home", self.top + "/out"
        self.ws = self.home + "/code/ws"
        self.kept = self.top + "/kept"
        self.write(self.home + "/.bashrc", "x\n")
        for name in ways.SECRETS:
            self.write(f"{self.home}/{name}", "KEYBYTES\n")
        self.write(self.out + "/file", "OUTSIDE\n")
        self.write(self.kept + "/AGENTS.md", "be kind\n")
        self.write(self.kept + "/e", f"#!/bin/sh\ntouch {self.top}/ran\n")
        os.chmod(self.kept + "/e", 0o755)
        self.write(self.kept + "/.mien/config.yaml", "theme: dark\n")
        os.makedirs(self.kept + "/deep")
        for name, to in (("out", self.out), ("deep/out", self.out), ("link2", "deep/out"), ("git", ".git"), ("mien", ".mien"),
                         ("key", self.home + "/.ssh/id_rsa"), ("deep/key", "../key")):
            os.symlink(to, f"{self.kept}/{name}")
        for repository in (self.kept, self.kept + "/sub"):
            subprocess.run(["git", "init", "-q", repository], check=True)
        self.victim = subprocess.Popen(["sleep", "999"], cwd="/", env={"PATH": os.environ["PATH"], "V": "KEYBYTES"})
        self.listeners = self.listen()

    def write(self, path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def listen(self):
        tcp = socket.socket(socket.AF_INET6)
        tcp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        tcp.bind(("::", 0))
        self.port = tcp.getsockname()[1]
        named, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        named.bind(self.out + "/sock")
        abstract.bind(f"\0mien-attack-{self.port}")
        for s in (tcp, named, abstract):
            s.listen(64)
        return tcp, named, abstract

    def fill(self, text):
        return text.format(out=self.out, port=self.port, pid=self.victim.pid, sock=self.out + "/sock", state=self.top + "/state")

    def begin(self):
        shutil.rmtree(self.ws, ignore_errors=True)
        shutil.copytree(self.kept, self.ws, symlinks=True)

    def state(self):
        """All that nobody inside may change."""
        seen = {}
        for top in (self.out, self.home, self.ws + "/.mien"):
            for at, dirs, files in os.walk(top):
                dirs[:] = [d for d in dirs if os.path.join(at, d) not in (self.home + "/code", self.home + "/.cache") and d != ".npm"]
                for name in dirs + files:
                    path = os.path.join(at, name)
                    st = os.lstat(path)
                    text = open(path, "rb").read() if name in files and os.path.isfile(path) and not os.path.islink(path) else b""
                    seen[path] = (st.st_mode, st.st_uid, int(st.st_mtime) if name in files else 0, text, tuple(os.listxattr(path, follow_symlinks=False)))
        for path in PLANTED:
            seen[path] = os.path.lexists(path)
        seen["brought"] = os.path.exists(self.ws + "/.mcp.json")
        return seen

    def ran(self):
        """Does the person's git run what was planted?"""
        for repository in (self.ws, self.ws + "/sub"):
            subprocess.run(["git", "-C", repository, "status"], env={"PATH": os.environ["PATH"], "HOME": self.home}, capture_output=True, timeout=20)
        return os.path.exists(self.top + "/ran")

    def mien(self, book, *args, timeout=60):
        self.write(self.top + "/book.yaml", book)
        env = {"PATH": os.environ["PATH"], "HOME": self.home, "LC_ALL": "C.UTF-8", "TERM": "dumb", "MIEN_CONFIG_DIR": self.top + "/config",
               "MIEN_STATE_DIR": self.top + "/state", "SOME_KEY": "KEYBYTES-of-the-environment"}
        self.write(self.top + "/config/config.yaml", f"sandbox: {{level: {self.level}}}\n")
        r = subprocess.run([MIEN, "exec", "--json", "-m", f"playbook/{self.top}/book.yaml", "--trust", *args, "go"], cwd=self.ws, env=env,
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
        return [json.loads(line) for line in r.stdout.decode(errors="replace").splitlines() if line.startswith("{")]

    def clean(self):
        self.victim.kill()
        self.victim.wait()
        for s in self.listeners:
            s.close()
        for path in PLANTED:
            if os.path.lexists(path):
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
        shutil.rmtree(self.top, ignore_errors=True)


def call(tool, **args):
    return "  - call: " + json.dumps({"tool": tool, "args": args}) + "\n"


def book(*calls):
    return "turns:\n" + "".join(calls) + "  - say: done\n"


def results(events):
    return [e["result"] for e in events if e["type"] == "tool_result"]


def level_of(events):
    return next((e["sandbox"] for e in events if e["type"] == "session_start"), "?")


def commands(place):
    """Each alone, so that what got through has a name."""
    through = []
    for name, text in ways.COMMANDS:
        place.begin()
        before = place.state()
        events = place.mien(book(call("run_bash", command=place.fill(text), timeout=30)))
        told = json.dumps(results(events))
        after = place.state()
        git = name.startswith("git: ") and place.ran()
        if after["brought"] and "which others read or run" in told:
            after["brought"] = before["brought"]  # it counts for nobody until it is trusted, and the user was told
        if "BREACH" in told or before != after or git or place.victim.poll() is not None:
            changed = sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))
            through.append(name)
            if os.environ.get("ATTACK_SHOW"):
                print(name, told[:600], changed, git, file=sys.stderr)
            put_back(place, changed)
    return len(ways.COMMANDS), through


def put_back(place, changed):
    for path in changed:
        if path != "brought" and os.path.lexists(path) and not path.endswith("/.mien"):
            shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.remove(path)
    place.write(place.home + "/.bashrc", "x\n")
    for name in ways.SECRETS:
        place.write(f"{place.home}/{name}", "KEYBYTES\n")
    place.write(place.out + "/file", "OUTSIDE\n")
    if os.path.exists(place.top + "/ran"):
        os.remove(place.top + "/ran")


def files(place):
    """What file tools are asked for, by every spelling."""
    through, tried = [], 0
    for path in ways.PATHS_READ:
        place.begin()
        for tool, more in (("read_file", {}), ("list_dir", {}), ("grep", {"pattern": "."})):
            tried += 1
            told = json.dumps(results(place.mien(book(call(tool, path=place.fill(path), **more)))))
            if "KEYBYTES" in told:  # the rest may be read by the user, and so by mien
                through.append(f"{tool} {path}")
    for path in ways.PATHS_WRITE:
        for tool, args in (("write_file", {"content": "[core]fsmonitor=./e\n"}), ("edit_file", {"old": "x", "new": "y"})):
            place.begin()
            tried += 1
            before = place.state()
            git = open(place.ws + "/.git/config").read() + open(place.ws + "/sub/.git/config").read()
            place.mien(book(call(tool, path=place.fill(path), **args)))
            after = place.state()
            same = git == open(place.ws + "/.git/config").read() + open(place.ws + "/sub/.git/config").read()
            if before != after or not same or place.ran():
                through.append(f"{tool} {path}")
                put_back(place, [k for k in before.keys() | after.keys() if before.get(k) != after.get(k)])
    return tried, through


def left(place):
    """Processes that stand in the workspace, whoever they are."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/cwd").startswith(place.ws):
                found.append(int(pid))
        except OSError:
            continue
    return found


def undying(place):
    """Ended at their time, with all they began."""
    through = []
    for text in ways.UNDYING:
        place.begin()
        since = time.monotonic()
        events = place.mien(book(call("run_bash", command=text, timeout=1)))
        took = time.monotonic() - since
        stay = left(place)
        if stay or took > 6 or not results(events):
            through.append(f"{text} ({len(stay)} left, {took:.1f} s)")
        for pid in stay:
            os.kill(pid, signal.SIGKILL)
    return len(ways.UNDYING), through


def at_level(level):
    place = Place(level)
    try:
        place.begin()
        got = level_of(place.mien(book()))
        if got != level:
            return {"skipped": f"this user gets level {got} here"}
        return {"commands": commands(place), "files": files(place), "undying": undying(place), "repositories": hostile.repositories(place),
                "secrets": hostile.secrets(place)}
    finally:
        place.clean()


# ---- the table ----

ROWS = (("commands", "ways out of the sandbox"), ("files", "paths of file tools"), ("undying", "commands that will not die"),
        ("repositories", "repositories before trust"), ("secrets", "planted secrets"))


def one(user, level):
    me = pwd.getpwuid(os.getuid()).pw_name
    as_user = [] if user == me else ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups", "--inh-caps=-all"]
    python = sys.executable if user == me else "/usr/bin/python3"
    r = subprocess.run([*as_user, python, __file__, level], capture_output=True, text=True, cwd="/")
    try:
        return json.loads(r.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return {"skipped": "it did not run: " + (r.stderr.strip().splitlines() or ["?"])[-1]}


def program(*argv, **more):
    r = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **more})
    return r.returncode, r.stdout + r.stderr


def by_tests():
    """What a test of the project tries already is counted, not tried again."""
    rows = []
    _, text = program("build/debug/tests/unit/policy")
    for what in re.findall(r"^(\d+ of \d+ (?:hostile commands missed|plain commands ask))", text, re.M):
        rows.append((f"policy \"only reads\": {what}", what.startswith("0 of") or "ask" in what))
    for name, test in (("terminal, classes × places", "terminal"), ("kill -9, 200 at random moments", "crash"), ("proxy", "proxy"), ("trust", "trust")):
        code, text = program(sys.executable, f"tests/e2e/{test}.py")
        rows.append((f"{name}: {len(re.findall('^ok ', text, re.M))} tests held, {len(re.findall('^not ok ', text, re.M))} failed", code == 0))
    code, text = program("sh", "tests/fuzz/run.sh", *sorted(f[:-2] for f in os.listdir(os.path.join(ROOT, "tests/fuzz")) if f.endswith(".c")),
                         FUZZ_SECONDS=os.environ.get("FUZZ_SECONDS", "8"))
    runs = [int(n) for n in re.findall(r"^ok \w+: (\d+) runs", text, re.M)]
    rows.append((f"fuzz: {len(runs)} targets, {sum(runs)} runs", code == 0 and bool(runs)))
    return rows


def table():
    me = pwd.getpwuid(os.getuid()).pw_name
    users = USERS if me == "root" and shutil.which("setpriv") else (me,)
    bad, begun = 0, time.monotonic()
    print(f"{'':34} {'user':8} {'level':9} tried  through")
    for user in users:
        for level in ("full", "landlock"):
            r = one(user, level)
            if "skipped" in r:
                print(f"{'all of it':34} {user:8} {level:9} not tried: {r['skipped']}", flush=True)
                continue
            for key, name in ROWS:
                tried, through = r[key]
                named = [t for t in through if level == "landlock" and t in ways.NAMED_AT_LANDLOCK]
                real = [t for t in through if t not in named]
                bad += len(real)
                more = f", named in the manual: {', '.join(named)}" if named else ""
                print(f"{name:34} {user:8} {level:9} {tried:5}  {len(real)}{': ' + '; '.join(real) if real else ''}{more}", flush=True)
    for text, held in by_tests():
        bad += not held
        print(("" if held else "FAILED ") + text, flush=True)
    print(f"{'nothing got through' if not bad else str(bad) + ' got through'}, {time.monotonic() - begun:.0f} s")
    return bad != 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(at_level(sys.argv[1])))
    else:
        sys.exit(table())
