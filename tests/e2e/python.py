"""Behaviors in Python: classes as people write them, and every way in which one can be bad."""
import json
import os
import re
import statistics
import subprocess
import time

from lib import MIEN, Screen, of, run, wait_for

HELLO = '''from behaviors import AgentBehavior


class HelloBehavior(AgentBehavior):
    """Says hello."""

    def __init__(self, name="World"):
        self.name = name

    def get_name(self):
        return "hello"

    def get_tools(self):
        return [{"type": "function", "function": {
            "name": "say_hello", "description": "Say hello.",
            "parameters": {"type": "object", "properties": {}, "required": []}}}]

    def dispatch_tool(self, tool_name, args, **kwargs):
        if tool_name == "say_hello":
            return {"message": f"Hello, {self.name}!"}
        return super().dispatch_tool(tool_name, args, **kwargs)

    def get_instructions(self):
        return "Use say_hello to greet."
'''

CALCULATOR = '''from typing import Any
from behaviors import AgentBehavior


class CalculatorBehavior(AgentBehavior):
    def get_name(self) -> str:
        return "calculator"

    def get_tools(self) -> list[dict[str, Any]]:
        return [{"type": "function", "function": {
            "name": "add", "description": "Add two numbers",
            "parameters": {"type": "object",
                           "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
                           "required": ["a", "b"]}}}]

    def dispatch_tool(self, tool_name: str, args: dict[str, Any], **kwargs) -> dict[str, Any]:
        if tool_name == "add":
            return {"result": args["a"] + args["b"]}
        return super().dispatch_tool(tool_name, args, **kwargs)
'''

TIMESTAMP = '''from datetime import datetime
from behaviors import AgentBehavior


class TimestampBehavior(AgentBehavior):
    def get_name(self):
        return "timestamp"

    def enhance_context(self, context, **kwargs):
        now = {"role": "user", "content": f"Current time: {datetime.now().isoformat()}"}
        return [context[0], now] + context[1:]
'''

METRICS = '''import time
from behaviors import AgentBehavior


class MetricsBehavior(AgentBehavior):
    def __init__(self):
        self.calls = {}
        self.rounds = 0
        self.started = None

    def get_name(self):
        return "metrics"

    def on_goal_start(self, goal, **kwargs):
        self.started = time.time()

    def on_tool_call(self, tool_name, args, result, **kwargs):
        self.calls[tool_name] = self.calls.get(tool_name, 0) + 1

    def on_round_end(self, round_number, **kwargs):
        self.rounds = round_number

    def on_goal_complete(self, success, **kwargs):
        print(f"METRICS rounds={self.rounds} calls={self.calls} success={success}")
'''

LOGGING = '''import json
import os
from behaviors import AgentBehavior


class LoggingBehavior(AgentBehavior):
    def __init__(self, log_file="agent.log"):
        self.log_file = log_file
        self.log = None

    def get_name(self):
        return "logging"

    def write(self, **what):
        if not self.log:
            self.log = open(self.log_file, "w")
        self.log.write(json.dumps(what) + "\\n")

    def on_goal_start(self, goal, **kwargs):
        self.write(event="start", goal=goal, agent=kwargs["agent"],
                   workspace=os.path.basename(kwargs["workspace"]), rounds=kwargs["limits"]["max_rounds"])

    def on_tool_call(self, tool_name, args, result, **kwargs):
        self.write(event="tool", tool=tool_name, args=args, result=result, round=kwargs["round_number"])

    def on_goal_complete(self, success, **kwargs):
        self.write(event="complete", success=success, tree=[n["title"] for n in kwargs["task_tree"]],
                   status=kwargs["status"])
'''

REMINDER = '''from behaviors import AgentBehavior


class ContextInjectionBehavior(AgentBehavior):
    def __init__(self, text="Remember to be concise."):
        self.text = text
        self.n = 0

    def get_name(self):
        return "context_injection"

    def enhance_context(self, context, **kwargs):
        self.n += 1
        context.insert(1, {"role": "user", "content": self.text.replace("{n}", str(self.n))})
        return context
'''

SAY = "turns:\n  - say: done\n"


def put(place, text, where=None):
    """Each class of the text in its own file of the user's behaviors; their names."""
    names = re.findall(r"^class (\w+)", text, re.M)
    for n in names[:1]:
        file = re.sub(r"(?<!^)(?=[A-Z])", "_", n).lower()
        place.write(f"behaviors/{file}.py", text, where or place.config)
    return names[0]


