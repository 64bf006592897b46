"""The user's own commands that look at what comes through the gateway."""
import http.client
import json
import os
import socket

from lib import run, wait_for
from proxy import Proxy, raw_server
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
    # Also where both speak the same.
    tools = [{"type": "function", "function": {"name": t["name"], "parameters": t["input_schema"]}} for t in TOOLS]
    for more in ({"stream": True}, {}):
        status, _, data = x.ask("/v1/chat/completions", {"model": "m", "messages": ASK["messages"], "tools": tools, **more})
        assert status == 200 and b"fire" in data and b"tool_calls" not in data, "a stream, whatever was asked for: %s" % data
    before = len(p.requests())
    assert x.chat(n=2)[0] == 400 and x.ask("/v1beta/models/m:generateContent", {"contents": [], "generationConfig": {"candidateCount": 2}})[0] == 400
    assert len(p.requests()) == before, "of two answers at once one would be seen"
    status, _, data = stream(x, tools=TOOLS)
    assert events(data)[-1]["type"] == "message_stop" and b"partial_json" in data, data
    assert json.loads(x.ask("/v1/messages", {**ASK, "tools": TOOLS})[2])["content"][1]["name"] == "look" and len(p.requests()) == before + 2


def frame(name, **data):
    return f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n"


def what_goes_through_stays_as_it_is(p):
    """A call's bytes wait for the hook, and are the server's own; what comes before them does not wait."""
    text = frame("message_start", message={"usage": {"input_tokens": 9}}) + frame("content_block_start", index=0, content_block={"type": "text", "text": ""}) + frame(
        "content_block_delta", index=0, delta={"type": "text_delta", "text": "A"}) + frame("content_block_stop", index=0)
    call = frame("content_block_start", index=1, content_block={"type": "tool_use", "id": "t", "name": "burn", "input": {}}) + frame(
        "content_block_delta", index=1, delta={"type": "input_json_delta", "partial_json": '{"at": "\\u00e9"}'}) + frame("content_block_stop", index=1)
    end = frame("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 3}) + frame("message_stop")
    whole = json.dumps({"type": "message", "content": [{"type": "tool_use", "id": "t", "name": "burn", "input": {}}], "stop_reason": "tool_use", "usage": {}})
    google = json.dumps({"candidates": [{"content": {"parts": [{"functionCall": {"name": "burn", "args": {}}}]}, "finishReason": "STOP"}]})
    head = "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\n\r\n"
    port, server, log = raw_server(p, {"/all/v1/messages": {"head": head % "text/event-stream", "body": text + call + end}, "/cut/v1/messages": {"head": head % "text/event-stream", "body": text + call},
                                       "/whole/v1/messages": {"head": head % "application/json", "body": whole}, "/text/v1/messages": {"head": head % "text/event-stream", "body": text, "hold": True},
                                       "/array/v1beta/models/up:streamGenerateContent": {"head": head % "application/json", "body": '[{"candidates": [{"content": {"parts": [{"text": "A"}]}}]},' + google + "]"},
                                       "/bad/v1/messages": {"head": "HTTP/1.1 429 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n", "body": "{}"}})
    p.write("models.yaml", "model_list:\n" + "".join(f"  - {{model_name: {n}, litellm_params: {{model: anthropic/up, api_key: k, api_base: 'http://127.0.0.1:{port}/{n}'}}}}\n"
                                                     for n in ("all", "cut", "whole", "text", "bad"))
            + f"  - {{model_name: array, litellm_params: {{model: gemini/up, api: gemini, api_key: k, api_base: 'http://127.0.0.1:{port}/array/v1beta'}}}}\n", p.config)
    p.write("config.yaml", f"hooks:\n  pre_tool: 'cat > {p.top}/seen; test -e {p.top}/yes || {{ echo no fire >&2; exit 2; }}'\n", p.config)
    x = Proxy(p)
    asked = {**ASK, "system": [{"type": "text", "text": "S", "cache_control": {"type": "ephemeral", "ttl": "1h"}}], "tools": TOOLS}
    status, _, data = stream(x, body=asked, model="all")
    assert status == 200 and data.decode().startswith(text) and call not in data.decode() and events(data)[-1]["type"] == "error" and b"no fire" in data, data
    assert json.loads(p.read("../seen"))["args"] == {"at": "\u00e9"}
    assert "1h" in json.loads(open(log).readline())["raw"], "the request is the client's own"
    status, _, data = x.ask("/v1/messages", {**asked, "model": "whole"})
    assert status == 400 and b"no fire" in data, (status, data)
    assert x.ask("/v1/messages", {**asked, "model": "bad"})[0] == 429
    status, _, data = x.ask("/v1beta/models/array:streamGenerateContent", {"contents": [{"parts": [{"text": "hi"}]}]})
    assert b"no fire" in data and b"functionCall" not in data, "an array of Google's is read, too: %s" % data
    open(p.top + "/yes", "w").close()
    status, _, data = stream(x, body=asked, model="all")
    assert data.decode() == text + call + end, data
    assert x.ask("/v1/messages", {**asked, "model": "whole"})[2].decode() == whole
    # A call that nobody saw, for the answer broke off, is not told.
    try:
        data = stream(x, body=asked, model="cut")[2]
    except http.client.IncompleteRead as e:
        data = e.partial
    assert data.decode() == text, data
    body = json.dumps({**asked, "model": "text", "stream": True}).encode()
    with socket.create_connection(("127.0.0.1", x.port), 10) as c:
        c.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        got = b""
        while b"text_delta" not in got:
            got += c.recv(65536)
    assert server.stdout.readline().startswith(b"closed")


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
