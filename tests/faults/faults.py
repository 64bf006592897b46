#!/usr/bin/env python3
"""faults - each call of the C library that a tour makes fails once: `make faults`.

  faults.py            every place of both tours, and the table
  faults.py N          N places of them, spread evenly: "ok"/"not ok" lines, for `make test`
  faults.py 'KIND HASH' headless|screen   one of them, with what it said

A place is a kind of call (malloc, open, fork, socket, mmap, read, write) and its callers. Whatever fails, mien ends by
itself, never by a signal, with a message unless the goal was reached; a success is a true one; the terminal is given
back; the session can be listed and shown afterwards.
"""
import ctypes
import fcntl
import http.server
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MIEN = os.path.realpath(os.environ.get("MIEN", os.path.join(ROOT, "build/debug/mien")))
INJECT = os.path.join(os.path.dirname(MIEN), "tests/inject.so")
HANG = 40  # seconds without an end are a hang
CALLS = [("list_dir", {"path": "."}), ("run_bash", {"command": "echo one > made; cat made"}),
         ("write_file", {"path": "notes.md", "content": "# notes\n\nfirst\n"}), ("read_file", {"path": "notes.md"}),
         ("edit_file", {"path": "notes.md", "old_string": "first", "new_string": "second"}),
         ("grep_files", {"pattern": "second"}),
         ("update_plan", {"plan": [{"step": "write it down", "status": "completed", "check": "grep second notes.md"}]})]
ANSWER = "All of it is done."
# What is wrong there is another's: callers, what goes wrong, why it stays.
KNOWN = ((r"_nc_|newterm|doupdate", "signal 11", "ncurses uses what it did not get"),
         (r"_nc_flush_sp", "alternate screen", "ncurses drops what the terminal refuses once"))