def agent(place, *entries):
    """entries: a type, or (type, params as YAML)."""
    rows = "".join(f"  - type: {e}\n" if isinstance(e, str) else f"  - type: {e[0]}\n    params: {e[1]}\n" for e in entries)
    return place.write("a.yaml", "system_prompt: x\nbehaviors:\n" + rows, place.top)


def calls(*each, end="done"):
    return "turns:\n" + "".join(f"  - call: {{tool: {t}, args: {a}}}\n" for t, a in each) + f"  - say: {end}\n"


def bad(place, body, *entries, name="OddBehavior", book=SAY, timeout=60):
    """Run with class OddBehavior whose body is given; (code, events, stderr)."""
    put(place, f"import os, sys, time, threading\nfrom behaviors import AgentBehavior\n\n\nclass {name}(AgentBehavior):\n"
           f"    def get_name(self):\n        return 'odd'\n\n" +
           "\n".join("    " + l for l in body.splitlines()) + "\n")
    return place.events("-m", place.playbook(book), "-a", agent(place, *(entries or (name,))), "go", timeout=timeout)


TOOL = '''def get_tools(self):
    return [{"type": "function", "function": {"name": "odd", "description": "x", "parameters": {"type": "object",
             "properties": {"n": {"type": "integer"}}}}}]
'''


def notices(ev):
    return [e["text"] for e in of(ev, "notice")]


def warned(ev, *words):
    return any(all(w in e["text"] for w in words) for e in of(ev, "notice") if e["level"] == "warn")


# ---- what people write ----

def examples_run_unchanged(p):
    for text in (HELLO, CALCULATOR, METRICS, LOGGING):
        put(p, text)
    a = agent(p, ("HelloBehavior", "{name: Ada}"), "CalculatorBehavior", "MetricsBehavior",
              ("LoggingBehavior", "{log_file: own.log}"))
    p.server([{"calls": [{"name": "say_hello", "args": {}}, {"name": "add", "args": {"a": 2, "b": 40.5}}]},
              {"calls": [{"name": "add", "args": {"a": "x", "b": 1}}]}, {"say": "done"}])
    code, ev, err = p.events("-m", "m", "-a", a, "greet")
    assert code == 0, err
    hello, sum_, wrong = [e["result"] for e in of(ev, "tool_result")]
    assert hello["message"] == "Hello, Ada!" and sum_["result"] == 42.5 and "schema" in wrong, (hello, sum_, wrong)
    assert any("METRICS rounds=3 calls={'say_hello': 1, 'add': 2} success=True" in t for t in notices(ev)), notices(ev)
    log = p.read("own.log")
    assert '"goal": "greet"' in log and '"agent": "a"' in log and '"workspace": "ws"' in log, log
    assert '"success": true' in log and '"tree": ["greet"]' in log and '"status": "complete"' in log, log
    assert log.count('"tool"') >= 3, log
    body = p.requests()[0]["body"]
    assert "Use say_hello to greet." in body["messages"][0]["content"]
    assert [t["function"]["name"] for t in body["tools"]] == ["say_hello", "add"]


def handlers_are_given_what_was_done(p):
    put(p, "import json\n\n\nclass SeesBehavior(AgentBehavior):\n    def get_name(self):\n        return 'sees'\n\n"
           "    def on_goal_complete(self, success, ledger, action_history, context_stats, **kwargs):\n"
           "        print('SEEN', json.dumps([ledger, action_history, context_stats]))\n")
    p.write("a.txt", "one\n")
    book = calls(("read_file", "{path: a.txt}"), ("write_file", "{path: b.txt, content: x}"), ("read_file", "{path: no.txt}"))
    code, ev, err = p.events("-m", p.playbook(book), "-a", agent(p, "FileToolsBehavior", "SeesBehavior"), "go")
    seen = [t.split("SEEN ", 1)[1] for t in notices(ev) if "SEEN " in t]
    assert code == 0 and len(seen) == 1, (notices(ev), err)
    ledger, acts, stats = json.loads(seen[0])
    assert [r["kind"] for r in ledger][:3] == ["GOAL", "READ", "WRITE"] and ledger[2]["detail"] == "b.txt", ledger
    assert [(a["name"], a["result"]) for a in acts] == [("read_file", "success"), ("write_file", "success"),
                                                        ("read_file", "error")], acts
    assert acts[0]["args"] == {"path": "a.txt"} and "no.txt" in acts[2]["error_msg"] and acts[2]["timestamp"] > 1e9, acts
    assert stats["message_count"] > 5 and stats["estimated_tokens"] > 0 and stats["window"] > 0, stats


