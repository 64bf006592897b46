"""Goals from beginning to end, headless: the tour, the tree, checks, loops, steering of limits."""
import json
import os
import subprocess

from lib import of, run


def tree_states(events):
    nodes = of(events, "tree")[-1]["nodes"]
    return {n["title"]: n["state"] for n in nodes}


def tour_leaves_true_facts(p):
    p.write("a.txt", "hello\n")
    p.write("src/b.c", "int x;\n")
    code, ev, err = p.events("-m", "playbook/tour", "tidy this folder")
    assert code == 0, err
    text = p.read("mien-tour.md")
    assert "a.txt (6 bytes)" in text and "src/" in text and "Files beneath: 2" in text, text
    states = tree_states(ev)
    assert len(states) >= 4 and set(states.values()) == {"done"}, states
    assert len(of(ev, "result")) == 1 and of(ev, "result")[0]["success"]
    assert [e["seq"] for e in ev] == sorted(e["seq"] for e in ev)
    assert len({e["session"] for e in ev}) == 1 and ev[0]["session"]


def tour_in_an_empty_folder(p):
    code, ev, err = p.events("-m", "playbook/tour", "look")
    assert code == 0 and os.path.exists(os.path.join(p.ws, "mien-tour.md")), err


def print_gives_the_answer_alone(p):
    m = p.playbook("turns:\n  - say: Just three files.\n")
    r = p.mien("-p", "-m", m, "what is in this folder?")
    assert r.returncode == 0 and r.stdout.decode() == "Just three files.\n", r


def every_call_is_answered_once(p):
    m = p.playbook("""turns:
  - call: [{tool: list_dir, args: {path: .}}, {tool: no_such_tool, args: {}}, {tool: read_file, args: {path: nope}}]
  - say: done
""")
    code, ev, _ = p.events("-m", m, "go")
    assert code == 0
    calls = [e["id"] for e in of(ev, "tool_call")]
    results = [e["id"] for e in of(ev, "tool_result")]
    assert len(set(calls)) == 3 and calls == results, (calls, results)
    assert "Unknown tool: no_such_tool" in of(ev, "tool_result")[1]["result"]["error"]
    assert "list_dir" in of(ev, "tool_result")[1]["result"]["error"]


def plan_agent(p):
    return p.write("plan.yaml", "system_prompt: x\nbehaviors:\n  - type: HierarchicalContextBehavior\n    params: {steps: plan}\n"
                   "  - type: FileToolsBehavior\n  - type: CommandToolsBehavior\n", p.top)


def plan(check, status="in_progress"):
    return {"calls": [{"name": "update_plan", "args": {"plan": [{"step": "make it", "status": status, "check": check}]}}]}


def call(name, **args):
    return {"calls": [{"name": name, "args": args}]}


def a_check_that_is_green_already_proves_nothing(p):
    p.server([plan("true")] + [call("list_dir", path=".")] * 500 + [{"say": "never told"}] * 5,
             roles={"proves nothing": [{"say": "I see"}]})
    code, ev, err = p.events("-m", "m", "-a", plan_agent(p), "--max-rounds", "600", "go")
    assert sum("proves nothing" in r["raw"] for r in p.requests()) == 1
    assert [e for e in of(ev, "notice") if "green before any work" in e["text"]], of(ev, "notice")
    assert [e for e in of(ev, "notice") if "never seen red" in e["text"]], of(ev, "notice")


def a_check_shows_when_it_turned(p):
    p.server([plan("test -s out.txt")] + [call("list_dir", path=".")] * 400 +
             [call("write_file", path="out.txt", content="x"), plan("test -s out.txt", "completed"), {"say": "done"}, {"say": "done"}])
    code, ev, err = p.events("-m", "m", "-a", plan_agent(p), "--max-rounds", "500", "go")
    told = [e["text"] for e in of(ev, "notice") if e["owner"] == "check"]
    assert code == 0 and any("red, as it should be before the work" in t for t in told), told
    assert "red at round" in told[-1] and told[-1].endswith("green at round 403"), told


def a_check_is_run_before_what_its_own_answer_changes(p):
    p.write("f", "old")
    m = p.playbook("turns:\n  - call:\n      - {tool: update_plan, args: {plan: [{step: s, status: in_progress, check: grep -q new f}]}}\n"
                   "      - {tool: write_file, args: {path: f, content: new}}\n  - say: done\n")
    code, ev, _ = p.events("-m", m, "go")
    told = [e["text"] for e in of(ev, "notice")]
    assert any("red, as it should be before the work" in t for t in told), told
    assert not any("green before any work" in t for t in told), told


