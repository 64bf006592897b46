"""Agents that work for each other: child processes, their evidence, their ends."""
import json
import os
import signal
import subprocess
import time

from lib import MIEN, of, run, wait_for

WORKER = """
delegation_tool:
  name: delegate_to_worker
  description: give work
  parameters:
    goal: {type: string, required: true}
    workspace: {type: string}
    check: {type: string}
behaviors: [CompactWhenNearFullBehavior, FileToolsBehavior, CommandToolsBehavior, ClarificationBehavior]
"""
PLAIN = "  - type: CompactWhenNearFullBehavior\n  - type: FileToolsBehavior\n"


def team(place, worker_turns, boss_turns, delegation="", boss_more=""):
    """A boss that may delegate to one worker, each with its playbook. The boss's model."""
    play = place.playbook(worker_turns, "worker.play.yaml")
    place.write("agents/worker.yaml", f"blurb: Works. Best for work.\nmodel: {play}\n{WORKER}", place.config)
    place.write("agents/boss.yaml", "blurb: Leads.\ncan_delegate_to: [worker]\n" + boss_more +
            "behaviors:\n" + PLAIN + "  - type: DelegationBehavior\n" +
            (f"    params: {{{delegation}}}\n" if delegation else ""), place.config)
    return place.playbook(boss_turns, "boss.play.yaml")


DONE = "turns:\n  - call: {tool: write_file, args: {path: out.txt, content: hi}}\n" \
       "  - call: {tool: mark_complete, args: {summary: wrote out.txt}}\n"
ASK = "turns:\n  - call: {tool: delegate_to_worker, args: {goal: make it, workspace: .}}\n" \
      "  - call: {tool: mark_goal_complete, args: {summary: finished}}\n"


def first_result(events):
    return of(events, "tool_result")[0]["result"]


def delegates_of(place):
    """pids of our delegates: their command line names this place."""
    found = []
    for pid in os.listdir("/proc"):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = f.read().split(b"\0")
        except OSError:
            continue
        if b"--delegated" in words and any(place.top.encode() in w for w in words) and words[0].endswith(b"mien"):
            found.append(int(pid))
    return found


def a_delegate_works_and_is_believed_by_its_files(p):
    m = team(p, DONE, ASK)
    code, ev, err = p.events("-m", m, "-a", "boss", "go")
    assert code == 0, err
    r = first_result(ev)
    assert r["success"] and r["verified"] and r["files"] == ["out.txt"] and r["session"], r
    assert p.read("out.txt") == "hi"
    row = of(ev, "jobs")[-1]["items"][0]
    assert row["kind"] == "delegate" and row["state"] == "done" and row["agent"] == "worker", row
    assert row["tokens"] > 0 and row["session"] == r["session"], row
    child = p.mien("sessions", "show", r["session"])
    assert b"make it" in child.stdout and b"mark_complete" in child.stdout, child


def its_tokens_count_as_the_money_does(p):
    m = team(p, DONE, ASK)
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    row, used = of(ev, "jobs")[-1]["items"][0], of(ev, "usage")
    own = sum(u["input"] + u["output"] for u in used)
    assert used[-1]["total_input"] + used[-1]["total_output"] == own + row["tokens"], (used, row)
    end = of(ev, "result")[-1]
    assert (end["input"], end["output"]) == (used[-1]["total_input"], used[-1]["total_output"]), (end, used)


def without_a_workspace_a_new_one_is_made(p):
    m = team(p, DONE, ASK.replace(", workspace: .", "").replace("make it", '"Make It: a nice one"'))
    code, ev, err = p.events("-m", m, "-a", "boss", "go")
    r = first_result(ev)
    assert code == 0 and r["workspace"] == ".agent_workspace/make-it-a-nice-one", r
    marker = json.loads(p.read(r["workspace"] + "/.workspace.json"))
    assert marker["goal"] == "Make It: a nice one" and marker["session"] == ev[0]["session"], marker
    assert p.read(r["workspace"] + "/out.txt") == "hi"
    listed = p.mien("workspaces", "find", "nice").stdout.decode()
    assert "make-it-a-nice-one" in listed, listed
    os.makedirs(os.path.join(p.ws, ".agent_workspace", "foreign"))
    refused = p.mien("workspaces", "rm", "foreign")
    assert refused.returncode == 2 and os.path.isdir(os.path.join(p.ws, ".agent_workspace/foreign"))
    assert p.mien("workspaces", "rm", "make-it-a-nice-one").returncode == 0
    assert not os.path.exists(os.path.join(p.ws, r["workspace"]))