def examples_without_their_import_run_too(p):
    put(p, HELLO.replace("from behaviors import AgentBehavior\n", ""))
    put(p, "class TypedBehavior(AgentBehavior):\n    def get_name(self) -> str:\n        return 'typed'\n\n"
           "    def enhance_context(self, context: List[Dict[str, Any]], **kwargs: Any) -> Optional[list]:\n"
           "        context.insert(1, {'role': 'user', 'content': 'TYPED'})\n        return context\n")
    p.server([{"say": "done"}])
    code, ev, err = p.events("-m", "m", "-a", agent(p, "HelloBehavior", "TypedBehavior"), "go")
    assert code == 0 and "TYPED" in p.requests()[0]["raw"] and "say_hello" in p.requests()[0]["raw"], (err, ev)


def a_scaffold_in_python_passes(p):
    assert p.mien("behaviors", "new", "MyBehavior", "--lang", "python").returncode == 0
    r = subprocess.run(["sh", "test.sh"], cwd=os.path.join(p.ws, "my_behavior"), env=p.env(MIEN=MIEN), capture_output=True,
                       timeout=60)
    assert r.returncode == 0 and r.stdout.count(b"ok ") == 4, r


def a_reminder_is_pinned_and_a_clock_goes_to_the_end(p):
    put(p, REMINDER)
    put(p, TIMESTAMP)
    put(p, CALCULATOR)
    a = agent(p, "ContextInjectionBehavior", "TimestampBehavior", "CalculatorBehavior")
    add = {"calls": [{"name": "add", "args": {"a": 1, "b": 2}}]}
    p.server([add, add, add, {"say": "done"}])
    code, ev, err = p.events("-m", "m", "-a", a, "go")
    assert code == 0, err
    bodies = [r["body"]["messages"] for r in p.requests()]
    for m in bodies:
        assert m[1]["content"].startswith("Remember to be concise."), m
    for m in bodies[1:]:
        assert "Current time" in str(m[-1]["content"]) and "Current time" not in m[1]["content"], m
    assert bodies[2][:4] == bodies[3][:4] == bodies[1][:4]
    told = [e for e in of(ev, "notice") if "changes; it goes to the end" in e["text"]]
    assert len(told) == 1 and told[0]["owner"] == "TimestampBehavior", told


def a_place_can_be_asked_for(p):
    put(p, REMINDER)
    put(p, CALCULATOR)
    add = {"calls": [{"name": "add", "args": {"a": 1, "b": 2}}]}
    for place, in_front in (("literal", True), ("pinned", True), ("tail", False)):
        a = agent(p, ("ContextInjectionBehavior", f"{{text: 'Note {{n}}.', placement: {place}}}"), "CalculatorBehavior")
        p.server([add, add, {"say": "done"}])
        if os.path.exists(p.log):
            os.unlink(p.log)
        code, ev, err = p.events("-m", "m", "-a", a, "go")
        assert code == 0, err
        m = p.requests()[2]["body"]["messages"]
        assert ("Note 3." in m[1]["content"]) == in_front and ("Note 3." in str(m[-1]["content"])) != in_front, (place, m)
    r = p.mien("exec", "-m", p.playbook(SAY), "-a", agent(p, ("ContextInjectionBehavior", "{placement: left}")), "go")
    assert r.returncode == 2 and b"literal, pinned, tail" in r.stderr, r


def the_context_is_what_the_model_sees(p):
    code, ev, err = bad(p, TOOL + '''
def enhance_context(self, context, **kwargs):
    print("CTX", [(m["role"], m["content"][:12], len(m.get("tool_calls", []))) for m in context])
    return context

def dispatch_tool(self, tool_name, args, **kwargs):
    return {"x": 1}
''', book=calls(("odd", "{n: 1}")))
    assert code == 0, err
    told = [t for t in notices(ev) if t.startswith("CTX")]
    assert told[0] == "CTX [('system', 'x', 0), ('user', 'go', 0)]" or "('user', 'go', 0)" in told[0], told
    assert "('assistant', '', 1), ('tool', 'x: 1', 0)" in told[1], told