def a_check_that_just_began_is_given_a_moment(p):
    p.write("f", "old")
    m = p.playbook("turns:\n  - call: {tool: update_plan, args: {plan: [{step: s, status: in_progress, check: \"sleep 0.3; grep -q new f\"}]}}\n"
                   "  - call: {tool: read_file, args: {path: f}}\n"
                   "  - call: {tool: write_file, args: {path: f, content: new}}\n  - say: done\n")
    code, ev, _ = p.events("-m", m, "go")
    told = [e["text"] for e in of(ev, "notice")]
    assert any("red, as it should be before the work" in t for t in told), told


def a_check_that_is_always_run_tells_its_colour_once(p):
    p.write("n.txt", "0\n")
    p.server([plan("always: grep -q 1 n.txt"), call("write_file", path="n.txt", content="1\n"), call("list_dir", path="."),
              call("run_bash", command="echo 2 > n.txt"), call("write_file", path="other", content="x"),
              plan("always: grep -q 1 n.txt", "failed"), {"say": "no"}])
    p.write("config.yaml", "checks: {share: 100}\n", p.config)
    code, ev, err = p.events("-m", "m", "-a", plan_agent(p), "go")
    last = [json.dumps(r["body"]["messages"][-1]) for r in p.requests()]
    green, red = ([i for i, t in enumerate(last) if f"turned {c}" in t] for c in ("green", "red"))
    assert green == [2] and red == [4], (green, red, last)


def guarded(place, guard):
    """A goal that makes its test green by changing the test."""
    p = place
    p.write("tests/t.sh", "test -s out.txt\n")
    p.write("config.yaml", f"checks: {{guard: {guard}}}\n", p.config)
    p.server([plan("sh tests/t.sh"), call("write_file", path="tests/t.sh", content="true\n"),
              plan("sh tests/t.sh", "completed")] + [{"say": "done"}] * 6)
    code, ev, err = p.events("-m", "m", "-a", plan_agent(p), "go")
    node = [n for n in of(ev, "tree")[-1]["nodes"] if n["title"] == "make it"][0]
    told = [e["text"] for e in of(ev, "notice") if e["owner"] == "check"]
    return code, node, told, of(ev, "tool_result")[2]["result"]


def a_test_that_the_goal_changed_is_named(p):
    code, node, told, result = guarded(p, "tell")
    assert node["state"] == "done" and node["reason"] == "done, but its tests changed: tests/t.sh", node
    line = [t for t in told if "its tests changed: tests/t.sh" in t]
    assert line, told
    kept = line[0].split("as they were: ")[1].rstrip(")")
    assert open(os.path.join(kept, "tests/t.sh")).read() == "test -s out.txt\n"


def a_green_check_after_the_last_change_is_proof(p):
    """Nothing more is asked of a model whose check the harness itself saw green."""
    p.server([plan("grep -q x out.txt"), call("write_file", path="out.txt", content="x"), plan("grep -q x out.txt", "completed"), {"say": "done"}])
    code, ev, err = p.events("-m", "m", "-a", plan_agent(p), "go")
    assert code == 0 and of(ev, "result")[0]["answer"] == "done" and len(p.requests()) == 4, (err, len(p.requests()))


def what_a_check_only_looks_at_is_no_test(p):
    """A file that the goal makes is what its check is about."""
    p.write("out.txt", "")
    p.server([plan("test -s out.txt && grep -q x ./out.txt"), call("write_file", path="out.txt", content="x"),
              plan("test -s out.txt && grep -q x ./out.txt", "completed")] + [{"say": "done"}] * 6)
    code, ev, err = p.events("-m", "m", "-a", plan_agent(p), "go")
    told = [e["text"] for e in of(ev, "notice") if e["owner"] == "check"]
    assert code == 0 and not [t for t in told if "tests changed" in t] and told, told


def a_strict_guard_runs_the_tests_as_they_were(p):
    code, node, told, result = guarded(p, "strict")
    assert node["state"] == "claimed" and node["check_state"] == "red", node
    assert result["checks"][0]["green"] is False and "as they were before" in result["checks"][0]["output"], result
    assert p.read("tests/t.sh") == "true\n", "the workspace is as the goal left it"