def words_without_evidence_are_no_success(p):
    m = team(p, "turns:\n  - call: {tool: mark_complete, args: {summary: all is well}}\n", ASK)
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    r = first_result(ev)
    assert not r["success"] and r["verified"] == "not checked" and "nothing" in r["error"], r
    m = team(p, "turns:\n  - call: {tool: mark_complete, args: {summary: all is well}}\n", ASK,
             "require_evidence: false")
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    assert first_result(ev)["success"], first_result(ev)


def a_red_check_of_ours_counts_more_than_its_word(p):
    m = team(p, DONE, ASK.replace("workspace: .", "workspace: ., check: test -f other.txt"))
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    r = first_result(ev)
    assert not r["success"] and r["checks"][-1]["green"] is False and "check" in r["error"], r
    m = team(p, DONE, ASK.replace("workspace: .", "workspace: ., check: grep -q hi out.txt"))
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    assert first_result(ev)["success"] and first_result(ev)["checks"][-1]["green"], first_result(ev)


def a_failed_delegate_is_a_failed_result_and_no_failed_call_of_its_own(p):
    m = team(p, "turns:\n  - call: {tool: mark_failed, args: {reason: no compiler here}}\n", ASK)
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    r = first_result(ev)
    assert not r["success"] and r["status"] == "failed" and "no compiler" in json.dumps(r), r


def two_at_once_no_more(p):
    slow = "turns:\n  - call: {tool: run_bash, args: {command: 'mkfifo go; date +%s%N > start; read x < go; date +%s%N > end'}}\n" \
           "  - call: {tool: mark_complete, args: {summary: ok}}\n"
    calls = ", ".join("{tool: delegate_to_worker, args: {goal: part %d}}" % i for i in range(3))
    m = team(p, slow, f"turns:\n  - call: [{calls}]\n  - call: {{tool: mark_goal_complete, args: {{summary: ok}}}}\n")
    x = subprocess.Popen([MIEN, "exec", "--json", "-m", m, "-a", "boss", "go"], cwd=p.ws, env=p.env(), stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE)
    part = [os.path.join(p.ws, f".agent_workspace/part-{i}") for i in range(3)]
    wait_for("two at work", lambda: all(os.path.exists(part[i] + "/start") for i in (0, 1)))
    assert not os.path.exists(part[2] + "/start"), "three ran at once"
    for d in part[:2]:
        open(d + "/go", "w").write("on\n")
    wait_for("the third", lambda: os.path.exists(part[2] + "/start"))
    open(part[2] + "/go", "w").write("on\n")
    ev = [json.loads(l) for l in x.communicate(timeout=60)[0].splitlines()]
    assert x.returncode == 0 and all(e["ok"] for e in of(ev, "tool_result")), of(ev, "tool_result")
    spans = [(int(p.read(f".agent_workspace/part-{i}/start")), int(p.read(f".agent_workspace/part-{i}/end")))
             for i in range(3)]
    (a, b, c) = spans
    assert a[0] < b[1] and b[0] < a[1], "the first two ran one after the other"
    assert c[0] > min(a[1], b[1]), "three ran at once"
    states = {json.dumps([i["state"] for i in e["items"]]) for e in of(ev, "jobs")}
    assert any("waiting" in s for s in states), states


def files_of_a_shared_workspace_are_nobodys_proof(p):
    both = "turns:\n  - call: {tool: run_bash, args: {command: 'mkdir one 2>/dev/null && n=1 || n=2; touch f$n; " \
           "until test -e f1 -a -e f2; do sleep 0.02; done'}}\n  - call: {tool: mark_complete, args: {summary: ok}}\n"
    call = "{tool: delegate_to_worker, args: {goal: part %d, workspace: shared}}"
    m = team(p, both, f"turns:\n  - call: [{call % 1}, {call % 2}]\n"
                      "  - call: {tool: delegate_to_worker, args: {goal: alone, workspace: shared}}\n"
                      "  - call: {tool: mark_goal_complete, args: {summary: ok}}\n")
    os.mkdir(p.ws + "/shared")
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    r = [e["result"] for e in of(ev, "tool_result")]
    assert "files_note" in r[0] and "files_note" in r[1] and "files_note" not in r[2], r


