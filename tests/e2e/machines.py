"""Delegates and goals on other machines: a real sshd and a real Slurm, both on this one."""
import json
import os
import shutil
import signal
import subprocess
import sys

from lib import MIEN, ROOT, of, run, wait_for

sys.path.insert(0, os.path.join(ROOT, "tests/servers"))
from clusters import Slurm, Sshd, no_slurm, no_sshd  # noqa: E402

WORKER = "blurb: Works. Best for work.\nmodel: %s\ndelegation_tool:\n  name: delegate_to_worker\n  description: give work\n" \
         "  parameters:\n    goal: {type: string, required: true}\n    workspace: {type: string}\n    check: {type: string}\n" \
         "behaviors: [CompactWhenNearFullBehavior, FileToolsBehavior, CommandToolsBehavior]\n"
BOSS = "blurb: Leads.\ncan_delegate_to: [worker]\nbehaviors:\n  - type: CompactWhenNearFullBehavior\n  - type: FileToolsBehavior\n" \
       "  - type: DelegationBehavior\n    params: %s\n"
END = "  - call: {tool: mark_complete, args: {summary: done}}\n"
DONE = "turns:\n  - call: {tool: write_file, args: {path: out.txt, content: hi}}\n" + END
STALL = "turns:\n  - call: {tool: write_file, args: {path: begun.txt, content: x}}\n  - say: hm\n    fault: {kind: stall, after: 1}\n"


def far_program(place):
    """mien as the far side finds it: it writes down what it was started with."""
    path = place.write("far-mien", f"#!/bin/sh\n/usr/bin/env > {place.top}/env.$$\nFAR_PLACE={place.top}\nexport FAR_PLACE\nexec {MIEN} \"$@\"\n", place.top)
    os.chmod(path, 0o755)
    return path


def far_processes(place):
    """pids of everything that runs on the far side."""
    found = []
    for pid in os.listdir("/proc"):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                if f"FAR_PLACE={place.top}".encode() in f.read().split(b"\0"):
                    found.append(int(pid))
        except (OSError, ValueError):
            continue
    return found


def processes_of(command):
    found = []
    for pid in os.listdir("/proc"):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if f.read().rstrip(b"\0").split(b"\0") == command.encode().split():
                    found.append(pid)
        except OSError:
            continue
    return found


def far_environments(place):
    return [open(os.path.join(place.top, f)).read() for f in os.listdir(place.top) if f.startswith("env.")]


def team(place, launcher, worker=DONE, calls=1, more=None, workspace=".", check=None):
    """A boss whose worker is launched. The boss's model."""
    params = {"launcher": launcher, "program": far_program(place), "environment": ["MIEN_STATE_DIR", "MIEN_CONFIG_DIR", "MIEN_TEST", "LC_ALL"],
              "max_parallel": 4}
    params.update(more or {})
    play = place.playbook(worker, "worker.play.yaml")
    place.write("agents/worker.yaml", WORKER % play, place.config)
    place.write("agents/boss.yaml", BOSS % json.dumps(params), place.config)
    args = [{"tool": "delegate_to_worker", "args": {"goal": f"part {i}", "workspace": workspace, **({"check": check} if check else {})}}
            for i in range(calls)]
    return place.playbook("turns:\n  - call: %s\n  - call: {tool: mark_goal_complete, args: {summary: finished}}\n" % json.dumps(args), "boss.play.yaml")


def results(place, model, env=None):
    _, ev, err = place.events("-m", model, "-a", "boss", "go", env=env, timeout=120)
    r = [e["result"] for e in of(ev, "tool_result") if "verified" in e["result"] or not e["result"]["success"]]
    assert r, (ev, err)
    return r


def start_boss(place, model, **env):
    out = open(os.path.join(place.top, "events"), "wb")
    boss = subprocess.Popen([MIEN, "exec", "--json", "-m", model, "-a", "boss", "go"], cwd=place.ws, env=place.env(**env),
                            stdin=subprocess.DEVNULL, stdout=out)
    place.closers.append(lambda: (boss.poll() is None and boss.kill(), boss.wait(), out.close()))
    wait_for("the far side works", lambda: any(w in open(out.name, "rb").read() for w in (b"write_file", b"run_bash")))
    wait_for("processes there", lambda: len(far_processes(place)) > 1)
    return boss


def boss_result(place):
    return of([json.loads(l) for l in open(os.path.join(place.top, "events"))], "tool_result")[0]["result"]


