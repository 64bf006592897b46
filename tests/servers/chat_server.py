#!/usr/bin/env python3
"""A scripted chat-completions server, for tests.

    chat_server.py --script FILE.json [--log FILE.jsonl] [--port 0]

It listens on 127.0.0.1 and prints its port as the first line of standard output. When a client
goes away while a `stall` holds its connection, it prints `closed`. It ends when its standard
input does, so that no test can leave it behind.

The script is a list of steps, one consumed by each POST in the order of arrival, or an object
{"steps": [...], "get": {"/v1/models": {...}}, "post": {"/api/show": {...}}, "repeat": true}:
`get` and `post` answer those paths with that JSON without consuming a step (any other GET is
404), `repeat` starts the steps over at the end. With no step left the answer is 400. "roles":
{"text": [steps]} are steps of their own for requests that hold this text (several agents, each
known by its system prompt, are played side by side); such a step may be {"to": "word", ...} for
requests that hold that word too, wherever it stands in the list.

A step is an object; every member is optional:

    say        text, streamed word by word
    reasoning  text, streamed before it (as reasoning_content)
    calls      [{"name", "args": object or text, "id", "extra": {...}}]; each is streamed as an
               opening and pieces of its arguments
    finish     the finish_reason; default "tool_calls" with calls, else "stop"
    usage      the usage object of the last chunk; default: counted roughly; null: none
    frames     [object or text]: these data frames instead of all of the above
    raw        text: exactly these bytes as the body, instead of all of the above
    json       an object: a whole JSON body (Content-Type application/json) instead
    stream     false: say and calls as one whole JSON body
    done       false: no [DONE]
    status     HTTP status, default 200; with 400 and above `error` or `body` is sent
    error      message of an OpenAI error body        body   any text as the body
    headers    {"Name": "value"} added to the answer
    chunk      bytes written at a time (1: byte by byte); default: a frame
    delay      seconds before the first byte          pause  seconds between writes
    crlf       true: CRLF line ends
    ping       number of comment lines before the first frame
    fault      after   frames sent before it, default 1; where it applies:
        cut          the body ends in the middle of a frame, connection closed
        no_finish    the body ends properly, but with neither finish reason nor [DONE]
        reset        the connection is reset (RST)
        refuse       closed before any byte of the answer
        stall        nothing more is sent, the connection stays open
        ping_stall   only comment lines are sent from there
        bad_json     a frame that is not JSON
        giant_line   one line of 20 MB
        bad_utf8     bytes that are no UTF-8 inside the text; the answer then goes on
        empty_body   200, and nothing
        error_frame  an error object in the stream (`error` is its message)
        redirect     307 to http://127.0.0.1:9/elsewhere
        html         200 and a web page

The log has one JSON object a line for each request: {"n", "method", "path", "headers" (lower-case
names), "body" (parsed, or text), "raw" (text of the body), "peer" (port of the client: equal
peers mean a reused connection)}.
"""
import argparse
import http.server
import json
import os
import socket
import struct
import sys
import threading
import time


class Script:
    def __init__(self, text):
        data = json.loads(text)
        if isinstance(data, list):
            data = {"steps": data}
        self.steps = data.get("steps", [])
        self.get = data.get("get", {})
        self.post = data.get("post", {})
        self.repeat = data.get("repeat", False)
        self.roles = data.get("roles", {})
        self.at = 0
        self.lock = threading.Lock()

    def role_step(self, steps, raw):
        for i, step in enumerate(steps):
            if "to" not in step or step["to"] in raw:
                return steps.pop(i)
        return {"status": 400, "error": "the role has no step left"}

    def next(self, raw):
        with self.lock:
            for text, steps in self.roles.items():
                if text in raw:
                    return self.role_step(steps, raw)
            if self.at >= len(self.steps):
                if not self.repeat or not self.steps:
                    return {"status": 400, "error": "the script has no step left"}
                self.at = 0
            step = self.steps[self.at]
            self.at += 1
            return step


def pieces(text, size):
    return [text[i:i + size] for i in range(0, len(text), size)]


