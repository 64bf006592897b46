"""mien proxy, with raw sockets as clients: routes, modes, streams, guards, bad input."""
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

from lib import MIEN, ROOT, run, wait_for

FAST = "llm: {connect_seconds: 2, first_byte_seconds: 2, inactivity_seconds: 2, retries: 0}\n"


class Proxy:
    def __init__(self, place, *args, env=None, listen="127.0.0.1:0"):
        self.p = subprocess.Popen([MIEN, "proxy", "--listen", listen, *args], cwd=place.ws, env=place.env(**(env or {})),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.p.stdout.readline().decode()
        m = re.match(r"listening on http://(.+):(\d+)$", line.strip())
        assert m, (line, self.p.stderr.read())
        self.port = int(m.group(2))
        place.closers.append(self.close)

    def close(self):
        if self.p.poll() is None:
            self.p.send_signal(signal.SIGTERM)
        assert self.p.wait(10) == 0, (self.p.returncode, self.p.stderr.read())
        err = self.p.stderr.read().decode()
        assert not err, err
        self.p.stdout.close()
        self.p.stderr.close()

    def ask(self, path, body=None, headers=None, method=None, timeout=20):
        """(status, headers, body bytes) of one request."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        c.request(method or ("GET" if body is None else "POST"), path, data, headers or {})
        r = c.getresponse()
        out = r.status, {k.lower(): v for k, v in r.getheaders()}, r.read()
        c.close()
        return out

    def chat(self, model="m", path="/v1/chat/completions", headers=None, **more):
        return self.ask(path, {"model": model, "messages": [{"role": "user", "content": "hi"}], **more}, headers)

    def error(self, path, body=None, headers=None, method=None):
        status, _, data = self.ask(path, body, headers, method)
        return status, json.loads(data)["error"]["message"]


def raw_server(p, answers, name="raw"):
    file = p.write(name + ".json", json.dumps(answers), p.top)
    log = os.path.join(p.top, name + ".jsonl")
    s = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests/servers/raw_server.py"), "--answers", file, "--log", log],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    port = int(s.stdout.readline())
    p.closers.append(lambda: (s.stdin.close(), s.wait(10), s.stdout.close()))
    return port, s, log


def raw_exchange(port, request, chunk=65536):
    """The whole answer to exact bytes."""
    with socket.create_connection(("127.0.0.1", port), 10) as c:
        c.sendall(request)
        out = b""
        while True:
            try:
                piece = c.recv(chunk)
            except ConnectionResetError:
                break
            if not piece:
                break
            out += piece
        return out


def unchunk(data):
    """(head, body, whole): whole is false when the last chunk is missing."""
    head, _, rest = data.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" not in head.lower():
        return head, rest, True
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        n = int(size, 16)
        if n == 0:
            return head, body, True
        body, rest = body + rest[:n], rest[n + 2:]
    return head, body, False


def post(path, body, close=True):
    data = json.dumps(body).encode()
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(data)}\r\n"
            f"{'Connection: close' if close else 'X-A: b'}\r\n\r\n").encode() + data


def models(p, port, extra="", more=""):
    p.write("models.yaml", f"""model_list:
  - model_name: m
    litellm_params: {{model: hosted_vllm/up, api_base: 'http://127.0.0.1:{port}/v1', api: [chat, responses, messages]}}
    behaviors:
      formal: {{route_suffix: /formal, instructions: Be polite., parameters: {{top_p: 0.5}}}}
      debug: {{route_suffix: /debug}}
      cool: {{parameters: {{temperature: 0.1}}}}
{extra}{more}""", p.config)


# ---- routes and modes ----

def three_paths_as_the_sdks_ask(p):
    port = p.server([{"say": "one"}, {"stream": False, "say": "two"}, {"json": {"object": "response", "output": []}},
                     {"json": {"type": "message", "content": []}}, {"json": {"input_tokens": 3}}])
    models(p, port)
    x = Proxy(p)
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    assert b"[DONE]" in x.chat("m@formal", stream=True, stream_options={"include_usage": True}, tools=tools, n=1)[2]
    assert json.loads(x.chat("m", temperature=0.3)[2])["choices"][0]["message"]["content"] == "two"
    assert x.ask("/v1/responses", {"model": "m@formal", "input": "hi", "instructions": "I.", "store": False, "stream": False,
                                   "reasoning": {"effort": "low"}, "include": ["reasoning.encrypted_content"]})[0] == 200
    claude = {"x-api-key": "sk-ant-of-the-client", "anthropic-version": "2023-06-01", "anthropic-beta": "b1"}
    assert x.ask("/v1/messages?beta=true", {"model": "m@formal", "max_tokens": 9, "system": [{"type": "text", "text": "S"}],
                                            "messages": [], "metadata": {"user_id": "u"}}, claude)[0] == 200
    assert x.ask("/v1/messages/count_tokens", {"model": "m", "messages": []}, claude)[0] == 200
    sent = p.requests()
    assert [r["path"] for r in sent] == ["/v1/formal/chat/completions", "/v1/chat/completions", "/v1/formal/responses",
                                         "/v1/formal/messages?beta=true", "/v1/messages/count_tokens"], sent
    assert sent[0]["body"]["messages"][0] == {"role": "system", "content": "Be polite."} and sent[0]["body"]["top_p"] == 0.5
    assert sent[0]["body"]["tools"] == tools and all(r["body"]["model"] == "up" for r in sent)
    assert sent[2]["body"]["instructions"] == "I.\n\nBe polite."
    assert sent[3]["body"]["system"][1]["text"] == "Be polite." and sent[3]["body"]["metadata"] == {"user_id": "u"}
    assert sent[3]["headers"]["anthropic-beta"] == "b1" and sent[3]["headers"]["anthropic-version"] == "2023-06-01"
    assert "sk-ant-of-the-client" not in json.dumps(sent), "the client's key went on"


def where_the_mode_is_from(p):
    """Each source alone, and before each later one."""
    port = p.server([{"json": {}}] * 20)
    models(p, port)
    assert p.mien("-p", "-m", "m", "--session", "s1", "hello").returncode in (0, 3)
    assert p.mien("behavior", "set", "debug", "--session", "s1", "-m", "m").returncode == 0
    x = Proxy(p, "--session", "s1")

    def path(*a, **k):
        assert x.chat(*a, **k)[0] == 200
        return p.requests()[-1]["path"].replace("/v1", "").replace("/chat/completions", "") or "/"
    h = {"X-Behavior-Mode": "cool"}
    assert path() == "/debug"
    assert path("m@formal") == "/formal"
    assert path("m@formal", headers=h) == "/" and p.requests()[-1]["body"]["temperature"] == 0.1
    assert path("m@cool", headers=h, metadata={"behavior_mode": "formal"}) == "/formal"
    assert path(metadata='{"behavior_mode": "formal"}', headers=h) == "/formal"
    assert path(litellm_metadata={"behavior_mode": "formal"}) == "/formal"
    assert path("m@cool+formal") == "/formal" and p.requests()[-1]["body"]["temperature"] == 0.1
    assert path(metadata={"behavior_mode": None}) == "/"
    assert all("behavior_mode" not in r["raw"] for r in p.requests())


def a_mode_set_outside_reroutes_the_next_request(p):
    port = p.server([{"json": {}}] * 20)
    models(p, port)
    assert p.mien("-p", "-m", "m", "--session", "s1", "hello").returncode in (0, 3)
    x = Proxy(p, "--session", "s1")
    for mode, want in (("formal", "/v1/formal/"), ("debug", "/v1/debug/"), (None, "/v1/chat")):
        r = p.mien("behavior", *(["set", mode] if mode else ["clear"]), "--session", "s1", "-m", "m")
        assert r.returncode == 0, r
        assert x.chat()[0] == 200
        assert p.requests()[-1]["path"].startswith(want), (mode, p.requests()[-1]["path"])


def post_behavior(p):
    port = p.server([{"json": {}}] * 20)
    models(p, port, more=f"  - {{model_name: other, litellm_params: {{model: hosted_vllm/o, api_base: 'http://127.0.0.1:{port}/v1'}}}}\n")
    assert p.mien("-p", "-m", "m", "--session", "s1", "hello").returncode in (0, 3)
    x = Proxy(p)
    status, _, data = x.ask("/behavior", {"mode": "formal"})
    assert status == 200 and json.loads(data)["models"] == ["m"] and json.loads(data)["without"] == ["other"], data
    assert x.chat()[0] == 200 and p.requests()[-1]["path"] == "/v1/formal/chat/completions"
    assert x.chat("other")[0] == 200 and p.requests()[-1]["path"] == "/v1/chat/completions"
    assert x.ask("/behavior", {"mode": None, "model": "m"})[0] == 200
    assert x.chat()[0] == 200 and p.requests()[-1]["path"] == "/v1/chat/completions"
    assert x.ask("/behavior", {"session": "s1", "model": "m", "mode": "cool+debug"})[0] == 200
    assert "cool+debug" in open(os.path.join(p.state, "sessions", "s1.modes")).read()
    for body, code, words in (({"mode": "nope"}, 400, "formal"), ({"mode": "formal", "model": "x"}, 400, "there is: "),
                              ({"mode": "formal", "session": "none"}, 404, "no session none"), ({"mode": 5}, 400, "mode"),
                              ({"mode": "formal", "session": "../x"}, 400, "session id"), ({}, 400, "mode"), ([], 400, "mode"),
                              ({"mode": "formal+debug", "model": "m"}, 400, "route suffix")):
        status, text = x.error("/behavior", body)
        assert status == code and words in text, (body, status, text)


def unknown_names_list_what_there_is(p):
    p.server([])
    x = Proxy(p)
    for body, headers, words in (
            ({"model": "nope"}, {}, ["\"nope\"", "m"]), ({"model": "m@nope"}, {}, ["formal", "debug"]),
            ({"model": "m"}, {"X-Behavior-Mode": "nope"}, ["formal", "debug"]), ({}, {}, ["model"]),
            ({"model": "m", "metadata": {"behavior_mode": "nope"}}, {}, ["formal"]), ({"model": "nope@formal"}, {}, ["\"nope\""]),
            ({"model": "playbook/tour"}, {}, ["no model"]), ({"model": "playbook//etc/passwd.yaml"}, {}, ["no model"]),
            ({"model": "openai/gpt-5"}, {}, ["no model"]), ({"model": "m", "api_base": "http://127.0.0.1:1"}, {}, ["api_base"]),
            ({"model": "m", "base_url": "http://127.0.0.1:1"}, {}, ["base_url"])):
        status, text = x.error("/v1/chat/completions", body, headers)
        assert status == 400 and all(w in text for w in words), (body, status, text)


def models_and_health(p):
    p.server([])
    x = Proxy(p)
    ids = [m["id"] for m in json.loads(x.ask("/v1/models")[2])["data"]]
    assert ids == ["m", "m@formal", "m@debug"], ids
    assert json.loads(x.ask("/health")[2])["status"] == "ok"
    for path, method, code in (("/nothing", "GET", 404), ("/v1/chat/completions", "GET", 405), ("/v1/models", "POST", 405),
                               ("/v1/chat/completions", "DELETE", 405)):
        assert x.error(path, b"" if method == "POST" else None, method=method)[0] == code, path


def to_a_litellm_proxy_the_mode_is_named(p):
    port = p.server([{"json": {}}] * 3)
    p.write("models.yaml", "model_list:\n  - model_name: m\n    route: metadata\n    litellm_params: {model: litellm_proxy/up, "
            f"api_base: 'http://127.0.0.1:{port}/v1'}}\n    behaviors: {{formal: }}\n", p.config)
    x = Proxy(p)
    assert x.chat("m@formal", metadata={"a": "b"})[0] == 200
    assert p.requests()[-1]["body"]["metadata"] == {"a": "b", "behavior_mode": "formal"}


def keys_are_ours(p):
    port = p.server([{"json": {}}] * 3)
    p.write("models.yaml", f"model_list:\n  - model_name: m\n    litellm_params: {{model: anthropic/c, api_base: 'http://127.0.0.1:{port}', "
            "api_key: os.environ/CANARY}}\n".replace("}}", "}"), p.config)
    x = Proxy(p, env={"CANARY": "sk-canary-0123456789", "MIEN_DEBUG": "1"})
    assert x.ask("/v1/messages", {"model": "m", "messages": []}, {"x-api-key": "theirs", "Cookie": "c"})[0] == 200
    assert x.chat(headers={"Authorization": "Bearer theirs"})[0] == 502, "an empty object is no answer that could be translated"
    a, b = p.requests()
    assert a["path"] == "/v1/messages" and a["headers"]["x-api-key"] == "sk-canary-0123456789" and "authorization" not in a["headers"]
    assert b["path"] == "/v1/messages" and b["headers"]["x-api-key"] == "sk-canary-0123456789" and "theirs" not in str(b["headers"])
    assert "cookie" not in a["headers"]
    for d, _, files in os.walk(p.state):
        for f in files:
            assert b"sk-canary" not in open(os.path.join(d, f), "rb").read(), f


def a_missing_key_is_named(p):
    p.write("models.yaml", "model_list:\n  - model_name: m\n    litellm_params: {model: openai/x, api_key: os.environ/NO_SUCH}\n", p.config)
    status, text = Proxy(p).error("/v1/chat/completions", {"model": "m"})
    assert status == 502 and "NO_SUCH" in text, text


# ---- bytes ----

SSE = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
LENGTH = "HTTP/1.1 {} X\r\nContent-Type: {}\r\nContent-Length: {}\r\nX-Request-Id: r1\r\nConnection: close\r\n\r\n"


def length(status, kind, body):
    return {"head": LENGTH.format(status, kind, len(body.encode("utf-8", "surrogateescape"))), "body": body}


def streams_are_byte_identical(p):
    crlf = ": hello\r\n\r\nevent: x\r\ndata: {\"a\": \"\u00e9\\u00e9\"}\r\n\r\ndata: [DONE]\r\n\r\n"
    odd = "data: \udcff\udcfe\x00 not text\n\ndata: no end"
    shapes = {
        "crlf": {"head": SSE, "body": crlf, "times": 300},
        "odd": {"head": SSE, "body": odd},
        "empty": {"head": SSE, "body": ""},
        "chunked": {"head": SSE.replace("Connection: close", "Transfer-Encoding: chunked\r\nConnection: close"),
                    "body": "5\r\nhello\r\n1\r\n\n\r\n0\r\n\r\n"},
        "json": length(200, "application/json", "{\"x\": 1.0,  \"y\":\n 12345678901234567890}"),
        "gzip": length(200, "application/json\r\nContent-Encoding: gzip", "\x1f\udc8b\x08 no matter"),
        "e400": length(400, "application/json", "{\"error\": {\"message\": \"bad\"}}"),
        "e404": length(404, "text/html", "<h1>no</h1>"),
        "e429": length(429, "application/json\r\nRetry-After: 7", "{}"),
        "e500": length(500, "text/plain", ""),
    }
    port, _, _ = raw_server(p, {f"/{k}/chat/completions": v for k, v in shapes.items()})
    p.write("models.yaml", "model_list:\n" + "".join(
        f"  - {{model_name: {k}, litellm_params: {{model: hosted_vllm/x, api_base: 'http://127.0.0.1:{port}/{k}'}}}}\n" for k in shapes), p.config)
    x = Proxy(p)
    for name in shapes:
        direct = unchunk(raw_exchange(port, post(f"/{name}/chat/completions", {})))
        through = unchunk(raw_exchange(x.port, post("/v1/chat/completions", {"model": name})))
        assert through[2] and through[1] == direct[1], (name, direct, through)
        assert through[0].split(b" ")[1] == direct[0].split(b" ")[1], (name, through[0])
        fields = {l.split(b":")[0].lower(): l for l in direct[0].split(b"\r\n")[1:]}
        for h in (b"content-type", b"retry-after", b"content-encoding", b"x-request-id", b"content-length"):
            if h in fields:
                assert fields[h].lower() in through[0].lower(), (name, h, through[0])


def a_cut_answer_is_cut_for_the_client(p):
    """Neither ended properly nor held open."""
    answers = {"/len/chat/completions": {"head": LENGTH.format(200, "text/plain", 100), "body": "only this"},
               "/chunk/chat/completions": {"head": SSE.replace("Connection: close", "Transfer-Encoding: chunked"), "body": "5\r\nhello\r\n5\r\nab"}}
    port, _, _ = raw_server(p, answers)
    p.write("models.yaml", "model_list:\n" + "".join(
        f"  - {{model_name: {k}, litellm_params: {{model: hosted_vllm/x, api_base: 'http://127.0.0.1:{port}/{k}'}}}}\n" for k in ("len", "chunk")), p.config)
    x = Proxy(p)
    head, body, _ = unchunk(raw_exchange(x.port, post("/v1/chat/completions", {"model": "len"}, close=False)))
    assert body == b"only this" and b"Content-Length: 100" in head, (head, body)
    head, body, whole = unchunk(raw_exchange(x.port, post("/v1/chat/completions", {"model": "chunk"}, close=False)))
    assert body == b"helloab" and not whole, (head, body, whole)


def nothing_is_held_back(p):
    """The first bytes arrive while the server says nothing more."""
    port, _, _ = raw_server(p, {"/v1/chat/completions": {"head": SSE, "body": "data: 1\n\n", "hold": True}})
    models(p, port)
    x = Proxy(p)
    with socket.create_connection(("127.0.0.1", x.port), 10) as c:
        c.sendall(post("/v1/chat/completions", {"model": "m"}))
        seen = b""
        while b"data: 1\n\n" not in seen:
            piece = c.recv(4096)
            assert piece, seen
            seen += piece


# What a sanitized program freed is not what is measured.
SMALL_QUARANTINE = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}


def rss(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(next(l for l in f if l.startswith("VmRSS")).split()[1])


def a_slow_client_holds_the_server_back(p):
    """200 MB are on offer; a client that does not read must not fill memory."""
    block = "data: " + "x" * 65500 + "\n\n"
    port, s, _ = raw_server(p, {"/v1/chat/completions": {"head": SSE, "body": block, "times": 3000}})
    models(p, port)
    x = Proxy(p, env=SMALL_QUARANTINE)
    x.chat("nope")
    before = rss(x.p.pid)
    with socket.create_connection(("127.0.0.1", x.port), 30) as c:
        c.sendall(post("/v1/chat/completions", {"model": "m"}))
        got = len(c.recv(1))
        last = []

        def steady():  # the proxy has taken what it will take
            last.append(open(f"/proc/{x.p.pid}/io").read())
            return len(last) > 30 and last[-20] == last[-1]
        wait_for("the proxy stops reading", steady)
        assert rss(x.p.pid) - before < 8192, (before, rss(x.p.pid))
        most = 0
        while True:
            piece = c.recv(1 << 20)
            if not piece:
                break
            got += len(piece)
            most = max(most, rss(x.p.pid))
    assert got > 3000 * len(block) and most - before < 8192, (got, before, most)


# ---- clients that go away ----

def gone(p, how):
    port, s, log = raw_server(p, {"/v1/chat/completions": {"head": SSE, "body": "data: 1\n\n", "hold": True},
                                "/v1/silent/chat/completions": {"head": "", "hold": True}})
    models(p, port, extra="      silent: {route_suffix: /silent}\n")
    x = Proxy(p)
    for model, first in (("m", b"data: 1"), ("m@silent", None)):
        c = socket.create_connection(("127.0.0.1", x.port), 10)
        c.sendall(post("/v1/chat/completions", {"model": model}))
        seen = b""
        while first and first not in seen:
            seen += c.recv(4096)
        if not first:
            wait_for("the server was asked", lambda: "/silent" in open(log).read())
        began = time.monotonic()
        how(c)
        at = float(s.stdout.readline().split()[1])
        assert at - began < 0.2, (model, at - began)
        c.close()
    wait_for("nothing is left", lambda: json.loads(x.ask("/health")[2])["requests"] == 0)


def client_gone_closes_the_server(p):
    gone(p, lambda c: c.close())


def half_closed_client_counts_as_gone(p):
    gone(p, lambda c: c.shutdown(socket.SHUT_WR))


def slow_loris(p):
    """A client that drips headers, or a body, is shown out; others are served meanwhile. The
    limits are long for the user, so this only looks at the others; the unit test has the rest."""
    p.server([{"json": {}}] * 3)
    x = Proxy(p)
    dripping = [socket.create_connection(("127.0.0.1", x.port), 10) for _ in range(100)]
    for i, c in enumerate(dripping):
        c.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " if i % 2 else
                  b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999\r\n\r\n{")
    assert x.chat()[0] == 200
    for c in dripping:
        c.close()


# ---- bodies ----

def big_bodies(p):
    p.server([{"json": {}}])
    x = Proxy(p)
    big = b'{"model": "m", "messages": [], "x": "' + b"y" * (100 << 20) + b'"}'
    status, text = x.error("/v1/chat/completions", big)
    assert status == 413 and "67108864" in text, (status, text)
    assert rss(x.p.pid) < 200000
    with socket.create_connection(("127.0.0.1", x.port), 10) as c:
        c.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 999999999999\r\n\r\n")
        assert b" 413 " in c.recv(4096), "a client that asks first hears it at once"
    chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    with socket.create_connection(("127.0.0.1", x.port), 10) as c:
        c.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(65):
            c.sendall(chunk)
        c.sendall(b"0\r\n\r\n")
        assert b" 413 " in c.recv(4096)
    assert x.chat()[0] == 200


def bad_bodies(p):
    p.server([])
    x = Proxy(p)
    for body in (b"", b"[]", b"{", b"\xff\xfe", b'{"model": "m"', b'{"model": "m"}}', b'{"model": 5}', b'{"model": "m", "model": "n"}',
                 b"[" * 100000, b'{"a":' * 100000, b'{"metadata": {"behavior_mode": []}, "model": "m"}'):
        status, text = x.error("/v1/chat/completions", body)
        assert status == 400 and text, (body[:40], status, text)
    for junk in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                 b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n", b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", x.port), 10) as c:
            try:
                c.sendall(junk)
                c.shutdown(socket.SHUT_WR)
                assert b" 200 " not in c.recv(4096)[:40], junk[:40]
            except TimeoutError:
                raise AssertionError(junk[:80])
            except OSError:
                pass  # closed at once is as good
    assert x.ask("/health")[0] == 200


# ---- guards ----

def host_and_origin(p):
    p.server([{"json": {}}] * 5)
    x = Proxy(p)
    for headers, code in (({"Host": "evil.example"}, 403), ({"Host": "127.0.0.1.evil.example"}, 403), ({"Host": f"localhost:{x.port}"}, 200),
                          ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Origin": "http://localhost:3000"}, 200)):
        assert x.chat(headers=headers)[0] == code, headers
        assert x.ask("/v1/models", None, headers)[0] == code, headers
    assert b" 403 " in raw_exchange(x.port, b"GET /v1/models HTTP/1.0\r\n\r\n"), "no Host at all"


def the_token(p):
    p.server([{"json": {}}] * 5)
    for args, env in ((["--token", "s3cret"], {}), ([], {"MIEN_PROXY_TOKEN": "s3cret"})):
        x = Proxy(p, *args, env=env)
        for headers, code in (({}, 401), ({"Authorization": "Bearer s3cre"}, 401), ({"Authorization": "Bearer s3cret"}, 200),
                              ({"x-api-key": "s3cret"}, 200), ({"x-api-key": "s3cretX"}, 401)):
            assert x.ask("/v1/models", None, headers)[0] == code, headers
        assert x.ask("/health")[0] == 200
        assert x.chat()[0] == 401 and x.ask("/behavior", {"mode": None})[0] == 401


def beyond_this_machine_a_token_is_needed(p):
    r = p.mien("proxy", "--listen", "0.0.0.0:0")
    assert r.returncode == 2 and b"MIEN_PROXY_TOKEN" in r.stderr, r
    x = Proxy(p, "--token", "t0ken", listen="0.0.0.0:0")
    assert x.ask("/v1/models")[0] == 401
    assert x.ask("/v1/models", None, {"Authorization": "Bearer t0ken", "Host": "my.machine"})[0] == 200


def a_taken_port_and_bad_addresses(p):
    x = Proxy(p)
    r = p.mien("proxy", "--listen", f"127.0.0.1:{x.port}")
    assert r.returncode == 2 and b"is taken" in r.stderr and b"--listen" in r.stderr, r
    for bad in ("x", "127.0.0.1:", "127.0.0.1:99999", ":1"):
        assert p.mien("proxy", "--listen", bad).returncode == 2, bad
    assert p.mien("proxy", "nonsense").returncode == 2
    assert p.mien("proxy", "--session", "../x").returncode == 2
    assert p.mien("proxy", "run").returncode == 2


def signals_end_it_cleanly(p):
    port, _, _ = raw_server(p, {"/v1/chat/completions": {"head": SSE, "body": "data: 1\n\n", "hold": True}})
    models(p, port)
    for sig in (signal.SIGINT, signal.SIGTERM):
        x = Proxy(p)
        c = socket.create_connection(("127.0.0.1", x.port), 10)
        c.sendall(post("/v1/chat/completions", {"model": "m"}))
        while b"data: 1" not in c.recv(4096):
            pass
        x.p.send_signal(sig)
        assert x.p.wait(10) == 0
        try:
            while c.recv(4096):
                pass
        except ConnectionResetError:
            pass
        c.close()


# ---- deployments ----

def deployments_in_turn(p):
    bad, _, bad_log = raw_server(p, {"/v1/chat/completions": length(503, "application/json", "{}"),
                                     "/v1/a1/chat/completions": length(429, "application/json", "{}")}, "bad")
    port = p.server([{"json": {"second": 1}}] * 5)
    p.write("models.yaml", f"""model_list:
  - {{model_name: m, litellm_params: {{model: hosted_vllm/zero, api_base: 'http://127.0.0.1:9/v1'}}}}
  - {{model_name: m, litellm_params: {{model: hosted_vllm/one, api_base: 'http://127.0.0.1:{bad}/v1'}}, behaviors: {{a: {{route_suffix: /a1}}}}}}
  - {{model_name: m, litellm_params: {{model: hosted_vllm/two, api_base: 'http://127.0.0.1:{port}/v1', api_key: k2}}, behaviors: {{a: {{route_suffix: /a2}}, b: }}}}
  - {{model_name: only, litellm_params: {{model: hosted_vllm/one, api_base: 'http://127.0.0.1:{bad}/v1'}}}}
  - {{model_name: dead, litellm_params: {{model: hosted_vllm/zero, api_base: 'http://127.0.0.1:9/v1'}}}}
""", p.config)
    p.write("config.yaml", FAST, p.config)
    x = Proxy(p)
    for model, path in (("m", "/v1/chat/completions"), ("m@a", "/v1/a2/chat/completions"), ("m@b", "/v1/chat/completions")):
        assert json.loads(x.chat(model)[2]) == {"second": 1}, model
        last = p.requests()[-1]
        assert last["path"] == path and last["body"]["model"] == "two" and last["headers"]["authorization"] == "Bearer k2", last
    assert len(open(bad_log).readlines()) == 2, "a deployment without the mode was asked"
    assert x.chat("only")[0] == 503, "the last one's own answer goes through"
    status, text = x.error("/v1/chat/completions", {"model": "dead"})
    assert status == 502 and "127.0.0.1:9" in text, text


def a_silent_server(p):
    """It is not cut while the client waits; only where another deployment could be asked."""
    mute, _, _ = raw_server(p, {"/v1/chat/completions": {"head": "", "hold": True}})
    port = p.server([{"delay": 1.6, "json": {"late": 1}}, {"frames": [{"n": 1}, {"n": 2}], "pause": 1.6}, {"json": {"second": 1}}])
    models(p, port, f"""  - {{model_name: two, litellm_params: {{model: hosted_vllm/mute, api_base: 'http://127.0.0.1:{mute}/v1'}}}}
  - {{model_name: two, litellm_params: {{model: hosted_vllm/up, api_base: 'http://127.0.0.1:{port}/v1'}}}}
""")
    p.write("config.yaml", FAST.replace("first_byte_seconds: 2", "first_byte_seconds: 1").replace("inactivity_seconds: 2", "inactivity_seconds: 1"), p.config)
    x = Proxy(p)
    assert json.loads(x.chat("m")[2]) == {"late": 1}
    _, body, whole = unchunk(raw_exchange(x.port, post("/v1/chat/completions", {"model": "m", "stream": True})))
    assert b'"n": 2' in body and whole, body
    assert json.loads(x.chat("two")[2]) == {"second": 1}


def redirects_are_not_followed(p):
    p.server([{"fault": "redirect"}])
    status, text = Proxy(p).error("/v1/chat/completions", {"model": "m"})
    assert status == 502 and "elsewhere" in text, text


def adapters(p):
    answers = {"/v1/load_lora_adapter": length(200, "text/plain", "ok"), "/v1/chat/completions": length(200, "application/json", "{}"), "/v1/unload_lora_adapter": length(200, "text/plain", "ok"),
               "/lora-adapters": length(200, "application/json", '[{"id": 4, "path": "/x/sql.gguf"}]')}
    port, _, log = raw_server(p, answers)
    models(p, port, extra="      law: {lora: {name: law, path: /l, api: vllm}}\n      sql: {lora: {name: sql, api: llamacpp, scale: 2}}\n"
           "      sg: {lora: {name: sg, path: /s, api: sglang}}\n")
    x = Proxy(p)
    for model in ("m@law", "m@law", "m@sql", "m@sql"):
        assert x.chat(model)[0] == 200
    seen = [json.loads(l) for l in open(log)]
    assert [r["path"] for r in seen] == ["/v1/load_lora_adapter"] + ["/v1/chat/completions"] * 2 + ["/lora-adapters"] + ["/v1/chat/completions"] * 2
    assert json.loads(seen[1]["raw"])["model"] == "law" and json.loads(seen[4]["raw"])["lora"] == [{"id": 4, "scale": 2}]
    status, text = x.error("/v1/chat/completions", {"model": "m@sg"})
    assert status == 502 and "--enable-lora" in text, text
    x.close()
    p.closers.remove(x.close)
    last = [json.loads(l) for l in open(log)][-1]
    assert last["path"] == "/v1/unload_lora_adapter" and json.loads(last["raw"])["lora_name"] == "law", "what was loaded here is unloaded at the end: %s" % last


def adapters_of_one_that_was_killed(p):
    answers = {"/v1/load_lora_adapter": length(200, "text/plain", "ok"), "/v1/chat/completions": length(200, "application/json", "{}"), "/v1/unload_lora_adapter": length(200, "text/plain", "ok")}
    port, _, log = raw_server(p, answers)
    models(p, port, extra="      law: {lora: {name: law, path: /l, api: vllm}}\n")

    def paths():
        return [json.loads(line)["path"] for line in open(log)] if os.path.exists(log) else []
    x = Proxy(p)
    assert x.chat("m@law")[0] == 200
    # Whoever starts beside one that runs leaves it alone.
    beside = Proxy(p)
    assert beside.ask("/health")[0] == 200 and "/v1/unload_lora_adapter" not in paths()
    x.p.kill()
    x.p.wait(20)
    p.closers.remove(x.close)
    y = Proxy(p)
    wait_for("the next one unloads it", lambda: paths()[-1] == "/v1/unload_lora_adapter")
    assert json.loads([json.loads(line) for line in open(log)][-1]["raw"]) == {"lora_name": "law"}
    wait_for("nothing is left to do", lambda: not os.listdir(os.path.join(p.state, "adapters")))
    assert y.chat("m@law")[0] == 200, "it is loaded anew when it is asked for"
    for one in (y, beside):
        one.close()
        p.closers.remove(one.close)
    assert paths().count("/v1/unload_lora_adapter") == 2 and not os.listdir(os.path.join(p.state, "adapters")), paths()


# ---- many at once ----

def two_hundred_streams(p):
    port, _, _ = raw_server(p, {"/v1/chat/completions": {"head": SSE, "body": "data: token\n\n", "times": 20, "pause": 0.02}})
    models(p, port)
    x = Proxy(p)
    clients = []
    for _ in range(200):
        c = socket.create_connection(("127.0.0.1", x.port), 20)
        c.sendall(post("/v1/chat/completions", {"model": "m"}))
        clients.append(c)
    for c in clients:
        data = b""
        while True:
            piece = c.recv(65536)
            if not piece:
                break
            data += piece
        assert unchunk(data)[1] == b"data: token\n\n" * 20, data
        c.close()


def connections_are_kept(p):
    p.server([{"json": {}}] * 4)
    x = Proxy(p)
    c = http.client.HTTPConnection("127.0.0.1", x.port, timeout=10)
    for _ in range(3):
        c.request("POST", "/v1/chat/completions", json.dumps({"model": "m"}))
        assert c.getresponse().read() == b"{}"
    c.close()
    assert len({r["peer"] for r in p.requests()}) == 1, "the server's connection was not used again"


# ---- env and run ----

def env_lines(p):
    r = p.mien("proxy", "env", "--listen", "127.0.0.1:4321", env={"MIEN_PROXY_TOKEN": "it's"})
    assert r.returncode == 0
    shell = subprocess.run(["sh", "-c", r.stdout.decode() + 'echo "$OPENAI_BASE_URL|$OPENAI_API_KEY|$ANTHROPIC_BASE_URL|$ANTHROPIC_AUTH_TOKEN"'],
                           capture_output=True)
    assert shell.stdout.decode().strip() == "http://127.0.0.1:4321/v1|it's|http://127.0.0.1:4321|it's", shell
    assert "http://127.0.0.1:4000/v1" in p.mien("proxy", "env").stdout.decode()


def run_a_client(p):
    p.server([{"json": {"answer": 42}}] * 3)
    client = ("import os,json,urllib.request as u,sys\n"
              "q=u.Request(os.environ['OPENAI_BASE_URL']+'/chat/completions', json.dumps({'model':'m@formal'}).encode(),"
              "{'Authorization':'Bearer '+os.environ['OPENAI_API_KEY']})\n"
              "assert json.load(u.urlopen(q)) == {'answer': 42}\n"
              "assert os.environ['ANTHROPIC_AUTH_TOKEN'] == os.environ['OPENAI_API_KEY'] and 'ANTHROPIC_API_KEY' not in os.environ\n"
              "assert os.environ['GIVEN_TOKEN'] == 'of-the-person' and 'FILE_KEY' not in os.environ\n"
              "try: u.urlopen(os.environ['OPENAI_BASE_URL']+'/models')\n"
              "except u.HTTPError as e: assert e.code == 401\n"
              "else: assert False\n"
              "sys.exit(7)\n")
    keys = p.write("keys.yaml", "FILE_KEY: secret-of-the-file\n", p.config)
    os.chmod(keys, 0o600)
    r = p.mien("proxy", "run", "--", sys.executable, "-c", client, "--listen", env={"GIVEN_TOKEN": "of-the-person", "ANTHROPIC_API_KEY": "old"})
    assert r.returncode == 7, r
    assert p.requests()[0]["path"] == "/v1/formal/chat/completions"
    assert p.mien("proxy", "run", "--", "sh", "-c", "kill -TERM $$").returncode == 128 + 15
    r = p.mien("proxy", "run", "--", "no-such-command-at-all")
    assert r.returncode == 127 and b"no-such-command-at-all" in r.stderr, r


def a_mode_that_vanished_is_named(p):
    port = p.server([{"json": {}}] * 20)
    models(p, port)
    assert p.mien("-p", "-m", "m", "--session", "s1", "hello").returncode in (0, 3)
    assert p.mien("behavior", "set", "formal", "--session", "s1", "-m", "m").returncode == 0
    p.write("models.yaml", open(os.path.join(p.config, "models.yaml")).read().replace("formal:", "proper:"), p.config)
    x = Proxy(p, "--session", "s1")
    status, text = x.error("/v1/chat/completions", {"model": "m"})
    assert status == 400 and "formal" in text and "proper" in text, text
    assert x.ask("/behavior", {"mode": None, "model": "m"})[0] == 200
    assert x.chat()[0] == 200


if __name__ == "__main__":
    run({k: v for k, v in globals().items() if getattr(getattr(v, "__code__", None), "co_argcount", 0) == 1})