def editing_the_history_is_told_once(p):
    code, ev, err = bad(p, TOOL + '''
def enhance_context(self, context, **kwargs):
    context[0]["content"] += " more"
    return context[:1] + context[2:]

def dispatch_tool(self, tool_name, args, **kwargs):
    return {"x": 1}
''', book=calls(("odd", "{n: 1}"), ("odd", "{n: 2}")))
    assert code == 0, err
    assert sum("changed or took out" in t for t in notices(ev)) == 1, notices(ev)


def signatures_may_be_short(p):
    code, ev, err = bad(p, '''
def on_goal_start(self):
    print("A")

def on_round_end(self, n):
    print("B", n)

def on_goal_complete(self, **kwargs):
    print("C", kwargs["success"], kwargs["goal"])

def get_instructions(self, workspace=None):
    return "in " + workspace

def enhance_context(self, context):
    return None
''')
    assert code == 0, err
    assert ["A", "B 1", "C True go"] == [t for t in notices(ev) if t[0] in "ABC" and len(t) < 20], notices(ev)


def long_arguments_and_results_pass(p):
    code, ev, err = bad(p, TOOL.replace('"n": {"type": "integer"}', '"s": {"type": "string"}') + '''
def dispatch_tool(self, tool_name, args, **kwargs):
    return {"n": len(args["s"]), "s": args["s"]}

def on_tool_call(self, tool_name, args, result, **kwargs):
    print("SAW", len(args["s"]), len(result["s"]))
''', book=calls(("odd", "{s: '" + "ab" * 700000 + "'}")))
    assert code == 0, err
    assert of(ev, "tool_result")[0]["result"]["n"] == 1400000 and "SAW 1400000 1400000" in notices(ev), notices(ev)


def layers_of_parameters_are_joined_key_by_key(p):
    p.write("config.yaml", "behavior_defaults:\n  OddBehavior: {a: 1, b: {deep: [1, 2]}}\n", p.config)
    code, ev, err = bad(p, '''
def __init__(self, a=0, b=None, c=None):
    print("GOT", a, b, c)
''', ("OddBehavior", "{a: two, c: null}"))
    assert code == 0, err
    assert "GOT two {'deep': [1, 2]} None" in notices(ev), notices(ev)


# ---- trust ----

def a_project_brings_python_only_with_trust(p):
    put(p, HELLO, os.path.join(p.ws, ".mien"))
    m, a = p.playbook(calls(("say_hello", "{}"))), agent(p, "HelloBehavior")
    r = p.mien("exec", "-m", m, "-a", a, "go")
    assert r.returncode == 2 and b"hello_behavior.py" in r.stderr and b"--trust" in r.stderr, r
    code, ev, err = p.events("--trust", "-m", m, "-a", a, "go")
    assert code == 0 and of(ev, "tool_result")[0]["result"]["message"] == "Hello, World!", err
    assert os.listdir(os.path.join(p.ws, ".mien/behaviors")) == ["hello_behavior.py"], "nothing is written there"


def a_file_that_anybody_may_write_is_not_run(p):
    put(p, HELLO)
    os.chmod(os.path.join(p.config, "behaviors/hello_behavior.py"), 0o666)
    r = p.mien("exec", "-m", p.playbook(SAY), "-a", agent(p, "HelloBehavior"), "go")
    assert r.returncode == 2 and b"chmod o-w" in r.stderr, r


def nothing_of_the_workspace_is_run(p):
    for name in ("json.py", "os.py", "inspect.py", "behaviors.py", "sitecustomize.py", "logging.py"):
        p.write(name, "open('run', 'w').close()\n")
    code, ev, err = bad(p, TOOL + '''
def dispatch_tool(self, tool_name, args, **kwargs):
    import logging
    return {"fine": True}
''', book=calls(("odd", "{n: 1}")))
    assert code == 0 and of(ev, "tool_result")[0]["result"].get("fine"), err
    assert not os.path.exists(os.path.join(p.ws, "run"))


def what_was_trusted_is_what_runs_again(p):
    p.write("behaviors/beside.py", "WORD = 'helper'\n", p.config)
    code, ev, err = bad(p, TOOL + '''
def dispatch_tool(self, tool_name, args, **kwargs):
    if args["n"]:
        with open(__file__, "w") as f:
            f.write("open('run', 'w').close()\\n")
        os._exit(1)
    from beside import WORD
    return {"fine": WORD}
''', book=calls(("odd", "{n: 1}"), ("odd", "{n: 0}")))
    assert code == 0 and of(ev, "tool_result")[1]["result"].get("fine") == "helper", (err, of(ev, "tool_result"))
    assert not os.path.exists(os.path.join(p.ws, "run"))