class Model(http.server.BaseHTTPRequestHandler):
    """Answers by what was answered already, so that every run meets the same one."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *a):
        pass

    def do_GET(self):
        self.send_error(404)

    def do_POST(self):
        messages = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"]
        done = [m["content"] for m in messages if m["role"] == "tool"]
        n, failed = len(done), any(d.startswith("error") for d in done)
        if failed:
            delta = {"content": "A call failed, so this is where it ends."}
        elif n < len(CALLS):
            name, args = CALLS[n]
            delta = {"tool_calls": [{"index": 0, "id": f"c{n}", "type": "function",
                                     "function": {"name": name, "arguments": json.dumps(args)}}]}
        else:
            delta = {"content": ANSWER}
        frames = [{"choices": [{"index": 0, "delta": delta}]},
                  {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls" if "tool_calls" in delta else "stop"}],
                   "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}}]
        body = "".join(f"data: {json.dumps(f)}\n\n" for f in frames) + "data: [DONE]\n\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *a):  # a client that went away
        pass


def not_random():
    ctypes.CDLL(None).personality(0x0040000)  # ADDR_NO_RANDOMIZE: callers have the same addresses in every run


class Place:
    def __init__(self, port):
        self.top = tempfile.mkdtemp(prefix="mien-faults-", dir="/tmp")
        for d in ("ws", "home", "tmp", "config"):
            os.mkdir(f"{self.top}/{d}")
        with open(self.top + "/config/models.yaml", "w", encoding="utf-8") as f:
            f.write(f"model_list:\n  - model_name: m\n    litellm_params: {{model: hosted_vllm/x, "
                    f"api_base: 'http://127.0.0.1:{port}/v1'}}\n    model_info: {{max_input_tokens: 32768}}\n")
        with open(self.top + "/ws/a.txt", "w", encoding="utf-8") as f:
            f.write("hello\n")
        self.env = {"PATH": os.environ["PATH"], "HOME": self.top + "/home", "TMPDIR": self.top + "/tmp", "LC_ALL": "C.UTF-8",
                    "TERM": "xterm-256color", "INPUTRC": "/dev/null", "MIEN_STATE_DIR": self.top + "/state",
                    "MIEN_CONFIG_DIR": self.top + "/config", "FAULT_EXE": MIEN}

    def preloaded(self, fault):
        listing = {"FAULT_LIST": self.top + "/places"} if fault is None else {"FAULT": fault, "FAULT_HIT": self.top + "/hit"}
        return {**self.env, **listing, "LD_PRELOAD": INJECT}

    def is_done(self):
        try:
            return "second" in open(self.top + "/ws/notes.md", encoding="utf-8").read() and os.path.exists(self.top + "/ws/made")
        except OSError:
            return False

    def callers(self):
        """Who made the call that failed, innermost first; empty: it was not met."""
        try:
            lines = [l.rsplit(" ", 1) for l in open(self.top + "/hit", encoding="utf-8").read().splitlines()]
        except OSError:
            return []
        return [subprocess.run(["addr2line", "-fse", where, at], capture_output=True).stdout.decode().replace("\n", " ")
                for where, at in lines]


    def session_fault(self):
        """What is wrong with what was kept."""
        r = subprocess.run([MIEN, "sessions", "list"], env=self.env, cwd=self.top + "/ws", capture_output=True, timeout=HANG)
        if r.returncode:
            return f"sessions list: exit {r.returncode} {r.stderr.decode()[-200:]}"
        for line in r.stdout.decode().splitlines():
            r = subprocess.run([MIEN, "sessions", "export", line.split()[0]], env=self.env, cwd=self.top + "/ws",
                               capture_output=True, timeout=HANG)
            if r.returncode:
                return f"sessions export: exit {r.returncode} {r.stderr.decode()[-200:]}"
        return None

    def close(self):
        shutil.rmtree(self.top, ignore_errors=True)


def headless(place, fault):
    """(exit status, what it said, what is wrong with it)."""
    p = subprocess.Popen([MIEN, "exec", "-m", "m", "write", "notes"], env=place.preloaded(fault), cwd=place.top + "/ws",
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=not_random)
    try:
        out, err = p.communicate(timeout=HANG)
    except subprocess.TimeoutExpired:
        p.kill()
        out, err = p.communicate()
        return None, (out + err).decode(errors="replace"), "hangs"
    said = (out + err).decode(errors="replace")
    if p.returncode < 0:
        return p.returncode, said, f"ended by signal {-p.returncode}"
    if p.returncode and not err.strip():
        return p.returncode, said, "fails without a word"
    if p.returncode == 0 and ("ends" not in out.decode() if not ANSWER in out.decode() else not place.is_done()):
        return 0, said, "false success"
    return p.returncode, said, None


def screen(place, fault):
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    before = termios.tcgetattr(side)

    def at_start():
        not_random()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    p = subprocess.Popen([MIEN, "-m", "m", "write", "notes"], env=place.preloaded(fault), cwd=place.top + "/ws", stdin=side,
                         stdout=side, stderr=side, start_new_session=True, preexec_fn=at_start)
    said, answered, asked, end = b"", 0, 0, time.monotonic() + HANG
    while time.monotonic() < end:
        ready = select.select([main], [], [], 0.05)[0]
        if ready:
            said += os.read(main, 65536)
        elif p.poll() is not None:
            break
        words = said.decode(errors="replace")
        if "yes, once" in words and "it ends" not in words and time.monotonic() > answered + 1:
            os.write(main, b"\x1b")  # no; again, since a question that has just come takes no answer
            answered = time.monotonic()
        # Done, or told that it failed: the user leaves, and says yes to whatever is asked then.
        if asked < 20 and (ANSWER in words or "it ends" in words or "✗" in words or "failed" in words) and not ready:
            os.write(main, b"\x04")
            asked += 1
    after = termios.tcgetattr(side)
    wrong = None
    if p.poll() is None:
        p.kill()
        wrong = "hangs"
    p.wait()
    os.close(main)
    os.close(side)
    if wrong is None and p.returncode < 0:
        wrong = f"ended by signal {-p.returncode}"
    elif wrong is None and after[:4] != before[:4]:
        wrong = "leaves the terminal's settings"
    elif wrong is None and said.rfind(b"\x1b[?1049h") > said.rfind(b"\x1b[?1049l"):
        wrong = "leaves the alternate screen"
    elif wrong is None and p.returncode and b"mien" not in said[max(0, said.rfind(b"\x1b[?1049l")):]:
        wrong = "fails without a word"
    return p.returncode, said.decode(errors="replace"), wrong


TOURS = {"headless": headless, "screen": screen}


def places_of(tour, port):
    place = Place(port)
    status, said, wrong = TOURS[tour](place, None)
    assert status == 0 and not wrong and place.is_done(), (status, said, wrong)
    with open(place.top + "/places", encoding="ascii") as f:
        found = sorted(set(f.read().splitlines()))
    place.close()
    return found


def one(tour, fault, port):
    place = Place(port)
    status, said, wrong = TOURS[tour](place, fault)
    hit = os.path.exists(place.top + "/hit")
    who = place.callers() if wrong else []
    if wrong and any(re.search(name, w) and what in wrong for w in who for name, what, _ in KNOWN):
        wrong = None
    wrong = wrong or place.session_fault()
    place.close()
    return hit, status, said[-600:] + "".join(f"\n  {w}" for w in who), wrong


def main():
    server = Server(("127.0.0.1", 0), Model)
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if len(sys.argv) == 3:
        print(*one(sys.argv[2], sys.argv[1], port), sep="\n")
        return 0
    work = [(tour, fault) for tour in TOURS for fault in places_of(tour, port)]
    sample = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    if sample:
        work = work[::max(1, len(work) // sample)]
    results, lock, left = {}, threading.Lock(), list(work)

    def run():
        while True:
            with lock:
                if not left:
                    return
                item = left.pop()
            result = one(*item, port)
            with lock:
                results[item] = result
                if result[3]:
                    print(f"not ok {item[0]} '{item[1]}': {result[3]}\n{result[2]}", flush=True)
    workers = [threading.Thread(target=run) for _ in range(os.cpu_count() or 1)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    bad = sum(bool(r[3]) for r in results.values())
    if sample:
        print(f"ok {len(results) - bad} places" if len(results) > bad else "not ok all of them")
        return bad != 0
    print(f"{'tour':10}{'kind':9}{'places':>7}{'hit':>7}{'done':>7}{'said so':>9}{'wrong':>7}")
    for tour in TOURS:
        for kind in sorted({f.split()[0] for _, f in work}):
            mine = [r for (t, f), r in results.items() if t == tour and f.split()[0] == kind]
            hit = [r for r in mine if r[0]]
            print(f"{tour:10}{kind:9}{len(mine):7}{len(hit):7}{sum(r[1] == 0 for r in hit):7}"
                  f"{sum(r[1] != 0 and not r[3] for r in hit):9}{sum(bool(r[3]) for r in mine):7}")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
