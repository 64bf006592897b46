"""mien exec as scripts use it: formats, exit codes, standard input, signals; and bad input."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from lib import MIEN, of, run, wait_for

SAY = "turns:\n  - say: forty-two\n"


def text_json_and_stream(p):
    m = p.playbook(SAY)
    assert p.mien("exec", "-m", m, "q").stdout == b"forty-two\n"
    j = json.loads(p.mien("exec", "-m", m, "--output-format", "json", "q").stdout)
    assert j["type"] == "result" and j["answer"] == "forty-two" and j["success"]
    code, ev, _ = p.events("-m", m, "q")
    assert code == 0 and ev[-1]["type"] in ("phase", "round_end", "result", "catalog") and of(ev, "result")
    assert p.mien("exec", "-m", m, "--output-format", "yaml", "q").returncode == 2


def answer_file(p):
    assert p.mien("-p", "-m", p.playbook(SAY), "-o", "out.txt", "q").returncode == 0
    assert p.read("out.txt") == "forty-two"


def goal_from_stdin_only_when_asked(p):
    m = p.playbook("turns:\n  - say: 'you said {user}'\n")
    r = subprocess.run([MIEN, "-p", "-m", m, "-"], cwd=p.ws, env=p.env(), input=b"hello there\n", capture_output=True, timeout=30)
    assert r.stdout == b"you said hello there\n", r
    a, b = os.pipe()  # inherited, silent, never closed: must not be waited for
    try:
        assert p.mien("-p", "-m", m, "words", stdin=a, timeout=20).stdout == b"you said words\n"
    finally:
        os.close(a)
        os.close(b)
    assert p.mien("-p", "-m", m, "-").returncode == 2
    assert p.mien("-p", "-m", m).returncode == 2


def interrupt_ends_130_cleanly(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'sleep 60 & sleep 61'}}\n")
    r = subprocess.Popen([MIEN, "exec", "--json", "-m", m, "go"], cwd=p.ws, env=p.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = []
    while True:
        lines.append(json.loads(r.stdout.readline()))
        if lines[-1]["type"] == "phase" and lines[-1].get("detail", "").startswith("sleep"):
            break
    began = time.monotonic()
    r.send_signal(signal.SIGINT)
    rest = r.communicate(timeout=20)[0].decode().splitlines()
    assert r.returncode == 130 and time.monotonic() - began < 5
    results = [e for e in map(json.loads, rest) if e["type"] == "result"]
    assert len(results) == 1 and results[0]["status"] == "cancelled"
    wait_for("children gone", lambda: not subprocess.run(["pgrep", "-f", "sleep 6[01]$"], capture_output=True).stdout)


def interrupt_a_hanging_stream_within_200_ms(p):
    p.server([{"say": "a b c d", "fault": "stall", "after": 3}])
    r = subprocess.Popen([MIEN, "exec", "--json", "-m", "m", "go"], cwd=p.ws, env=p.env(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while json.loads(r.stdout.readline())["type"] != "text":
        pass
    began = time.monotonic()
    r.send_signal(signal.SIGINT)
    while json.loads(r.stdout.readline())["type"] != "result":
        pass
    took = time.monotonic() - began
    r.communicate(timeout=20)
    assert r.returncode == 130 and took < 0.2, took


def configuration_errors_say_where(p):
    cases = [
        ("config.yaml", "modle: x\n", "config.yaml:1", "model"),
        ("config.yaml", "rounds:\n  max_per_subtask: many\n", "config.yaml:2", "whole number"),
        ("config.yaml", "a: [1,\n", "config.yaml:", ""),
        ("config.yaml", "approval: sometimes\n", "config.yaml:1", "ask|auto|never|yolo"),
        ("config.yaml", "behavior_defaults:\n  LoopDetectionBehaviour: {}\n", "config.yaml:2", "LoopDetectionBehavior"),
        ("config.yaml", "behavior_defaults:\n  LoopDetectionBehavior: {max_repeat: 3}\n", "config.yaml:2", "max_repeats"),
        ("config.yaml", "theme: x\ntheme: y\n", "config.yaml:2", "twice"),
        ("agents/mine.yaml", "behaviors:\n  - type: FileTools\n", "mine.yaml:2", "FileToolsBehavior"),
        ("agents/mine.yaml", "behaviors:\n  - type: FileToolsBehavior\n  - type: FileToolsBehavior\n", "mine.yaml:3", "twice"),
        ("agents/mine.yaml", "behaviors:\n  - type: LoopDetectionBehavior\n    params: {max_repeats: no}\n", "mine.yaml:3", "whole number"),
        ("agents/mine.yaml", "behaviours: []\n", "mine.yaml:1", "behaviors"),
        ("models.yaml", "model_list: {}\n", "models.yaml:1", "list"),
        ("models.yaml", "model_list:\n  - model_name: x\n", "models.yaml:2", "litellm_params"),
        ("models.yaml", "model_list:\n  - model_name: x\n    litellm_params: {model: opnai/y}\n", "models.yaml:", "openai"),
    ]
    for name, text, where, what in cases:
        path = p.write(name, text, p.config)
        args = ["-a", "mine"] if name.startswith("agents") else []
        m = "playbook/tour" if not name.startswith("models") else "x"
        r = p.mien("-p", "-m", m, *args, "go")
        os.unlink(path)
        err = r.stderr.decode()
        assert r.returncode == 2 and where in err and what in err, (text, r.returncode, err)


def usage_errors_exit_2(p):
    for args, word in ((["--modle", "x"], "--model"), (["--max-rounds", "x"], "whole number"), (["-m"], "NAME"), (["-Z"], "-Z"),
                       (["-p", "-a", "task_executer", "go"], "task_executor"), (["-p", "-C", "/no/where", "go"], "/no/where"),
                       (["behavior", "sett"], "usage"), (["-p", "-m", "playbook/none.yaml", "go"], "none.yaml"),
                       (["-p", "-c", "go"], "no session")):
        r = p.mien(*args)
        assert r.returncode == 2 and word in r.stderr.decode(), (args, r)
    assert p.mien("--help").returncode == 0 and p.mien("--version").stdout.startswith(b"mien ")


def playbook_slip_is_named(p):
    r = p.mien("-p", "-m", p.playbook("turns:\n  - sai: x\n"), "go")
    assert r.returncode in (2, 3) and b"play.yaml:2" in r.stderr, r


def wrong_paths_are_refused(p):
    os.symlink("/etc/shadow", os.path.join(p.ws, "out"))
    os.symlink("..", os.path.join(p.ws, "up"))
    os.mkfifo(os.path.join(p.ws, "pipe"))
    p.write("bin", b"\0\1\2ELF")
    with open(os.path.join(p.ws, "huge"), "wb") as f:
        f.truncate(2 << 30)
    p.write("wide.txt", "x" * 300000)
    os.symlink(os.path.join(p.home, ".ssh"), os.path.join(p.ws, "keys"))
    os.makedirs(os.path.join(p.home, ".ssh"))
    with open(os.path.join(p.home, ".ssh/id"), "w") as f:
        f.write("PRIVATE")
    names = ["../x", "out", "pipe", "/dev/zero", "bin", "huge", ".", "~/.ssh/id", "keys/id", "/proc/self/environ", "/etc/shadow"]
    calls = "".join(f"  - call: {{tool: read_file, args: {{path: '{n}'}}}}\n" for n in names)
    writes = "".join(f"  - call: {{tool: write_file, args: {{path: '{n}', content: x}}}}\n"
                     for n in ("../evil", "up/evil", "out", "pipe", ".git/hooks/post-checkout", ".mien/config.yaml", "/tmp/evil"))
    rest = "  - call: {tool: read_file, args: {path: wide.txt}}\n"
    code, ev, _ = p.events("-m", p.playbook("turns:\n" + calls + writes + rest + "  - say: ok\n"), "go")
    results = of(ev, "tool_result")
    assert code == 0 and len(results) == len(names) + 8
    for name, e in zip(names + ["w"] * 7, results):
        assert not e["ok"] and e["result"]["error"], (name, e)
    assert results[-1]["result"]["truncated"] and len(results[-1]["result"]["content"]) <= 50000
    assert not os.path.exists(os.path.join(p.top, "evil")) and open("/etc/passwd").read(4) != "x"


def reads_leave_the_workspace_only_when_they_may(p):
    """Nothing is written outside, nothing secret is read, by whatever name; read_outside: false is the seed's rule."""
    outside = os.path.join(p.top, "beside/notes.txt")
    os.makedirs(os.path.dirname(outside))
    open(outside, "w").write("from beside\n")
    os.symlink(outside, os.path.join(p.ws, "link"))
    calls = [("read_file", "path: " + outside), ("read_file", "path: ../beside/notes.txt"), ("read_file", "path: link"),
             ("list_dir", "path: ../beside"), ("grep_files", "pattern: from, path: ../beside"), ("glob", "pattern: '*.txt', path: ../beside")]
    m = p.playbook("turns:\n" + "".join(f"  - call: {{tool: {t}, args: {{{a}}}}}\n" for t, a in calls) + "  - say: ok\n")
    _, ev, _ = p.events("-m", m, "go")
    r = [e["result"] for e in of(ev, "tool_result")]
    assert all(x["success"] for x in r) and "from beside" in r[2]["content"] and r[4]["match_count"] == r[5]["count"] == 1, r
    p.write("config.yaml", "files: {read_outside: false}\n", p.config)
    _, ev, _ = p.events("-m", m, "go")
    assert [e["ok"] for e in of(ev, "tool_result")] == [False] * 6, of(ev, "tool_result")


