"""kill -9 at any moment: nothing acknowledged is lost, nothing runs twice; one holder a session."""
import json
import os
import random
import signal
import sqlite3
import subprocess

from lib import MIEN, of, run, wait_for

CYCLES = int(os.environ.get("MIEN_CRASH_CYCLES", "200"))

# Each step appends its own line to a file: a step that ran twice would show.
STEPS = 8
PLAY = "turns:\n" + "".join(
    f"""  - say: "step {i} with a few words to stream"
    pace: 900
    call: {{tool: run_bash, args: {{command: "echo step-{i} >> log.txt"}}}}
""" for i in range(STEPS)) + "  - say: finished\n"


def integrity(place):
    db = sqlite3.connect(os.path.join(place.state, "sessions/s.db"))
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    rows = [json.loads(b) for (b,) in db.execute("SELECT body FROM messages ORDER BY seq")]
    seqs = [s for (s,) in db.execute("SELECT seq FROM messages ORDER BY seq")]
    db.close()
    assert seqs == list(range(1, len(seqs) + 1)), seqs
    calls = [c["id"] for m in rows for c in m.get("calls", [])]
    answers = [m["call_id"] for m in rows if m["role"] == "tool"]
    return calls, answers


def killed_two_hundred_times(p):
    m = p.playbook(PLAY)
    rng = random.Random(4)
    kills = 0
    while kills < CYCLES:
        subprocess.run(["sh", "-c", f"rm -rf {p.state} {p.ws}/log.txt"], check=True)
        resumed = False
        seen = []
        while kills < CYCLES:
            args = ["-c"] if resumed else ["--session", "s", "go"]
            r = subprocess.Popen([MIEN, "exec", "--json", "-m", m, *args], cwd=p.ws, env=p.env(),
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            try:
                out = r.communicate(timeout=rng.uniform(0.005, 0.12))[0]
            except subprocess.TimeoutExpired:
                r.send_signal(signal.SIGKILL)
                out = r.communicate()[0]
                kills += 1
            for line in out.decode(errors="replace").splitlines():
                try:
                    e = json.loads(line)
                except ValueError:
                    continue  # the line that the kill cut
                if e["type"] == "tool_result":
                    seen.append(e["id"])
            resumed = goal(p) == "open"
            if goal(p) == "over":
                break  # also when the kill came between the goal's end and the process's
        if goal(p) == "none":
            continue
        if goal(p) == "open":
            r = finish(p, m)
            assert r.returncode == 0, r
        calls, answers = integrity(p)
        assert len(set(calls)) == len(calls) == STEPS and calls == answers, (calls, answers)
        assert set(seen) <= set(answers), "a result that was shown is lost"
        lines = open(os.path.join(p.ws, "log.txt")).read().split() if os.path.exists(os.path.join(p.ws, "log.txt")) else []
        assert len(lines) == len(set(lines)), ("a step ran twice", lines)


def finish(place, model):
    """The kernel drops a dead holder's lock at once, but not before its last fork has settled."""
    def once():
        r = place.mien("exec", "-m", model, "-c")
        return None if b"is open in process" in r.stderr else r
    return wait_for("the lock of a dead process is gone", once)


def goal(place):
    """none, open or over: what the store says of the session's goal."""
    path = os.path.join(place.state, "sessions/s.db")
    if not os.path.exists(path):
        return "none"
    db = sqlite3.connect(path)
    try:
        row = db.execute("SELECT value FROM meta WHERE key='run'").fetchone()
        said = db.execute("SELECT count(*) FROM messages").fetchone()[0]
        return "none" if not row or not said else "open" if json.loads(row[0])["open"] else "over"
    except sqlite3.Error:
        return "none"
    finally:
        db.close()


def second_instance_is_told_who_holds_it(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'sleep 30'}}\n")
    r = subprocess.Popen([MIEN, "exec", "--json", "--session", "s", "-m", m, "go"], cwd=p.ws, env=p.env(), stdout=subprocess.PIPE)
    while json.loads(r.stdout.readline())["type"] != "tool_call":
        pass
    second = p.mien("-p", "--session", "s", "-m", m, "too")
    assert second.returncode == 2 and str(r.pid) in second.stderr.decode(), second
    r.send_signal(signal.SIGINT)
    r.communicate(timeout=20)


def killed_mien_leaves_no_children(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'setsid sleep 81 & sleep 82'}}\n")
    r = subprocess.Popen([MIEN, "exec", "--json", "-m", m, "go"], cwd=p.ws, env=p.env(), stdout=subprocess.PIPE)
    wait_for("the command runs", lambda: subprocess.run(["pgrep", "-f", "sleep 8[12]$"], capture_output=True).stdout)
    r.kill()
    r.communicate()
    wait_for("children gone", lambda: not subprocess.run(["pgrep", "-f", "sleep 8[12]$"], capture_output=True).stdout)


def an_interrupted_call_is_answered_not_repeated(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'echo ran >> ran.txt; sleep 30'}}\n  - say: 'so: {result.error}'\n")
    r = subprocess.Popen([MIEN, "exec", "--json", "--session", "s", "-m", m, "go"], cwd=p.ws, env=p.env(), stdout=subprocess.PIPE)
    wait_for("the command runs", lambda: os.path.exists(os.path.join(p.ws, "ran.txt")) and p.read("ran.txt"))
    r.kill()
    r.communicate()
    code, ev, err = p.events("-m", m, "-c")
    assert code == 0 and "may or may not" in of(ev, "result")[0]["answer"], (code, err)
    assert p.read("ran.txt") == "ran\n"


def what_the_killed_left_is_swept(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'touch /tmp/there; sleep 8766'}}\n")
    x = subprocess.Popen([MIEN, "exec", "-m", m, "go"], cwd=p.ws, env=p.env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for("the command runs", lambda: subprocess.run(["pgrep", "-f", "sleep 8766$"], capture_output=True).stdout)
    left = [os.path.join(p.tmp, n) for n in os.listdir(p.tmp) if n.startswith("mien-")]
    os.kill(x.pid, signal.SIGKILL)
    x.wait()
    wait_for("it is gone", lambda: not subprocess.run(["pgrep", "-f", "sleep 8766$"], capture_output=True).stdout)
    assert left and all(map(os.path.isdir, left)), left
    for d in left:
        os.utime(d, (1000, 1000))
    young = os.path.join(p.tmp, "mien-yyyyyy")
    os.mkdir(young)
    assert p.mien("exec", "-m", "playbook/tour", "hi").returncode == 0
    assert os.listdir(p.tmp) == ["mien-yyyyyy"], os.listdir(p.tmp)
    os.utime(young, (1000, 1000))
    assert p.mien("exec", "-m", "playbook/tour", "hi").returncode == 0
    assert os.path.isdir(young), "once a day"


run(globals())