def sshd(place, **kw):
    why = no_sshd()
    if why:
        print("skipped:", why + "; make cluster-deps brings it", flush=True)
        return None
    s = Sshd(place.top, **kw)
    place.closers.append(s.close)
    why = s.refuses()
    if why:
        print("skipped:", why, flush=True)
        return None
    return s


def slurm(place):
    why = no_slurm()
    if why:
        print("skipped:", why + "; make cluster-deps brings it", flush=True)
        return None
    s = Slurm(place.top)
    place.closers.append(s.close)
    os.environ["SLURM_CONF"] = s.conf
    return s


EIGHT = "turns:\n  - call: {tool: run_bash, args: {command: 'cat seen.txt fresh.txt > part-$$; pwd >> part-$$; mv part-$$ part-$(basename $(dirname $PWD))'}}\n" + END


def local(place, after=""):
    """A launcher that nothing is known of, here."""
    path = place.write("launch", f"#!/bin/sh\n\"$@\"\n{after}", place.top)
    os.chmod(path, 0o755)
    return [path]


def files_go_over_and_come_back(p):
    p.write("a.txt", "one\n")
    p.write("gone.txt", "x\n")
    p.write("sub/run.sh", "#!/bin/sh\n")
    os.chmod(p.ws + "/sub/run.sh", 0o750)
    os.symlink("a.txt", p.ws + "/link")
    m = team(p, local(p), "turns:\n  - call: {tool: run_bash, args: {command: 'pwd > where; ls -l sub > modes; readlink link >> modes; "
             "echo two >> a.txt; rm gone.txt; mkdir new; echo x > new/b'}}\n" + END, more={"workspace": "carry"}, check="test -f new/b")
    r, = results(p, m)
    assert r["success"] and sorted(r["files"])[:2] == ["a.txt", "modes"], r
    assert r["checks"][-1]["green"] and "conflicts" not in r, r
    assert p.read("a.txt") == "one\ntwo\n" and not os.path.exists(p.ws + "/gone.txt"), r
    assert "rwxr-x---" in p.read("modes") and p.read("modes").endswith("a.txt\n"), p.read("modes")
    assert "mien-far-" in p.read("where") and not os.path.exists(p.read("where").strip()), p.read("where")
    assert not [f for f in os.listdir(p.state + "/rewind") if f.startswith("carry-")], os.listdir(p.state + "/rewind")


def a_repository_goes_as_it_is_dirty_and_new(p):
    def git(*a):
        subprocess.run(["git", "-C", p.ws, "-c", "user.name=a", "-c", "user.email=a@b", *a], check=True, capture_output=True)
    p.write("t.txt", "committed\n")
    p.write(".gitignore", "big/\n")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "x")
    p.write("t.txt", "dirty\n")
    p.write("new.txt", "new\n")
    p.write("big/blob", "left here\n")
    git("checkout", "-qb", "feature/x")
    m = team(p, local(p), "turns:\n  - call: {tool: run_bash, args: {command: 'cat t.txt new.txt > seen; ls >> seen; git status -sb >> seen; "
             "git log --format=%s >> seen; git diff | grep ^[-+] >> seen; git add -A && git -c user.name=a -c user.email=a@b commit -qm y'}}\n" + END,
             more={"workspace": "carry"})
    before = subprocess.run(["git", "-C", p.ws, "log", "--all", "--format=%H"], capture_output=True).stdout
    r, = results(p, m)
    assert r["success"] and r["files"] == ["seen"], r
    seen = p.read("seen")
    assert seen.startswith("dirty\nnew\n") and "big" not in seen and "## feature/x\n M t.txt\n?? new.txt\n?? seen\nx\n" in seen, seen
    assert "-committed\n+dirty\n" in seen, seen
    assert subprocess.run(["git", "-C", p.ws, "log", "--all", "--format=%H"], capture_output=True).stdout == before
    assert p.read("big/blob") == "left here\n"


def pruning_leaves_what_is_on_its_way(p):
    launcher = local(p, f"{MIEN} sessions prune > {p.top}/pruned; ls {p.state}/rewind > {p.top}/kept\n")
    os.makedirs(p.state + "/rewind/carry-0123456789")
    text = open(launcher[0]).read().replace("#!/bin/sh\n", f"#!/bin/sh\nexport MIEN_STATE_DIR={p.state}\n")
    p.write("launch", text, p.top)
    r, = results(p, team(p, launcher, more={"workspace": "carry"}))
    assert r["success"] and p.read("out.txt") == "hi", r
    kept = [f for f in open(p.top + "/kept").read().split() if f.startswith("carry-")]
    assert len(kept) == 1 and kept != ["carry-0123456789"], (kept, open(p.top + "/pruned").read())