def red_check_holds_a_step_back(p):
    m = p.playbook("""turns:
  - call: {tool: decompose_task, args: {subtasks: [{description: make it, check: "test -s out.txt"}, look at it]}}
  - call: {tool: mark_subtask_complete, args: {success: true, reason: surely}}
  - when: {tool: mark_subtask_complete, result: check_failed}
    call: {tool: write_file, args: {path: out.txt, content: real}}
  - call: {tool: mark_subtask_complete, args: {success: true, reason: now really}}
  - call: {tool: mark_subtask_complete, args: {success: true}}
""")
    code, ev, err = p.events("-m", m, "-a", p.seed_agent(), "go")
    assert code == 0, err
    claimed = [t for t in of(ev, "tree") if any(n["state"] == "claimed" for n in t["nodes"])]
    assert claimed, "the unproven step was never shown as claimed"
    last = {n["title"]: n for n in of(ev, "tree")[-1]["nodes"]}
    assert last["make it"]["check_state"] == "green" and last["make it"]["state"] == "done"


def five_lifecycle_events_and_phases(p):
    m = p.playbook("turns:\n  - call: {tool: list_dir, args: {path: .}}\n  - say: fine\n")
    _, ev, _ = p.events("-m", m, "go")
    phases = [e["phase"] for e in of(ev, "phase")]
    for want in ("prepare", "stream", "parse", "execute", "evaluate", "idle"):
        assert want in phases, (want, phases)
    assert len(of(ev, "goal_start")) == 1 and len(of(ev, "round_end")) == 2


def lifecycle(place, *args):
    code, ev, _ = place.events(*args, env={"MIEN_DEBUG": "1"})
    with open(os.path.join(place.state, "mien.log")) as f:
        lines = [l.rsplit("event: ", 1)[1].strip() for l in f if " event: on_" in l]
    os.unlink(os.path.join(place.state, "mien.log"))
    assert len(of(ev, "result")) == 1
    return code, lines


def each_goal_begins_and_ends_once_for_behaviors(p):
    """on_goal_complete comes exactly once: after success, failure, timeout, limit, provider error."""
    good = p.playbook("turns:\n  - call: {tool: list_dir, args: {path: .}}\n  - say: fine\n", "good.yaml")
    slow = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'sleep 50'}}\n", "slow.yaml")
    fail = p.playbook("turns:\n  - call: {tool: mark_subtask_complete, args: {success: false, reason: no}}\n", "fail.yaml")
    down = p.playbook("turns:\n  - fault: {kind: status, status: 401}\n    say: x\n", "down.yaml")
    for args, code, timeouts, tools in ((["-m", good, "go"], 0, 0, 1), (["-m", slow, "--timeout", "1", "go"], 4, 1, 1),
                                        (["-m", fail, "-a", p.seed_agent(), "go"], 1, 0, 1), (["-m", good, "--max-rounds", "1", "go"], 4, 0, 1),
                                        (["-m", down, "go"], 3, 0, 0)):
        got, lines = lifecycle(p, *args)
        assert got == code, (args, got)
        assert lines.count("on_goal_start") == lines.count("on_goal_complete") == 1, (args, lines)
        assert lines[0] == "on_goal_start" and lines[-1] == "on_goal_complete"
        assert lines.count("on_timeout") == timeouts and lines.count("on_tool_call") == tools, (args, lines)


LOOP = """turns:
""" + "  - call: {tool: run_bash, args: {command: 'ls nothing-here'}}\n" * 12 + "  - say: I give up\n"


def loop_headless_shows_tells_and_ends_with_4(p):
    code, ev, _ = p.events("-m", p.playbook(LOOP), "go")
    levels = [e["level"] for e in of(ev, "loop_warning")]
    assert code == 4 and levels[:3] == ["tell", "tell", "tell"] and levels[-1] == "stop", (code, levels)
    assert of(ev, "result")[0]["status"] == "loop"


def loop_needs_no_progress(p):
    turns = "".join(f"  - call: {{tool: write_file, args: {{path: f{i}, content: x}}}}\n"
                    f"  - call: {{tool: run_bash, args: {{command: 'ls nothing-here'}}}}\n" for i in range(8))
    code, ev, _ = p.events("-m", p.playbook("turns:\n" + turns + "  - say: done\n"), "go")
    assert code == 0 and not of(ev, "loop_warning"), of(ev, "loop_warning")


