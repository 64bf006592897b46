"""Behavior modes from end to end: every way to switch, what is sent, what is kept."""
import json
import os
import subprocess

from lib import MIEN, Screen, of, run, wait_for

PRD = """model_list:
  - model_name: m
    litellm_params:
      model: hosted_vllm/test-model
      api_base: http://127.0.0.1:{port}/v1
    model_info: {{max_input_tokens: 32768}}
    compose: path
    behaviors:
      wordplay:
        description: "Focus on creative wordplay and puns"
        route_suffix: "/wordplay"
      formal:
        description: "Use formal, professional language"
        route_suffix: "/formal"
        parameters: {{top_p: 0.5}}
      debug:
        description: "Verbose debugging mode with explanations"
        route_suffix: "/debug"
      terse: {{instructions: "Answer in one line.", parameters: {{top_p: 0.9}}}}
      strict: {{instructions: "Be strict.", excludes: [wordplay], cost: 2}}
      other: {{model_override: other-model}}
      polite: {{lora: {{name: polite-v1, path: /adapters/polite, api: vllm}}}}
"""


def serve(place, steps, **more):
    port = place.server(steps, **more)
    place.write("models.yaml", PRD.format(port=port), place.config)
    return port


def paths(place):
    return [r["path"].replace("/v1", "").replace("/chat/completions", "") for r in place.requests()
            if "tools" in r["body"]]


def look(n=1, then="done"):
    return [{"calls": [{"name": "list_dir", "args": {"path": "."}}]}] * n + [{"say": then}]


def the_prd_as_it_stands(p):
    serve(p, look(0))
    text = p.mien("behavior", "list", "--model", "m").stdout.decode()
    assert [l.split()[0] for l in text.splitlines()][:3] == ["wordplay", "formal", "debug"], text
    code, ev, err = p.events("-m", "m", "-b", "formal", "hello")
    assert code == 0 and paths(p) == ["/formal"], (err, paths(p))
    assert p.requests()[0]["body"]["top_p"] == 0.5
    shown = p.mien("behavior", "show").stdout.decode()
    assert "/v1/formal/chat/completions" in shown and "formal" in shown, shown
    assert p.mien("behavior", "set", "debug").returncode == 0
    assert "* debug" in p.mien("behavior", "list").stdout.decode()
    assert p.mien("behavior", "clear").returncode == 0
    assert "* " not in p.mien("behavior", "list").stdout.decode()
    bad = p.mien("behavior", "set", "formall")
    assert bad.returncode == 2 and b"formal" in bad.stderr, bad


def a_flag_holds_for_its_message(p):
    serve(p, [{"say": "one"}, {"say": "two"}, {"say": "three"}])
    code, ev, _ = p.events("-m", "m", "@formal say hello")
    assert code == 0 and paths(p) == ["/formal"]
    user = [m for m in p.requests()[0]["body"]["messages"] if m["role"] == "user"][0]["content"]
    assert user.startswith("say hello") and "@formal" not in p.requests()[0]["raw"], user
    p.events("-m", "m", "-c", "and now")
    assert paths(p)[1:] == [""], paths(p)
    p.events("-m", "m", "-c", "@@debug from here on")
    code, ev, _ = p.events("-m", "m", "-c", "still")
    assert code in (0, 3) and paths(p)[2:] == ["/debug", "/debug"], paths(p)


def a_wrong_flag_is_not_sent(p):
    serve(p, look(0))
    code, ev, err = p.events("-m", "m", "@formall hello")
    assert code == 2 and "formal" in of(ev, "error")[0]["text"] and not p.requests(), (code, of(ev, "error"))
    p.write("notes", "x")
    code, ev, _ = p.events("-m", "m", "@notes what is in it?")
    assert code == 0 and "@notes what" in p.requests()[0]["raw"]