def a_long_output_is_kept_whole_and_frames_are_not(p):
    m = p.playbook("""turns:
  - call: {tool: run_bash, args: {command: "seq 1 20000; printf '\\rat 1%%\\rat 100%%\\n'"}, as: long}
  - call: {tool: grep_files, args: {pattern: "^1234[0-9]$", path: "{long.output_file}"}}
  - call: {tool: run_bash, args: {command: "sleep 300 & echo early"}}
  - say: ok
""")
    since = time.monotonic()
    _, ev, _ = p.events("-m", m, "go")
    r = [e["result"] for e in of(ev, "tool_result")]
    assert r[0]["output"].endswith("at 100%\n") and "at 1%" not in r[0]["output"] and "left out" in r[0]["output"], r[0]["output"][-200:]
    assert r[1]["match_count"] == 10, r[1]
    assert r[2]["output"] == "early\n" and time.monotonic() - since < 60, r[2]


def commands_are_confined(p):
    p.write("mark", "x")
    p.write(".ssh/id", "SECRET", p.home)
    m = p.playbook("""turns:
  - call: {tool: run_bash, args: {command: "echo out > ../outside; cat $HOME/.ssh/id; env | grep -c CANARY; echo in > inside; kill -0 $PPID; true"}}
  - say: ok
""")
    code, ev, _ = p.events("-m", m, "go", env={"CANARY_KEY": "secret"})
    level = of(ev, "session_start")[0]["sandbox"]
    if level == "none":
        return
    out = of(ev, "tool_result")[0]["result"]["output"]
    assert not os.path.exists(os.path.join(p.top, "outside")) and "SECRET" not in out, out
    assert os.path.exists(os.path.join(p.ws, "inside"))


