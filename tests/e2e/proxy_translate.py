"""The gateway between dialects, over sockets: what unit/gateway_told and gateway_asked cannot see."""
import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time

from lib import run, wait_for
from proxy import Proxy, raw_exchange, raw_server, unchunk

ASK = {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "hi"}]}
CODEX = {"model": "m", "stream": True, "input": "hi"}


def models(place, port, *rows, provider="hosted_vllm", more=""):
    text = "model_list:\n"
    for name, extra in rows or (("m", ""),):
        text += f"  - model_name: {name}\n    litellm_params: {{model: {provider}/up, api_base: 'http://127.0.0.1:{port}/v1'{extra}}}\n{more}"
    place.write("models.yaml", text, place.config)


def events(data):
    return [json.loads(line[6:]) for line in data.decode().splitlines() if line.startswith("data: {")]


def stream(x, path="/v1/messages", body=ASK, **more):
    return x.ask(path, {**body, "stream": True, **more})


def a_mode_reaches_another_dialect(p):
    port = p.server([{"say": "one"}] * 4)
    models(p, port, more="    behaviors:\n      formal: {route_suffix: /formal, instructions: Be polite., parameters: {top_p: 0.5}}\n")
    x = Proxy(p)
    status, headers, data = stream(x, model="m@formal")
    assert status == 200 and events(data)[-1]["type"] == "message_stop"
    assert headers["x-mien-model"] == "m" and headers["x-mien-mode"] == "formal" and headers["x-mien-deployment"] == "hosted_vllm/up", headers
    sent = p.requests()[-1]
    assert sent["path"] == "/v1/formal/chat/completions" and sent["body"]["top_p"] == 0.5, sent
    assert sent["body"]["messages"][0] == {"role": "system", "content": "Be polite."}
    assert events(data)[0]["message"]["model"] == "m@formal", "the name that the client asked for"
    assert x.ask("/behavior", {"mode": "formal"})[0] == 200
    assert stream(x)[0] == 200 and p.requests()[-1]["path"] == "/v1/formal/chat/completions"
    assert x.ask("/v1beta/models/m:generateContent", {"contents": [{"parts": [{"text": "hi"}]}]}, {"X-Behavior-Mode": ""})[1]["x-mien-mode"] in ("none", "formal")


def errors_keep_their_hints(p):
    steps = [{"status": 429, "error": "slow down", "headers": {"Retry-After": "7", "x-should-retry": "true"}},
             {"status": 400, "error": "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens"},
             {"status": 400, "error": "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens"},
             {"status": 404, "error": "no such path"}, {"status": 401, "error": "bad key sk-canary-0123456789"}, {"fault": "html"}]
    port = p.server(steps)
    models(p, port, ("m", ", api_key: sk-canary-0123456789"))
    x = Proxy(p)
    status, headers, data = stream(x)
    assert status == 429 and headers["retry-after"] == "7" and headers["x-should-retry"] == "true", headers
    assert json.loads(data)["error"]["type"] == "rate_limit_error" and "slow down" in json.loads(data)["error"]["message"]
    status, _, data = stream(x)
    assert status == 400 and json.loads(data)["error"] == {"type": "invalid_request_error", "message": "prompt is too long: 9000 tokens > 8192 maximum"}, data
    status, _, data = x.ask("/v1/responses", CODEX)
    assert status == 200 and events(data)[-1]["response"]["error"]["code"] == "context_length_exceeded", data
    status, _, data = stream(x)
    assert status == 404 and "no such path" in json.loads(data)["error"]["message"] and "127.0.0.1" in data.decode(), data
    status, _, data = stream(x)
    assert status == 401 and b"sk-canary" not in data, data
    status, _, data = stream(x)
    assert status == 502 and "web page" in json.loads(data)["error"]["message"], data