def delta(content, finish=None):
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "scripted",
            "choices": [{"index": 0, "delta": content, "finish_reason": finish}]}


def call_text(call):
    args = call.get("args", {})
    return args if isinstance(args, str) else json.dumps(args)


def call_frames(calls):
    for i, call in enumerate(calls):
        entry = {"index": i, "id": call.get("id", "call_%d" % i), "type": "function",
                 "function": {"name": call["name"], "arguments": ""}}
        entry.update(call.get("extra", {}))
        yield delta({"tool_calls": [entry]})
        for piece in pieces(call_text(call), 5):
            yield delta({"tool_calls": [{"index": i, "function": {"arguments": piece}}]})


def usage_of(step, body):
    if "usage" in step:
        return step["usage"]
    prompt = max(1, len(json.dumps(body)) // 4)
    answer = max(1, len(step.get("say", "") + json.dumps(step.get("calls", []))) // 4)
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def words(text):
    out, word = [], ""
    for c in text:
        if c == " " and word:
            out.append(word)
            word = ""
        word += c
    return out + [word] if word else out


def finish_of(step):
    return step.get("finish", "tool_calls" if step.get("calls") else "stop")


def frames_of(step, body):
    """The data of every frame, as text."""
    if "frames" in step:
        return [f if isinstance(f, str) else json.dumps(f) for f in step["frames"]]
    frames = [delta({"role": "assistant", "content": None})]
    frames += [delta({"reasoning_content": w}) for w in words(step.get("reasoning", ""))]
    frames += [delta({"content": w}) for w in words(step.get("say", ""))]
    frames += call_frames(step.get("calls", []))
    frames.append(delta({}, finish_of(step)))
    usage = usage_of(step, body)
    if usage is not None:
        frames.append({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [],
                       "usage": usage})
    return [json.dumps(f) for f in frames]


def whole_of(step, body):
    if "json" in step:
        return step["json"]
    calls = [{"id": c.get("id", "call_%d" % i), "type": "function",
              "function": {"name": c["name"], "arguments": call_text(c)}}
             for i, c in enumerate(step.get("calls", []))]
    message = {"role": "assistant", "content": step.get("say")}
    if calls:
        message["tool_calls"] = calls
    return {"object": "chat.completion", "usage": usage_of(step, body),
            "choices": [{"index": 0, "message": message, "finish_reason": finish_of(step)}]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.note("")
        answer = self.server.script.get.get(self.path)
        if answer is None:
            self.plain(404, "application/json", json.dumps({"error": {"message": "not found"}}))
        else:
            self.plain(200, "application/json", json.dumps(answer))

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("content-length", 0))).decode("utf-8", "replace")
        self.note(raw)
        if self.path in self.server.script.post:
            self.plain(200, "application/json", json.dumps(self.server.script.post[self.path]))
            return
        step = self.server.script.next(raw)
        try:
            body = json.loads(raw)
        except ValueError:
            body = {}
        try:
            self.play(step, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def note(self, raw):
        self.server.note({"method": self.command, "path": self.path,
                          "headers": {k.lower(): v for k, v in self.headers.items()},
                          "raw": raw, "peer": self.client_address[1]})

    def plain(self, status, kind, text, headers=()):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def play(self, step, body):
        fault, status = step.get("fault"), step.get("status", 200)
        if step.get("delay"):
            time.sleep(step["delay"])
        if fault == "refuse":
            self.hang_up()
        elif fault == "redirect":
            self.plain(307, "text/plain", "", {"Location": "http://127.0.0.1:9/elsewhere"})
        elif fault == "html":
            self.plain(200, "text/html", "<html><head><title>x</title></head><body><h1>Gateway"
                                         "</h1><p>Please log in</p></body></html>")
        elif fault == "empty_body":
            self.plain(200, "text/event-stream", "")
        elif status >= 300:
            text = step.get("body")
            if text is None:
                text = json.dumps({"error": {"message": step.get("error", "scripted error"),
                                             "type": "scripted", "code": step.get("code")}})
            self.plain(status, step.get("type", "application/json"), text, step.get("headers", {}))
        elif "json" in step or step.get("stream") is False:
            self.plain(200, "application/json", json.dumps(whole_of(step, body)),
                       step.get("headers", {}))
        else:
            self.stream(step, body)

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def send(self, data, size=0, pause=0):
        for piece in pieces(data, size) if size else [data]:
            if piece:
                self.wfile.write(b"%x\r\n" % len(piece) + piece + b"\r\n")
                self.wfile.flush()
            if pause:
                time.sleep(pause)

    def stream(self, step, body):
        size, pause = step.get("chunk", 0), step.get("pause", 0)
        end = b"\r\n" if step.get("crlf") else b"\n"
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.send_response(200)
        self.send_header("Content-Type", step.get("type", "text/event-stream"))
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in step.get("headers", {}).items():
            self.send_header(name, value)
        self.end_headers()
        for _ in range(step.get("ping", 0)):
            self.send(b": ping" + end + end, size, pause)
        if "raw" in step:
            self.send(step["raw"].encode("utf-8", "surrogateescape"), size, pause)
            self.wfile.write(b"0\r\n\r\n")
            return
        frames, fault, after = frames_of(step, body), step.get("fault"), step.get("after", 1)
        if fault == "no_finish":
            frames = [f for f in frames if '"choices": []' not in f and
                      '"finish_reason": null' in f]
        for i, frame in enumerate(frames):
            if i == after and not self.fault(fault, step, frame, end):
                return
            self.send(b"data: " + frame.encode() + end + end, size, pause)
        if step.get("done", True) and fault != "no_finish":
            self.send(b"data: [DONE]" + end + end, size, pause)
        self.wfile.write(b"0\r\n\r\n")

    def fault(self, fault, step, frame, end):
        """Do what the fault says before `frame`. True: the answer goes on."""
        if fault == "cut":
            self.send(b"data: " + frame.encode()[:20])
            self.hang_up()
        elif fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            self.close_connection = True
            os.close(self.connection.detach())
        elif fault == "stall":
            self.hold()
        elif fault == "ping_stall":
            self.hold(b": ping" + end + end)
        elif fault == "bad_json":
            self.send(b'data: {"choices":[{"delta":{"content":' + end + end)
            return True
        elif fault == "giant_line":
            self.send(b"data: " + b"x" * (20 << 20) + end + end)
            return True
        elif fault == "bad_utf8":
            self.send(b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe\xc3"}}]}' + end +
                      end)
            return True
        elif fault == "error_frame":
            error = {"error": {"message": step.get("error", "it broke"), "type": "server_error",
                               "code": step.get("code")}}
            self.send(b"data: " + json.dumps(error).encode() + end + end)
            self.wfile.write(b"0\r\n\r\n")
        else:
            return True
        return False

    def hold(self, ping=None):
        self.close_connection = True
        self.connection.settimeout(0.02 if ping else None)
        while True:
            try:
                if not self.connection.recv(1):
                    break
            except socket.timeout:
                self.send(ping)
            except OSError:
                break
        self.server.say("closed")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port, script, log):
        super().__init__(("127.0.0.1", port), Handler)
        self.script, self.log, self.count = script, log, 0
        self.lock = threading.Lock()

    def handle_error(self, request, client_address):
        pass

    def say(self, line):
        with self.lock:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def note(self, entry):
        if not self.log:
            return
        try:
            entry["body"] = json.loads(entry["raw"])
        except ValueError:
            entry["body"] = entry["raw"]
        with self.lock:
            entry["n"] = self.count
            self.count += 1
            with open(self.log, "a", encoding="utf-8") as f:
                f.write(json.dumps(entry) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--script", required=True)
    parser.add_argument("--log")
    parser.add_argument("--port", type=int, default=0)
    args = parser.parse_args()
    with open(args.script, encoding="utf-8") as f:
        script = Script(f.read())
    server = Server(args.port, script, args.log)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.say(str(server.server_address[1]))
    while sys.stdin.buffer.read(4096):
        pass


main()