def policies_headless(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'touch made'}}\n  - say: ok\n")
    p.write("config.yaml", "sandbox: {level: none}\n", p.config)
    for policy, ran in (("auto", False), ("never", False), ("yolo", True)):
        code, ev, _ = p.events("-m", m, "--approval", policy, "go")
        r = of(ev, "tool_result")[0]
        assert code == 0 and r["ok"] == ran and os.path.exists(os.path.join(p.ws, "made")) == ran, (policy, r)
    reads = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'ls | wc -l'}}\n  - say: ok\n")
    assert of(p.events("-m", reads, "go")[1], "tool_result")[0]["ok"]
    assert p.mien("-p", "-m", m, "--require-sandbox", "go").returncode == 2


def whitelist_sees_every_command(p):
    agent = p.write("a.yaml", "behaviors:\n  - type: CommandToolsBehavior\n    params: {whitelist: [ls, wc]}\n", p.top)
    bad = ["rm x", "ls; rm x", "ls && rm x", "ls | sh", "$(rm x)", "ls `rm x`", "A=1 rm x", "ls > f", "ls\\nrm x", "(rm x)", "if ls; then rm x; fi", "./ls", "ls & rm x"]
    turns = "".join(f'  - call: {{tool: run_bash, args: {{command: "{c}"}}}}\n' for c in bad)
    turns += "  - call: {tool: run_bash, args: {command: ls | wc}}\n  - say: ok\n"
    _, ev, _ = p.events("-m", p.playbook("turns:\n" + turns), "-a", agent, "go")
    results = of(ev, "tool_result")
    for c, e in zip(bad, results):
        assert not e["ok"] and "ls, wc" in e["result"]["error"], (c, e)
    assert results[-1]["ok"]