def one_is_added_and_removed_while_mien_runs(p):
    put(p, CALCULATOR)
    put(p, REMINDER)
    s = Screen(p, "-m", p.playbook(calls(("add", "{a: 20, b: 22}"))), "-a", agent(p, "CalculatorBehavior"), size=(120, 40))
    s.see("›")
    s.type("/behaviors add ContextInjectionBehavior text=Hm")
    s.keys("Enter")
    s.see("add ContextInjectionBehavior", "[y]")
    s.keys("y")
    s.keys("Enter")
    s.type("/behaviors")
    s.keys("Enter")
    s.see("2 ContextInjectionBehavior")
    s.type("/behaviors ContextInjectionBehavior")
    s.keys("Enter")
    s.see('"Hm"')
    s.type("go")
    s.keys("Enter")
    s.see("complete")
    s.type("/behaviors remove CalculatorBehavior")
    s.keys("Enter")
    s.see("remove CalculatorBehavior", "[y]")
    s.keys("y")
    s.keys("Enter")
    s.type("/behaviors")
    s.keys("Enter")
    s.see(" 1 ContextInjectionBehavior")


# ---- bad at the start: exit 2, file and place ----

def what_cannot_be_loaded_is_explained(p):
    a, m = agent(p, "OddBehavior"), p.playbook(SAY)

    def start(text, entry="OddBehavior"):
        p.write("behaviors/odd_behavior.py", text, p.config)
        began = time.monotonic()
        r = p.mien("exec", "-m", m, "-a", agent(p, entry), "go")
        assert r.returncode == 2 and not r.stdout, (text, r)
        assert time.monotonic() - began < 20, text
        return r.stderr.decode()
    head = "from behaviors import AgentBehavior\nclass OddBehavior(AgentBehavior):\n    def get_name(self):\n        return 'odd'\n"
    bads = [
        ("import os\nx = = 2\n", ["odd_behavior.py:2", "SyntaxError"]),
        ("", ["no class OddBehavior", "it has no class"]),
        ("class Even: pass\nclass Other: pass\n", ["no class OddBehavior", "Even, Other"]),
        ("class OddBehavior: pass\n", ["must derive from behaviors.AgentBehavior"]),
        ("OddBehavior = 3\n", ["no class OddBehavior"]),
        ("from behaviors import AgentBehavior\nclass OddBehavior(AgentBehavior): pass\n", ["get_name"]),
        ("import nosuchmodule\n", ["odd_behavior.py:1", "import", "nosuchmodule"]),
        ("import os\nos._exit(3)\n", ["odd_behavior.py", "ended", "exit 3"]),
        ("raise SystemExit(4)\n", ["odd_behavior.py:1", "SystemExit"]),
        ("while True: pass\n", ["odd_behavior.py", "no answer within 5000 ms"]),
        ("\x00\x01", ["odd_behavior.py"]),
        (head.replace("'odd'", "7"), ["get_name() must give a name, not 7"]),
        (head + "    def __init__(self): self.x = {}['k']\n", ["odd_behavior.py:5", "__init__()", "KeyError: 'k'"]),
        (head + "    def __init__(self, wanted): pass\n", ["wanted", "takes: wanted"]),
        (head + "    def get_tools(self): return 1 / 0\n", ["odd_behavior.py:5", "get_tools()", "ZeroDivisionError"]),
        (head + "    def get_tools(self): return {}\n", ["get_tools() must give a list, not dict"]),
        (head + "    def get_tools(self): return [3]\n", ["get_tools(): item 0 must be"]),
        (head + "    def get_tools(self): return [{'function': {'name': 'a b'}}]\n", ["item 0 needs a name", "a b"]),
        (head + "    def get_tools(self): return [{'function': {'name': 'a', 'parameters': []}}]\n", ["JSON Schema"]),
        (head + "    def get_tools(self): return [{'function': {'name': 'a', 'parameters': {'x': {1, 2}}}}]\n", ["no JSON"]),
        (head + "    def get_tools(self): return [{'function': {'name': 'a'}}] * 2\n", ['two tools are called "a"']),
    ]
    for text, words in bads:
        err = start(text)
        for w in words:
            assert w in err, (text, w, err)
    err = start(head + "    def __init__(self, greeting=1): pass\n", ("OddBehavior", "{greting: x}"))
    assert "greting" in err and "takes: greeting" in err, err
    err = start(head + "    def get_tools(self): return [{'function': {'name': 'read_file'}}]\n",
                "FileToolsBehavior\n  - type: OddBehavior")
    assert "read_file" in err and "FileToolsBehavior" in err, err
    os.unlink(os.path.join(p.config, "behaviors/odd_behavior.py"))
    r = p.mien("exec", "-m", m, "-a", a, "go")
    assert r.returncode == 2 and b"odd_behavior.py" in r.stderr and b"odd_behavior.so" in r.stderr, r


