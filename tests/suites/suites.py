#!/usr/bin/env python3
"""suites - test suites of other programs, run as an agent's command and beside it: `make suites`.

Each is taken from Debian's sources (or packages), built and tested twice: by bash alone, and by run_bash at the best level
of this machine. The same tests must end the same way. What cannot be had here is left out with a word. Names given as
arguments run these alone.
"""
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIEN = os.environ.get("MIEN", os.path.join(ROOT, "build/debug/mien"))
KEEP = os.path.join(ROOT, "build/suites")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PYTHON = "/usr/bin/python3.11 -m test -v "
# What a unittest says of each test; what TAP, make check and mocha say.
UNITTEST, AUTOMAKE = r"^(\w+ \([\w.]+\)).* \.\.\. .*?(ok|FAIL|ERROR|skipped|expected failure)\b", r"^# (\w+: *\d+)|^(PASS|FAIL|SKIP|ERROR|XFAIL): (\S+)"

SUITES = [
    # name, kind, source, packages, build, test, what of its words must be the same. libuv's three ask the network: two
    # for addresses that answer nobody, one a name server for ::1.
    ("jansson", "C, make check", "jansson", "make gcc autoconf automake libtool", "autoreconf -fi >/dev/null 2>&1; ./configure -q && make -s -j2", "make check", AUTOMAKE),
    ("jansson-asan", "C under ASan and LeakSanitizer", "jansson", "make gcc autoconf automake libtool", "autoreconf -fi >/dev/null 2>&1; ./configure -q CFLAGS='-g -fsanitize=address,undefined' && make -s -j2",
     "make check", AUTOMAKE),
    ("ed", "C with tmpfile()", "ed", "make gcc lzip", "sh configure > /dev/null && make -s", "make check", r"^(\*\*\* The test|tests completed|\S+\.(?:ed|err)\S* .*|.*(?:passed|failed|successfully).*)$"),
    ("libuv", "C: sockets, pipes, terminals, processes", "libuv1", "make gcc cmake", "cmake -DCMAKE_BUILD_TYPE=Debug . > /dev/null && make -s -j2 uv_run_tests_a",
     "./uv_run_tests_a; true", r"^(not ok|ok) \d+ - (?!tcp_connect_timeout|tcp_close_while_connecting|getnameinfo_basic_ip6)(\S+)"),
    ("multiprocessing", "Python with processes and semaphores", "", "libpython3.11-testsuite", "true",
     PYTHON + "test_concurrent_futures test__locale test_multiprocessing_main_handling -m '*ProcessPoolFork*' -m '*ForkCmdLine*'", UNITTEST),
    ("pty", "Python with pseudo-terminals", "", "libpython3.11-testsuite", "true", PYTHON + "test_pty test_openpty test_curses test_readline", UNITTEST),
    ("sockets", "Python with servers and unix sockets", "", "libpython3.11-testsuite", "true", PYTHON + "test_socketserver test_asyncore test_ftplib test_smtplib test_xmlrpc", UNITTEST),
    ("files", "Python with temporary files, locks, modes and links", "", "libpython3.11-testsuite", "true",
     PYTHON + "test_tempfile test_fcntl test_pathlib test_shutil test_mailbox test_subprocess test_posix", UNITTEST),
    ("ptyprocess", "Python that drives shells in terminals", "ptyprocess", "python3-pytest", "true", "/usr/bin/python3 -m pytest -q -rA tests", r"^(PASSED|FAILED|SKIPPED) (\S+)"),
    ("imerge", "git, driven by scripts", "git-imerge", "git python3", "true",
     "git config --global user.email a@b.c; git config --global user.name x; for t in t/test-*; do bash $t > log 2>&1 && echo ok 1 - $t || echo not ok 1 - $t; done", r"^(ok|not ok) \d+ - (.*)"),
    ("body-parser", "Node with servers on port 0", "node-body-parser", "mocha node-supertest node-body-parser", "true",
     "NODE_PATH=/usr/share/nodejs:/usr/lib/nodejs mocha --reporter tap --timeout 20000 test", r"^(ok|not ok) \d+ (.*)"),
    ("errors", "Go with its build cache", "golang-github-pkg-errors", "golang-go", "go mod init github.com/pkg/errors 2>/dev/null; true", "go test -v ./...", r"^--- (\w+): (\S+)"),
]


# Root may do outside what nobody may inside (owners, devices): both sides run as a plain user.
AS_USER = ["setpriv", "--reuid=nobody", f"--regid={pwd.getpwnam('nobody').pw_gid}", "--clear-groups", "--inh-caps=-all"] if os.getuid() == 0 else []


def run(command, where, home, timeout=300):
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/games", "HOME": home, "LC_ALL": "C.UTF-8", "TERM": "xterm", "GOFLAGS": "-mod=mod", "GOPROXY": "off"}
    r = subprocess.run([*AS_USER, "bash", "-c", "ulimit -n 1024; " + command], cwd=where, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
    return r.returncode, r.stdout.decode(errors="replace")


def run_inside(command, where, home, place):
    """The same by an agent. Its whole output is in a file where it is long: the command writes it itself."""
    with open(place + "/book.yaml", "w", encoding="utf-8") as f:
        f.write("turns:\n  - call: " + json.dumps({"tool": "run_bash", "args": {"command": f"{{ {command}; }} > .output 2>&1", "timeout": 300}}) + "\n  - say: done\n")
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/games", "HOME": home, "LC_ALL": "C.UTF-8", "TERM": "xterm", "GOFLAGS": "-mod=mod", "GOPROXY": "off",
           "MIEN_STATE_DIR": place + "/state", "MIEN_CONFIG_DIR": place + "/config"}
    r = subprocess.run([*AS_USER, MIEN, "exec", "--json", "-m", f"playbook/{place}/book.yaml", "--timeout", "400", "go"], cwd=where, env=env, stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=1000)
    events = [json.loads(line) for line in r.stdout.decode(errors="replace").splitlines() if line.startswith("{")]
    result = next((e["result"] for e in events if e["type"] == "tool_result"), {"error": r.stderr.decode()[-500:]})
    level = next((e["sandbox"] for e in events if e["type"] == "session_start"), "?")
    try:
        with open(where + "/.output", encoding="utf-8", errors="replace") as f:
            return result.get("returncode", result.get("error")), f.read(), level
    except OSError:
        return result.get("error", "?"), "", level