def loop_cycle_is_found(p):
    turns = "  - call: {tool: list_dir, args: {path: .}}\n  - call: {tool: run_bash, args: {command: 'ls none'}}\n" * 6
    code, ev, _ = p.events("-m", p.playbook("turns:\n" + turns + "  - say: done\n"), "go")
    assert any("cycle of 2" in e["text"] for e in of(ev, "loop_warning")), of(ev, "loop_warning")


def volatile_output_counts_as_equal(p):
    turns = "  - call: {tool: run_bash, args: {command: 'date +%N'}}\n" * 7
    code, ev, _ = p.events("-m", p.playbook("turns:\n" + turns + "  - say: done\n"), "go")
    assert any("identical results" in e["text"] for e in of(ev, "loop_warning"))


def rounds_are_limited(p):
    turns = "".join(f"  - call: {{tool: write_file, args: {{path: f{i}, content: x}}}}\n" for i in range(9))
    code, ev, _ = p.events("-m", p.playbook("turns:\n" + turns), "--max-rounds", "4", "go")
    assert code == 4 and of(ev, "result")[0]["status"] == "limit" and of(ev, "result")[0]["rounds"] == 4


def seconds_are_limited_in_the_middle_of_a_command(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'sleep 50'}}\n  - say: late\n")
    code, ev, _ = p.events("-m", m, "--timeout", "1", "go", timeout=20)
    r = of(ev, "result")
    assert code == 4 and len(r) == 1 and r[0]["status"] == "timeout" and r[0]["ms"] < 5000, r


def words_with_open_steps_are_asked_once(p):
    """One reminder; then the words are the end, and the steps are said not to be marked."""
    m = p.playbook("""turns:
  - call: {tool: update_plan, args: {plan: [{step: one, status: completed}, {step: two, status: pending}]}}
  - say: I think it is all fine.
  - say: Really, it works.
""")
    code, ev, _ = p.events("-m", m, "go")
    r = of(ev, "result")[0]
    assert code == 0 and r["status"] == "complete" and r["answer"] == "Really, it works.", r
    assert r["summary"] == "1 step not marked", r
    assert len([e for e in of(ev, "notice") if "reminded" in e["text"]]) == 1


def a_red_check_is_no_end(p):
    m = p.playbook("""turns:
  - call: {tool: update_plan, args: {plan: [{step: one, status: completed, check: "false"}]}}
  - say: Done.
  - say: Really done.
""")
    code, ev, _ = p.events("-m", m, "go")
    r = of(ev, "result")[0]
    assert code == 1 and r["status"] == "unconfirmed" and r["summary"] == "1 check is red", r


def a_plan_that_is_done_is_no_end_after_resuming(p):
    m = p.playbook("""turns:
  - call: {tool: update_plan, args: {plan: [{step: one, status: completed}]}}
  - say: What was done is told.
""")
    code, ev, _ = p.events("-m", m, "--max-rounds", "1", "go")
    assert code == 4, of(ev, "result")
    code, ev, err = p.events("-m", m, "-c")
    assert code == 0 and of(ev, "result")[0]["answer"] == "What was done is told.", (err, of(ev, "result"))


def a_failed_step_is_no_success(p):
    m = p.playbook("""turns:
  - call: {tool: update_plan, args: {plan: [{step: one, status: failed}]}}
  - say: It cannot be done here.
""")
    code, ev, _ = p.events("-m", m, "go")
    r = of(ev, "result")[0]
    assert code == 1 and r["status"] == "failed" and r["answer"] == "It cannot be done here.", r


def the_end_waits_for_what_stands_beside_it(p):
    """A call that ends the goal is taken after the model saw what failed beside it, wherever it stands."""
    agent = p.write("done.yaml", "behaviors:\n  - type: CompactWhenNearFullBehavior\n  - type: CommandToolsBehavior\n", p.top)
    m = p.playbook("""turns:
  - call: [{tool: mark_goal_complete, args: {summary: all green}}, {tool: run_bash, args: {command: exit 3}}]
  - when: {tool: mark_goal_complete, result: "Not taken"}
    call: {tool: run_bash, args: {command: "true"}}
  - call: {tool: mark_goal_complete, args: {summary: now it is}}
""")
    code, ev, err = p.events("-m", m, "-a", agent, "go")
    r = of(ev, "result")
    assert code == 0 and len(r) == 1 and r[0]["summary"] == "now it is", (code, r, err)
    assert [e["ok"] for e in of(ev, "tool_result")] == [False, False, True, True], of(ev, "tool_result")