def without_python_the_message_names_it(p):
    put(p, HELLO)
    r = p.mien("exec", "-m", p.playbook(SAY), "-a", agent(p, "HelloBehavior"), "go", env={"PATH": p.home})
    assert r.returncode == 2 and b"python3 was not found in PATH" in r.stderr and b"HelloBehavior" in r.stderr, r


def showing_a_type_runs_nothing(p):
    put(p, '"""Greets."""\nimport os\nos._exit(9)\nclass HelloBehavior: pass\n')
    r = p.mien("behaviors", "show", "HelloBehavior")
    assert r.returncode == 0 and b"Greets." in r.stdout, r


# ---- bad later: the agent goes on ----

def exceptions_are_errors_of_that_call(p):
    code, ev, err = bad(p, TOOL + '''
def dispatch_tool(self, tool_name, args, **kwargs):
    return [{"a": args["nosuch"]}] if args["n"] == 1 else [3] if args["n"] == 2 else {"x": float("nan")} if args["n"] == 3 \\
        else sys.exit(3) if args["n"] == 4 else {"t": time.gmtime, "s": {1}, "b": b"x", "u": "\\ud800"}

def on_tool_call(self, tool_name, args, result, **kwargs):
    raise ValueError("own fault")

def on_goal_start(self, goal):
    goal.nosuch

def get_instructions(self):
    return 7

def enhance_context(self, context, **kwargs):
    return "x"
''', book=calls(*[("odd", f"{{n: {n}}}") for n in range(1, 6)]))
    assert code == 0, err
    r = [e["result"] for e in of(ev, "tool_result")]
    assert "KeyError: 'nosuch' (odd_behavior.py:" in r[0]["error"] and "odd failed" in r[0]["error"], r
    assert "must give a dict, not list" in r[1]["error"] and "no JSON" in r[2]["error"] and "SystemExit" in r[3]["error"], r
    assert r[4]["s"] == [1] and r[4]["b"] == "x" and r[4]["u"] == "?", r
    assert warned(ev, "on_tool_call() failed: ValueError: own fault (odd_behavior.py:"), notices(ev)
    assert warned(ev, "on_goal_start() failed: AttributeError")
    assert warned(ev, "get_instructions() must give a text, not int")
    assert warned(ev, "enhance_context() must give a list of messages, not str")


def a_crash_in_any_method_is_contained(p):
    for method, positional in (("on_goal_start", "goal"), ("on_tool_call", "tool_name, args, result"), ("on_round_end", "round_number"),
                               ("on_goal_complete", "success"), ("enhance_context", "context"), ("get_instructions", "")):
        code, ev, err = bad(p, f"def {method}(self, {positional + ', ' if positional else ''}**kwargs):\n    os._exit(5)\n",
                            "FileToolsBehavior", "OddBehavior", book=calls(("list_dir", "{path: .}")))
        assert code == 0, (method, err)
        assert warned(ev, "OddBehavior", f"ended in {method} (exit 5)", "started again once"), (method, notices(ev))
        off = [e for e in of(ev, "notice") if "stays off" in e["text"]]
        assert len(off) <= 1 and of(ev, "tool_result")[0]["ok"], (method, notices(ev))


def a_tool_that_kills_its_process_twice_stays_off(p):
    code, ev, err = bad(p, TOOL + '''
def dispatch_tool(self, tool_name, args, **kwargs):
    os._exit(7) if args["n"] else None
    return {"fine": True}
''', book=calls(*[("odd", f"{{n: {n}}}") for n in (0, 1, 0, 1, 0)]))
    assert code == 0, err
    r = [e["result"] for e in of(ev, "tool_result")]
    assert r[0].get("fine") and "exit 7" in r[1]["error"] and r[2].get("fine") and "exit 7" in r[3]["error"], r
    assert "is off" in r[4]["error"], r
    assert sum("stays off" in t for t in notices(ev)) == 1, notices(ev)