def modes_compose(p):
    serve(p, [{"say": "x"}] * 5)
    p.events("-m", "m", "-b", "formal+debug", "go")
    assert paths(p) == ["/formal/debug"], paths(p)
    r = p.mien("exec", "-m", "m", "-b", "formal+terse", "go")
    assert r.returncode == 2 and b"top_p" in r.stderr and b"formal" in r.stderr, r
    r = p.mien("exec", "-m", "m", "-b", "strict+wordplay", "go")
    assert r.returncode == 2 and b"strict" in r.stderr and b"wordplay" in r.stderr, r
    assert p.mien("behavior", "set", "formal+terse", "--force").returncode == 0
    code, ev, _ = p.events("-m", "m", "-c", "again")
    body = p.requests()[-1]["body"]
    assert code == 0 and body["top_p"] == 0.9 and paths(p)[-1] == "/formal"
    assert body["messages"][0]["content"].rstrip().endswith("Answer in one line."), body["messages"][0]
    p.events("-m", "m", "-b", "other", "go")
    assert p.requests()[-1]["body"]["model"] == "other-model"


def a_task_carries_its_mode(p):
    serve(p, [
        {"calls": [{"name": "decompose_task", "args": {"subtasks": [
            {"description": "write", "mode": "formal"}, {"description": "check", "mode": "debug"}, "end"]}}]},
        {"calls": [{"name": "mark_subtask_complete", "args": {"success": True}}]},
        {"calls": [{"name": "mark_subtask_complete", "args": {"success": True}}]},
        {"say": "all of it", "calls": [{"name": "mark_subtask_complete", "args": {"success": True}}]}])
    code, ev, err = p.events("-m", "m", "-a", p.seed_agent(), "go")
    assert code == 0 and paths(p) == ["", "/formal", "/debug", ""], (err, paths(p))
    assert [e["active"] for e in of(ev, "mode")][-4:] == ["", "formal", "debug", ""] or \
        "formal" in [e["active"] for e in of(ev, "mode")], of(ev, "mode")
    serve(p, [{"calls": [{"name": "decompose_task", "args": {"subtasks": [
        {"description": "a", "mode": "nosuch"}, "b"]}}]}, {"say": "done"}])
    _, ev, _ = p.events("-m", "m", "-a", p.seed_agent(), "go")
    r = of(ev, "tool_result")[0]["result"]
    assert not r["success"] and "nosuch" in r["error"], r


def a_mode_set_before_there_is_a_session_waits_for_it(p):
    serve(p, look(0) + look(0) + look(0))
    r = p.mien("behavior", "set", "formal", "-m", "m")
    assert r.returncode == 0 and b"next session" in r.stdout, (r.stdout, r.stderr)
    assert "mode     formal" in p.mien("behavior", "show", "-m", "m").stdout.decode()
    assert p.mien("behavior", "set", "nosuch", "-m", "m").returncode == 2
    other = os.path.join(p.top, "other")
    os.mkdir(other)
    code, ev, err = p.events("-m", "m", "-C", other, "elsewhere")
    assert code == 0 and paths(p) == [""], (err, paths(p))
    code, ev, err = p.events("-m", "m", "here")
    assert code == 0 and paths(p) == ["", "/formal"], (err, paths(p))
    assert "* formal" in p.mien("behavior", "list").stdout.decode()  # of the session now
    third = os.path.join(p.top, "third")
    os.mkdir(third)
    assert p.mien("behavior", "set", "debug", "-m", "m", "-C", third).returncode == 0
    assert p.mien("behavior", "clear", "-m", "m", "-C", third).returncode == 0
    code, ev, err = p.events("-m", "m", "-C", third, "there")
    assert paths(p) == ["", "/formal", ""], paths(p)


def the_model_switches_by_name_only(p):
    p.write("switch.yaml", "behaviors: [CompactWhenNearFullBehavior, FileToolsBehavior, ModeSwitchBehavior]\n", p.top)
    serve(p, [
        {"calls": [{"name": "list_behavior_modes", "args": {}}]},
        {"calls": [{"name": "set_behavior_mode", "args": {"mode": "formal", "scope": "session"}}]},
        {"calls": [{"name": "set_behavior_mode", "args": {"mode": "http://evil/x"}}]},
        {"calls": [{"name": "set_behavior_mode", "args": {"mode": "nosuch"}}]},
        {"say": "done"}])
    code, ev, err = p.events("-m", "m", "-a", os.path.join(p.top, "switch.yaml"), "go")
    assert code == 0 and paths(p) == ["", "", "/formal", "/formal", "/formal"], (err, paths(p))
    listed, good, url, unknown = [e["result"] for e in of(ev, "tool_result")]
    assert [m["name"] for m in listed["modes"]][:2] == ["wordplay", "formal"], listed
    assert good["success"] and not url["success"] and not unknown["success"], (good, url, unknown)
    assert "wordplay" in unknown["error"], unknown