def words(text, pattern):
    return sorted(" ".join(g for g in m.groups() if g) for m in re.finditer(pattern, text, re.M))


class Sources:
    """Debian's, with lists of our own: the machine's may have none of sources."""

    def __init__(self):
        self.opts, self.fault = [], None
        for d in ("lists/partial", "cache/archives/partial"):
            os.makedirs(f"{KEEP}/apt/{d}", exist_ok=True)
        with open(KEEP + "/apt/sources.list", "w", encoding="utf-8") as f:
            f.write(f"deb-src [signed-by={KEYRING}] http://deb.debian.org/debian {self.suite()} main\n")
        self.opts = ["-o", f"Dir::Etc::sourcelist={KEEP}/apt/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null", "-o", f"Dir::State::lists={KEEP}/apt/lists",
                     "-o", f"Dir::Cache={KEEP}/apt/cache", "-o", "APT::Sandbox::User=root"]
        r = subprocess.run(["apt-get", *self.opts, "update"], capture_output=True, text=True)
        if r.returncode:
            self.fault = (r.stderr.strip().splitlines() or ["apt-get update failed"])[-1]

    @staticmethod
    def suite():
        with open("/etc/os-release", encoding="utf-8") as f:
            return re.search(r"VERSION_CODENAME=(\w+)", f.read()).group(1)

    def get(self, package):
        """The directory of its sources; raises RuntimeError with why not."""
        if self.fault:
            raise RuntimeError(self.fault)
        to = f"{KEEP}/{package}"
        if not os.path.isdir(to):
            os.makedirs(to + ".part", exist_ok=True)
            r = subprocess.run(["apt-get", *self.opts, "source", "--download-only", "--tar-only", package], cwd=to + ".part", capture_output=True, text=True)
            tars = [f for f in os.listdir(to + ".part") if ".orig.tar" in f and not f.endswith(".asc")]
            if r.returncode or not tars:
                raise RuntimeError((r.stderr.strip().splitlines() or ["no sources"])[-1])
            subprocess.run(["tar", "xf", tars[0]], cwd=to + ".part", check=True)
            made = [d for d in os.listdir(to + ".part") if os.path.isdir(f"{to}.part/{d}")]
            shutil.move(f"{to}.part/{made[0]}", to)
            shutil.rmtree(to + ".part")
        return to


def install(packages):
    r = subprocess.run(["sh", os.path.join(ROOT, "tests/tools/deps.sh"), *packages.split()], capture_output=True, text=True)
    if r.returncode:
        raise RuntimeError(f"{packages} cannot be installed")


def one(suite, sources):
    name, kind, source, packages, build, test, pattern = suite
    install(packages)
    top = tempfile.mkdtemp(prefix="mien-suite-", dir="/var/tmp")
    try:
        says = []
        for side in ("outside", "inside"):
            home, where = f"{top}/{side}/home", f"{top}/{side}/code/{name}"
            os.makedirs(home)
            if source:
                shutil.copytree(sources.get(source), where, symlinks=True)
            else:
                os.makedirs(where)
            if AS_USER:
                subprocess.run(["chown", "-R", "nobody", top], check=True)
            if side == "outside":
                code, text = run(build, where, home)
                if code:
                    raise RuntimeError("it cannot be built here: " + text[-200:].replace("\n", " "))
                since = time.monotonic()
                code, text = run(test, where, home)
                level = None
            else:
                code, text, level = run_inside(build, where, home, top)
                if code == 0:
                    since = time.monotonic()
                    code, text, level = run_inside(test, where, home, top)
            says.append((code, words(text, pattern), text, level, time.monotonic() - since))
        (code, tests, text, _, took), (code_in, tests_in, text_in, level, took_in) = says
        same = code == code_in and tests == tests_in
        print(f"{'ok' if same and tests else 'NOT THE SAME':13} {name:16} {kind:52} {len(tests):5} tests, exit {code}/{code_in}, {took:.0f}/{took_in:.0f} s, {level}", flush=True)
        if not same:
            only = [f"  outside only: {t}" for t in tests if t not in tests_in][:12] + [f"  inside only: {t}" for t in tests_in if t not in tests][:12]
            print("\n".join(only) or text_in[-1500:], flush=True)
        if os.environ.get("SUITES_SHOW"):
            print(text[-1500:], "\n-----\n", text_in[-3000:])
        return same and bool(tests)
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", top], check=False)
        shutil.rmtree(top, ignore_errors=True)


def main():
    wanted = sys.argv[1:]
    sources = Sources()
    same = other = left_out = 0
    for suite in SUITES:
        if wanted and suite[0] not in wanted:
            continue
        try:
            if one(suite, sources):
                same += 1
            else:
                other += 1
        except (RuntimeError, subprocess.TimeoutExpired) as e:
            left_out += 1
            print(f"{'left out':13} {suite[0]:16} {suite[1]:52} {e}", flush=True)
    print(f"{same} suites end the same inside and outside, {other} do not, {left_out} left out")
    return other != 0


if __name__ == "__main__":
    sys.exit(main())