def what_both_changed_is_named_and_nothing_is_lost(p):
    p.write("both.txt", "base\n")
    launcher = local(p, f"echo ours > {p.ws}/both.txt; echo y > {p.ws}/mine.txt\n")
    m = team(p, launcher, "turns:\n  - call: {tool: run_bash, args: {command: 'echo theirs > both.txt; echo x > other.txt'}}\n" + END,
             more={"workspace": "carry"})
    r, = results(p, m)
    c, = r["conflicts"]
    assert c["path"] == "both.txt" and p.read("both.txt") == "ours\n" and p.read(c["copy"]) == "theirs\n", r
    assert p.read("other.txt") == "x\n" and p.read("mine.txt") == "y\n" and "conflicts_note" in r, r


def questions_come_home_and_answers_go_there(p):
    work = "turns:\n  - call: {tool: clarify_with_user, args: {question: \"Which colour?\", choices: [red, blue]}}\n" \
           "  - call: {tool: write_file, args: {path: out.txt, content: \"{result.answer}\"}}\n" + END
    m = team(p, local(p), work, more={"workspace": "carry"})
    path = p.config + "/agents/worker.yaml"
    text = open(path).read().replace("CommandToolsBehavior]", "CommandToolsBehavior, ClarificationBehavior]")
    p.write("agents/worker.yaml", text, p.config)
    x = subprocess.Popen([MIEN, "exec", "--json", "--ask", "stdin", "-m", m, "-a", "boss", "go"], cwd=p.ws, env=p.env(), stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    p.closers.append(lambda: (x.poll() is None and x.kill(), x.wait(), x.stdin.close(), x.stdout.close()))
    asked = 0
    for line in x.stdout:
        e = json.loads(line)
        if e["type"] == "approval":
            asked += 1
            assert "[worker] Which colour?" in e["title"], e
            x.stdin.write(json.dumps({"id": e["id"], "choice": "2"}).encode() + b"\n")
            x.stdin.flush()
    assert x.wait(30) == 0 and asked == 1 and p.read("out.txt") == "blue"


def a_launcher_starts_one_mien_of_the_same_kind(p):
    for script, status, why in (("\"$@\" | sed -u '/^@mien /p'", "garbage", "more than once"),
                                ('echo "@mien $4 99"; cat', "not started", "version 99"),
                                ('PATH=/nowhere exec "$@"', "failed", "git program is not installed")):
        path = p.write("odd", f"#!/bin/sh\n{script}\n", p.top)
        os.chmod(path, 0o755)
        r, = results(p, team(p, [path], more={"workspace": "carry"}))
        assert r["status"] == status and why in r["error"] and not r["success"], r
        wait_for("the far side ends", lambda: not far_processes(p))


def eight_goals_by_ssh(p):
    s = sshd(p)
    if not s:
        return
    p.write("seen.txt", "seen\n")
    p.write("fresh.txt", "fresh\n")
    m = team(p, s.launcher, EIGHT, calls=8)
    r = results(p, m, {"SECRET_TOKEN": "hunter2", "PLAIN_WORD": "hunter3"})
    assert len(r) == 8 and all(x["success"] for x in r), r
    made = [f for f in os.listdir(p.ws) if f.startswith("part-mien-far-")]
    assert len(made) == 8 and all(p.read(f).startswith("seen\nfresh\n/") for f in made), made
    assert len(far_environments(p)) == 8 and not any("hunter" in e for e in far_environments(p))
    wait_for("nothing is left there", lambda: not far_processes(p))
    assert not [d for d in os.listdir("/tmp") if d.startswith("mien-far-") and os.path.isdir(f"/tmp/{d}") and f"/tmp/{d}" in
                "".join(p.read(f) for f in made)], os.listdir("/tmp")


def a_host_that_refuses_and_one_without_mien(p):
    s = sshd(p)
    if not s:
        return
    r, = results(p, team(p, s.launcher, more={"program": "/no/such/mien"}))
    assert r["status"] == "not started" and "/no/such/mien" in r["error"] and "install it" in r["error"], r
    assert "noise" in r["error"] or "No such file" in r["error"] or "not found" in r["error"], r
    s.close()
    r, = results(p, team(p, s.launcher))
    assert r["status"] == "not started" and "refused" in r["error"] and not r["success"], r


def a_killed_connection_is_a_lost_delegate(p):
    s = sshd(p)
    if not s:
        return
    boss = start_boss(p, team(p, s.launcher, STALL))
    s.signal(signal.SIGKILL)
    assert boss.wait(60) == 0
    r = boss_result(p)
    assert r["status"] == "lost" and not r["success"] and any("write_file" in l for l in r["last_events"]), r
    wait_for("the far side ends", lambda: not far_processes(p))


def a_frozen_machine_is_noticed(p):
    s = sshd(p)
    if not s:
        return
    boss = start_boss(p, team(p, s.launcher, STALL, more={"link_timeout": 5}))
    s.signal(signal.SIGSTOP)
    assert boss.wait(60) == 0
    r = boss_result(p)
    assert r["status"] == "frozen" and "5 s" in r["error"] and any("write_file" in l for l in r["last_events"]), r
    s.signal(signal.SIGCONT)
    wait_for("the far side ends", lambda: not far_processes(p))


def who_is_killed_or_cancelled_leaves_nobody_there(p):
    s = sshd(p)
    if not s:
        return
    sleep = f"sleep {6000000000 + os.getpid()}"
    stall = STALL.replace("say: hm\n    fault: {kind: stall, after: 1}", "call: {tool: run_bash, args: {command: 'setsid %s & %s'}}" % (sleep, sleep))
    boss = start_boss(p, team(p, s.launcher, stall))
    boss.kill()
    boss.wait()
    wait_for("the far side ends", lambda: not far_processes(p) and not processes_of(sleep))
    boss = start_boss(p, team(p, s.launcher, stall))
    wait_for("its commands", lambda: len(processes_of(sleep)) > 1)
    boss.send_signal(signal.SIGINT)
    assert boss.wait(60) == 130
    wait_for("the far side ends", lambda: not far_processes(p) and not processes_of(sleep))


def eight_goals_on_slurm(p):
    s = slurm(p)
    if not s:
        return
    p.write("seen.txt", "seen\n")
    p.write("fresh.txt", "fresh\n")
    m = team(p, s.launcher, EIGHT, calls=8, more={"workspace": "carry"})
    r = results(p, m, {"SECRET_TOKEN": "hunter2", "PLAIN_WORD": "hunter3", "SLURM_CONF": s.conf})
    assert len(r) == 8 and all(x["success"] for x in r), r
    made = [f for f in os.listdir(p.ws) if f.startswith("part-mien-far-")]
    assert len(made) == 8, made
    assert len(far_environments(p)) == 8 and not any("hunter" in e for e in far_environments(p)), far_environments(p)
    # One file system: the directory itself, where nothing else is said.
    r, = results(p, team(p, s.launcher), {"SLURM_CONF": s.conf})
    assert r["success"] and r["files"] == ["out.txt"], r


def a_job_that_is_cancelled_says_so_and_its_files_come(p):
    s = slurm(p)
    if not s:
        return
    boss = start_boss(p, team(p, s.launcher, STALL, more={"workspace": "carry"}), SLURM_CONF=s.conf)
    s.run("scancel", *s.jobs())
    assert boss.wait(60) == 0
    r = boss_result(p)
    assert r["status"] == "killed" and "signal 15" in r["error"] and not r["success"], r
    assert r["files"] == ["begun.txt"] and p.read("begun.txt") == "x", r
    wait_for("the far side ends", lambda: not far_processes(p))


def a_job_that_waits_in_the_queue_is_taken_back(p):
    s = slurm(p)
    if not s:
        return
    s.run("sbatch", "-n1", "-c4", "--wrap", "sleep 600", "-o", "/dev/null")
    wait_for("the slots are taken", lambda: b"RUNNING" in s.run("squeue", "-h", "-o", "%T").stdout)
    model = team(p, s.launcher)
    boss = subprocess.Popen([MIEN, "exec", "--json", "-m", model, "-a", "boss", "go"], cwd=p.ws, env=p.env(SLURM_CONF=s.conf),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    p.closers.append(lambda: (boss.poll() is None and boss.kill(), boss.wait()))
    for end in (signal.SIGINT, signal.SIGKILL):
        if boss.poll() is not None:
            boss = subprocess.Popen(boss.args, cwd=p.ws, env=p.env(SLURM_CONF=s.conf), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        wait_for("it waits in the queue", lambda: len(s.jobs()) == 2)
        boss.send_signal(end)
        boss.wait(60)
        wait_for("it left the queue", lambda: len(s.jobs()) == 1)


def a_pod_has_a_name_of_its_own_and_its_files(p):
    """kubectl as the manual has it, played by a script."""
    fake = p.write("bin/kubectl", f"""#!/bin/sh
echo "$2" >> {p.top}/pods
while [ "$1" != -- ]; do shift; done
shift
exec env -i PATH=/usr/bin:/bin HOME=/nonexistent "$@"
""", p.top)
    os.chmod(fake, 0o755)
    launcher = ["kubectl", "run", "mien-{id}", "-i", "--rm", "--quiet", "--restart=Never", "--image=registry.example/mien", "--"]
    m = team(p, launcher, calls=2, worker="turns:\n  - call: {tool: run_bash, args: {command: 'echo x > out-$$-$(basename $(dirname $PWD))'}}\n" + END)
    r = results(p, m, {"PATH": f"{p.top}/bin:{os.environ['PATH']}"})
    assert len(r) == 2 and all(x["success"] for x in r), r
    pods = open(p.top + "/pods").read().split()
    assert len(set(pods)) == 2 and all(n.startswith("mien-") and "{" not in n for n in pods), pods
    assert all("KUBECONFIG" not in e for e in far_environments(p))


def a_pane_shows_each_delegate(p):
    """tmux as the manual has it: the script stands there."""
    page = open(os.path.join(ROOT, "man/mien-machines.7")).read()
    script = page[page.index("#!/bin/sh"):].split("\n.fi")[0].replace("\\-", "-")
    pane = p.write("pane", script + "\n", p.top)
    os.chmod(pane, 0o755)
    socket = f"mien-machines-{os.getpid()}"
    tmux = [shutil.which("tmux"), "-L", socket, "-f", "/dev/null"]
    subprocess.run([*tmux, "new-session", "-d", "-x", "200", "-y", "50"], check=True)
    p.closers.append(lambda: subprocess.run([*tmux, "kill-server"]))
    path = p.write("bin/tmux", f"#!/bin/sh\necho \"$1\" >> {p.top}/asked\nexec {' '.join(tmux)} \"$@\"\n", p.top)
    os.chmod(path, 0o755)
    r, = results(p, team(p, [pane]), {"PATH": f"{p.top}/bin:{os.environ['PATH']}"})
    assert r["success"] and p.read("out.txt") == "hi", r
    assert open(p.top + "/asked").read().split() == ["split-window", "kill-pane"]


def an_isolated_delegate_brings_back_what_is_green(p):
    p.write("a.txt", "one\n")
    work = "turns:\n  - call: {tool: run_bash, args: {command: 'pwd > where; echo two >> a.txt'}}\n" + END
    private = {"isolation": "worktree", "program": "/not/used", "environment": []}
    r, = results(p, team(p, [], work, more=private, check="grep -q two a.txt"))
    assert r["success"] and r["files"] == ["a.txt", "where"] and "patch" not in r, r
    assert "mien-far-" in p.read("where") and p.read("a.txt") == "one\ntwo\n", r
    assert [c["green"] for c in r["checks"]] == [True, True], r

    p.write("a.txt", "one\n")
    for turns, check, why in ((work, "grep -q three a.txt", "check failed in its copy"),
                              (work.replace("mark_complete", "mark_failed").replace("summary", "reason"), None, "did not succeed")):
        os.remove(p.ws + "/where") if os.path.exists(p.ws + "/where") else None
        r, = results(p, team(p, [], turns, more=private, check=check))
        assert not r["success"] and why in r["error"] and r["patch"] in r["error"], r
        assert p.read("a.txt") == "one\n" and not os.path.exists(p.ws + "/where"), r
        assert "+two" in p.read(r["patch"]), p.read(r["patch"])
        subprocess.run(["git", "apply", "-p0", r["patch"]], cwd=p.ws, check=True)
        assert p.read("a.txt") == "one\ntwo\n"
        p.write("a.txt", "one\n")


GOALS = """machines:
  launcher: %s
  program: %s
  environment: [MIEN_STATE_DIR, MIEN_CONFIG_DIR, MIEN_TEST, LC_ALL]
  workspace: carry
  parallel: 4
models: [%s]
goals:
%s"""


def goals(place, launcher, n, worker):
    each = "".join(f"  - {{name: g{i}, goal: make b, repository: repo, check: test -f b.txt -a -f a.txt}}\n" for i in range(n))
    place.write("repo/a.txt", "a\n")
    return place.write("tries.yaml", GOALS % (json.dumps(launcher), far_program(place), place.playbook(worker), each))


def stored(place):
    d = place.ws + "/tries.results"
    return [c for c in (os.listdir(d) if os.path.isdir(d) else []) if os.path.exists(f"{d}/{c}/result.json")]


def an_evaluation_goes_on_after_its_boss_was_killed(p):
    s = sshd(p)
    if not s:
        return
    gate = p.top + "/gate"
    worker = "turns:\n  - call: {tool: write_file, args: {path: b.txt, content: b}}\n  - say: done\n"
    slow = f"#!/bin/sh\nn=$(ls {p.top}/env.* | wc -l)\n[ $n -gt 4 ] && until test -e {gate}; do sleep 0.1; done\nexec \"$@\"\n"
    f = goals(p, s.launcher, 8, worker)
    program = far_program(p)
    text = open(program).read().replace("exec " + MIEN, f"exec {p.write('slow', slow, p.top)} {MIEN}")
    p.write("far-mien", text, p.top)
    os.chmod(p.top + "/slow", 0o755)
    boss = subprocess.Popen([MIEN, "eval", f], cwd=p.ws, env=p.env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    p.closers.append(lambda: (boss.poll() is None and boss.kill(), boss.wait()))
    wait_for("four results and others at work", lambda: len(stored(p)) >= 4 and len(far_environments(p)) > 4)
    boss.kill()
    boss.wait()
    first = set(stored(p))
    assert 4 <= len(first) < 8, first
    open(gate, "w").close()
    wait_for("the far side ends", lambda: not far_processes(p))
    r = p.mien("eval", f, "--json", timeout=120)
    j = json.loads(r.stdout)
    assert r.returncode == 0 and len(j) == 8 and all(c["solved"] for c in j), r
    again = [l for l in r.stderr.decode().splitlines() if l.startswith("solved")]
    assert len(again) == 8 - len(first), r.stderr


def a_lost_machine_is_no_result(p):
    f = goals(p, local(p, "exit 3"), 1, "turns:\n  - say: done\n")
    p.write("far-mien", "#!/bin/sh\necho the scheduler is down >&2\nexit 9\n", p.top)
    r = p.mien("eval", f, "--json")
    c, = json.loads(r.stdout)
    assert r.returncode == 1 and c["status"] == "not started" and "scheduler is down" in c["note"] and not stored(p), c
    for text, want in (("machines: {program: x}\n", b"need a launcher"), ("machines: {launcher: ssh}\n", b"list of words"),
                       ("machines: {launcher: [ssh], workspace: both}\n", b"auto, shared or carry"), ("machines: {launchr: [a]}\n", b"launchr")):
        r = p.mien("eval", p.write("bad.yaml", "goals: [{name: a, goal: b}]\n" + text))
        assert r.returncode == 2 and want in r.stderr and b"bad.yaml:2" in r.stderr, r


def a_launcher_that_stays_here_is_put_before(p):
    p.write("repo/a.txt", "a\n")
    play = p.playbook("turns:\n  - call: {tool: write_file, args: {path: b.txt, content: b}}\n  - say: done\n")
    f = p.write("tries.yaml", f"machines: {{launcher: [nice, -n, '3', sh, -c, 'nice > niceness; exec \"$0\" \"$@\"'], parallel: 2}}\nmodels: [{play}]\n"
                "goals:\n  - {name: g, goal: make b, repository: repo, check: 'test -f b.txt && grep -q 3 niceness'}\n")
    r = p.mien("eval", f)
    assert r.returncode == 0 and b"1/1" in r.stdout, r


def modes_are_compared_on_machines_and_go_on(p):
    far = far_program(p)
    play = p.playbook("turns:\n  - say: done\n")
    p.write("goals.txt", "one\ntwo\n")
    p.write("m.yaml", f"launcher: {json.dumps(local(p))}\nprogram: {far}\nenvironment: [MIEN_STATE_DIR, MIEN_CONFIG_DIR]\nparallel: 2\n")
    words = ["behavior", "bench", "-m", play, "--modes", "none", "--goals", "goals.txt", "--machines", "m.yaml", "--results", "out"]
    r = p.mien(*words)
    assert r.returncode == 0 and len(far_environments(p)) == 2, r
    assert sorted(os.listdir(p.ws + "/out"))[0].startswith("1,"), os.listdir(p.ws + "/out")
    again = p.mien(*words)
    assert again.stdout == r.stdout and len(far_environments(p)) == 2, again


if __name__ == "__main__":
    run(globals())