def a_stream_that_fails_ends_as_an_error(p):
    port = p.server([{"say": "some words", "fault": "error_frame", "error": "boom", "after": 2}, {"say": "some words", "fault": "cut", "after": 2},
                     {"fault": "reset", "after": 0}])
    models(p, port)
    x = Proxy(p)
    for _ in range(2):
        status, _, data = stream(x)
        assert status == 200 and events(data)[-1]["type"] == "error", data
        assert not any(e["type"] in ("message_delta", "message_stop") for e in events(data))
    status, _, data = stream(x)
    assert status == 502 and json.loads(data)["type"] == "error", (status, data)


def what_a_server_refuses_is_left_out(p):
    port = p.server([{"status": 400, "error": "Unsupported parameter: 'temperature' is not supported with this model."}, {"say": "ok"}, {"say": "ok"}])
    models(p, port)
    x = Proxy(p)
    assert stream(x, temperature=0.3)[0] == 200
    assert stream(x, temperature=0.3)[0] == 200
    assert ["temperature" in r["body"] for r in p.requests()] == [True, False, False]


def tools_and_reasoning_where_chat_has_no_both(p):
    """Such a model says so with each effort, and with none; it is asked in the dialect that it names, by any client, from then on."""
    words = ("Function tools with reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions. To use function tools, use /v1/responses or set "
             "reasoning_effort to 'none'.")
    error = json.dumps({"error": {"message": words, "type": "invalid_request_error", "param": "reasoning_effort", "code": None}})
    done = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in (
        {"type": "response.output_text.delta", "output_index": 0, "delta": "fine"}, {"type": "response.completed", "response": {"status": "completed", "output": []}}))
    port, _, log = raw_server(p, {"/v1/chat/completions": {"head": f"HTTP/1.1 400 X\r\nContent-Type: application/json\r\nContent-Length: {len(error)}\r\nConnection: close\r\n\r\n",
                                                           "body": error},
                                  "/v1/responses": {"head": "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n", "body": done}})
    p.write("models.yaml", f"model_list:\n  - {{model_name: m, litellm_params: {{model: openai/new-one, api_key: k, api_base: 'http://127.0.0.1:{port}/v1'}}}}\n", p.config)
    x = Proxy(p)
    tools = [{"name": "f", "input_schema": {"type": "object", "properties": {}}}]
    for more in ({}, {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}}):
        status, _, data = stream(x, tools=tools, **more)
        assert status == 200 and b"fine" in data and events(data)[-1]["type"] == "message_stop", (status, data)
    asked = [json.loads(line) for line in open(log)]
    assert [r["path"] for r in asked] == ["/v1/chat/completions", "/v1/responses", "/v1/responses"], [r["path"] for r in asked]
    last = json.loads(asked[-1]["raw"])
    assert last["reasoning"]["effort"] == "high" and last["tools"][0]["name"] == "f" and "reasoning_effort" not in last, last


def what_is_missing_is_named(p):
    """All that a client shows of a 404 is that the model has an issue: the words must say whose."""
    port = p.server([{"status": 404, "error": "The model `up` does not exist"}, {"status": 404, "error": ""}])
    models(p, port)
    x = Proxy(p)
    for words in ("The model `up` does not exist", ""):
        status, _, data = stream(x)
        error = json.loads(data)["error"]
        assert status == 404 and error["type"] == "not_found_error" and words in error["message"], data
        assert "m (" in error["message"] and f"127.0.0.1:{port}" in error["message"] and "404" in error["message"], data
    status, _, data = stream(x, model="claude-haiku-4-5")
    assert status == 400 and "claude-haiku-4-5" in json.loads(data)["error"]["message"] and "there is: m" in json.loads(data)["error"]["message"], data
    status, _, data = x.ask("/v1/message", ASK)
    assert status == 404 and "/v1/messages" in json.loads(data)["error"]["message"], data


