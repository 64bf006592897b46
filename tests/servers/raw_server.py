#!/usr/bin/env python3
"""A server that answers with exact bytes, for tests of what passes through.

    raw_server.py --answers FILE.json [--log FILE.jsonl]

It listens on 127.0.0.1, prints its port, ends with its standard input. FILE holds
{"path": {"head": text, "body": text, "times": N, "hold": true, "pause": seconds}}: `head` is
everything from the status line to the empty line, `body` is sent as it is, `times` times over
(default 1), at once or with a `pause` between; then the connection is closed, or with `hold`
kept open without a word until the client closes it: then `closed TIME` is printed, with
time.monotonic(). The part of a path before '?' counts. Requests are logged as chat_server does.
"""
import argparse
import json
import socket
import sys
import threading
import time

lock = threading.Lock()


def say(line):
    with lock:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def read_request(f):
    first = f.readline().decode("latin-1")
    if not first.strip():
        return None
    method, path, _ = first.split(" ", 2)
    headers = {}
    for line in iter(lambda: f.readline().decode("latin-1").strip(), ""):
        name, value = line.split(":", 1)
        headers[name.lower()] = value.strip()
    body = f.read(int(headers.get("content-length", 0))).decode("utf-8", "replace")
    return {"method": method, "path": path, "headers": headers, "raw": body}


def serve(c, answers, log):
    c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        request = read_request(c.makefile("rb"))
        if not request:
            return
        if log:
            with lock, open(log, "a", encoding="utf-8") as f:
                f.write(json.dumps(request) + "\n")
        answer = answers.get(request["path"].split("?")[0])
        if not answer:
            c.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        c.sendall(answer["head"].encode("utf-8", "surrogateescape"))
        body = answer.get("body", "").encode("utf-8", "surrogateescape")
        for _ in range(answer.get("times", 1)):
            c.sendall(body)
            if answer.get("pause"):
                time.sleep(answer["pause"])
        if answer.get("hold"):
            while c.recv(4096):
                pass
            say("closed %f" % time.monotonic())
    except (BrokenPipeError, ConnectionResetError):
        say("closed %f" % time.monotonic())
    finally:
        c.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", required=True)
    parser.add_argument("--log")
    args = parser.parse_args()
    with open(args.answers, encoding="utf-8") as f:
        answers = json.load(f)
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    say(str(listener.getsockname()[1]))

    def accept():
        while True:
            c, _ = listener.accept()
            threading.Thread(target=serve, args=(c, answers, args.log), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    while sys.stdin.buffer.read(4096):
        pass


main()