def kill_9_of_a_delegate_is_survived(p):
    m = team(p, "turns:\n  - say: thinking\n    fault: {kind: stall, after: 1}\n", ASK)
    ev_file = os.path.join(p.top, "events")
    with open(ev_file, "wb") as out:
        boss = subprocess.Popen([MIEN, "exec", "--json", "-m", m, "-a", "boss", "go"], cwd=p.ws,
                                env=p.env(), stdin=subprocess.DEVNULL, stdout=out)
        pid = wait_for("a delegate", lambda: delegates_of(p))[0]
        wait_for("its first words", lambda: b'"running"' in open(ev_file, "rb").read())
        os.kill(pid, signal.SIGKILL)
        assert boss.wait(30) == 0
    ev = [json.loads(l) for l in open(ev_file)]
    r = first_result(ev)
    assert not r["success"] and r["status"] == "died" and "signal 9" in r["error"], r
    assert of(ev, "result")[0]["success"]


def an_interrupt_ends_them_all(p):
    m = team(p, "turns:\n  - call: {tool: run_bash, args: {command: sleep 600}}\n", ASK)
    boss = subprocess.Popen([MIEN, "exec", "-m", m, "-a", "boss", "go"], cwd=p.ws, env=p.env(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for("a delegate", lambda: delegates_of(p))
    since = time.monotonic()
    boss.send_signal(signal.SIGINT)
    boss.communicate(timeout=20)
    assert boss.returncode == 130 and time.monotonic() - since < 5, boss.returncode
    wait_for("all delegates gone", lambda: not delegates_of(p))


def kill_9_of_the_boss_leaves_nobody(p):
    m = team(p, "turns:\n  - call: {tool: run_bash, args: {command: sleep 600}}\n", ASK)
    boss = subprocess.Popen([MIEN, "exec", "-m", m, "-a", "boss", "go"], cwd=p.ws, env=p.env(),
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for("a delegate", lambda: delegates_of(p))
    boss.kill()
    boss.wait(10)
    wait_for("all delegates gone", lambda: not delegates_of(p))


def the_deadline_is_handed_down(p):
    m = team(p, "turns:\n  - say: hm\n    fault: {kind: stall, after: 1}\n", ASK)
    since = time.monotonic()
    _, ev, _ = p.events("-m", m, "-a", "boss", "--timeout", "2", "--max-tokens", "100000", "go")
    assert time.monotonic() - since < 10
    assert first_result(ev)["status"] in ("timeout", "cancelled"), first_result(ev)
    dumps = os.listdir(os.path.join(p.state, "dumps"))
    assert any(d.startswith("dump_") for d in dumps), dumps
    text = open(os.path.join(p.state, "dumps", sorted(dumps)[-1])).read()
    assert json.loads(text)["goal"] in ("go", "make it")


def launchers(p):
    log = os.path.join(p.top, "launched")
    good = p.write("launch", f"#!/bin/sh\necho \"$@\" > {log}\nexec \"$@\"\n", p.top)
    os.chmod(good, 0o755)
    far = f"program: {MIEN}, environment: [MIEN_STATE_DIR, MIEN_CONFIG_DIR]"
    m = team(p, DONE, ASK, f"launcher: [{good}], {far}")
    code, ev, err = p.events("-m", m, "-a", "boss", "go")
    assert code == 0 and first_result(ev)["success"], (err, first_result(ev))
    assert open(log).read().startswith(f"{MIEN} far serve "), open(log).read()

    os.remove(p.ws + "/out.txt")
    m = team(p, DONE, ASK, f"launcher: [nice, -n, 1, sh, -c, 'echo here > {p.top}/nice; \"$0\" \"$@\"']")
    code, ev, err = p.events("-m", m, "-a", "boss", "go")
    assert code == 0 and first_result(ev)["success"] and os.path.exists(p.top + "/nice"), (err, first_result(ev))

    m = team(p, DONE, ASK, "launcher: [no-such-launcher]")
    code, ev, _ = p.events("-m", m, "-a", "boss", "go")
    r = first_result(ev)
    assert not r["success"] and "no-such-launcher" in r["error"], r

    noisy = p.write("noisy", "#!/bin/sh\nwhile :; do echo noise noise; done\n", p.top)
    os.chmod(noisy, 0o755)
    m = team(p, DONE, ASK, f"launcher: [{noisy}]")
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    r = first_result(ev)
    assert r["status"] == "garbage" and "noise noise" in r["error"], r

    mute = p.write("mute", "#!/bin/sh\nexec sleep 600\n", p.top)
    os.chmod(mute, 0o755)
    m = team(p, DONE, ASK, f"launcher: [{mute}], start_timeout: 1")
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    r = first_result(ev)
    assert r["status"] == "not started" and "within 1 s" in r["error"] and not r["success"], r

    m = team(p, "turns:\n  - say: hm\n    fault: {kind: stall, after: 1}\n", ASK, "silence_timeout: 1")
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    r = first_result(ev)
    assert r["status"] == "silent" and not r["success"], r

    quick = p.write("quick", "#!/bin/sh\necho broken pipe to the cluster >&2\nexit 7\n", p.top)
    os.chmod(quick, 0o755)
    m = team(p, DONE, ASK, f"launcher: [{quick}]")
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    r = first_result(ev)
    assert r["status"] == "not started" and "exit 7" in r["error"] and "cluster" in r["error"], r

    giant = p.write("giant", "#!/bin/sh\nhead -c 6000000 /dev/zero | tr '\\0' x\nsleep 600\n", p.top)
    os.chmod(giant, 0o755)
    m = team(p, DONE, ASK, f"launcher: [{giant}]")
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    assert first_result(ev)["status"] == "garbage", first_result(ev)


def bad_workspaces_are_refused(p):
    for bad in ("../out", "/etc", "nowhere"):
        m = team(p, DONE, ASK.replace("workspace: .", f"workspace: {bad}"))
        _, ev, _ = p.events("-m", m, "-a", "boss", "go")
        r = first_result(ev)
        assert not r["success"] and bad in r["error"], r


def exec_with_answers(place, answers, *args):
    """Run with --ask stdin; answers: functions of an approval event to (choice, text)."""
    x = subprocess.Popen([MIEN, "exec", "--json", "--ask", "stdin", *args, "go"], cwd=place.ws, env=place.env(),
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    events = []
    for line in x.stdout:
        e = json.loads(line)
        events.append(e)
        if e["type"] == "approval":
            choice, text = answers.pop(0)(e)
            x.stdin.write(json.dumps({"id": e["id"], "choice": choice, "text": text}).encode() + b"\n")
            x.stdin.flush()
    x.stdin.close()
    return x.wait(20), events


def questions_go_up_and_answers_down(p):
    m = team(p, """turns:
  - call: {tool: clarify_with_user, args: {question: "Which colour?", choices: [red, blue]}}
  - call: {tool: write_file, args: {path: out.txt, content: "{result.answer}"}}
  - call: {tool: mark_complete, args: {summary: painted}}
""", ASK)

    def blue(e):
        assert e["kind"] == "question" and "[worker] Which colour?" in e["title"], e
        return "2", None
    code, ev = exec_with_answers(p, [blue], "-m", m, "-a", "boss")
    assert code == 0 and p.read("out.txt") == "blue", (code, p.read("out.txt"))


def questions_without_anybody(p):
    m = p.playbook("""turns:
  - call: {tool: clarify_with_user, args: {question: "Which?", choices: [red, blue]}}
  - say: "{result}"
""")
    _, ev, _ = p.events("-m", m, "go")
    assert "nobody can answer" in first_result(ev)["error"], first_result(ev)
    _, ev, _ = p.events("-m", m, "--ask", "first", "go")
    assert first_result(ev)["answer"] == "red", first_result(ev)
    code, ev = exec_with_answers(p, [lambda e: ("t", "green, please")], "-m", m)
    assert first_result(ev)["answer"] == "green, please", first_result(ev)
    r = p.mien("exec", "-m", m, "--ask", "perhaps", "go")
    assert r.returncode == 2 and b"fail, first or stdin" in r.stderr


def an_agent_file_is_checked_whole(p):
    def load(text, name="x"):
        p.write(f"agents/{name}.yaml", text, p.config)
        r = p.mien("agents", "show", name)
        return r.returncode, r.stderr.decode()
    code, err = load("behaviors: [FileToolsBehavior]\ncan_delegate_to: [architekt]\n")
    assert code == 2 and "x.yaml:2" in err and "architect" in err, err
    code, err = load("can_delegate_to: [x]\n")
    assert code == 2 and "cannot delegate to itself" in err, err
    load("can_delegate_to: [z]\n", "y")
    code, err = load("can_delegate_to: [y]\n", "z")
    assert code == 2 and "circle" in err and "z → y → z" in err, err
    code, err = load("limits: {rouds: 3}\n")
    assert code == 2 and "rounds" in err, err
    code, err = load("can_delegate_to: nobody\n")
    assert code == 2 and "list" in err, err
    load("delegation_tool: {name: 'bad name!'}\n", "w")
    code, err = load("can_delegate_to: [w]\n")
    assert code == 2 and "no name for a tool" in err, err


def a_delegate_that_goes_in_circles_is_stopped(p):
    turns = "turns:\n" + "  - call: {tool: read_file, args: {path: nope.txt}}\n" * 30
    m = team(p, turns, ASK)
    worker = os.path.join(p.config, "agents/worker.yaml")
    text = open(worker).read().replace("ClarificationBehavior]", "LoopDetectionBehavior]")
    p.write("agents/worker.yaml", text, p.config)
    _, ev, _ = p.events("-m", m, "-a", "boss", "go")
    r = first_result(ev)
    assert r["status"] == "loop" and not r["success"] and r["rounds"] < 15, r
    assert any("loop:" in line for line in r["last_events"]), r


def limits_of_the_agent_hold(p):
    p.write("agents/short.yaml", "limits: {rounds: 2}\nbehaviors: [FileToolsBehavior]\n", p.config)
    m = p.playbook("turns:\n" + "  - call: {tool: list_dir, args: {}}\n" * 5)
    code, ev, _ = p.events("-m", m, "-a", "short", "go")
    assert code == 4 and of(ev, "result")[0]["rounds"] == 2
    code, ev, _ = p.events("-m", m, "-a", "short", "--max-rounds", "3", "go")
    assert of(ev, "result")[0]["rounds"] == 3


def without_a_word_on_whom_the_usual_agents_are_delegated_to(p):
    agent = p.write("lead.yaml", "behaviors:\n  - type: DelegationBehavior\n    params: {}\n", p.top)
    p.server([{"say": "hi"}])
    code, ev, err = p.events("-m", "m", "-a", agent, "go")
    names = [t["function"]["name"] for t in json.loads(p.requests()[0]["raw"])["tools"]]
    assert code == 0 and {"consult_architect", "delegate_to_executor"} <= set(names), (names, err)
    none = p.write("none.yaml", "behaviors: [DelegationBehavior, CompactWhenNearFullBehavior]\ncan_delegate_to: []\n", p.top)
    p.events("-m", "m", "-a", none, "go")
    names = [t["function"]["name"] for t in json.loads(p.requests()[1]["raw"])["tools"]]
    assert not {"consult_architect", "delegate_to_executor"} & set(names), names


def the_three_agents_build_a_project(p):
    tasks = [{"id": "T1", "description": "base", "module": "a", "priority": 1},
             {"id": "T2", "description": "middle", "module": "b", "priority": 2, "dependencies": ["T1"]},
             {"id": "T3", "description": "top", "module": "c", "priority": 3, "dependencies": ["T2"]}]

    def call(name, **args):
        return {"calls": [{"name": name, "args": args}]}

    def work(task, check, **more):
        return [call("get_next_task"),
                call("delegate_to_executor", goal=f"{task} work", workspace=".", task_id=task, check=check),
                *more.get("again", [])]
    again = [call("delegate_to_executor", goal="T2 second try", workspace=".", task_id="T2", check="test -f b.txt")]
    p.server([], roles={
        "You are mien's orchestrator": [
            call("consult_architect", question="design three files", workspace="."),
            *work("T1", "test -f a.txt"), *work("T2", "test -f b.txt", again=again),
            *work("T3", "cat a.txt b.txt c.txt"),
            call("mark_goal_complete", summary="three files stand")],
        "You are mien's architect": [
            call("write_architecture_doc", title="Overview", content="Three files."),
            call("write_task_list", tasks=tasks), call("list_architecture_docs"),
            call("mark_complete", summary="designed")],
        "You are mien's task executor": [
            {"to": "T1 work", **call("write_file", path="a.txt", content="a")},
            {"to": "T1 work", **call("mark_complete", summary="a stands")},
            {"to": "T2 work", **call("mark_failed", reason="b is hard")},
            {"to": "T2 second try", **call("write_file", path="b.txt", content="b")},
            {"to": "T2 second try", **call("mark_complete", summary="b stands")},
            {"to": "T3 work", **call("write_file", path="c.txt", content="c")},
            {"to": "T3 work", **call("mark_complete", summary="c stands")}]})
    code, ev, err = p.events("-m", "m", "-a", "orchestrator", "build it", timeout=90)
    results = [e["result"] for e in of(ev, "tool_result")]
    assert code == 0, (err, results)
    assert of(ev, "result")[0]["summary"] == "three files stand"
    assert "".join(p.read(f) for f in ("a.txt", "b.txt", "c.txt")) == "abc"
    nodes = {n["title"]: n for n in of(ev, "tree")[-1]["nodes"]}
    assert {n["state"] for n in nodes.values()} == {"done"}, nodes
    assert [n["key"] for n in nodes.values() if "key" in n] == ["T1", "T2", "T3"], nodes
    jobs = of(ev, "jobs")[-1]["items"]
    assert [j["state"] for j in jobs] == ["done", "done", "failed", "done", "done"], jobs
    assert "b is hard" in json.dumps(results)
    breakdown = json.loads(p.read("architecture/task-breakdown.json"))
    assert [t["status"] for t in breakdown["tasks"]] == ["completed"] * 3
    assert breakdown["tasks"][1]["attempts"] == 2 and "b is hard" in breakdown["tasks"][1]["notes"][0]["note"], breakdown
    assert breakdown["tasks"][1]["result"] == "b stands", breakdown
    states = [[n["state"] for n in e["nodes"] if n.get("key") == "T2"] for e in of(ev, "tree")]
    states = [s[0] for s in states if s]
    moves = [s for i, s in enumerate(states) if i == 0 or s != states[i - 1]]
    assert moves == ["pending", "active", "failed", "active", "done"], moves
    asked = [json.loads(r["raw"]) for r in p.requests()]
    tools = {b["messages"][0]["content"].split(",")[0]: {t["function"]["name"] for t in b["tools"]} for b in asked if b.get("tools")}
    for who in ("You are mien's orchestrator. You reach the user's goal through other agents; yourself you can\nread and search files",
                "You are mien's architect. You design; others build from what you write"):
        assert {"read_file", "list_dir", "glob", "grep_files"} <= tools[who] and not {"write_file", "edit_file"} & tools[who], tools
    works = [b["messages"][0]["content"] for b in asked if b["messages"][0]["content"].startswith("You are mien's task executor")]
    assert works and not any("user" in l for w in works for l in w.lower().splitlines() if not l.startswith("clarify_with_user: ")), works[0]
    notes = p.notes()
    assert "build it" in notes and "three files stand" in notes and "GOAL COMPLETE" in notes, notes
    stats = p.mien("sessions", "stats", ev[0]["session"], "--csv").stdout.decode()
    rows = {tuple(r.split(",")[:2]): r.split(",") for r in stats.splitlines()}
    assert rows[("agents", '"task_executor"')][2:4] == ["4", "1"], stats
    assert rows[("tools", '"delegate_to_executor"')][2] == "4", stats
    assert int(rows[("modes", '"m"')][5]) > 0, stats


run(globals())