def an_end_by_a_mark_is_followed_by_words(p):
    m = p.playbook("""turns:
  - call: {tool: mark_subtask_complete, args: {success: true, reason: step}}
  - when: {user: "The goal has ended"}
    say: What was done is told.
""")
    code, ev, err = p.events("-m", m, "-a", p.seed_agent(), "go")
    assert code == 0 and of(ev, "result")[0]["answer"] == "What was done is told.", (err, of(ev, "result"))


def proof_is_asked_once(p):
    """Files changed and nothing was run since: the model is asked what shows the goal, one time."""
    turns = """turns:
  - call: {tool: write_file, args: {path: a, content: x}}
%s  - say: Done.
  - when: {user: "requirement by requirement"}
    say: Done, and shown.
"""
    def end(m, confirm):
        p.write("config.yaml", "finish: {confirm: %s}\n" % confirm, p.config)
        code, ev, err = p.events("-m", p.playbook(m), "go")
        assert code == 0, err
        return of(ev, "result")[0]["answer"], of(ev, "result")[0]["rounds"]
    ran = "  - call: {tool: run_bash, args: {command: \"true\"}}\n"
    assert end(turns % "", "auto") == ("Done, and shown.", 3)
    assert end(turns % ran, "auto") == ("Done.", 3)
    assert end(turns % ran, "always") == ("Done, and shown.", 4)
    assert end(turns % "", "never") == ("Done.", 2)
    red = "  - call: {tool: run_bash, args: {command: \"false\"}}\n"
    assert end(turns % red, "auto") == ("Done, and shown.", 4)


def plan_lists_with_faults_are_refused_whole(p):
    many = ", ".join("{step: s%d, status: pending}" % i for i in range(200))
    for plan, words in (("[]", "is empty"), (f"[{many}]", "at most 50"), ("[{step: a, status: nearly}]", "nearly"),
                        ("[{step: a, status: pending}, {step: a, status: pending}]", "both"), ("[{step: '', status: pending}]", "no text")):
        m = p.playbook("turns:\n  - call: {tool: update_plan, args: {plan: %s}}\n  - say: done\n" % plan)
        code, ev, err = p.events("-m", m, "go")
        r = of(ev, "tool_result")[0]["result"]
        assert not r["success"] and words in r["error"], (words, r)
        assert len(of(ev, "tree")[-1]["nodes"]) == 1, of(ev, "tree")[-1]


def a_subtask_out_of_rounds_is_split_then_left(p):
    p.write("config.yaml", "rounds: {max_per_subtask: 2}\nescalation: {max_approach_retries: 0}\n"
            "hierarchy: {max_depth: 2}\n", p.config)
    work = "".join(f"  - call: {{tool: write_file, args: {{path: f{i}, content: x}}}}\n" for i in range(30))
    m = p.playbook("""turns:
  - call: {tool: decompose_task, args: {subtasks: [one, two]}}
  - when: {user: "took too many rounds"}
    say: '["half a", "half b"]'
""" + work)
    code, ev, err = p.events("-m", m, "-a", p.seed_agent(), "go")
    texts = " ".join(e["text"] for e in of(ev, "notice"))
    assert 'split "one" into 2 steps' in texts, texts
    assert "left" in texts and code == 1, (code, texts)
    report = of(ev, "result")[0]["report"]
    assert "failure_report_" in report and "one" in open(report).read()


def another_approach_is_tried(p):
    p.write("config.yaml", "loop_detection: {max_subtask_repeats: 1}\nescalation: {max_approach_retries: 1}\n", p.config)
    m = p.playbook("""turns:
  - call: {tool: decompose_task, args: {subtasks: [only way]}}
  - call: {tool: mark_subtask_complete, args: {success: false, reason: blocked}}
  - when: {user: "another approach"}
    say: '["the other way", "finish it"]'
  - call: {tool: mark_subtask_complete, args: {success: true}}
  - call: {tool: mark_subtask_complete, args: {success: true}}
""")
    code, ev, err = p.events("-m", m, "-a", p.seed_agent(), "go")
    states = tree_states(ev)
    assert code == 0 and states["the other way"] == "done" and states["only way"] == "skipped", (code, states, err)
    reasons = [n.get("reason", "") for n in of(ev, "tree")[-1]["nodes"] if n["title"] == "only way"]
    assert "another approach" in reasons[0] and "blocked" in reasons[0], reasons