def a_timed_out_command_leaves_nothing(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'echo early; setsid sleep 71 & sleep 72', timeout: 1}}\n  - say: ok\n")
    _, ev, _ = p.events("-m", m, "go")
    r = of(ev, "tool_result")[0]["result"]
    assert "timed out" in r["error"] and r["output"] == "early\n" and r["returncode"] == -1, r
    wait_for("children gone", lambda: not subprocess.run(["pgrep", "-f", "sleep 7[12]$"], capture_output=True).stdout)


def large_output_is_kept_head_and_tail(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'seq 1 300000'}}\n  - say: ok\n")
    _, ev, _ = p.events("-m", m, "go")
    r = of(ev, "tool_result")[0]["result"]
    assert r["output"].startswith("1\n2\n") and r["output"].endswith("300000\n") and "left out" in r["output"]
    assert len(r["output"]) < 20000


def edit_file_says_where_it_nearly_stands(p):
    p.write("t.c", "int main(void)\n{\n    return 1;\n}\n")
    m = p.playbook("""turns:
  - call: {tool: edit_file, args: {path: t.c, old: "   return  1;", new: "    return 0;"}}
  - call: {tool: edit_file, args: {path: t.c, old: "    return 1;", new: "    return 0;"}}
  - call: {tool: read_file, args: {path: t.c, start_line: 3, end_line: 3}}
  - call: {tool: grep_files, args: {pattern: "ret[u]rn", files: "*.c"}}
  - say: ok
""")
    _, ev, _ = p.events("-m", m, "go")
    r = [e["result"] for e in of(ev, "tool_result")]
    assert r[0]["nearest_line"] == 3 and "return 1;" in r[0]["nearest_text"], r[0]
    assert r[1]["success"] and r[2]["content"] == "    return 0;\n" and r[3]["matches"] == ["t.c:3:    return 0;"]


def a_file_changed_behind_the_models_back(p):
    p.write("f", "one\n")
    m = p.playbook("""turns:
  - call: {tool: read_file, args: {path: f}}
  - call: {tool: run_bash, args: {command: "echo two > f"}}
  - call: {tool: write_file, args: {path: f, content: three}}
  - say: ok
""")
    _, ev, _ = p.events("-m", m, "--approval", "yolo", "go")
    assert "changed since you read it" in of(ev, "tool_result")[2]["result"]["error"] and p.read("f") == "two\n"


def read_only_home_and_state(p):
    if os.geteuid() == 0:
        p.write("state", "a file where a directory should be", p.top)
    else:
        os.makedirs(p.state)
        os.chmod(p.state, 0o500)
    r = p.mien("-p", "-m", p.playbook(SAY), "go")
    assert r.returncode == 0 and r.stdout == b"forty-two\n" and b"not saved" in r.stderr, r


def disk_full_runs_nothing_unrecorded(p):
    """A tiny file system over the state directory, where namespaces allow one."""
    m = p.playbook("turns:\n" + "  - call: {tool: run_bash, args: {command: ls}}\n    say: '" + "words " * 20000 + "'\n" * 1 + "  - say: finished\n")
    script = f"mkdir -p {p.state} && mount -t tmpfs -o size=64k none {p.state} && exec {MIEN} exec --json -m {m} go"
    r = subprocess.run(["unshare", "-rm", "sh", "-c", script], cwd=p.ws, env=p.env(), capture_output=True, timeout=60)
    if b"unshare" in r.stderr or b"mount:" in r.stderr:
        print("# skipped: no user namespace here")
        return
    ev = [json.loads(l) for l in r.stdout.decode().splitlines()]
    # What is not recorded does not run where nobody sees a warning.
    assert r.returncode == 2 and of(ev, "result")[0]["status"] == "config", r.stderr
    assert not of(ev, "tool_call") and any("cannot be written" in e["text"] for e in of(ev, "error")), ev


