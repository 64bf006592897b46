"""What a project brings is used only after the user said yes to exactly that."""
import glob
import json
import os
import shutil
import sys

from lib import Screen, answered, of, run

SAY = "turns:\n  - say: hello\n"


def bring(place, theme="mono"):
    place.write(".mien/config.yaml", f"theme: {theme}\nrounds: {{max_global: 3}}\n")
    place.write(".mien/agents/own.yaml", "blurb: Of this project.\nbehaviors: [FileToolsBehavior]\n")
    place.write(".mcp.json", '{"mcpServers": {"fs": {"command": "npx", "args": ["-y", "some-server"]}}}')


def a_script_is_refused_and_told_what(p):
    bring(p)
    m = p.playbook(SAY)
    r = p.mien("exec", "-m", m, "go")
    assert r.returncode == 2 and not r.stdout, r
    err = r.stderr.decode()
    for word in (".mien/config.yaml", ".mien/agents/own.yaml", "fs: npx -y some-server", "--trust"):
        assert word in err, (word, err)
    r = p.mien("exec", "-m", m, "--trust", "-a", "own", "go")
    assert r.returncode == 0 and r.stdout == b"hello\n", r
    assert p.mien("exec", "-m", m, "go").returncode == 2, "--trust holds for one run"


def a_yes_is_remembered_until_something_changes(p):
    bring(p)
    m = p.playbook(SAY)
    s = Screen(p, "-m", m)
    s.see("Trust what", ".mien/agents/own.yaml", "an agent", "npx -y some-server", "[y]")
    s.keys("y", "Enter")
    answered(s)
    s.type("/quit")
    s.keys("Enter")
    s.see("EXIT=0")
    r = p.mien("exec", "-m", m, "-a", "own", "go")
    assert r.returncode == 0 and r.stdout == b"hello\n", r
    bring(p, "dark")
    assert p.mien("exec", "-m", m, "go").returncode == 2
    bring(p)
    assert p.mien("exec", "-m", m, "go").returncode == 0
    p.write(".mien/behaviors/evil.py", "import os\n")
    r = p.mien("exec", "-m", m, "go")
    assert r.returncode == 2 and b"Python code that runs as you" in r.stderr, r


def a_no_starts_without(p):
    bring(p)
    s = Screen(p, "-m", p.playbook(SAY))
    s.see("[y]")
    s.keys("n", "Enter")
    answered(s)
    s.type("/agent own")
    s.keys("Enter")
    s.see("no agent is called")


def the_question_is_asked_on_the_screen(p):
    bring(p)
    for size in ((40, 12), (80, 24)):
        s = Screen(p, "-m", p.playbook(SAY), size=size)
        s.see("Trust what", "[y] yes")
        s.keys("Tab")  # a look behind it
        s.see("Ctrl-T answers")
        s.keys("C-t")
        s.see("[q] quit")
        s.keys("q", "Enter")
        s.see("EXIT=130")
    s = Screen(p, "-m", p.playbook(SAY), size=(80, 24))
    s.see("Trust what")
    s.keys("Escape")  # no
    answered(s)
    s.type("/agent own ")
    s.keys("Enter")
    s.see("no agent is called")


def in_lines_where_there_is_no_screen(p):
    bring(p)
    s = Screen(p, "--inline", "-m", p.playbook(SAY))
    s.see("brings things", "npx -y some-server", "[q] quit:")
    s.type("q")
    s.keys("Enter")
    s.see("EXIT=130")
    assert "nothing this directory brings was used" in open(os.path.join(p.top, "stderr")).read()


def nothing_brought_nothing_asked(p):
    p.write("AGENTS.md", "Be kind.\n")
    assert p.mien("exec", "-m", p.playbook(SAY), "go").returncode == 0


def names_on_the_question_cannot_draw(p):
    os.makedirs(os.path.join(p.ws, ".mien"))
    p.write(".mien/a\x1b[2Jb", "x")
    r = p.mien("exec", "-m", p.playbook(SAY), "go")
    assert r.returncode == 2 and b"\x1b" not in r.stderr, r


