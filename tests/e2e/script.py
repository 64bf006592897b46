"""Agents driven from a Python script (BaseAgent), and behaviors added on the command line (--with)."""
import json
import os
import signal
import subprocess
import sys

from lib import MIEN, Screen, of, run, wait_for

BEHAVIORS = '''from behaviors import AgentBehavior, BaseAgent


class MetricsBehavior(AgentBehavior):
    """Its numbers are the script's to read afterwards."""

    def __init__(self):
        self.tools, self.rounds, self.about = [], 0, None

    def get_name(self):
        return "metrics"

    def on_goal_start(self, goal, **kwargs):
        self.about = (goal, kwargs["workspace"], kwargs["agent"])

    def on_tool_call(self, tool_name, args, result, **kwargs):
        self.tools.append((tool_name, result))

    def on_round_end(self, round_number, **kwargs):
        self.rounds = round_number


class HTTPSumBehavior(AgentBehavior):
    def get_name(self):
        return "sum"

    def get_tools(self):
        return [{"type": "function", "function": {"name": "add", "description": "Add.", "parameters": {
            "type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}}}}]

    def get_instructions(self):
        return "Use add to add."

    def enhance_context(self, context):
        context.insert(1, {"role": "user", "content": "Numbers are small."})

    def dispatch_tool(self, tool_name, args, **kwargs):
        if args["b"] < 0:
            raise ValueError("only upwards")
        return {"sum": args["a"] + args["b"]}


'''


def script(place, body, config="behaviors: [FileToolsBehavior]\n", **kw):
    """Run the body behind the behaviors above, with the package mien ships."""
    p = place
    p.write("calc.yaml", "system_prompt: You add.\n" + config)
    path = p.write("drive.py", BEHAVIORS + body, p.top)
    modules = p.mien("behaviors", "pythonpath").stdout.decode().strip()
    return subprocess.run([sys.executable, path], cwd=p.ws, capture_output=True, timeout=60,
                          env=p.env(**{"PYTHONPATH": modules, "MIEN": MIEN, "PYTHONDONTWRITEBYTECODE": "1", **kw}))


def as_the_seed_does_it(p):
    p.server([{"calls": [{"name": "add", "args": {"a": 1, "b": 2}}, {"name": "add", "args": {"a": 1, "b": -2}}]},
              {"say": "three"}])
    r = script(p, '''import json
agent = BaseAgent(name="calc", workspace=".", config_file="calc.yaml")
metrics = MetricsBehavior()
agent.add_behavior(metrics)
agent.add_behavior(HTTPSumBehavior())
kinds = []
end = agent.run("what is 1 + 2?", on_event=lambda e: kinds.append(e["type"]), model="m", max_rounds=9)
print(json.dumps([end, kinds, metrics.tools, metrics.rounds, metrics.about]))
''')
    assert r.returncode == 0, r
    end, kinds, tools, rounds, about = json.loads(r.stdout)
    assert end["success"] and end["answer"] == "three" and end["exit"] == 0, end
    assert "tool_call" in kinds and kinds[-1] != "error", kinds
    assert tools[0] == ["add", {"sum": 3}], tools
    assert "only upwards (drive.py:" in tools[1][1]["error"], tools
    assert rounds == 2 and about == ["what is 1 + 2?", os.path.realpath(p.ws), "calc"], (rounds, about)
    body = p.requests()[0]["body"]
    assert "Use add to add." in body["messages"][0]["content"] and "Numbers are small." in json.dumps(body), body
    names = [t["function"]["name"] for t in body["tools"]]
    assert names[-1] == "add" and "read_file" in names, names


def built_in_behaviors_are_added_with_their_parameters(p):
    p.server([{"calls": [{"name": "read_file", "args": {"path": "f"}}]}] * 4 + [{"say": "done"}])
    r = script(p, '''from behaviors import FileToolsBehavior, LoopDetectionBehavior
import json
agent = BaseAgent(name="calc", workspace=".", config_file="calc.yaml")
agent.add_behavior(FileToolsBehavior())
agent.add_behavior(LoopDetectionBehavior(max_repeats=3))
agent.set_goal("look")
kinds = []
print(json.dumps([agent.run(on_event=lambda e: kinds.append((e["type"], e.get("text", ""))), model="m"), kinds]))
try:
    BaseAgent().run()
except ValueError as e:
    print(json.dumps(str(e)))
from behaviors import NoSuchBehavior
agent.add_behavior(NoSuchBehavior(a="x, {y}"))
try:
    agent.run("again", model="m")
except RuntimeError as e:
    print(json.dumps(str(e)))
''', "behaviors: [CompactWhenNearFullBehavior]\n")
    assert r.returncode == 0, r
    (end, kinds), no_goal, unknown = [json.loads(l) for l in r.stdout.splitlines()]
    assert end["success"] and any(k == "loop_warning" and "3x" in t for k, t in kinds), kinds
    assert "set_goal" in no_goal and "NoSuchBehavior" in unknown, (no_goal, unknown)