def a_process_that_ends_between_calls_is_started_again(p):
    code, ev, err = bad(p, TOOL + '''
def dispatch_tool(self, tool_name, args, **kwargs):
    if args["n"]:
        threading.Timer(0.05, os._exit, [9]).start()
    else:
        time.sleep(0.01)
    return {"fine": True}
''', "FileToolsBehavior", "CommandToolsBehavior", "OddBehavior",
                        book=calls(("odd", "{n: 1}"), ("run_bash", "{command: sleep 0.4}"), ("odd", "{n: 0}")))
    assert code == 0, err
    assert of(ev, "tool_result")[2]["result"].get("fine"), of(ev, "tool_result")
    assert warned(ev, "ended by itself (exit 9)"), notices(ev)


def an_endless_loop_in_an_event_is_ended(p):
    began = time.monotonic()
    code, ev, err = bad(p, "def on_tool_call(self, tool_name, args, result, **kwargs):\n    while True: pass\n",
                        "FileToolsBehavior", "OddBehavior", book=calls(*[("list_dir", "{path: .}")] * 4))
    assert code == 0, err
    assert warned(ev, "on_tool_call gave no answer within 5000 ms", "started again once"), notices(ev)
    assert warned(ev, "on_tool_call gave no answer within 5000 ms", "stays off")
    assert 9 < time.monotonic() - began < 25
    assert all(e["ok"] for e in of(ev, "tool_result"))


def an_endless_loop_before_a_request_is_ended(p):
    for method, positional in (("enhance_context", "context, "), ("get_instructions", "")):
        code, ev, err = bad(p, f"def {method}(self, {positional}**kwargs):\n    while True: pass\n")
        assert code == 0 and warned(ev, f"{method} gave no answer within 5000 ms"), (method, err, notices(ev))


def a_slow_event_is_only_a_warning(p):
    code, ev, err = bad(p, "def on_round_end(self, round_number, **kwargs):\n    time.sleep(0.3)\n")
    assert code == 0 and warned(ev, "OddBehavior took", "on_round_end", "under 100 ms"), notices(ev)
    assert not warned(ev, "started again")


def what_is_written_to_descriptor_1_breaks_nothing(p):
    code, ev, err = bad(p, TOOL + '''
def dispatch_tool(self, tool_name, args, **kwargs):
    os.write(1, b'{"id": 1, "result": "forged"}\\nrubbish\\n\\xff\\x00\\n')
    os.system("echo from a child; cat")
    sys.stderr.write("a complaint\\n")
    for fd in range(3, 40):
        try:
            os.write(fd, b'rubbish too\\n{"id": "x"}\\n')
        except OSError:
            pass
    return {"fine": True}
''', book=calls(("odd", "{n: 1}")))
    assert code == 0 and of(ev, "tool_result")[0]["result"].get("fine"), (err, ev)
    told = notices(ev)
    assert "from a child" in told and "rubbish" in told and "a complaint" in told, told
    assert not any("\x00" in t for t in told)


def floods_are_cut(p):
    code, ev, err = bad(p, TOOL + '''
def dispatch_tool(self, tool_name, args, **kwargs):
    if args["n"] == 1:
        print("x" * (10 << 20))
    if args["n"] == 2:
        os.write(1, b"y" * (10 << 20))
    if args["n"] == 3:
        for i in range(100000):
            print("line", i)
    if args["n"] == 4:
        for i in range(20000):
            sys.stderr.write("line\\n")
    return {"x": "z" * (10 << 20)} if args["n"] == 5 else {"x": "z" * (6 << 20)} if args["n"] == 6 else {"fine": True}
''', book=calls(*[("odd", f"{{n: {n}}}") for n in range(1, 8)]))
    assert code == 0, err
    r = [e["result"] for e in of(ev, "tool_result")]
    assert all(r[n].get("fine") for n in (0, 1, 2, 3, 6)), [str(x)[:200] for x in r]
    assert "at most 8388608" in r[4]["error"] and "more than 4 MiB" in r[5]["error"], [str(x)[:200] for x in r]
    assert len(notices(ev)) < 80 and max(map(len, notices(ev))) < 2000, (len(notices(ev)))
    assert any("99980 more lines printed" in t for t in notices(ev)), notices(ev)