def a_project_names_no_shared_objects(p):
    p.write(".mien/config.yaml", "behaviors_path: [/tmp]\n")
    r = p.mien("exec", "-m", p.playbook(SAY), "--trust", "go")
    assert r.returncode == 2 and b"behaviors_path" in r.stderr, r
    p.write(".mien/config.yaml", "files: {secrets: [x]}\n")
    r = p.mien("exec", "-m", p.playbook(SAY), "--trust", "go")
    assert r.returncode == 2 and b"files.secrets" in r.stderr, r


def a_home_is_a_workspace_only_when_meant(p):
    m = p.playbook(SAY)
    for where in (p.home, os.path.dirname(p.home), "/"):
        r = p.mien("exec", "-C", where, "-m", m, "go")
        assert r.returncode == 2 and b"--allow-home" in r.stderr and not r.stdout, (where, r)
    r = p.mien("exec", "-C", p.home, "--allow-home", "-m", m, "go")
    assert r.returncode == 0 and r.stdout == b"hello\n", r
    os.makedirs(os.path.join(p.home, "project"))
    r = p.mien("exec", "-C", os.path.join(p.home, "project"), "-m", m, "go")
    assert r.returncode == 0, r
    for key in "yq":
        s = Screen(p, "-C", p.home, "-m", m)
        s.see("with your home directory in it?", "[y]")
        s.keys(key, "Enter")
        if key == "q":
            s.see("EXIT=130")
        else:
            answered(s)
            s.type("/quit")
            s.keys("Enter")
            s.see("EXIT=0")


def instructions_are_read_from_the_root_down(p):
    """The user's own, the repository's, the nearest last; what leads out is refused with a word."""
    p.write("AGENTS.md", "USER RULE\n", p.config)
    os.makedirs(os.path.join(p.ws, ".git"))
    p.write("AGENTS.md", "ROOT RULE\n")
    p.write("pkg/CLAUDE.md", "PKG RULE\n" * 40)
    p.write("secret.md", "SECRET WORDS\n", p.top)
    os.makedirs(os.path.join(p.ws, "pkg/sub"))
    os.symlink(os.path.join(p.top, "secret.md"), os.path.join(p.ws, "pkg/sub/AGENTS.md"))
    p.server([{"say": "done"}] * 2)
    agent = p.write("i.yaml", "behaviors:\n  - {type: InstructionsBehavior, params: {max_bytes: 200}}\n", p.top)
    code, ev, err = p.events("-C", os.path.join(p.ws, "pkg/sub"), "-m", "m", "-a", agent, "go")
    assert code == 0, err
    shown = "".join(m["content"] for m in p.requests()[0]["body"]["messages"])
    assert shown.count("PKG RULE") == 22 and "[cut after 198 of 360 bytes" in shown, shown
    assert "SECRET" not in shown
    said = [n["text"] for n in of(ev, "notice")]
    assert any("leads out of the project" in t for t in said), said
    assert any("162 of 360 bytes are left out" in t for t in said), said
    agent = p.write("i.yaml", "behaviors:\n  - type: InstructionsBehavior\n", p.top)
    p.events("-C", os.path.join(p.ws, "pkg/sub"), "-m", "m", "-a", agent, "go")
    shown = "".join(m["content"] for m in p.requests()[1]["body"]["messages"])
    places = [shown.index(w) for w in ("USER RULE", "ROOT RULE", "PKG RULE")]
    assert places == sorted(places), shown


