"""What other machines cost too much for every test run: a hundred goals over four slots whose boss is
killed twice, by ssh and on Slurm; a job that meets its time limit."""
import json
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/e2e"))
from lib import MIEN, of, run, wait_for  # noqa: E402
from machines import STALL, far_environments, far_processes, goals, slurm, sshd, stored, team  # noqa: E402

MAKES = "turns:\n  - call: {tool: write_file, args: {path: b.txt, content: b}}\n  - say: done\n"


def start_eval(place, f):
    boss = subprocess.Popen([MIEN, "eval", f], cwd=place.ws, env=place.env(SLURM_CONF=os.environ.get("SLURM_CONF")),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    place.closers.append(lambda: (boss.poll() is None and boss.kill(), boss.wait()))
    return boss


def a_hundred(place, launcher):
    f = goals(place, launcher, 100, MAKES)
    since = time.monotonic()
    for enough in (30, 60):
        boss = start_eval(place, f)
        wait_for(f"{enough} results", lambda: len(stored(place)) >= enough or boss.poll() is not None, 300)
        assert boss.poll() is None, "it was over before it could be killed"
        boss.kill()
        boss.wait()
        wait_for("the far side ends", lambda: not far_processes(place))
    before = len(stored(place))
    assert 60 <= before < 100, before
    r = place.mien("eval", f, "--json", timeout=600, env={"SLURM_CONF": os.environ.get("SLURM_CONF")})
    j = json.loads(r.stdout)
    assert r.returncode == 0 and len(j) == 100 and all(c["solved"] for c in j), r.stderr.decode()[-2000:]
    begun = len(far_environments(place))
    assert 100 <= begun <= 100 + 2 * 4, begun  # what was at work when the boss died is done again, and nothing else
    print(f"# 100 goals, two kills: {time.monotonic() - since:.1f} s, {begun} begun", flush=True)


def a_hundred_goals_by_ssh(p):
    s = sshd(p)
    if s:
        a_hundred(p, s.launcher)


def a_hundred_goals_on_slurm(p):
    s = slurm(p)
    if s:
        a_hundred(p, s.launcher)


def a_job_meets_its_time_limit(p):
    """The grain is a minute: some 90 seconds."""
    s = slurm(p)
    if not s:
        return
    stall = STALL.replace("say: hm\n    fault: {kind: stall, after: 1}", "call: {tool: run_bash, args: {command: sleep 600, timeout: 600}}")
    launcher = [*[w for w in s.launcher if w != "-Q"], "--time=0:05"]
    model = team(p, launcher, stall, more={"workspace": "carry"})
    _, ev, err = p.events("-m", model, "-a", "boss", "go", env={"SLURM_CONF": s.conf}, timeout=300)
    r = of(ev, "tool_result")[0]["result"]
    assert r["status"] == "killed" and "time limit" in r["error"].lower() and not r["success"], (r, err)
    assert any("write_file" in l for l in r["last_events"]), r
    wait_for("the far side ends", lambda: not far_processes(p))
    print("#", r["error"], r["files"], flush=True)


run(globals())