def a_line_without_end_ends_only_the_process(p):
    code, ev, err = bad(p, TOOL + '''
def dispatch_tool(self, tool_name, args, **kwargs):
    if args["n"]:
        for fd in range(3, 40):
            try:
                while os.write(fd, b"x" * (1 << 20)):
                    pass
            except OSError:
                pass
    return {"fine": True}
''', book=calls(("odd", "{n: 1}"), ("odd", "{n: 0}")))
    assert code == 0, err
    r = [e["result"] for e in of(ev, "tool_result")]
    assert "a line of more than 16 MiB" in r[0]["error"] and r[1].get("fine"), r


def a_deep_answer_is_an_error(p):
    code, ev, err = bad(p, TOOL + '''
def dispatch_tool(self, tool_name, args, **kwargs):
    sys.setrecursionlimit(5000)
    x = {}
    for i in range(args["n"]):
        x = {"d": x}
    return x
''', book=calls(("odd", "{n: 1500}"), ("odd", "{n: 20000}"), ("odd", "{n: 3}")))
    assert code == 0, err
    a, b, c = [e["result"] for e in of(ev, "tool_result")]
    assert "no JSON" in a["error"] and "no JSON" in b["error"] and "d" in c, (a, b, c)


# ---- stopping ----

def a_stop_ends_a_tool_that_hangs(p):
    put(p, "import time\nfrom behaviors import AgentBehavior\n\n\nclass OddBehavior(AgentBehavior):\n    def get_name(self):\n"
           "        return 'odd'\n    def get_tools(self):\n        return [{'function': {'name': 'odd'}}]\n"
           "    n = 0\n    def dispatch_tool(self, tool_name, args, **kwargs):\n        print('begun', flush=True)\n"
           "        time.sleep(60 if not __import__('os').path.exists('go') else 0)\n        return {'fine': True}\n")
    s = Screen(p, "-m", p.playbook("turns:\n  - call: {tool: odd, args: {}}\n  - call: {tool: odd, args: {}}\n  - say: all done\n"),
               "-a", agent(p, "OddBehavior"), size=(110, 40))
    s.see("›")
    s.type("go")
    s.keys("Enter")
    s.see("begun")
    began = time.monotonic()
    s.keys("Escape")
    s.see("cancelled", deadline=10)
    assert time.monotonic() - began < 5
    p.write("go", "")
    s.type("again")
    s.keys("Enter")
    s.see("all done")
    assert "stays off" not in s.text()


def a_stop_ends_a_context_that_hangs(p):
    put(p, "import time\nfrom behaviors import AgentBehavior\n\n\nclass OddBehavior(AgentBehavior):\n    def get_name(self):\n"
           "        return 'odd'\n    def enhance_context(self, context, **kwargs):\n        open('begun', 'w').close()\n"
           "        time.sleep(60)\n")
    s = Screen(p, "-m", p.playbook("turns:\n  - say: one two three four five six seven eight nine ten\n    pace: 1\n"), "-a", agent(p, "OddBehavior"), size=(110, 40))
    s.see("›")
    s.type("go")
    s.keys("Enter")
    wait_for("the hang", lambda: os.path.exists(os.path.join(p.ws, "begun")))
    began = time.monotonic()
    s.keys("Escape")
    s.see("cancelled", deadline=10)
    assert time.monotonic() - began < 3


def nothing_is_left_running(p):
    code, ev, err = bad(p, "def on_goal_start(self, goal, **kwargs):\n    open('pid', 'w').write(str(os.getpid()))\n")
    assert code == 0, err
    assert not os.path.exists(f"/proc/{p.read('pid')}"), "the process outlived mien"
    assert not os.listdir(p.tmp), os.listdir(p.tmp)


# ---- what it costs ----

def a_call_adds_less_than_a_millisecond(p):
    put(p, CALCULATOR)
    code, ev, err = p.events("-m", p.playbook(calls(*[("add", f"{{a: {n}, b: 1}}") for n in range(200)])), "-a",
                             agent(p, "CalculatorBehavior"), "--max-rounds", "300", "go", env={"MIEN_DEBUG": "1"}, timeout=300)
    assert code == 0, err
    assert sum(e["ok"] for e in of(ev, "tool_result")) == 200
    log = subprocess.run(["grep", "-rhoE", "CalculatorBehavior.dispatch_tool: [0-9]+ us", p.state], capture_output=True).stdout.decode()
    us = sorted(int(line.split()[-2]) for line in log.splitlines())
    assert len(us) == 200, len(us)
    print(f"# a tool call in Python adds {statistics.median(us):.0f} us (median of 200; 95 %: {us[189]} us)")
    assert "asan" in MIEN or statistics.median(us) <= 1000, us


run(globals())
