"""mien acp driven as an editor would: JSON-RPC lines over its standard streams."""
import base64
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
import zlib

from lib import DEADLINE, MIEN, run, wait_for

PLAY = """turns:
  - reasoning: pondering
    say: Writing.
    call: {tool: write_file, args: {path: a.txt, content: "hello\\n"}}
  - calls:
      - {tool: edit_file, args: {path: a.txt, old_string: hello, new_string: bye}}
      - {tool: update_plan, args: {plan: [{step: one, status: completed}, {step: two, status: completed}]}}
  - call: {tool: run_bash, args: {command: "cat a.txt; echo hi"}}
  - say: All is done.
"""


class Client:
    """One editor. Requests of the agent are answered by `permit`: the option's id, or None for cancelled."""

    def __init__(self, p, *args, caps=None, init=True):
        self.p, self.next, self.seen, self.permit, self.asked, self.buffer = p, 0, [], lambda q: "y", [], b""
        self.proc = subprocess.Popen([MIEN, "acp", *args], cwd=p.ws, env=p.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        p.closers.append(self.close)
        if init:
            self.info = self.call("initialize", protocolVersion=1, clientCapabilities=caps or {})

    def close(self):
        if self.proc.poll() is None:
            self.proc.stdin.close()
            try:
                self.proc.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self.proc.kill()
        self.proc.stdout.close()
        self.proc.stderr.close()
        return self.proc.wait()

    def raw(self, line):
        self.proc.stdin.write(line)
        self.proc.stdin.flush()

    def send(self, **m):
        self.raw(json.dumps({"jsonrpc": "2.0", **m}).encode() + b"\n")

    def message(self):
        """The next message of the agent."""
        while b"\n" not in self.buffer:
            ready, _, _ = select.select([self.proc.stdout], [], [], DEADLINE)
            assert ready, ("nothing comes", self.seen[-5:])
            chunk = os.read(self.proc.stdout.fileno(), 65536)
            assert chunk, ("it ended", self.proc.stderr.read())
            self.buffer += chunk
        line, self.buffer = self.buffer.split(b"\n", 1)
        m = json.loads(line)
        assert m["jsonrpc"] == "2.0", m
        self.seen.append(m)
        if "method" in m and "id" in m:
            self.asked.append(m)
            choice = self.permit(m["params"])
            outcome = {"outcome": {"outcome": "selected", "optionId": choice} if choice else {"outcome": "cancelled"}}
            if choice != "late":
                self.send(id=m["id"], result=choice if isinstance(choice, dict) else outcome)
        return m

    def begin(self, method, **params):
        self.next += 1
        self.send(id=self.next, method=method, params=params)
        return self.next

    def answer(self, number):
        while True:
            m = self.message()
            if m.get("id") == number and "method" not in m:
                return m

    def until(self, what):
        """The first message that `what` accepts, from here on."""
        while True:
            m = self.message()
            if what(m):
                return m

    def call(self, method, **params):
        m = self.answer(self.begin(method, **params))
        return m.get("result", m)

    def error(self, method, **params):
        m = self.answer(self.begin(method, **params))
        assert "error" in m, m
        return m["error"]

    def session(self, **more):
        self.opened = self.call("session/new", **{"cwd": self.p.ws, "mcpServers": [], **more})
        return self.opened["sessionId"]

    def prompt(self, session, text, **more):
        blocks = text if isinstance(text, list) else [{"type": "text", "text": text}]
        return self.call("session/prompt", sessionId=session, prompt=blocks, **more)

    def updates(self, kind=None, session=None):
        all_ = [m["params"]["update"] for m in self.seen if m.get("method") == "session/update" and session in (None, m["params"]["sessionId"])]
        return [u for u in all_ if kind in (None, u["sessionUpdate"])]

    def words(self, kind="agent_message_chunk", session=None):
        return "".join(u["content"]["text"] for u in self.updates(kind, session))


def a_whole_turn(p):
    c = Client(p, "-m", p.playbook(PLAY))
    assert c.info["protocolVersion"] == 1 and c.info["agentInfo"]["name"] == "mien", c.info
    s = c.session()
    assert c.opened["modes"]["currentModeId"] == "auto" and {o["id"] for o in c.opened["configOptions"]} >= {"approval", "model", "effort"}, c.opened
    assert c.prompt(s, "go") == {"stopReason": "end_turn"}
    assert c.words() == "Writing.All is done.", c.words()
    assert "pondering" in c.words("agent_thought_chunk")  # behind what is said of the sandbox
    calls = c.updates("tool_call")
    assert [(t["title"], t["kind"], t["status"]) for t in calls] == [
        ("Wrote a.txt", "edit", "in_progress"), ("Edited a.txt", "edit", "in_progress"), ("Planned 2 steps", "think", "in_progress"),
        ("Ran cat a.txt; echo hi", "execute", "in_progress")], calls
    assert calls[0]["locations"] == [{"path": p.ws + "/a.txt"}] and calls[0]["rawInput"]["content"] == "hello\n", calls[0]
    ends = {u["toolCallId"]: u for u in c.updates("tool_call_update")}
    wrote, edited, _, ran = (ends[t["toolCallId"]] for t in calls)
    assert wrote["content"] == [{"type": "diff", "path": p.ws + "/a.txt", "oldText": None, "newText": "hello\n"}], wrote
    assert edited["content"] == [{"type": "diff", "path": p.ws + "/a.txt", "oldText": "hello\n", "newText": "bye\n"}], edited
    assert edited["locations"] == [{"path": p.ws + "/a.txt", "line": 1}] and edited["status"] == "completed", edited
    assert ran["content"][0]["content"]["text"] == "```\nbye\nhi\n```" and ran["rawOutput"]["returncode"] == 0, ran
    plan = c.updates("plan")[-1]["entries"]
    assert [(e["content"], e["status"]) for e in plan][:1] == [("one", "completed")], plan
    assert c.updates("usage_update")[-1]["used"] > 0 and c.updates("session_info_update")[0]["title"] == "go"
    assert "compact" in [x["name"] for x in c.updates("available_commands_update")[0]["availableCommands"]]
    assert c.close() == 0



def permission_is_asked_of_the_client(p):
    play = p.playbook("turns:\n  - call: {tool: write_file, args: {path: a.txt, content: one}}\n"
                      "  - call: {tool: write_file, args: {path: b.txt, content: two}}\n  - say: ok\n")
    c = Client(p, "-m", play, "--approval", "ask")
    c.permit = lambda q: "n" if "b.txt" in json.dumps(q["toolCall"]) else "y"
    s = c.session()
    assert c.opened["modes"]["currentModeId"] == "ask"
    assert c.prompt(s, "go")["stopReason"] == "end_turn"
    first, second = (a["params"] for a in c.asked)
    calls = [t["toolCallId"] for t in c.updates("tool_call")]
    assert [first["toolCall"]["toolCallId"], second["toolCall"]["toolCallId"]] == calls and first["sessionId"] == s
    assert first["toolCall"]["content"][0]["type"] == "diff" and first["toolCall"]["content"][0]["newText"] == "one", first
    assert [(o["optionId"], o["kind"]) for o in first["options"]] == [("y", "allow_once"), ("s", "allow_always"), ("n", "reject_once")], first
    assert "not asked about again" in first["options"][1]["name"], first
    assert os.path.exists(p.ws + "/a.txt") and not os.path.exists(p.ws + "/b.txt")
    assert c.updates("tool_call_update")[-1]["status"] == "failed"
    # A choice nobody offered, or none, is no yes.
    for answer in ("zzz", None, {"odd": 1}):
        c.permit = lambda q: answer
        assert c.prompt(s, "again")["stopReason"] in ("end_turn", "max_turn_requests")
    assert not os.path.exists(p.ws + "/b.txt")


def a_cancel_stops_what_runs(p):
    play = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'echo $$ > pid; sleep 600'}}\n  - say: later\n")
    c = Client(p, "-m", play)
    s = c.session()
    n = c.begin("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "go"}])
    wait_for("the command runs", lambda: os.path.exists(p.ws + "/pid") and p.read("pid").strip())
    since = time.monotonic()
    c.send(method="session/cancel", params={"sessionId": s})
    assert c.answer(n)["result"] == {"stopReason": "cancelled"}
    assert time.monotonic() - since < 5
    assert c.updates("tool_call_update")[-1]["status"] == "failed"
    # By the request's id too, and while a question is open: it is taken back.
    c.call("session/set_mode", sessionId=s, modeId="ask")
    c.permit = lambda q: "late"
    n = c.begin("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "go on"}])
    c.send(method="$/cancel_request", params={"requestId": n})
    assert c.answer(n)["result"] == {"stopReason": "cancelled"}
    assert c.prompt(s, "/status")["stopReason"] == "end_turn"


def modes_and_options(p):
    p.server([{"say": "plain"}, {"say": "formally"}])
    c = Client(p, "-m", "m")
    s = c.session()
    assert "behavior:formal" in [m["id"] for m in c.opened["modes"]["availableModes"]], c.opened
    assert c.call("session/set_mode", sessionId=s, modeId="behavior:formal") == {}
    assert c.updates("current_mode_update")[-1]["currentModeId"] == "behavior:formal"
    assert c.prompt(s, "hello")["stopReason"] == "end_turn"
    assert "/formal/" in p.requests()[-1]["path"], p.requests()[-1]["path"]
    options = c.call("session/set_config_option", sessionId=s, configId="approval", value="plan")["configOptions"]
    assert {o["id"]: o["currentValue"] for o in options} == {"approval": "plan", "model": "m", "behavior": "formal", "effort": "auto"}, options
    options = c.call("session/set_config_option", sessionId=s, configId="behavior", value="none")["configOptions"]
    assert {o["id"]: o["currentValue"] for o in options}["behavior"] == "none"
    c.call("session/set_config_option", sessionId=s, configId="model", value="m")
    assert c.error("session/set_mode", sessionId=s, modeId="bold")["code"] == -32602
    assert "no value" in c.error("session/set_config_option", sessionId=s, configId="effort", value="huge")["message"]
    assert "no option" in c.error("session/set_config_option", sessionId=s, configId="colour", value="red")["message"]


def sessions_are_listed_loaded_resumed_deleted(p):
    c = Client(p, "-m", p.playbook(PLAY))
    s = c.session()
    assert c.prompt(s, "the first goal")["stopReason"] == "end_turn"
    said, calls = c.words(), [t["title"] for t in c.updates("tool_call")]
    assert c.call("session/close", sessionId=s) == {}
    assert c.error("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "x"}])["code"] == -32002
    listed = c.call("session/list", cwd=p.ws)["sessions"]
    assert [(x["sessionId"], x["cwd"], x["title"]) for x in listed] == [(s, p.ws, "the first goal")], listed
    assert c.call("session/list", cwd="/")["sessions"] == []
    c.seen = []
    loaded = c.call("session/load", sessionId=s, cwd=p.ws, mcpServers=[])
    assert loaded["modes"]["currentModeId"] == "auto" and "sessionId" not in loaded
    before = c.seen[:next(i for i, m in enumerate(c.seen) if "result" in m)]
    assert {m["params"]["sessionId"] for m in before} == {s}
    assert c.words("user_message_chunk") == "the first goal" and c.words() == said, (c.words(), said)
    assert [t["title"] for t in c.updates("tool_call")] == calls
    c.call("session/close", sessionId=s)
    c.seen = []
    assert "modes" in c.call("session/resume", sessionId=s, cwd=p.ws)
    assert not c.words() and not c.updates("tool_call")
    assert c.prompt(s, "/name other")["stopReason"] == "end_turn"
    assert c.updates("session_info_update")[-1]["title"] == "other"
    c.call("session/close", sessionId=s)
    assert c.error("session/resume", sessionId=s, cwd=p.tmp)["code"] == -32602
    assert c.error("session/load", sessionId="20200101-000000-ffffff", cwd=p.ws)["code"] == -32002
    assert c.error("session/load", sessionId="../../etc", cwd=p.ws)["code"] == -32002
    os.makedirs(os.path.join(p.state, "rewind", s), exist_ok=True)
    assert c.call("session/delete", sessionId=s) == {} and c.call("session/list")["sessions"] == []
    assert not os.path.exists(os.path.join(p.state, "rewind", s)), "what was kept of its files goes with it"


def several_sessions_at_once(p):
    play = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'touch here; until [ -e go ]; do sleep 0.02; done'}}\n  - say: over\n")
    places = [os.path.join(p.top, n) for n in ("one", "two", "three")]
    c = Client(p, "-m", play)
    for w in places:
        os.makedirs(w)
    sessions = [c.session(cwd=w) for w in places]
    prompts = [c.begin("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "go"}]) for s in sessions]
    wait_for("all run", lambda: all(os.path.exists(w + "/here") for w in places))
    for w, s, n in list(zip(places, sessions, prompts))[::-1]:
        open(w + "/go", "w", encoding="utf-8").close()
        assert c.answer(n)["result"]["stopReason"] == "end_turn"
        assert c.words(session=s) == "over"
        assert c.updates("tool_call", s)[0]["title"].startswith("Ran ")


def png():
    raw = zlib.compress(b"\0\xff\0\0" * 1)
    chunk = lambda t, d: struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)) + chunk(b"IDAT", raw) + chunk(b"IEND", b"")


def prompts_hold_images_and_resources(p):
    port = p.server([{"say": "seen"}] * 4)
    p.write("models.yaml", f"model_list:\n  - model_name: m\n    litellm_params: {{model: hosted_vllm/x, api_base: 'http://127.0.0.1:{port}/v1'}}\n"
            "    model_info: {max_input_tokens: 32768, supports_vision: true}\n", p.config)
    p.write("sub dir/b.c", "int b;\n")
    c = Client(p, "-m", "m")
    s = c.session()
    image = base64.b64encode(png()).decode()
    assert c.prompt(s, [{"type": "text", "text": "look at "}, {"type": "image", "mimeType": "image/png", "data": image},
                        {"type": "resource_link", "uri": f"file://{p.ws}/sub%20dir/b.c", "name": "b.c"},
                        {"type": "resource", "resource": {"uri": f"file://{p.ws}/a.c", "mimeType": "text/x-c", "text": "int main;\n```\n"}}])["stopReason"] == "end_turn"
    said = json.dumps(p.requests()[-1]["body"]["messages"][-1])
    assert image in said and "int main;" in said and "@a.c" in said and "sub dir/b.c" in said and "````" in said, said
    left = [d for d in os.listdir(p.tmp) if os.path.exists(os.path.join(p.tmp, d)) and any(f.startswith("image-") for f in os.listdir(os.path.join(p.tmp, d)))]
    assert len(left) == 1, left
    for bad, word in (([{"type": "audio", "data": "", "mimeType": "audio/wav"}], "audio"), ([{"type": "image", "data": "%%%"}], "base64"),
                      ([{"type": "image", "data": "aGVsbG8="}], "image"), ([{"type": "resource", "resource": {"uri": "x:y", "blob": "aa"}}], "x:y"),
                      ([], "empty"), ("words", "array")):
        e = c.error("session/prompt", sessionId=s, prompt=bad)
        assert e["code"] == -32602 and word in e["message"], e
    c.close()
    assert not os.path.exists(os.path.join(p.tmp, left[0]))


def commands_of_the_user(p):
    p.write("commands/greet.md", "---\ndescription: says hello\n---\nGreet $ARGUMENTS politely\n", p.config)
    p.server([{"say": "hello Bo"}, {"say": "it is an aside"}])
    c = Client(p, "-m", "m")
    s = c.session()
    assert c.prompt(s, "/greet Bo")["stopReason"] == "end_turn" and c.words() == "hello Bo"
    assert {"greet", "btw", "context"} <= {x["name"] for x in c.updates("available_commands_update")[-1]["availableCommands"]}
    assert "Greet Bo politely" in json.dumps(p.requests()[-1]["body"])
    assert c.prompt(s, "/context")["stopReason"] == "end_turn" and "window 32768" in c.words(), c.words()
    assert c.prompt(s, "/btw what is it?")["stopReason"] == "end_turn" and "it is an aside" in c.words()
    assert c.prompt(s, "/agent")["stopReason"] == "end_turn" and "task_executor" in c.words()
    e = c.error("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "/agent nobody-of-this-name"}])
    assert "nobody-of-this-name" in e["message"], e
    assert "no unfinished goal" in c.error("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "/continue"}])["message"]


def a_question_is_a_form(p):
    agent = p.write("ask.yaml", "system_prompt: x\nbehaviors:\n  - type: ClarificationBehavior\n", p.top)
    play = p.playbook("turns:\n  - call: {tool: clarify_with_user, args: {question: Which one?, choices: [red, blue]}}\n  - say: ok\n")
    for form, answer, want in ((True, {"action": "accept", "content": {"answer": "green"}}, "green"), (True, {"action": "accept", "content": {"answer": "blue"}}, "blue"),
                               (True, {"action": "decline"}, "no answer"), (False, "1", "red"), (False, None, "no answer")):
        c = Client(p, "-m", play, "-a", agent, caps={"elicitation": {"form": {}}} if form else {})
        c.permit = lambda q: answer
        s = c.session()
        assert c.prompt(s, "go")["stopReason"] == "end_turn"
        ask = c.asked[0]
        assert ask["method"] == ("elicitation/create" if form else "session/request_permission"), ask
        if not form:
            assert [o["name"] for o in ask["params"]["options"]][:2] == ["red", "blue"], ask
        ends = json.dumps(c.updates("tool_call_update"))
        assert want in ends, (want, ends)
        c.close()


def bad_input_is_answered_and_passed_over(p):
    c = Client(p, "-m", p.playbook("turns: [{say: fine}]\n"), init=False)
    assert c.error("session/new", cwd=p.ws, mcpServers=[])["code"] == -32600
    c.raw(b"{broken\n[]\n\n   \n7\n{\"id\": 5}\n")
    codes = [c.message()["error"]["code"] for _ in range(4)]
    assert codes == [-32700, -32600, -32600, -32600], codes
    c.call("initialize", protocolVersion=7, clientCapabilities={"fs": {"readTextFile": True}})
    assert c.seen[-1]["result"]["protocolVersion"] == 1
    assert c.error("session/teleport")["code"] == -32601 and c.error("_own/thing")["code"] == -32601
    assert c.error("authenticate", methodId="x")["code"] == -32602
    c.send(method="session/nothing", params={})  # a notification is not answered
    c.send(method="session/cancel", params={"sessionId": "none"})
    c.send(id=99, result={"outcome": {"outcome": "selected", "optionId": "y"}})  # to no request
    assert c.error("session/new", cwd="relative", mcpServers=[])["code"] == -32602
    assert c.error("session/new", cwd="/no/such/directory", mcpServers=[])["code"] == -32602
    assert c.error("session/new", cwd=p.home, mcpServers=[])["code"] == -32603  # all the user has
    assert c.error("session/prompt", sessionId="none", prompt=[])["code"] == -32002
    # More than a message may hold is dropped as it comes; the request is refused by its id.
    part = b"x" * (1 << 20)
    c.raw(b'{"jsonrpc":"2.0","id":"big","method":"session/prompt","params":{"text":"')
    for _ in range(100):
        c.raw(part)
    c.raw(b'"}}\n')
    big = c.until(lambda m: m.get("id") == "big")
    assert big["error"]["code"] == -32600 and "64 MiB" in big["error"]["message"], big
    s = c.session()
    c.send(id="a-string", method="session/prompt", params={"sessionId": s, "prompt": [{"type": "text", "text": "go"}]})
    assert c.until(lambda m: m.get("id") == "a-string")["result"]["stopReason"] == "end_turn"
    assert c.close() == 0


def works_in(process):
    try:
        return os.readlink(f"/proc/{process}/cwd")
    except OSError:  # it ended meanwhile
        return None


def who_leaves_in_the_middle_finds_it_again(p):
    play = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'echo $$ > pid; exec sleep 600'}}\n  - say: later\n")
    c = Client(p, "-m", play)
    s = c.session()
    c.begin("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "long work"}])
    wait_for("the command runs", lambda: os.path.exists(p.ws + "/pid") and p.read("pid").strip())
    c.proc.stdin.close()
    assert c.proc.wait(DEADLINE) == 0
    sleeps = subprocess.run(["pgrep", "-f", "^sleep 600$"], capture_output=True, text=True).stdout.split()
    assert p.ws not in [works_in(x) for x in sleeps], sleeps
    c = Client(p, "-m", play)
    c.call("session/load", sessionId=s, cwd=p.ws, mcpServers=[])
    assert c.words("user_message_chunk") == "long work"
    assert c.updates("tool_call_update")[-1]["status"] == "failed"
    # One whose reader is gone ends too.
    c.proc.stdout.close()
    c.begin("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "/status"}])
    assert c.proc.wait(DEADLINE) == 0
    c = Client(p, "-m", play)
    c.session()
    c.proc.send_signal(signal.SIGTERM)
    assert c.proc.wait(DEADLINE) == 130


def servers_of_the_client(p):
    server = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "servers/mcp_server.py")
    play = p.playbook("turns:\n  - call: {tool: mine_echo, args: {text: over}}\n  - say: done\n")
    c = Client(p, "-m", play)
    s = c.session(mcpServers=[{"name": "mine", "command": sys.executable, "args": [server], "env": [{"name": "A", "value": "b"}]}])
    assert c.prompt(s, "go")["stopReason"] == "end_turn"
    assert "over" in json.dumps(c.updates("tool_call_update")[-1]), c.updates("tool_call_update")
    assert c.prompt(s, "/mcp")["stopReason"] == "end_turn" and "mine" in c.words()


def prompts_of_a_server_are_commands(p):
    server = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "servers/mcp_server.py")
    p.server([{"say": "one"}, {"say": "two"}])
    c = Client(p, "-m", "m")
    s = c.session(mcpServers=[{"name": "t", "command": sys.executable, "args": [server, "words"], "env": []}])
    names = lambda: [x["name"] for x in c.updates("available_commands_update")[-1]["availableCommands"]]
    assert c.prompt(s, "look at @t:mem://notes")["stopReason"] == "end_turn" and "t:review" in names(), names()
    assert "the sea is" in json.dumps(p.requests()[-1]["body"])
    assert c.prompt(s, "/t:review a.c")["stopReason"] == "end_turn" and c.words() == "onetwo"
    assert "a.c" in p.requests()[-1]["body"]["messages"][-1]["content"]


def a_long_session_is_loaded_whole(p):
    long = ["".join(chr(97 + i) for _ in range(150000)) for i in range(5)]
    p.server([{"say": t} for t in long], window=2000000)
    c = Client(p, "-m", "m")
    s = c.session()
    for i in range(len(long)):
        assert c.prompt(s, f"goal {i}")["stopReason"] == "end_turn"
    c.close()
    c = Client(p, "-m", "m")
    c.call("session/load", sessionId=s, cwd=p.ws, mcpServers=[])
    assert c.words() == "".join(long), len(c.words())
    assert c.words("user_message_chunk") == "".join(f"goal {i}" for i in range(len(long))), c.words("user_message_chunk")


def what_a_project_brings_is_not_used_untrusted(p):
    p.write(".mien/config.yaml", "approval: yolo\n")
    c = Client(p, "-m", p.playbook("turns: [{say: fine}]\n"))
    s = c.session()
    assert c.opened["modes"]["currentModeId"] == "auto", c.opened["modes"]
    assert c.prompt(s, "go")["stopReason"] == "end_turn"
    assert "not trusted" in c.words("agent_thought_chunk"), c.words("agent_thought_chunk")


def without_a_model_it_says_so(p):
    c = Client(p)
    e = c.error("session/new", cwd=p.ws, mcpServers=[])
    assert "no model" in e["message"], e
    p.server([{"status": 400, "error": "the key is wrong"}] * 9)
    c = Client(p, "-m", "m")
    e = c.error("session/prompt", sessionId=c.session(), prompt=[{"type": "text", "text": "go"}])
    assert "the key is wrong" in e["message"], e


def words_while_it_works_steer_it(p):
    play = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'touch here; until [ -e go ]; do sleep 0.02; done'}}\n  - say: turned\n")
    c = Client(p, "-m", play)
    s = c.session()
    first = c.begin("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "go"}])
    wait_for("it runs", lambda: os.path.exists(p.ws + "/here"))
    second = c.begin("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "turn left"}])
    e = c.error("session/prompt", sessionId=s, prompt=[{"type": "text", "text": "/agent task_executor"}])
    assert "idle" in e["message"], e
    open(p.ws + "/go", "w", encoding="utf-8").close()
    assert c.answer(first)["result"]["stopReason"] == "end_turn" and c.answer(second)["result"]["stopReason"] == "end_turn"
    assert c.words() == "turned"


run(globals())