def deeper_instructions_and_rules_come_with_the_first_result(p):
    """Behind the result that touches them, once; the prompt's head does not move."""
    p.write("pkg/AGENTS.md", "PKG RULE\n")
    p.write("pkg/deep/a.py", "x\n")
    p.write("b.c", "x\n")
    p.write(".claude/rules/py.md", "---\npaths: [\"**/*.py\"]\n---\nPY RULE\n")
    p.write(".agents/rules/all.md", "ALL RULE\n")
    p.write(".mien/rules/secret.md", "UNTRUSTED RULE\n")
    os.symlink("/etc/passwd", os.path.join(p.ws, ".claude/rules/leak.md"))
    read = lambda f: {"calls": [{"name": "read_file", "args": {"path": f}}]}
    p.server([read("b.c"), read("pkg/deep/a.py"), read("pkg/deep/a.py"), {"say": "done"}] * 2)
    agent = p.write("i.yaml", "system_prompt: x\nbehaviors: [InstructionsBehavior, FileToolsBehavior]\n", p.top)
    os.rename(os.path.join(p.ws, ".mien"), os.path.join(p.ws, "mien-later"))
    code, ev, err = p.events("-m", "m", "-a", agent, "go")
    assert code == 0, err
    results = [m["content"] for m in p.requests()[3]["body"]["messages"] if m["role"] == "tool"]
    assert "ALL RULE" in results[0] and "PY RULE" not in results[0] and "PKG RULE" not in results[0], results[0]
    assert "PY RULE" in results[1] and "PKG RULE" in results[1] and "ALL RULE" not in results[1], results[1]
    assert "RULE" not in results[2] and "root:" not in "".join(results), results
    heads = {r["body"]["messages"][0]["content"] for r in p.requests()[:4]}
    assert len(heads) == 1
    assert any("leads out of the project" in n["text"] for n in of(ev, "notice")), of(ev, "notice")
    os.rename(os.path.join(p.ws, "mien-later"), os.path.join(p.ws, ".mien"))
    code, ev, err = p.events("-m", "m", "-a", agent, "--trust", "go")
    assert "UNTRUSTED RULE" in p.requests()[-1]["raw"], err


def a_link_to_a_key_is_read_by_nobody(p):
    """Not even where the repository's root holds the home, so that nothing leaves it."""
    p.write(".ssh/id_rsa", "KEYBYTES", p.home)
    p.server([{"calls": [{"name": "load_skill", "args": {"name": "y"}}]}, {"say": "x"}, {"say": "x"}])
    os.makedirs(p.top + "/.git")
    os.symlink("home/.ssh/id_rsa", p.top + "/AGENTS.md")
    os.makedirs(p.ws + "/.agents/skills/y")
    os.symlink("../../../../home/.ssh/id_rsa", p.ws + "/.agents/skills/y/SKILL.md")
    r = p.mien("exec", "-m", "m", "hi")
    assert r.returncode == 0 and not any("KEYBYTES" in q["raw"] for q in p.requests()), r.stderr
    assert b"keys or passwords" in r.stderr, r.stderr


def what_would_run_is_shown(p):
    p.write(".mien/config.yaml", "approval: yolo\nsandbox: {level: none}\n\"hooks\":\n  before_tool: ./look.sh --all\n"
            "mcp_servers:\n  x: {command: sh, args: [-c, 'id > out']}\n")
    p.write(".mien/models.yaml", "model_list:\n  - model_name: a\n    litellm_params: {model: openai/x, api_base: 'http://192.0.2.1/v1'}\n")
    p.write(".mien/agents/a.yaml", "behaviors:\n  - {type: McpToolsBehavior, params: {server: {command: evil}}}\n")
    p.write(".mcp.json", '{"mcpServers": {"y": {"command": "npx", "args": ["z"], "env": {"LD_PRELOAD": "./e.so"}}}}')
    err = p.mien("exec", "-m", p.playbook(SAY), "go").stderr.decode()
    for word in ("approval: yolo", "sandbox.level: none", "hooks.before_tool: ./look.sh --all", "command: sh", "id > out",
                 "http://192.0.2.1/v1", "command: evil", "y: LD_PRELOAD=./e.so npx z"):
        assert word in err, (word, err)