def corrupt_session_is_named_and_left(p):
    m = p.playbook(SAY)
    assert p.mien("-p", "-m", m, "--session", "s1", "go").returncode == 0
    db = os.path.join(p.state, "sessions/s1.db")
    with open(db, "r+b") as f:
        f.write(b"garbage" * 100)
    before = open(db, "rb").read()
    r = p.mien("-p", "-m", m, "-r", "s1", "more")
    assert r.returncode == 2 and b"damaged" in r.stderr and open(db, "rb").read() == before, r
    assert p.mien("-p", "-m", m, "fresh").returncode == 0
    r = p.mien("sessions", "repair", "s1")
    assert r.returncode == 0 and b"messages" in r.stdout and open(db + ".damaged", "rb").read() == before, r
    assert p.mien("-p", "-m", m, "-r", "s1", "more").returncode == 0
    r = p.mien("sessions", "repair", "s1")
    assert r.returncode == 0 and b"is whole" in r.stdout, r


def newer_format_is_left_alone(p):
    import sqlite3
    m = p.playbook(SAY)
    p.mien("-p", "-m", m, "--session", "s1", "go")
    c = sqlite3.connect(os.path.join(p.state, "sessions/s1.db"))
    c.execute("PRAGMA user_version=99")
    c.commit()
    c.close()
    r = p.mien("-p", "-m", m, "-r", "s1", "more")
    assert r.returncode == 2 and b"newer" in r.stderr


def listings_work(p):
    p.mien("-p", "-m", p.playbook(SAY), "--session", "s1", "find me")
    for args, word in ((["behaviors", "list"], "LoopDetectionBehavior"), (["behaviors", "show", "FileToolsBehavior"], "read_file"),
                       (["agents", "list"], "task_executor"), (["agents", "show", "task_executor"], "HierarchicalContextBehavior"),
                       (["models", "list"], "playbook/tour"), (["models", "show", "playbook/tour"], "playbook"),
                       (["sessions", "list"], "find me"), (["sessions", "search", "FIND"], "s1"), (["sessions", "show", "s1"], "forty-two"),
                       (["sessions", "export", "s1"], "goal_start"), (["sessions", "log", "s1"], "GOAL     find me"), (["config"], "rounds.max_per_subtask"), (["doctor"], "sandbox"), (["doctor"], "library    libcurl.so.4")):
        r = p.mien(*args)
        assert r.returncode == 0 and word in r.stdout.decode(), (args, r)
    assert p.mien("sessions", "rm", "s1").returncode == 0 and b"s1" not in p.mien("sessions", "list").stdout


def config_tells_origins(p):
    p.write("config.yaml", "nudges: 5\n", p.config)
    out = p.mien("config", env={"MIEN_MODEL": "m1"}).stdout.decode()
    row = {l.split()[0]: l for l in out.splitlines()}
    assert "config.yaml:1" in row["nudges"] and "MIEN_MODEL" in row["model"] and "built-in" in row["theme"]


def a_bad_configuration_ends_each_subcommand_with_2(p):
    bad = p.write("bad.yaml", "rounds: {max_per_subtask: none}\n", p.top)
    for words in (["config"], ["agents", "list"], ["sessions", "list"], ["behaviors", "show", "x"]):
        r = p.mien("--config", bad, *words)
        assert r.returncode == 2 and b"bad.yaml:1" in r.stderr, (words, r)


def a_stop_before_the_goal_begins_stops_it(p):
    m = p.playbook("turns:\n  - say: never\n")
    r = subprocess.run([MIEN, "exec", "--json", "--ask", "stdin", "-m", m, "-"], cwd=p.ws, env=p.env(),
                       input=b'{"goal":"go"}\n{"request":"stop"}\n', capture_output=True, timeout=20)
    result = [json.loads(l) for l in r.stdout.splitlines() if b'"type":"result"' in l]
    assert len(result) == 1 and result[0]["status"] in ("cancelled", "complete"), r
    assert r.returncode in (130, 0), r