def rules_switch_by_themselves_and_the_person_wins(p):
    agent = p.write("auto.yaml", """behaviors:
  - type: HierarchicalContextBehavior
  - type: FileToolsBehavior
  - type: AutoModeBehavior
    params:
      rules:
        - {when: "review|check", mode: debug}
        - {when: "^write", mode: formal}
""", p.top)
    steps = [{"calls": [{"name": "decompose_task", "args": {"subtasks": ["write it", "review it", "rest"]}}]}] + \
        [{"calls": [{"name": "mark_subtask_complete", "args": {"success": True}}]}] * 3
    serve(p, steps)
    code, ev, err = p.events("-m", "m", "-a", agent, "go")
    assert code == 0 and paths(p) == ["", "/formal", "/debug", ""], (err, paths(p))
    serve(p, steps)
    code, ev, err = p.events("-m", "m", "-a", agent, "-b", "wordplay", "go")
    assert paths(p)[4:] == ["/wordplay"] * 4, paths(p)


def questions_of_its_own_use_no_mode_unless_told(p):
    agent = p.write("small.yaml", "system_prompt: mien-test-worker\nbehaviors:\n  - type: CompactWhenNearFullBehavior\n"
                                  "    params: {max_tokens: 3000}\n  - type: FileToolsBehavior\n", p.top)
    p.write("a.txt", "z" * 900 + "\n")
    steps = [{"calls": [{"name": "read_file", "args": {"path": "a.txt"}}]} for i in range(16)] + [{"say": "done"}]
    for config, where in (("", ""), ("llm: {side_behavior: debug}\n", "/debug")):
        p.write("config.yaml", config, p.config)
        serve(p, [], roles={"Summarise this part": [{"say": "- short"}] * 9, "mien-test-worker": steps})
        before = len(p.requests())
        code, ev, err = p.events("-m", "m", "-a", agent, "-b", "formal", "go")
        side = {r["path"] for r in p.requests()[before:] if "tools" not in r["body"]}
        assert code == 0 and side == {f"/v1{where}/chat/completions"}, (err, side)


def a_mode_that_vanished_is_said(p):
    port = serve(p, [{"say": "x"}] * 3)
    p.events("-m", "m", "-b", "formal", "go")
    p.write("models.yaml", PRD.format(port=port).replace("formal:", "formal2:"), p.config)
    code, ev, _ = p.events("-m", "m", "-c", "go on")
    assert code == 0 and paths(p)[-1] == "", paths(p)
    assert any("formal" in n["text"] and "cleared" in n["text"] for n in of(ev, "notice")), of(ev, "notice")


def kill_9_loses_no_mode(p):
    serve(p, [{"calls": [{"name": "run_bash", "args": {"command": "touch began; sleep 600"}}]}, {"say": "x"}])
    s = Screen(p, "-m", "m")
    s.see("›")
    s.type("/behavior set formal")
    s.keys("Enter")
    s.see("formal")
    s.type("work")
    s.keys("Enter")
    wait_for("the command", lambda: os.path.exists(os.path.join(p.ws, "began")))
    held = p.mien("behavior", "show").stdout.decode()
    assert "mode     formal" in held, held
    for pid in os.listdir("/proc"):
        try:
            if f"{p.top}".encode() in open(f"/proc/{pid}/environ", "rb").read() and \
                    open(f"/proc/{pid}/comm").read().strip() == "mien":
                os.kill(int(pid), 9)
        except (OSError, ValueError):
            continue
    wait_for("its end", lambda: "EXIT" in s.text() or "Killed" in s.text())
    assert "* formal" in p.mien("behavior", "list").stdout.decode()
    code, ev, err = p.events("-m", "m", "-c")
    assert paths(p)[-1] == "/formal", (paths(p), err)