def a_server_starts_as_it_was_trusted(p):
    """Its script is content: what a command made of it since does not run."""
    ran = p.top + "/ran"
    shutil.copy(os.path.join(os.path.dirname(__file__), "../servers/mcp_server.py"), p.ws + "/server.py")
    p.write("tool.sh", f"#!/bin/sh\nexec {sys.executable} server.py\n")
    os.chmod(p.ws + "/tool.sh", 0o755)
    p.write(".mcp.json", json.dumps({"mcpServers": {"one": {"command": sys.executable, "args": ["./server.py"]},
                                                    "two": {"command": "./tool.sh"},
                                                    "three": {"command": sys.executable, "args": ["./server.py"], "env": {"LD_PRELOAD": "./e.so"}}}}))
    p.write("e.so", "")
    p.write("f.so", "")
    p.write(".mien/config.yaml", "mcp_servers: {four: {command: x, env: {A: ./f.so}}}\n")
    m = p.playbook(SAY)
    err = p.mien("exec", "-m", m, "go").stderr.decode()
    assert all(f"{name}: a script" in err for name in ("server.py", "tool.sh", "e.so", "f.so")), err
    code, ev, err = p.events("-m", m, "--trust", "go")
    assert code == 0 and "not started" not in err, err
    copy = glob.glob(p.state + "/trusted/*/*")[0]
    p.write("e.so", "x")
    code, ev, err = p.events("-m", m, "--trusted", copy, "go")
    told = err + " ".join(n["text"] for n in of(ev, "notice"))
    assert "e.so is not as it was" in told and "server.py is not" not in told, told
    for name in ("server.py", "tool.sh"):
        p.write(name, f"#!/bin/sh\ntouch {ran}\n")
    code, ev, err = p.events("-m", m, "--trusted", copy, "go")
    told = err + " ".join(n["text"] for n in of(ev, "notice"))
    assert "server.py is not as it was" in told and "tool.sh is not as it was" in told, told
    assert not os.path.exists(ran)


def what_is_shown_cannot_be_forged_nor_cut(p):
    """A line a setting, whatever it holds, and all of them; what runs stands first."""
    p.write(".mien/config.yaml", "theme: \"dark\\nRuns:\\n  nothing\\e[2J\"\n" + "".join(f"{k}: {'x' * 900}\n" for k in ("a", "b", "c", "d", "e", "f")) +
            "hooks: {on_goal_start: [\"one\\ntwo\"]}\n")
    p.write(".mcp.json", json.dumps({"mcpServers": {"y": {"command": "npx", "args": ["a b", "it's"], "cwd": "/srv"},
                                                    "z": {"url": "http://127.0.0.1:1/", "headers": {"X": "v v"}}}}))
    err = p.mien("exec", "-m", p.playbook(SAY), "go").stderr.decode()
    lines = err.splitlines()
    assert lines[1] == "Runs:" and "\x1b" not in err and lines.count("Runs:") == 1, err
    for word in ("y: npx 'a b' 'it'\\''s' (cwd: /srv)", "z: http://127.0.0.1:1/ (header X: 'v v')", "hooks.on_goal_start: one two"):
        assert any(word in l for l in lines[:lines.index("Sets:")]), (word, err)
    assert err.count("x" * 900) == 6
    p.write(".mien/config.yaml", "".join(f"k{i}: 1\n" for i in range(2100)))
    r = p.mien("exec", "-m", p.playbook(SAY), "go")
    assert r.returncode != 0 and b"more than can be looked at" in r.stderr, r


def what_a_command_makes_is_not_trusted(p):
    """A project that was trusted as it is: what appears in it later runs nothing, in a delegate neither."""
    ran = p.top + "/ran"
    server = json.dumps({"mcpServers": {"evil": {"command": "touch", "args": [ran]}}})
    p.write(".mien/config.yaml", "theme: dark\n")
    command = f"printf '%s' '{server}' > .mcp.json; mkdir sub sub/.mien; printf 'hooks: {{on_goal_start: touch {ran}}}' > sub/.mien/config.yaml"
    call = lambda where: {"tool": "delegate_to_worker", "args": {"task_description": "x", "workspace": where}}
    p.write("agents/boss.yaml", "can_delegate_to: [worker]\nbehaviors: [CompactWhenNearFullBehavior, CommandToolsBehavior, DelegationBehavior]\n", p.config)
    worker = p.playbook("turns:\n  - say: done\n", "worker.yaml")
    p.write("agents/worker.yaml", f"blurb: Works.\nmodel: {worker}\nbehaviors: [CompactWhenNearFullBehavior, CommandToolsBehavior]\n", p.config)
    m = p.playbook("turns:\n" + "".join("  - call: " + json.dumps(c) + "\n" for c in (
        {"tool": "run_bash", "args": {"command": command}}, call("."), call("sub"))) + "  - say: done\n")
    code, ev, err = p.events("-m", m, "-a", "boss", "--trust", "go")
    results = [e["result"] for e in of(ev, "tool_result")]
    assert len(results) == 3 and os.path.exists(p.ws + "/.mcp.json") and "session" in results[2], results
    assert not os.path.exists(ran), results


run(globals())
