"""Commands of the user's own at the events of an agent."""
import json
import os

from lib import of, run

CALLS = """turns:
  - call: {tool: write_file, args: {path: a.txt, content: x}}
  - call: {tool: run_bash, args: {command: "echo hi"}}
  - say: done
"""


def hook(place, text):
    place.write("config.yaml", text, place.config)


def before_tool_blocks_with_its_reason(p):
    hook(p, "hooks:\n  before_tool:\n    - command: 'cat > $0.seen; echo no shell on Fridays >&2; exit 2'\n"
            "      tools: [run_bash]\n".replace("$0", os.path.join(p.top, "hook")))
    code, ev, err = p.events("-m", p.playbook(CALLS), "go")
    wrote, ran = [e["result"] for e in of(ev, "tool_result")]
    assert code == 0 and wrote["success"] and "no shell on Fridays" in ran["error"], (err, wrote, ran)
    seen = json.load(open(os.path.join(p.top, "hook.seen")))
    assert seen["event"] == "before_tool" and seen["tool"] == "run_bash", seen
    assert seen["args"]["command"] == "echo hi" and seen["goal"] == "go" and seen["session"], seen


def each_event_reaches_its_hook(p):
    log = os.path.join(p.top, "log")
    names = ["before_tool", "on_goal_start", "on_tool_call", "on_round_end", "on_goal_complete"]
    hook(p, "hooks:\n" + "".join(f"  {n}: 'cat >> {log}; echo >> {log}'\n" for n in names))
    code, ev, err = p.events("-m", p.playbook(CALLS), "go")
    assert code == 0, err
    told = [json.loads(l) for l in open(log) if l.strip()]
    assert [t["event"] for t in told] == ["on_goal_start", "before_tool", "on_tool_call", "on_round_end",
                                          "before_tool", "on_tool_call", "on_round_end", "on_round_end",
                                          "on_goal_complete"], [t["event"] for t in told]
    assert told[-1]["success"] is True and told[2]["result"]["success"] is True, told


def the_timeout_reaches_its_hook(p):
    log = os.path.join(p.top, "log")
    hook(p, f"hooks: {{on_timeout: 'touch {log}'}}\n")
    p.events("-m", p.playbook("turns:\n  - say: x\n    fault: {kind: stall, after: 1}\n"), "--timeout", "1", "go")
    assert os.path.exists(log)


def failures_are_told_and_change_nothing(p):
    hook(p, "hooks:\n  on_goal_start: 'echo broken >&2; exit 7'\n"
            "  before_tool: {command: 'sleep 60', timeout: 1}\n  on_round_end: no-such-program-here\n")
    code, ev, err = p.events("-m", p.playbook("turns:\n  - call: {tool: list_dir, args: {}}\n  - say: done\n"), "go")
    assert code == 0 and of(ev, "tool_result")[0]["ok"], err
    told = " | ".join(n["text"] for n in of(ev, "notice"))
    assert "on_goal_start failed (7)" in told and "broken" in told and "more than 1 s" in told, told
    assert "no-such-program-here" in told, told


def ones_own_run_in_ones_own_directory(p):
    """A relative name is never the project's, and the place of work is told."""
    hook(p, "hooks: {on_goal_start: './own.sh'}\n")
    for where in (p.ws, p.config):
        p.write("own.sh", f"#!/bin/sh\necho {os.path.basename(where)} $MIEN_WORKSPACE > {p.top}/ran\n", where)
        os.chmod(os.path.join(where, "own.sh"), 0o755)
    code, ev, err = p.events("-m", p.playbook(CALLS), "go")
    assert code == 0 and open(p.top + "/ran").read().split() == [os.path.basename(p.config), p.ws], err


def a_projects_run_as_commands_do_and_beside_ones_own(p):
    """What they run lies where commands write: inside the walls, but for what they say they need."""
    own = p.top + "/own"
    hook(p, f"hooks: {{on_goal_start: 'touch {own}'}}\n")
    out, far = p.top + "/out", p.top + "/far"
    os.makedirs(far)
    p.write(".mien/config.yaml", "hooks:\n  on_goal_start:\n    - './check.sh; touch here'\n"
            f"    - {{command: 'touch {far}/ok; touch {out}', needs: ['path:{far}']}}\n"
            "  before_tool: {command: 'grep -q . /dev/stdin; exit 2', tools: list_dir}\n")
    p.write("check.sh", f"#!/bin/sh\ntouch {out}\n")
    os.chmod(p.ws + "/check.sh", 0o755)
    code, ev, err = p.events("-m", p.playbook("turns:\n  - call: {tool: list_dir, args: {}}\n  - say: x\n"), "--trust", "go")
    assert code == 0 and os.path.exists(own) and os.path.exists(p.ws + "/here"), err
    assert os.path.exists(far + "/ok") and not os.path.exists(out), os.listdir(p.top)
    assert not of(ev, "tool_result")[0]["ok"], ev
    p.write(".mien/config.yaml", "hooks:\n  on_goal_start: {command: x, needs: [moon]}\n")
    r = p.mien("exec", "-m", p.playbook(CALLS), "--trust", "go")
    assert r.returncode == 2 and b"config.yaml:2" in r.stderr and b"moon" in r.stderr, r


def a_wrong_entry_is_named(p):
    for text, word in (("hooks: {on_gaol_start: x}\n", "on_gaol_start"), ("hooks: {before_tool: [{cmd: x}]}\n", "command"),
                       ("hooks: [x]\n", "events"), ("hooks: {before_tool: [{command: x, timeout: 0}]}\n", "600")):
        hook(p, text)
        r = p.mien("exec", "-m", p.playbook(CALLS), "go")
        assert r.returncode == 2 and b"config.yaml:1" in r.stderr and word.encode() in r.stderr, (text, r)


run(globals())