def the_ledger_holds_every_operation(p):
    p.write("src/a.txt", "one\ntwo\n")
    agent = p.write("seed.yaml", "system_prompt: x\nbehaviors:\n  - HierarchicalContextBehavior\n  - FileToolsBehavior\n"
                                 "  - CommandToolsBehavior\n", p.top)
    p.server([{"calls": [{"name": n, "args": a}]} for n, a in (
        ("decompose_task", {"subtasks": ["one", "two"]}), ("list_dir", {"path": "src"}), ("grep_files", {"pattern": "tw."}),
        ("read_file", {"path": "src/a.txt"}), ("read_file", {"path": "none.txt"}), ("nosuch", {"x": "y"}),
        ("write_file", {"path": "b.txt", "content": "x"}), ("run_bash", {"command": "true"}),
        ("mark_subtask_complete", {"success": True, "reason": "done it"}), ("mark_subtask_complete", {"success": True}))]
        + [{"say": "done"}] * 3)
    code, ev, err = p.events("-m", "m", "-a", agent, "--session", "s1", "go")
    assert code == 0, err
    log = [l.split(None, 2)[1:] for l in p.mien("sessions", "log", "s1").stdout.decode().splitlines()]
    acts = [(k, d.split(" → ")[0]) for k, d in log if k not in ("GOAL", "END")]
    assert acts == [("CALL", "decompose_task 2 subtasks"), ("CALL", "list_dir src"), ("CALL", "grep_files tw."),
                    ("READ", "src/a.txt 1-2"), ("CALL", "read_file none.txt"), ("CALL", "nosuch y"), ("WRITE", "b.txt"),
                    ("BASH", "true"), ("CALL", "mark_subtask_complete done it"),
                    ("CALL", "mark_subtask_complete")], acts
    assert any("none.txt → error: " in d for k, d in log), log
    # What a model is shown of it are the changes and commands, as before.
    tail = p.requests()[9]["raw"]
    assert "WRITE" in tail and "CALL" not in tail, tail[-600:]


def history_is_cleared_between_subtasks(p):
    p.server([{"calls": [{"name": "decompose_task", "args": {"subtasks": ["one", "two"]}}]},
              {"say": "MARKER-IN-ONE", "calls": [{"name": "mark_subtask_complete", "args": {"success": True}}]},
              {"calls": [{"name": "mark_subtask_complete", "args": {"success": True}}]}])
    code, ev, err = p.events("-m", "m", "-a", p.seed_agent(), "go")
    assert code == 0, err
    reqs = p.requests()
    assert "MARKER-IN-ONE" not in reqs[2]["raw"] and "GOAL: go" in reqs[2]["raw"]
    assert "[x]" in reqs[2]["raw"] and "two" in reqs[2]["raw"]


def thirty_rounds_keep_the_prefix(p):
    steps = [{"calls": [{"name": "write_file", "args": {"path": f"f{i}", "content": str(i)}}]} for i in range(30)]
    p.server(steps + [{"say": "done"}])
    p.write("config.yaml", "finish: {confirm: never}\n", p.config)
    agent = p.write("long.yaml", "behaviors:\n  - type: HierarchicalContextBehavior\n    params: {history_keep: 100}\n"
                    "  - type: FileToolsBehavior\n  - type: LoopDetectionBehavior\n", p.top)
    code, ev, err = p.events("-m", "m", "-a", agent, "go")
    assert code == 0, err
    reqs = [r["raw"] for r in p.requests()]
    assert len(reqs) == 31
    for before, after in zip(reqs, reqs[1:]):
        messages = json.loads(before)["messages"]
        tail = messages[-1]["content"]
        cut = tail.index("GOAL: go") if "GOAL: go" in tail else 0
        quoted = json.dumps(tail[cut:], ensure_ascii=False)[1:-1]
        at = before.rindex('"content":"')
        stable = before[:at] if cut == 0 else before[:before.rindex(quoted[:8])].rstrip("\\n")
        stable = stable[:stable.rindex("{")] if cut == 0 else stable
        stable = stable.rstrip(",")
        assert len(stable) > len(before) - 2500, "the part that must stay is too small to prove anything"
        assert after.startswith(stable), (len(stable), before[:200])


def first_request_is_small(p):
    p.server([{"say": "hi"}])
    p.events("-m", "m", "hello")
    size = len(p.requests()[0]["raw"])
    assert size <= 4900, size


