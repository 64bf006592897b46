"""An idle screen costs nothing: no thread wakes up, neither before a goal nor after one."""
import os
import re
import subprocess

from lib import MIEN, Screen, run, wait_for

WATCH_SECONDS = 2


def process(s):
    shell = s.tmux("display-message", "-p", "#{pane_pid}").strip()

    def find():
        out = subprocess.run(["pgrep", "-P", shell, "-x", os.path.basename(MIEN)], capture_output=True).stdout
        return int(out) if out.strip() else None
    return wait_for("mien runs", find)


def trace(pid, path):
    """Lines of syscalls that returned within the time, on any thread; None: cannot attach."""
    # SIGINT makes strace let go of the process unharmed.
    r = subprocess.run(["timeout", "-s", "INT", str(WATCH_SECONDS), "strace", "-f", "-qq", "-o", path, "-p", str(pid)],
                       capture_output=True)
    if b"attach" in r.stderr or b"not permitted" in r.stderr or r.returncode == 127:
        return None
    with open(path) as f:
        return [l.strip() for l in f if re.search(r"\) += ", l)]


def pss(pid):
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return next(int(l.split()[1]) for l in f if l.startswith("Pss:"))


def settled(pid):
    """All threads sleep, and two looks in a row find the same processor time."""
    def ticks():
        times = []
        for t in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{t}/schedstat") as f:
                times.append(f.read())
        return times
    before = []

    def still():
        now = ticks()
        same = before and now == before[-1]
        before.append(now)
        return same and len(before) > 100 and before[-60] == now
    wait_for("it settles", still)


def watch(s, place, what):
    pid = process(s)
    settled(pid)
    threads = len(os.listdir(f"/proc/{pid}/task"))
    calls = trace(pid, os.path.join(place.top, "trace"))
    print(f"# {what}: PSS {pss(pid)} kB, {threads} threads", flush=True)
    if calls is None:
        print(f"# skipped: strace cannot attach ({what})", flush=True)
        return
    assert threads >= 2, "the engine's thread is gone: nothing was measured"
    assert not calls, f"{len(calls)} wakeups in {WATCH_SECONDS} s, {what}:\n" + "\n".join(calls[:20])


REAL = {"MIEN_TEST": None}  # with every timer a user's screen has


def empty_prompt(p):
    s = Screen(p, "-m", "playbook/tour", env=REAL)
    s.see("Write a goal", "playbook/tour")
    watch(s, p, "empty prompt")


def after_the_tour(p):
    p.write("a.txt", "hello\n")
    s = Screen(p, "-m", "playbook/tour", env=REAL)
    s.see("Write a goal")
    s.type("look")
    s.keys("Enter")
    s.see("✔ complete")
    watch(s, p, "after the tour")


def after_a_network_call(p):
    p.server([{"say": "an answer"}])
    s = Screen(p, "-m", "m", env=REAL)
    s.see("Write a goal")
    s.type("look")
    s.keys("Enter")
    s.see("an answer", "✔ complete")
    watch(s, p, "after a call over HTTP")


def with_text_typed(p):
    s = Screen(p, "-m", "playbook/tour", env=REAL)
    s.see("Write a goal")
    s.type("unsent")
    s.see("› unsent")
    wait_for("the draft", lambda: os.path.exists(os.path.join(p.state, "draft")))
    watch(s, p, "with an unsent line")


def while_it_asks(p):
    p.write("config.yaml", "sandbox: {level: none}\n", p.config)
    s = Screen(p, "-m", p.playbook("turns:\n  - call: {tool: run_bash, args: {command: touch x}}\n  - say: ok\n"), env=REAL)
    s.see("Write a goal")
    s.type("look")
    s.keys("Enter")
    s.see("Run this command?")
    watch(s, p, "while a question stands")


run(globals())
