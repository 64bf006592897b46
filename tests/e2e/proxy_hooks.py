"""The user's own commands that look at what comes through the gateway."""
import json
import os

from lib import run, wait_for
from proxy import Proxy
from proxy_translate import ASK, events, models, stream

TOOLS = [{"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}}},
         {"name": "burn", "description": "Burns.", "input_schema": {"type": "object", "properties": {}}}]


def hooked(p, steps, hooks, entry=""):
    port = p.server(steps)
    models(p, port, ("m", entry))
    p.write("config.yaml", "hooks:\n" + hooks, p.config)
    return Proxy(p)


def a_request_is_refused_in_the_clients_shape(p):
    x = hooked(p, [{"say": "ok"}], f"  pre_request: 'cat > {p.top}/seen; echo not on Fridays >&2; exit 2'\n")
    status, _, data = stream(x, model="m@formal")
    error = json.loads(data)["error"]
    assert status == 400 and error["type"] == "invalid_request_error" and "not on Fridays" in error["message"] and "hook" in error["message"], data
    seen = json.loads(p.read("../seen"))
    assert seen["event"] == "pre_request" and seen["path"] == "/v1/messages" and seen["body"]["model"] == "m@formal", seen
    status, _, data = x.ask("/v1/chat/completions", {"model": "m", "messages": []}, {"User-Agent": "tester/1"})
    assert status == 400 and "not on Fridays" in json.loads(data)["error"]["message"], data
    assert json.loads(p.read("../seen"))["client"] == "tester"
    assert json.loads(x.ask("/v1beta/models/m:generateContent", {"contents": [{"parts": [{"text": "hi"}]}]})[2])["error"]["status"] == "INVALID_ARGUMENT"
    # Nothing goes by: what only counts, other paths, files, what is JSON to few.
    assert x.ask("/v1/messages/count_tokens", ASK)[0] == 400 and x.ask("/v1/embeddings", {"model": "m", "input": "x"})[0] == 400
    assert x.ask("/v1/files/f1", method="DELETE")[0] == 400 and json.loads(p.read("../seen"))["method"] == "DELETE"
    assert x.ask("/v1/files", b"--b\r\n", {"Content-Type": "multipart/form-data; boundary=b"})[0] == 400 and "body" not in json.loads(p.read("../seen"))
    assert x.ask("/v1/messages", b'{"model":"m","messages":[{"role":"user","content":"secret \\ud800"}]}')[0] == 400
    assert "secret" in json.loads(p.read("../seen"))["body"]
    assert not p.requests(), "nobody was asked"


def a_request_is_changed(p):
    change = "python3 -c 'import json,sys; e=json.load(sys.stdin)[\"body\"]; e[\"max_tokens\"]=e.get(\"max_tokens\",0)+1; print(json.dumps(e))'"
    x = hooked(p, [{"say": "ok"}] * 4, "  pre_request:\n    - " + json.dumps(change) + "\n    - 'cat > /dev/null; echo no JSON'\n    - 'exit 7'\n    - " + json.dumps(change) + "\n")
    assert stream(x)[0] == 200
    assert p.requests()[-1]["body"]["max_tokens"] == 52, "one after the other, and what fails changes nothing"
    big = {**ASK, "messages": [{"role": "user", "content": "x" * 3000000}]}
    assert x.ask("/v1/messages", big)[0] == 200
    assert p.requests()[-1]["body"]["max_tokens"] == 52 and len(p.requests()[-1]["body"]["messages"][0]["content"]) == 3000000
    assert x.ask("/v1/messages", b"[")[0] == 400


def a_call_is_refused(p):
    call = {"say": "I burn.", "calls": [{"name": "look", "args": {"at": "it"}, "id": "c1"}, {"name": "burn", "args": {}, "id": "c2"}]}
    x = hooked(p, [call] * 4 + [{**call, "calls": call["calls"][:1]}] * 2,
               f"  pre_tool:\n    - 'cat >> {p.top}/seen; echo >> {p.top}/seen'\n    - {{command: 'echo fire >&2; exit 2', tools: [burn], timeout: 5}}\n")
    status, _, data = stream(x, tools=TOOLS)
    last = events(data)[-1]
    assert status == 200 and last["type"] == "error" and "burn" in last["error"]["message"] and "fire" in last["error"]["message"], data
    assert "".join(e.get("delta", {}).get("text", "") for e in events(data)) == "I burn." and b"tool_use" not in data, "no call of an answer that is refused is told"
    seen = [json.loads(l) for l in p.read("../seen").splitlines()]
    assert [(e["event"], e["tool"], e["args"]) for e in seen] == [("pre_tool", "look", {"at": "it"}), ("pre_tool", "burn", {})], seen
    status, _, data = x.ask("/v1/messages", {**ASK, "tools": TOOLS})
    assert status == 400 and "fire" in json.loads(data)["error"]["message"], (status, data)
    # Also where both speak the same: it is read then.
    tools = [{"type": "function", "function": {"name": t["name"], "parameters": t["input_schema"]}} for t in TOOLS]
    for more in ({"stream": True}, {}):
        status, _, data = x.ask("/v1/chat/completions", {"model": "m", "messages": ASK["messages"], "tools": tools, **more})
        assert b"fire" in data and status == (200 if more else 400), (status, data)
    status, _, data = stream(x, tools=TOOLS)
    assert events(data)[-1]["type"] == "message_stop" and b"partial_json" in data, data
    assert json.loads(x.ask("/v1/messages", {**ASK, "tools": TOOLS})[2])["content"][1]["name"] == "look"


def answers_are_told_of(p):
    x = hooked(p, [{"say": "one", "usage": {"prompt_tokens": 100, "completion_tokens": 7}}, {"say": "two"}, {"status": 500, "error": "x"}],
               f"  post_response: 'cat > {p.top}/told.new.$$; mv {p.top}/told.new.$$ {p.top}/told.$$; exit 2'\n")
    assert stream(x)[0] == 200 and x.chat(stream=True)[0] == 200 and x.chat()[0] == 500
    seen = wait_for("three events", lambda: (lambda l: l if len(l) == 3 else None)(
        [json.loads(p.read("../" + n)) for n in os.listdir(p.top) if n.startswith("told.") and "new" not in n]))
    one = next(e for e in seen if e["path"] == "/v1/messages")
    assert one["text"] == "one" and one["usage"]["input"] == 100 and one["status"] == 200 and one["whole"] and one["model"] == "m", one
    assert sorted(e["status"] for e in seen) == [200, 200, 500], seen


def a_client_that_goes_ends_its_hook(p):
    import socket
    x = hooked(p, [{"say": "ok"}], f"  pre_request: {{command: 'echo $$ > {p.top}/pid.new; mv {p.top}/pid.new {p.top}/pid; sleep 600', timeout: 600}}\n")
    body = json.dumps({**ASK, "stream": True}).encode()
    with socket.create_connection(("127.0.0.1", x.port), 10) as c:
        c.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        pid = int(wait_for("the hook", lambda: os.path.exists(p.top + "/pid") and p.read("../pid")))
        assert x.ask("/health")[0] == 200, "others are served meanwhile"
    wait_for("the hook is gone", lambda: not os.path.exists(f"/proc/{pid}"))


def a_wrong_one_is_named(p):
    for text, word in (("  pre_requests: x\n", b"pre_request"), ("  pre_tool: [{cmd: x}]\n", b"command")):
        p.write("config.yaml", "hooks:\n" + text, p.config)
        r = p.mien("proxy", "--listen", "127.0.0.1:0")
        assert r.returncode == 2 and b"config.yaml:2" in r.stderr and word in r.stderr, r
    p.write("config.yaml", "", p.config)
    p.write(".mien/config.yaml", "hooks: {pre_request: x}\n")
    r = p.mien("proxy", "--trust", "--listen", "127.0.0.1:0")
    assert r.returncode == 2 and b"your own config.yaml" in r.stderr, r


if __name__ == "__main__":
    run({k: v for k, v in globals().items() if getattr(getattr(v, "__code__", None), "co_varnames", ("",))[:1] == ("p",) and v.__code__.co_argcount == 1})