def prompts_are_the_users_too(p):
    p.write("prompts.yaml", "command_tools.instructions: Use the shell well.\nalone.headless: 'Nobody there.'\n", p.config)
    p.server([{"say": "hi"}])
    code, ev, err = p.events("-m", "m", "hello")
    asked = json.loads(p.requests()[0]["raw"])["messages"][0]["content"]
    assert "Use the shell well." in asked and "run_bash runs in" not in asked and "Nobody there." in asked, asked
    assert "The user sees the plan" not in asked, asked
    assert any("lacks {seconds}" in e["text"] for e in of(ev, "notice")), of(ev, "notice")
    p.write("prompts.yaml", "# mine\ncomand_tools.instructions: x\n", p.config)
    r = p.mien("exec", "-m", "m", "hello")
    assert r.returncode == 2 and b"prompts.yaml:2" in r.stderr and b"command_tools.instructions" in r.stderr, r.stderr


def the_prompt_says_where_it_works(p):
    """Once, in the system prompt, the same in each request."""
    os.makedirs(os.path.join(p.ws, ".git"))
    os.makedirs(os.path.join(p.ws, "a/b"))
    p.write(".git/HEAD", "ref: refs/heads/topic/x\n")
    p.write(".git/MERGE_HEAD", "0" * 40 + "\n")
    p.server([{"calls": [{"name": "list_dir", "args": {"path": "."}}]}, {"say": "hi"}])
    code, ev, err = p.events("-C", os.path.join(p.ws, "a/b"), "-m", "m", "hello")
    assert code == 0, err
    first, second = [r["body"]["messages"][0]["content"] for r in p.requests()]
    where = os.path.realpath(os.path.join(p.ws, "a/b"))
    assert f"Workspace {where} (git topic/x, merging); Linux; 20" in first and "; sandbox " in first, first
    assert first == second and first.count("Workspace " + where) == 1


def the_prompt_says_how_much_is_changed(p):
    """By git, but not where the repository would make git run something."""
    git = lambda *a: subprocess.run(["git", *a], cwd=p.ws, env=p.env(), check=True, capture_output=True)
    git("init", "-q", "-b", "main")
    p.server([{"say": "hi"}] * 4)
    p.write("f", "1")
    git("add", "f")
    git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x")

    def said():
        assert p.mien("exec", "-m", "m", "hello").returncode == 0
        return p.requests()[-1]["body"]["messages"][0]["content"]
    assert "(git main, clean)" in said()
    p.write("f", "22")
    p.write("g", "")
    assert "(git main, 2 files changed)" in said()
    monitor = p.write("monitor", f"#!/bin/sh\ntouch {p.ws}/ran\n")
    os.chmod(monitor, 0o755)
    git("config", "core.fsmonitor", "./monitor")
    assert "(git main)" in said() and not os.path.exists(p.ws + "/ran")


def the_prompt_names_the_files_of_a_small_workspace(p):
    p.write("README.md", "x")
    p.write("src/a.c", "x")
    p.write(".hidden", "x")
    for i in range(300):
        p.write(f"data/{i}", "")
    p.server([{"say": "hi"}])
    p.events("-m", "m", "hello")
    text = p.requests()[0]["body"]["messages"][0]["content"]
    assert " Files: README.md data/ src/{a.c}.\n" in text + "\n", text
    for i in range(300):
        p.write(f"top{i:03}", "")
    p.server([{"say": "hi"}])
    p.events("-m", "m", "hello")
    text = p.requests()[-1]["body"]["messages"][0]["content"]
    assert " and more." in text and len(text[text.index(" Files:"):text.index(" and more.")]) < 650, text
def checkers_say_what_is_new(p):
    agent = p.write("d.yaml", """system_prompt: x
behaviors:
  - FileToolsBehavior
  - type: DiagnosticsBehavior
    params:
      timeout: 1
      checks:
        - {glob: "*.txt", command: "grep -n bad {file}; true"}
        - {glob: "*.txt", command: no-such-checker}
        - {glob: "slow*", command: "sleep 30; echo"}
""", p.top)
    p.server([call("write_file", path="it's.txt", content="good\nbad one\n"),
              call("edit_file", path="it's.txt", edits=[{"old_string": "good", "new_string": "good\ngood\nbad two"}]),
              call("read_file", path="it's.txt"),
              {"calls": [call("write_file", path="a.md", content="bad")["calls"][0],
                         call("write_file", path="slow.c", content="x")["calls"][0]]},
              call("write_file", path="slow.c", content="y")] + [{"say": "done"}] * 3)
    code, ev, err = p.events("-m", "m", "-a", agent, "go")
    assert code == 0, err
    results = [m["content"] for m in json.loads(p.requests()[5]["raw"])["messages"] if m["role"] == "tool"]
    assert results[0].endswith("[new from the checker of it's.txt]\n2:bad one"), results[0]
    assert results[1].endswith("[new from the checker of it's.txt]\n3:bad two"), results[1]
    assert not any("checker" in r for r in results[2:]), results[2:]
    told = [e["text"] for e in of(ev, "notice") if e["owner"] == "DiagnosticsBehavior"]
    assert len(told) == 2 and "no-such-checker" in told[0] and "longer than 1 s" in told[1], told
    assert all(e["ok"] for e in of(ev, "tool_result")), of(ev, "tool_result")