def subcommands(place):
    """Each subcommand of the table alone, with each word of its usage, and what it takes to say something."""
    place.server([])
    m = place.playbook(SAY)
    rows = [l.split("\t")[1] for l in place.mien("reference").stdout.decode().splitlines() if l.startswith("subcommand\t")]
    assert len(rows) > 5
    env = {"MIEN_MODEL": m, "MIEN_SESSION": "s1", "OPENAI_API_KEY": None}
    assert place.mien("-p", "--session", "s1", "go", env=env).returncode == 0
    needs = {"agents show": ["task_executor"], "behaviors show": ["FileToolsBehavior"], "models show": ["m"], "sessions show": ["s1"],
             "sessions export": ["s1"], "sessions search": ["go"], "behaviors new": ["--lang", "python", "MineBehavior"], "exec": ["go"],
             "proxy": ["--listen", "127.0.0.1:0"]}
    for usage in rows:
        name, *rest = usage.split()
        verbs = re.findall(r"(?<![A-Za-z-])[a-z]+(?![A-Za-z])", " ".join(rest))
        for words in [name], *([name, v] for v in verbs), [name, "--help"]:
            yield name, words + needs.get(" ".join(words), []), env


def says_something(place, words, env):
    """One that serves does not end by itself: its first bytes are enough."""
    r = subprocess.Popen([MIEN, *words], cwd=place.ws, env=place.env(**env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    first = r.stdout.read(1)
    r.terminate()
    r.communicate(timeout=20)
    return first != b""


def what_cannot_be_written_ends_with_5(p):
    spoke, names = set(), set()
    for name, words, env in subcommands(p):
        names.add(name)
        if not says_something(p, words, env):
            continue
        spoke.add(name)
        shutil.rmtree(os.path.join(p.ws, "mine"), ignore_errors=True)
        with open("/dev/full", "w") as full:
            r = subprocess.run([MIEN, *words], cwd=p.ws, env=p.env(**env), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=30)
        told = [l for l in r.stderr.decode().splitlines() if "standard output" in l]
        assert r.returncode == 5 and len(told) == 1 and "No space left" in told[0], (words, r)
        shutil.rmtree(os.path.join(p.ws, "mine"), ignore_errors=True)
    assert spoke == names, names - spoke
    for words in ["--version"], ["exec", "--json", "-m", p.playbook(SAY), "go"], ["config"]:
        r = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", MIEN, *words], cwd=p.ws, env=p.env(), capture_output=True, timeout=30)
        assert r.returncode == 5 and b"standard output" in r.stderr, (words, r)


def an_answer_file_that_cannot_be_written_ends_with_5(p):
    r = p.mien("-p", "-m", p.playbook(SAY), "-o", "/no/where/out", "q")
    assert r.returncode == 5 and b"/no/where" in r.stderr, r


def a_goal_whose_reader_left_stops(p):
    """Without a stop the second command would run for a minute, then the third leave its mark."""
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'sleep 73'}}\n  - call: {tool: run_bash, args: {command: 'touch late'}}\n  - say: x\n")
    for form in ["--json"], ["--output-format", "text"]:
        r = subprocess.Popen([MIEN, "exec", *form, "-m", m, "go"], cwd=p.ws, env=p.env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for("the command", lambda: subprocess.run(["pgrep", "-f", "sleep 73$"], capture_output=True).stdout)
        began = time.monotonic()
        r.stdout.close()
        err = r.stderr.read()
        assert r.wait(20) == 5 and b"Broken pipe" in err and time.monotonic() - began < 10, (r.returncode, err)
        assert not os.path.exists(os.path.join(p.ws, "late"))
        r.stderr.close()


def the_user_says_which_tools_there_are(p):
    p.server([{"calls": [{"name": "run_bash", "args": {"command": "echo x >made"}}]}, {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "--tools", "read_file,*_server", "go")
    names = [t["function"]["name"] for t in json.loads(p.requests()[0]["raw"])["tools"]]
    assert code == 0 and names == ["read_file", "start_server", "stop_server", "check_server"], (names, err)
    refused = of(ev, "tool_result")[0]["result"]
    assert not os.path.exists(os.path.join(p.ws, "made")), "it ran"
    assert "the user switched run_bash off" in refused["error"] and "read_file" in refused["error"], refused
    code, ev, err = p.events("-m", "m", "--tools", "read_file,wirte_file", "go")
    assert code == 2 and "wirte_file" in err, err


RAW = "\x1b]0;T\x07\x1b]52;c;QQ==\x07\x1b[2J\x1b[?1049h\u009b2J\u202e\rX"


def what_others_name_is_printed_clean(p):
    def clean(what, *args, has):
        r = p.mien(*args)
        out = (r.stdout + r.stderr).decode()
        bad = [c for c in out if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or c == "\u202e"]
        assert has in out and not bad, (what, bad, out)

    answer = json.dumps("answered " + RAW)
    m = p.playbook(f"turns:\n  - say: {answer}\n")
    assert p.mien("exec", "-m", m, "titled " + RAW).returncode == 0
    sid = p.mien("sessions", "list").stdout.split()[0].decode()
    p.write("agents/odd.yaml", f"description: {json.dumps('about ' + RAW)}\nsystem_prompt: {json.dumps('told ' + RAW)}\n", p.config)
    clean("list", "sessions", "list", has="titled")
    clean("search", "sessions", "search", "titled", has="titled")
    clean("show", "sessions", "show", sid, has="answered")
    clean("stats", "sessions", "stats", sid, has="")
    clean("agents", "agents", "list", has="about")
    clean("agent", "agents", "show", "odd", has="told")
    for args in (("sessions", "show", "none" + RAW), ("--odd" + RAW,), ("agents", "show", "none" + RAW), ("exec", "-m", "none" + RAW, "x"),
                 ("exec", "-C", "/none" + RAW, "x"), ("models", "show", "none" + RAW), ("exec", "--set", "odd" + RAW + "=1", "x")):
        clean("fault", *args, has="mien: ")


def a_server_that_dies_is_told_once(p):
    p.server([{"status": 401, "error": "401 the key is wrong"}])
    r = p.mien("exec", "-m", "m", "hello")
    lines = [l for l in r.stderr.decode().splitlines() if "401" in l]
    assert r.returncode == 3 and len(lines) == 1, r.stderr.decode()
    assert "the goal ended: error" in r.stderr.decode(), r.stderr.decode()


def two_policies_are_an_error(p):
    for words, named in ((["--plan", "--yolo"], "--plan and --yolo"), (["--approval", "ask", "--plan"], "--approval ask and --plan")):
        r = p.mien("exec", *words, "-m", "playbook/tour", "hello")
        assert r.returncode == 2 and named in r.stderr.decode(), r
    assert p.mien("exec", "--plan", "--approval", "plan", "-m", p.playbook("turns: [{say: hi}]"), "hello").returncode == 0


class Driven:
    """mien exec with requests on its standard input."""

    def __init__(self, p, *args):
        self.x = subprocess.Popen([MIEN, "exec", "--json", "--input-format", "stream-json", *args], cwd=p.ws, env=p.env(),
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def send(self, **request):
        self.x.stdin.write(json.dumps(request).encode() + b"\n")
        self.x.stdin.flush()

    def until(self, what, **fields):
        for line in self.x.stdout:
            e = json.loads(line)
            if e["type"] == what and all(e.get(k) == v for k, v in fields.items()):
                return e
        raise AssertionError((f"it ended without {what}", self.x.stderr.read()))

    def end(self):
        self.x.stdin.close()
        rest = [json.loads(line) for line in self.x.stdout]
        err = self.x.stderr.read().decode()
        self.x.stdout.close()
        self.x.stderr.close()
        return self.x.wait(60), rest, err


def a_program_drives_a_session(p):
    p.server([{"say": "one"}, {"say": "two"}, {"say": "three"}, {"say": "four"}])
    d = Driven(p, "-m", "m")
    d.until("phase", phase="idle")
    d.send(request="submit", text="first")
    assert d.until("result")["answer"] == "one"
    d.send(request="mode", mode="formal")
    assert d.until("mode")["active"] == "formal"
    d.send(request="catalog")
    assert any(i["name"] == "m" for i in d.until("catalog", kind="models")["items"])
    d.send(request="report", report="status")
    assert "formal" in d.until("report")["text"]
    d.send(request="submit", text="second")
    assert d.until("result")["answer"] == "two" and "/formal/" in p.requests()[-1]["path"]
    # What is wrong is said, and the rest goes on.
    for bad in ({"request": "fly"}, {"request": "mode", "colour": "red"}, {"request": "tree", "op": 7}, {"request": "model"},
                {"request": "job", "op": "stop"}, {"other": 1}, {"request": "tree", "op": "edit", "node": 1.5}):
        d.send(**bad)
    d.x.stdin.write(b"{broken\n\n")
    d.send(request="submit", text="third")
    d.send(request="queue", text="fourth")
    code, rest, err = d.end()  # what was asked for is still done
    assert code == 0 and [e["answer"] for e in rest if e["type"] == "result"] == ["three", "four"], (code, err)
    for word in ("no request \"fly\"", "no \"colour\"", "op of tree is text", "needs a model", "needs a job", "neither", "line 1", "whole number"):
        assert word in err, (word, err)
    for args in (["--input-format", "xml", "go"], ["--input-format", "stream-json", "-"]):
        assert p.mien("exec", "-m", "m", *args).returncode == 2, args
    # With nothing asked for it ends well; a goal of the command line is the first.
    assert Driven(p, "-m", p.playbook(SAY)).end()[0] == 0
    code, rest, _ = Driven(p, "-m", p.playbook(SAY), "go").end()
    assert code == 0 and [e["answer"] for e in rest if e["type"] == "result"] == ["forty-two"]


def a_driver_stops_and_answers(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'touch here; sleep 600'}}\n  - say: over\n")
    d = Driven(p, "-m", m)
    d.send(request="submit", text="go")
    wait_for("it runs", lambda: os.path.exists(p.ws + "/here"))
    d.send(request="stop")
    assert d.until("result")["status"] == "cancelled"
    assert d.end()[0] == 130
    d = Driven(p, "-m", p.playbook("turns:\n  - call: {tool: write_file, args: {path: a, content: b}}\n  - say: over\n"), "--approval", "ask", "--ask", "stdin")
    d.send(request="submit", text="go")
    q = d.until("approval")
    d.send(request="answer", question=q["id"], choice="y")
    assert d.until("result")["success"] and d.end()[0] == 0 and p.read("a") == "b"


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}, "tags": {"type": "array", "items": {"type": "string"}}},
          "required": ["n"], "additionalProperties": False}