def what_is_wrong_is_said_in_the_script(p):
    r = script(p, '''
def said(f):
    try:
        f()
    except Exception as e:
        return f"{type(e).__name__}: {e}"
    return "nothing"
agent = BaseAgent("nobody")
agent.add_behavior(MetricsBehavior())
print(said(lambda: agent.add_behavior("text")))
print(said(lambda: agent.add_behavior(MetricsBehavior())))
print(said(lambda: agent.run("go", model="playbook/tour")))
print(said(lambda: BaseAgent(mien="/nowhere/mien").run("go")))
class FileToolsBehavior(MetricsBehavior):
    pass
agent = BaseAgent("task_executor")
agent.add_behavior(FileToolsBehavior())
print(said(lambda: agent.run("go", model="playbook/tour")))
print(said(lambda: agent.run("go", modell="playbook/tour")))
print(BaseAgent("task_executor").run("fail", model="playbook/tour", max_rounds=1)["exit"])
''')
    lines = r.stdout.decode().splitlines()
    for n, words in enumerate(("TypeError: str must derive", "ValueError: there is a MetricsBehavior already",
                               'MienError: mien: no agent is called "nobody"', "FileNotFoundError",
                               "there is another behavior called FileToolsBehavior",
                               "there is no option --modell; did you mean --model?", "4")):
        assert words in lines[n], (n, words, r)


def the_program_is_looked_for(p):
    r = script(p, 'BaseAgent("x")\n', MIEN=None, PATH="/nowhere")
    assert b"MienError: mien is not in PATH" in r.stderr, r


def leaving_the_loop_stops_the_run(p):
    p.write("slow.yaml", "turns:\n  - say: a b c d e f g h i j k l m n o p q r s t\n    pace: 1\n")
    r = script(p, '''agent = BaseAgent(config_file="calc.yaml")
agent.add_behavior(HTTPSumBehavior())
for event in agent.events("go", model="playbook/slow.yaml"):
    if event["type"] == "text":
        break
print("left")
''')
    assert r.returncode == 0 and r.stdout == b"left\n", r
    assert subprocess.run(["pgrep", "-f", p.top], capture_output=True).stdout == b"", "it still runs"
    assert not os.listdir(p.tmp), os.listdir(p.tmp)


def a_slow_method_is_given_up_and_the_run_goes_on(p):
    p.server([{"calls": [{"name": "list_dir", "args": {}}]}, {"say": "done"}])
    r = script(p, '''import json, time
class SlowBehavior(MetricsBehavior):
    def on_tool_call(self, tool_name, args, result, **kwargs):
        time.sleep(5.5)  # mien waits for 5 s
agent = BaseAgent(config_file="calc.yaml")
agent.add_behavior(SlowBehavior())
told = []
end = agent.run("go", on_event=lambda e: told.append(e.get("text", "")) if e["type"] == "notice" else None, model="m")
print(json.dumps([end["success"], agent.behaviors[0].rounds, told]))
''')
    success, rounds, told = json.loads(r.stdout)
    assert success and rounds == 2, r
    assert any("on_tool_call gave no answer within 5000 ms" in t for t in told), told


def questions_are_the_scripts_to_answer(p):
    p.server([{"calls": [{"name": "clarify_with_user", "args": {"question": "Which?", "choices": ["red", "blue"]}}]},
              {"calls": [{"name": "clarify_with_user", "args": {"question": "And how big?"}}]}, {"say": "done"}])
    r = script(p, '''import json
agent = BaseAgent(config_file="calc.yaml")
metrics = MetricsBehavior()
agent.add_behavior(metrics)
asked = []
def answer(question):
    asked.append(question["title"])
    return "2" if "Which" in question["title"] else (question["choices"][-1]["key"], "as a house")
end = agent.run("go", on_question=answer, model="m")
print(json.dumps([end["success"], asked, metrics.tools]))
''', config="behaviors: [ClarificationBehavior]\n")
    success, asked, tools = json.loads(r.stdout)
    assert success and len(asked) == 2, r
    assert tools[0][1]["answer"] == "blue" and tools[1][1]["answer"] == "as a house", tools