def deferred_tools_are_brought_once(p):
    """Their names stand in the prompt, their schemas come behind the others when they were searched for; the rest stands."""
    p.server([{"calls": [{"name": "tool_search", "args": {"query": "start_server"}}]},
              {"calls": [{"name": "list_servers", "args": {}}]}, {"say": "hi"}])
    p.events("-m", "m", "hello")
    sent = [json.loads(r["raw"]) for r in p.requests()]
    names = [[t["function"]["name"] for t in b["tools"]] for b in sent]
    assert "start_server" not in names[0] and "start_server, stop_server" in sent[0]["messages"][0]["content"], sent[0]
    assert names[1][:len(names[0])] == names[0] and names[1][len(names[0])] == "start_server" and names[2] == names[1], names
    assert sent[1]["messages"][0] == sent[0]["messages"][0]
    answers = [m["content"] for m in sent[2]["messages"] if m["role"] == "tool"]
    assert '"name":"start_server"' in answers[0] and answers[1] == "none was started", answers


def a_model_may_edit_by_patches(p):
    p.write("f.txt", "one\ntwo\n")
    p.server([{"calls": [{"name": "apply_patch", "args": {"input": "*** Begin Patch\n*** Update File: f.txt\n@@\n one\n-two\n+2\n*** End Patch\n"}}]},
              {"say": "hi"}, {"say": "shown"}], extra="    edit: apply_patch\n")
    code, ev, err = p.events("-m", "m", "hello")
    assert code == 0 and p.read("f.txt") == "one\n2\n", (err, of(ev, "tool_result"))
    names = [t["function"]["name"] for t in p.requests()[0]["body"]["tools"]]
    assert "apply_patch" in names and "edit_file" not in names, names


def a_model_may_edit_by_anchors(p):
    p.write("f.txt", "one\r\ntwo\r\nthree")
    p.server([call("read_file", path="f.txt", anchors=True)] + [{"say": "hi"}] * 2, extra="    edit: anchors\n")
    code, ev, err = p.events("-m", "m", "hello")
    text = [m["content"] for m in json.loads(p.requests()[1]["raw"])["messages"] if m["role"] == "tool"][0]
    anchors = [l.split("\t")[0] for l in text.splitlines()[1:]]
    assert [a.split(":")[0] for a in anchors] == ["1", "2", "3"] and all(len(a) == 5 for a in anchors), text
    names = [t["function"]["name"] for t in p.requests()[0]["body"]["tools"]]
    assert "edit_lines" in names and "edit_file" not in names and "apply_patch" not in names, names
    stale = "2:" + ("000" if anchors[1] != "2:000" else "111")
    p.server([call("edit_lines", path="f.txt", edits=[{"from": anchors[0], "text": "1"}, {"from": stale, "text": "2"}]),
              call("edit_lines", path="f.txt", edits=[{"from": anchors[2], "text": "3\n4\n"}, {"from": anchors[0], "to": anchors[1], "text": "1"}]),
              call("edit_lines", path="f.txt", edits=[{"from": "9:abc", "text": "x"}]),
              call("edit_lines", path="f.txt", edits=[{"from": "x", "text": "x"}])] + [{"say": "hi"}] * 3, extra="    edit: anchors\n")
    code, ev, err = p.events("-m", "m", "hello")
    results = [e["result"] for e in of(ev, "tool_result")]
    assert "line 2 is no longer" in results[0]["error"] and anchors[1] in results[0]["error"], results[0]
    assert results[1]["success"] and (results[1]["lines_added"], results[1]["lines_removed"]) == (3, 3), results[1]
    assert "no line 9" in results[2]["error"] and "no anchor" in results[3]["error"], results[2:]
    assert open(os.path.join(p.ws, "f.txt"), "rb").read() == b"1\r\n3\n4", open(os.path.join(p.ws, "f.txt"), "rb").read()


run(globals())