def deployments_of_any_dialect_in_turn(p):
    bad, _, _ = raw_server(p, {"/v1/chat/completions": {"head": "HTTP/1.1 503 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n", "body": "{}"}}, "bad")
    port = p.server([{"say": "second"}, {"say": "second"}])
    p.write("models.yaml", f"""model_list:
  - {{model_name: m, litellm_params: {{model: hosted_vllm/zero, api_base: 'http://127.0.0.1:9/v1'}}}}
  - {{model_name: m, litellm_params: {{model: hosted_vllm/one, api_base: 'http://127.0.0.1:{bad}/v1'}}}}
  - {{model_name: m, litellm_params: {{model: hosted_vllm/two, api_base: 'http://127.0.0.1:{port}/v1'}}}}
""", p.config)
    x = Proxy(p)
    status, headers, data = stream(x)
    assert status == 200 and headers["x-mien-deployment"] == "hosted_vllm/two" and b"second" in data, (status, data)
    assert json.loads(x.ask("/v1/messages", ASK)[2])["content"][0]["text"] == "second"


def client_gone_closes_the_server(p):
    port, server, _ = raw_server(p, {"/v1/chat/completions": {"head": "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
                                                              "body": 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n', "hold": True}})
    models(p, port)
    x = Proxy(p)
    body = json.dumps({**ASK, "stream": True}).encode()
    c = socket.create_connection(("127.0.0.1", x.port), 10)
    c.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    got = b""
    while b"text_delta" not in got:
        got += c.recv(4096)
    began = time.monotonic()
    c.close()
    assert server.stdout.readline().startswith(b"closed")
    assert time.monotonic() - began < 1, "200 ms is what is promised"


def counting(p):
    port = p.server([{"say": "ok", "usage": {"prompt_tokens": 5000, "completion_tokens": 2}}] * 4)
    models(p, port, provider="openai")
    x = Proxy(p)
    big = {**ASK, "messages": [{"role": "user", "content": "a word or two " * 300}]}
    first = json.loads(x.ask("/v1/messages/count_tokens", big)[2])["input_tokens"]
    for _ in range(4):
        assert x.ask("/v1/messages", big)[0] == 200
    learned = json.loads(x.ask("/v1/messages/count_tokens", big)[2])["input_tokens"]
    assert 500 < first < 3000 and learned > first, (first, learned)
    assert json.loads(x.ask("/v1/responses/input_tokens", {"model": "m", "input": "a b c"})[2])["input_tokens"] > 1
    assert json.loads(x.ask("/v1beta/models/m:countTokens", {"contents": [{"parts": [{"text": "a b c"}]}]})[2])["totalTokens"] > 1
    assert len(p.requests()) == 4


def its_server_counts(p):
    """What a server's own tokenizer says, asked with what it needs and no more; one that cannot is asked once."""
    ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    port, _, log = raw_server(p, {"/tokenize": {"head": ok, "body": '{"count": 1234, "max_model_len": 9}'},
                                  "/v1/messages/count_tokens": {"head": ok, "body": '{"input_tokens": 2345}'},
                                  "/v1/responses/input_tokens": {"head": ok, "body": '{"object": "response.input_tokens", "input_tokens": 3456}'},
                                  "/v1beta/models/gemini-3-pro:countTokens": {"head": ok, "body": '{"totalTokens": 4567}'},
                                  "/broken/messages/count_tokens": {"head": ok, "body": "{"}})
    p.write("models.yaml", f"""model_list:
  - {{model_name: chat, litellm_params: {{model: hosted_vllm/up, api_base: 'http://127.0.0.1:{port}/v1'}}}}
  - {{model_name: messages, litellm_params: {{model: anthropic/up, api_key: k, api_base: 'http://127.0.0.1:{port}'}}}}
  - {{model_name: responses, litellm_params: {{model: openai/responses/up, api_key: k, api_base: 'http://127.0.0.1:{port}/v1'}}}}
  - {{model_name: gemini, litellm_params: {{model: gemini/gemini-3-pro, api: gemini, api_key: k, api_base: 'http://127.0.0.1:{port}/v1beta'}}}}
  - {{model_name: none, litellm_params: {{model: hosted_vllm/up, api_base: 'http://127.0.0.1:{port}/v2/v1'}}}}
""", p.config)
    x = Proxy(p)
    ask = {**ASK, "tools": [{"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {}}}], "temperature": 0.5}

    def count(model, path="/v1/messages/count_tokens", body=ask):
        status, _, data = x.ask(path, {**body, "model": model})
        assert status == 200, (model, status, data)
        return json.loads(data)
    assert count("chat") == {"input_tokens": 1234}
    assert count("responses") == {"input_tokens": 3456} and count("gemini") == {"input_tokens": 4567}, open(log).read()
    assert count("messages", "/v1/responses/input_tokens", {"input": "hi"}) == {"object": "response.input_tokens", "input_tokens": 2345}
    asked = [json.loads(line) for line in open(log)]
    bodies = [json.loads(r["raw"]) for r in asked]
    assert [r["path"].split("?")[0] for r in asked] == ["/tokenize", "/v1/responses/input_tokens", "/v1beta/models/gemini-3-pro:countTokens", "/v1/messages/count_tokens"], asked
    assert sorted(bodies[0]) == ["messages", "model", "tools"] and bodies[0]["model"] == "up", bodies[0]
    assert "max_output_tokens" not in bodies[1] and "stream" not in bodies[1] and bodies[1]["tools"], bodies[1]
    assert bodies[2]["generateContentRequest"]["model"] == "models/gemini-3-pro" and bodies[2]["generateContentRequest"]["contents"], bodies[2]
    assert "max_tokens" not in bodies[3] and bodies[3]["messages"], bodies[3]
    first = count("none")["input_tokens"]
    assert 5 < first < 200 and count("none")["input_tokens"] == first
    assert sum(json.loads(line)["path"] == "/v2/tokenize" for line in open(log)) == 1, "asked once only"


def websocket_is_refused_at_once(p):
    models(p, 9)
    answer = raw_exchange(Proxy(p).port, b"GET /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 426 "), answer


def compressed_bodies(p):
    port = p.server([{"json": {"object": "r"}}] * 4)
    models(p, port, ("m", ", api: [chat]"))
    x = Proxy(p)
    body = json.dumps({"model": "m", "messages": []}).encode()
    assert x.ask("/v1/chat/completions", gzip.compress(body), {"Content-Encoding": "gzip"})[0] == 200
    assert p.requests()[-1]["body"]["model"] == "up"
    try:
        packed = subprocess.run(["zstd", "-c"], input=body, capture_output=True).stdout
    except FileNotFoundError:
        # one raw block: magic, a frame of one segment with its size, the block
        packed = b"\x28\xb5\x2f\xfd\x20" + bytes([len(body)]) + (1 | len(body) << 3).to_bytes(3, "little") + body
    assert x.ask("/v1/chat/completions", packed, {"Content-Encoding": "zstd"})[0] == 200
    assert x.ask("/v1/chat/completions", body, {"Content-Encoding": "gzip"})[0] == 400
    assert x.ask("/v1/chat/completions", gzip.compress(body)[:-9], {"Content-Encoding": "gzip"})[0] == 400
    assert x.ask("/v1/chat/completions", body, {"Content-Encoding": "br"})[0] == 415
    assert x.ask("/v1/chat/completions", gzip.compress(b" " * (65 << 20)), {"Content-Encoding": "gzip"})[0] == 413


def a_wildcard_leaves_the_mode_alone(p):
    port = p.server([{"json": {"object": "r"}}] * 3)
    p.write("models.yaml", f"""model_list:
  - model_name: gpt-*
    litellm_params: {{model: 'hosted_vllm/gpt-*', api_base: 'http://127.0.0.1:{port}/v1'}}
    behaviors: {{formal: {{route_suffix: /formal}}}}
""", p.config)
    x = Proxy(p)
    assert x.chat("gpt-5@formal")[0] == 200
    assert p.requests()[-1]["path"] == "/v1/formal/chat/completions" and p.requests()[-1]["body"]["model"] == "gpt-5"
    status, text = x.error("/v1/chat/completions", {"model": "gpt-5@nonsense"})
    assert status == 400 and "nonsense" in text and "formal" in text, text
    ids = [m["id"] for m in json.loads(x.ask("/v1/models")[2])["data"]]
    assert "gpt-5" in ids and "gpt-5@formal" in ids and "gpt-5@nonsense" not in ids, ids
    one = json.loads(x.ask("/v1/models/gpt-5")[2])
    assert one["id"] == "gpt-5" and one["behavior_modes"] == ["formal"], one


def other_paths(p):
    answers = {path: {"head": f"HTTP/1.1 200 X\r\nContent-Length: {len(body)}\r\nX-Mine: {n}\r\nConnection: close\r\n\r\n", "body": body}
               for n, (path, body) in enumerate({"/v1/embeddings": "e", "/v1/files": "multi", "/v1/responses/r1": "gone"}.items())}
    port, _, log = raw_server(p, answers)
    models(p, port)
    x = Proxy(p)
    status, headers, data = x.ask("/v1/embeddings", b'{"input": "\\u00e9", "model":"m", "n": 1.0}', {"Content-Type": "application/json"})
    assert (status, data, headers["x-mine"]) == (200, b"e", "0"), (status, data)
    assert x.ask("/v1/files", b"--b\r\n\r\nx\r\n--b--", {"Content-Type": "multipart/form-data; boundary=b"})[2] == b"multi"
    assert x.ask("/v1/responses/r1", None, None, "DELETE")[2] == b"gone"
    assert x.ask("/v1/files?limit=2")[2] == b"multi"
    seen = open(log).read()
    requests = [json.loads(line) for line in seen.splitlines()]
    assert requests[0]["raw"] == '{"input": "\\u00e9", "model":"up", "n": 1.0}', requests[0]
    assert requests[1]["headers"]["content-type"] == "multipart/form-data; boundary=b" and requests[1]["raw"].startswith("--b")
    assert requests[2]["method"] == "DELETE" and requests[3]["path"] == "/v1/files?limit=2", requests[2:]
    models(p, port, ("m", ""), ("n", "/other"))
    p.write("models.yaml", open(os.path.join(p.config, "models.yaml")).read().replace("/v1'/other", "/v2'"), p.config)
    status, text = Proxy(p).error("/v1/files", None)
    assert status == 404 and "more than one server" in text, text


def googles_stream_as_an_array(p):
    whole = '[{"candidates": [1]}\n,\r\n{"candidates": [2]}]'
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    google, _, log = raw_server(p, {"/v1beta/models/gemini-3-pro:streamGenerateContent": {"head": head, "body": whole}}, "google")
    port = p.server([{"say": "one two"}, {"say": "some words", "fault": "cut", "after": 2}, {"say": "three"}])
    p.write("models.yaml", f"""model_list:
  - {{model_name: m, litellm_params: {{model: hosted_vllm/up, api_base: 'http://127.0.0.1:{port}/v1'}}}}
  - {{model_name: g, litellm_params: {{model: gemini/gemini-3-pro, api: gemini, api_key: k, api_base: 'http://127.0.0.1:{google}/v1beta'}}}}
""", p.config)
    x = Proxy(p)
    ask = {"contents": [{"parts": [{"text": "hi"}]}]}
    status, headers, data = x.ask("/v1beta/models/m:streamGenerateContent", ask)
    items = json.loads(data)
    assert status == 200 and headers["content-type"] == "application/json", headers
    assert "".join(i["candidates"][0]["content"]["parts"][0]["text"] for i in items).strip() == "one two" and items[-1]["usageMetadata"], items
    assert json.loads(x.ask("/v1beta/models/m:streamGenerateContent", ask)[2])[-1]["error"]["status"] == "UNAVAILABLE"
    status, headers, data = x.ask("/v1beta/models/m:streamGenerateContent?alt=sse", ask)
    assert headers["content-type"] == "text/event-stream" and events(data)[-1]["candidates"], data
    status, _, data = x.ask("/v1beta/models/g:streamGenerateContent", ask)
    assert status == 200 and data.decode() == whole, data
    assert json.loads(open(log).readline())["path"] == "/v1beta/models/gemini-3-pro:streamGenerateContent"


def azures_way_in(p):
    port = p.server([{"say": "one"}, {"json": {"object": "chat.completion"}}])
    models(p, port, ("m", ""), ("dot.ted-1", ""))
    x = Proxy(p, env={"MIEN_PROXY_TOKEN": "sesame-sesame"})
    path = "/openai/deployments/%s/chat/completions?api-version=2024-10-21"
    assert x.ask(path % "m", {"messages": ASK["messages"]})[0] == 401
    status, headers, data = x.ask(path % "m@formal", {"messages": ASK["messages"], "stream": True}, {"api-key": "sesame-sesame"})
    assert status == 400 and b"formal" in data, data
    status, headers, data = x.ask(path % "m", {"messages": ASK["messages"], "stream": True}, {"api-key": "sesame-sesame"})
    assert status == 200 and headers["x-mien-model"] == "m" and b"one" in data, data
    status, headers, _ = x.ask(path % "dot.ted-1", {"model": "m", "messages": ASK["messages"]}, {"api-key": "sesame-sesame"})
    assert status == 200 and headers["x-mien-model"] == "dot.ted-1", "the path decides"
    assert all(r["path"] == "/v1/chat/completions" and r["body"]["model"] == "up" for r in p.requests()), p.requests()
    status, _, data = x.ask("/openai/deployments/m/images", {}, {"api-key": "sesame-sesame"})
    assert status == 404 and b"/openai/deployments/" in data, data


def pages_that_the_user_listed(p):
    port = p.server([{"json": {"object": "r"}}])
    models(p, port)
    p.write("config.yaml", "proxy: {origins: ['https://app.example', 'http://localhost:3000']}\n", p.config)
    x = Proxy(p)
    status, headers, _ = x.ask("/v1/chat/completions", None, {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}, "OPTIONS")
    assert status == 204 and headers["access-control-allow-origin"] == "https://app.example", headers
    status, headers, _ = x.ask("/v1/models", None, {"Origin": "http://localhost:3000"})
    assert status == 200 and headers["access-control-allow-origin"] == "http://localhost:3000"
    for origin in ("https://app.example.evil", "https://app", "http://localhost:30000"):
        status, headers, _ = x.ask("/v1/models", None, {"Origin": origin})
        assert "access-control-allow-origin" not in headers, origin
        assert status == (200 if "localhost" in origin else 403), (origin, status)


def requests_that_can_be_understood_twice(p):
    models(p, 9)
    x = Proxy(p)
    body = b'{"model":"m"}'
    heads = [b"Content-Length: 13\r\nContent-Length: 14\r\n", b"Content-Length: 13\r\nTransfer-Encoding: chunked\r\n",
             b"Content-Length: 13\r\nHost: 127.0.0.1\r\n", b"Content-Length: 13\r\nOrigin: http://127.0.0.1\r\nOrigin: http://evil\r\n"]
    for head in heads:
        answer = raw_exchange(x.port, b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + head + b"\r\n" + body)
        assert answer.startswith(b"HTTP/1.1 400 "), (head, answer)
    status, text = x.error("/v1/models", None, {"Sec-Fetch-Site": "cross-site"})
    assert status == 403, text
    for name in ("api_key", "extra_headers", "http_proxy", "callbacks", "fallbacks"):
        assert x.error("/v1/chat/completions", {"model": "m", name: "x"})[0] == 400, name


def idle_connections_lock_nobody_out(p):
    models(p, 9)
    x = Proxy(p)
    idle = []
    for _ in range(1200):
        try:
            idle.append(socket.create_connection(("127.0.0.1", x.port), 5))
        except OSError:
            break
    began = time.monotonic()
    assert x.ask("/health", timeout=5)[0] == 200 and time.monotonic() - began < 3, len(idle)
    for c in idle:
        c.close()


def real_claudes_do_not_see_our_proofs(p):
    port = p.server([{"say": "hi", "reasoning": "hm", "calls": [{"name": "f", "args": {}, "id": "c1"}]}, {"json": {"type": "message", "content": []}}])
    models(p, port, ("m", ""), ("claude", ", api: [messages]"))
    x = Proxy(p)
    said = json.loads(x.ask("/v1/messages", ASK)[2])["content"]
    assert said[0]["type"] == "thinking" and said[0]["signature"].startswith("mien1:"), said
    history = [ASK["messages"][0], {"role": "assistant", "content": said}, {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "r"}]}]
    assert x.ask("/v1/messages", {**ASK, "model": "claude", "messages": history})[0] == 200
    kinds = [b["type"] for b in p.requests()[-1]["body"]["messages"][1]["content"]]
    assert kinds == ["text", "tool_use"], kinds


def memory(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(next(l for l in f if l.startswith("VmRSS")).split()[1]) // 1024


def a_client_that_never_reads(p):
    """The server is held back; what is translated does not pile up."""
    frame = 'data: {"choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n' % ("x" * 4000)
    port, server, _ = raw_server(p, {"/v1/chat/completions": {"head": "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n",
                                                              "body": frame, "times": 30000}})
    models(p, port)
    x = Proxy(p)
    before = memory(x.p.pid)
    body = json.dumps({**ASK, "stream": True}).encode()
    c = socket.create_connection(("127.0.0.1", x.port), 10)
    c.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    seen = []
    for _ in range(20):
        time.sleep(0.05)  # nothing to wait for: that nothing happens is the point
        seen.append(memory(x.p.pid))
    assert seen[-1] - seen[-6] <= 1 and seen[-1] - before < 60, (before, seen)
    assert x.ask("/health")[0] == 200, "others are served"
    c.close()


def half_closed_counts_as_gone(p):
    port, server, _ = raw_server(p, {"/v1/chat/completions": {"head": "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n", "body": ": x\n\n", "hold": True}})
    models(p, port)
    x = Proxy(p)
    body = json.dumps({**ASK, "stream": True}).encode()
    with socket.create_connection(("127.0.0.1", x.port), 10) as c:
        c.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        wait_for("the request", lambda: os.path.exists(os.path.join(p.top, "raw.jsonl")) and os.path.getsize(os.path.join(p.top, "raw.jsonl")))
        c.shutdown(socket.SHUT_WR)
        assert server.stdout.readline().startswith(b"closed")


def blocks_that_nobody_knows(p):
    events = [{"type": "message_start", "message": {"usage": {"input_tokens": 5}}},
              {"type": "content_block_start", "index": 0, "content_block": {"type": "mystery", "k": 1}}, {"type": "content_block_delta", "index": 0, "delta": {"type": "odd_delta", "x": 1}},
              {"type": "content_block_stop", "index": 0}, {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
              {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "A"}}, {"type": "content_block_stop", "index": 1}, {"type": "strange_event"},
              {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}, {"type": "message_stop"}]
    body = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
    port, _, _ = raw_server(p, {"/v1/messages": {"head": "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n", "body": body}})
    models(p, port, ("m", ", api: messages"))
    x = Proxy(p)
    status, _, data = x.ask("/v1/chat/completions", {"model": "m", "messages": ASK["messages"]})
    message = json.loads(data)["choices"][0]["message"]
    assert status == 200 and message["content"] == "A", data
    # It goes back to its server as it came, when the client brings it.
    history = [ASK["messages"][0], message, {"role": "user", "content": "on"}]
    assert x.ask("/v1/chat/completions", {"model": "m", "messages": history})[0] == 200
    log = [json.loads(l) for l in open(os.path.join(p.top, "raw.jsonl"))]
    assert '{"type": "mystery", "k": 1}' in log[-1]["raw"], log[-1]["raw"]


def odd_bodies(p):
    models(p, p.server([{"say": "ok"}] * 40))
    x = Proxy(p)
    bodies = [b"[]", b"{", b'{"model":"m"}', b'{"model":"m","messages":5}', b'{"model":"m","messages":[5]}', b'{"model":"m","messages":[{"role":"user","content":{"a":1}}]}',
              b'{"model":"m","messages":[{"role":"user","content":[5,null,{"type":7},{"type":"image"},{"type":"tool_result"}]}]}',
              b'{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use"},{"type":"thinking"},{"type":"redacted_thinking","data":"mien1:!!"}]}]}',
              b'{"model":"m","messages":[],"tools":[5,{"name":5},{"name":"x","input_schema":5}],"tool_choice":7,"stop_sequences":"x","system":5,"metadata":[]}',
              b'{"model":"m","messages":[{"role":"user","content":"\\ud800 \\u0000"}]}', b'{"model":"m","messages":' + b"[" * 600 + b"]" * 600 + b"}"]
    for path in ("/v1/messages", "/v1/responses", "/v1beta/models/m:generateContent"):
        for body in bodies:
            body = body.replace(b'"messages"', b'"input"' if "responses" in path else b'"contents"' if "beta" in path else b'"messages"')
            status, _, data = x.ask(path, body)
            assert status in (200, 400, 502) and json.loads(data), (path, body[:80], status, data)
    assert x.ask("/health")[0] == 200


def statistics(p):
    port = p.server([{"say": "ok", "usage": {"prompt_tokens": 100, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 40}}}] * 4 + [{"status": 500, "error": "x"}])
    p.write("models.yaml", f"""model_list:
  - model_name: m
    litellm_params: {{model: hosted_vllm/up, api_base: 'http://127.0.0.1:{port}/v1'}}
    model_info: {{input_cost_per_token: 0.001, output_cost_per_token: 0.01}}
    behaviors: {{formal: {{route_suffix: /formal}}}}
""", p.config)
    x = Proxy(p)
    stream(x), x.ask("/v1/messages", ASK, {"User-Agent": "claude-cli/2.1 (external)"}), x.chat("m@formal", stream=True), x.chat("m"), x.chat("m")
    rows = {(r["client"], r["mode"]): r for r in json.loads(x.ask("/stats")[2])["clients"]}
    one = rows["claude-cli", ""]
    assert (one["calls"], one["errors"], one["input_tokens"], one["cached_tokens"], one["output_tokens"]) == (1, 0, 100, 40, 10), one
    assert abs(one["cost"] - 0.2) < 1e-9 and rows["unknown", "formal"]["input_tokens"] == 100, rows
    assert rows["unknown", ""]["calls"] == 3 and rows["unknown", ""]["errors"] == 1 and rows["unknown", ""]["output_tokens"] == 20, rows
    out = p.mien("proxy", "top", "--listen", f"127.0.0.1:{x.port}").stdout.decode()
    assert "claude-cli" in out and "formal" in out and "first" in out, out


def models_are_read_anew(p):
    port = p.server([{"say": "ok"}] * 9)
    models(p, port)
    x = Proxy(p)
    assert x.ask("/v1/messages", ASK)[0] == 200
    models(p, port, ("fresh", ""))
    assert x.ask("/v1/messages", {**ASK, "model": "fresh"})[0] == 200
    assert x.ask("/v1/messages", ASK)[0] == 400
    p.write("models.yaml", "model_list: [", p.config)
    assert x.ask("/v1/messages", {**ASK, "model": "fresh"})[0] == 200, "a file that cannot be read changes nothing"
    models(p, port)
    assert x.ask("/v1/messages", ASK)[0] == 200


if __name__ == "__main__":
    run(globals())