def an_adapter_is_loaded_used_and_released(p):
    serve(p, [{"say": "x"}] * 3, post={"/v1/load_lora_adapter": {"ok": True}, "/v1/unload_lora_adapter": {"ok": True}})
    s = Screen(p, "-m", "m")
    s.see("›")
    s.type("/behavior set polite")
    s.keys("Enter")
    wait_for("the adapter loaded", lambda: any("load_lora" in r["path"] for r in p.requests()))
    s.type("hello")
    s.keys("Enter")
    wait_for("the request", lambda: paths(p))
    assert [r for r in p.requests() if "tools" in r["body"]][0]["body"]["model"] == "polite-v1"
    s.see("complete")
    s.type("/behavior clear")
    s.keys("Enter")
    wait_for("the adapter unloaded", lambda: any("unload_lora" in r["path"] for r in p.requests()))
    load = next(r for r in p.requests() if r["path"].endswith("/load_lora_adapter"))
    assert load["body"] == {"lora_name": "polite-v1", "lora_path": "/adapters/polite"}, load


def a_server_without_adapters_says_so(p):
    serve(p, [{"status": 404, "error": "Not Found"}] * 3)
    r = p.mien("exec", "-m", "m", "-b", "polite", "go")
    assert r.returncode == 2 and (b"VLLM_ALLOW_RUNTIME_LORA" in r.stderr or b"lora" in r.stderr.lower()), r


def statistics_compare_modes(p):
    serve(p, [{"say": "a"}, {"say": "b"}, {"say": "c"}, {"say": "d"}])
    p.events("-m", "m", "-b", "formal", "go")
    p.events("-m", "m", "-b", "strict", "go")
    text = p.mien("behavior", "stats").stdout.decode()
    assert "m@formal" in text and "m@strict" in text and "1/1" in text, text
    csv = p.mien("behavior", "stats", "--csv").stdout.decode().splitlines()
    assert csv[0].startswith("kind,name,calls") and all(l.startswith("modes,") for l in csv[1:]), csv
    goals = p.write("goals.txt", "# two of them\nsay one\n", p.top)
    r = p.mien("behavior", "bench", "-m", "m", "--modes", "formal,none", "--goals", goals)
    out = r.stdout.decode()
    assert r.returncode == 0 and "m@formal" in out and "m@none" in out, r
    assert paths(p)[-2:] == ["/formal", ""], paths(p)


def the_session_mode_switched_from_outside(p):
    serve(p, [{"calls": [{"name": "run_bash", "args": {"command": "touch began; until test -e go; do sleep 0.05; done"}}]},
              {"say": "x"}])
    x = subprocess.Popen([MIEN, "exec", "--json", "-m", "m", "work"], cwd=p.ws, env=p.env(),
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    wait_for("the command", lambda: os.path.exists(os.path.join(p.ws, "began")))
    r = p.mien("behavior", "set", "debug")
    assert r.returncode == 0 and b"running session told" in r.stdout, r
    modes = []
    p.write("go", "")
    for line in x.stdout:
        e = json.loads(line)
        if e["type"] == "mode":
            modes.append(e["active"])
    assert x.wait(20) == 0 and modes[-1] == "debug" and paths(p) == ["", "/debug"], (modes, paths(p))


def the_model_changed_while_its_mode_is_in_use(p):
    """The rest of the answer still belongs to the old model's mode."""
    port = serve(p, [{"say": "one two three four five", "pause": 0.2}, {"say": "from the second"}])
    p.write("models.yaml", PRD.format(port=port) + f"""  - model_name: second
    litellm_params: {{model: hosted_vllm/second, api_base: http://127.0.0.1:{port}/v1}}
    model_info: {{max_input_tokens: 32768}}
""", p.config)
    s = Screen(p, "-m", "m", "-b", "formal", size=(120, 40))
    s.see("formal", "›")
    s.type("go")
    s.keys("Enter")
    s.see("two three")
    s.type("/model second ")
    s.keys("Enter")
    s.see("five", "✔ complete")
    assert "second" in s.text().split("\n")[0], s.text()
    s.type("again")
    s.keys("Enter")
    s.see("from the second")
    assert paths(p) == ["/formal", ""], paths(p)
    s.type("/quit ")
    s.keys("Enter")
    s.see("EXIT=0")
    by_mode = p.mien("behavior", "stats", "--csv").stdout.decode()
    assert '"m@formal",1,' in by_mode, by_mode


run(globals())