def answers_fit_a_schema(p):
    p.write("s.json", json.dumps(SCHEMA))
    good = '{"n": 3, "tags": ["a"]}'
    for first in (good, f"Here it is:\n```json\n{good}\n```\n", f"```\n{good}\n```"):
        p.server([{"say": first}])
        r = p.mien("exec", "-m", "m", "--output-schema", "s.json", "count")
        assert r.returncode == 0 and r.stdout == b'{"n":3,"tags":["a"]}\n', (first, r)
        assert "additionalProperties" in json.dumps(p.requests()[-1]["body"]["messages"])
    # Asked once more, with what was wrong.
    p.server([{"say": '{"n": 0}'}, {"say": good}])
    code, ev, err = p.events("-m", "m", "--output-schema", "s.json", "-o", "out.json", "count")
    assert code == 0 and [json.loads(e["answer"]) for e in of(ev, "result")] == [json.loads(good)], (code, err)
    assert "minimum 1" in json.dumps(p.requests()[-1]["body"]["messages"][-1]) and json.loads(p.read("out.json"))["n"] == 3
    # Twice wrong is a failure, with no answer.
    for wrong, why in (("I count three.", "line 1"), ('{"n": 3, "m": 4}', ".m"), ('{"tags": [1]}', '"n"')):
        p.server([{"say": wrong}] * 2)
        r = p.mien("exec", "-m", "m", "--output-schema", "s.json", "count")
        assert r.returncode == 1 and r.stdout == b"" and why in r.stderr.decode(), (wrong, r)
    p.server([{"say": "no"}] * 2)
    r = p.mien("exec", "-m", "m", "--output-format", "json", "--output-schema", "s.json", "count")
    result = json.loads(r.stdout)
    assert r.returncode == 1 and not result["success"] and result["status"] == "failed" and result["answer"] == "", result
    p.write("pattern.json", '{"properties": {"a": {"pattern": "^x"}}}')
    for name, why in (("pattern.json", "#/properties/a/pattern"), ("none.json", "none.json"), ("broken.json", "broken.json")):
        p.write("broken.json", "{")
        r = p.mien("exec", "-m", "m", "--output-schema", name, "count")
        assert r.returncode == 2 and why in r.stderr.decode(), (name, r)


run(globals())