def one_session_for_several_goals(p):
    p.server([{"say": "one"}, {"say": "two"}, {"say": '["a"]'}, {"say": "no list"}, {"say": "nor this"}])
    r = script(p, '''import json
agent = BaseAgent("task_executor")
seen = []
with agent.session(model="m") as s:
    first = s.run("a")["answer"]
    s.request("mode", mode="formal")
    second = s.run("b", on_event=lambda e: seen.append(e["type"]))["answer"]
data = agent.run("c", model="m", output_schema={"type": "array", "items": {"type": "string"}})
bad = agent.run("d", model="m", output_schema={"type": "array"})
print(json.dumps([first, second, "mode" in seen, data["data"], data["exit"], bad["success"], bad["exit"], "data" in bad]))
''')
    assert r.returncode == 0, r
    assert json.loads(r.stdout) == ["one", "two", True, ["a"], 0, False, 1, False], r
    assert "/formal/" in p.requests()[1]["path"] and "/formal/" not in p.requests()[0]["path"]


def an_interrupt_ends_both(p):
    p.write("slow.yaml", "turns:\n  - call: {tool: add, args: {a: 1, b: 1}}\n")
    p.write("drive.py", BEHAVIORS + '''import time
class SlowBehavior(HTTPSumBehavior):
    def dispatch_tool(self, tool_name, args, **kwargs):
        open("begun", "w").close()
        time.sleep(60)
agent = BaseAgent("task_executor")
agent.add_behavior(SlowBehavior())
agent.run("go", model="playbook/slow.yaml")
''', p.top)
    place = p.mien("behaviors", "pythonpath").stdout.decode().strip()
    x = subprocess.Popen([sys.executable, os.path.join(p.top, "drive.py")], cwd=p.ws, start_new_session=True,
                         stderr=subprocess.PIPE, env=p.env(PYTHONPATH=place, MIEN=MIEN))
    wait_for("the tool", lambda: os.path.exists(os.path.join(p.ws, "begun")))
    os.killpg(x.pid, signal.SIGINT)
    err = x.communicate(timeout=20)[1]
    assert b"KeyboardInterrupt" in err, err
    wait_for("nothing is left", lambda: subprocess.run(["pgrep", "-g", str(x.pid)]).returncode == 1)
    assert not os.listdir(p.tmp), os.listdir(p.tmp)


# ---- on the command line ----

CLOCK = '''from behaviors import AgentBehavior


class OwnClockBehavior(AgentBehavior):
    def get_name(self):
        return "own_clock"

    def get_tools(self):
        return [{"type": "function", "function": {"name": "hour", "parameters": {"type": "object"}}}]

    def dispatch_tool(self, tool_name, args, **kwargs):
        return {"hour": 12}
'''


def a_type_and_a_file_are_added(p):
    p.write("lib/own_clock_behavior.py", CLOCK)
    p.server([{"calls": [{"name": "hour", "args": {}}]}, {"say": "noon"}])
    code, ev, err = p.events("-m", "m", "--with", "lib/own_clock_behavior.py,ArchitectToolsBehavior", "go")
    assert code == 0 and of(ev, "tool_result")[0]["result"]["hour"] == 12, (err, ev)
    names = [t["function"]["name"] for t in p.requests()[0]["body"]["tools"]]
    assert names.index("hour") < names.index("write_architecture_doc"), names


def a_file_is_added_on_the_screen(p):
    p.write("lib/own_clock_behavior.py", CLOCK)
    s = Screen(p, "-m", "playbook/tour", size=(100, 30))
    s.see("Write a goal")
    s.type("/behaviors add lib/own_clock_behavior.py")
    s.keys("Enter")
    s.see("add OwnClockBehavior", "[y]")
    s.keys("y", "Enter")
    s.see("· add OwnClockBehavior")
    s.type("/tools hour ")
    s.keys("Enter")
    s.see("hour of OwnClockBehavior")


def what_cannot_be_added_is_explained(p):
    p.write("odd_behavior.py", "class Other:\n    pass\n")
    p.write("notes.txt", "x")
    for what, words in (("./gone.py", "cannot read the behavior ./gone.py"),
                        ("./notes.txt", "a file is a .py or a .so"),
                        ("odd_behavior.py", "there is no class OddBehavior; it has: Other"),
                        ("NoSuchBehavior", "no behavior is called"),
                        ("FileToolsBehavior", "FileToolsBehavior")):
        r = p.mien("exec", "-m", "playbook/tour", "--with", what, "go")
        assert r.returncode == 2 and words in r.stderr.decode(), (what, r)


run(globals())
