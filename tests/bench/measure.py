"""All figures of the bench in one table, each beside its goal. measure.py BINARY TOOLS_DIR [PART...]

The goals are what mien promises itself on two ordinary cores; those marked * are also in a test.
"""
import datetime
import http.server
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import zlib

BINARY, TOOLS = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PTY = os.path.join(TOOLS, "pty")
RUNS, ROUNDS, TOKENS = 21, 200, 50000
rows = []


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p / 100))]


def add(what, value, unit, goal, digits=1):
    ok = value is not None and (goal is None or value <= goal)
    measured = "-" if value is None else f"{value:.{digits}f} {unit}"
    aim = "" if goal is None else f"<= {goal:.{digits}f} {unit}"
    rows.append((what, measured, aim, "ok" if ok else "over" if value is not None else "skipped"))


class World:
    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="mien-bench-")
        self.ws = os.path.join(self.top, "ws")
        for d in ("ws", "home", "config", "tmp"):
            os.makedirs(os.path.join(self.top, d))
        for i in range(ROUNDS):
            with open(os.path.join(self.ws, f"f{i}.txt"), "w") as f:
                f.write(f"line {i}\n" * 20)
        self.server = subprocess.Popen([os.path.join(TOOLS, "server"), str(ROUNDS), str(TOKENS)],
                                       stdin=subprocess.PIPE, stdout=open(os.path.join(self.top, "server"), "w"))
        while not self.said():
            pass
        port = self.said()[0]
        models = "".join(f"  - {{model_name: bench-{n}, litellm_params: {{model: hosted_vllm/x, "
                         f"api_base: 'http://127.0.0.1:{port}/{n}/v1'}}, model_info: {{max_input_tokens: 4000000}}}}\n"
                         for n in ("answer", "tools", "stream", "endless", "paced", "flood"))
        self.port = port
        self.write("config/models.yaml", "model_list:\n" + models)
        self.agent = self.write("agent.yaml", "behaviors:\n  - type: HierarchicalContextBehavior\n"
                                "    params: {history_keep: 1000}\n  - type: FileToolsBehavior\n  - type: LoopDetectionBehavior\n")
        self.env = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG")}
        self.env.update(HOME=os.path.join(self.top, "home"), MIEN_STATE_DIR=os.path.join(self.top, "state"),
                        MIEN_CONFIG_DIR=os.path.join(self.top, "config"), TMPDIR=os.path.join(self.top, "tmp"),
                        LC_ALL="C.UTF-8", TERM="xterm-256color", INPUTRC="/dev/null")

    def write(self, name, text):
        path = os.path.join(self.top, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def said(self):
        """Whole lines of the server."""
        with open(os.path.join(self.top, "server")) as f:
            return [l.strip() for l in f if l.endswith("\n")]

    def run(self, *args):
        r = subprocess.run(args, cwd=self.ws, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
        if r.returncode != 0:
            print(f"# {' '.join(args[:4])}: exit {r.returncode}: {r.stderr.decode()[-300:]}", flush=True)
        return r.stdout.decode().splitlines()

    def close(self):
        self.server.stdin.close()
        self.server.wait(10)
        shutil.rmtree(self.top, ignore_errors=True)


def first_frame(w):
    # In turns, so that both meet the same machine.
    hello, mien = [], []
    for _ in range(RUNS):
        hello += map(float, w.run(PTY, "frame", "1", os.path.join(TOOLS, "hello")))
        mien += map(float, w.run(PTY, "frame", "1", BINARY, "-m", "playbook/tour"))
    add("first full frame: bare ncurses hello, median of 21", median(hello), "ms", None)
    add("first full frame: mien, median of 21", median(mien), "ms", 2.5 * median(hello))


def idle(w):
    p = subprocess.Popen([PTY, "idle", BINARY, "-m", "playbook/tour"], cwd=w.ws, env=w.env, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
    pid = int(p.stdout.readline().split()[1])
    trace = os.path.join(w.top, "trace")

    def strace(seconds):
        r = subprocess.run(["timeout", "-s", "INT", str(seconds), "strace", "-f", "-qq", "-o", trace, "-p", str(pid)],
                           capture_output=True)
        if not os.path.exists(trace) or b"attach" in r.stderr:
            return None
        with open(trace) as f:
            return sum(bool(re.search(r"\) += ", l)) for l in f)
    for _ in range(10):  # it comes to rest first
        if strace(0.5) in (0, None):
            break
    wakeups = strace(5)
    with open(f"/proc/{pid}/smaps_rollup") as f:
        kb = next(int(l.split()[1]) for l in f if l.startswith("Pss:"))
    p.stdin.close()
    p.wait(20)
    add("memory of an idle screen (PSS)", kb / 1024, "MB", 10)
    add("wakeups of an idle screen in 5 s *", wakeups, "", 0, 0)


def headless(w):
    answer = BINARY, "exec", "-m", "bench-answer", "what is it?"
    first = list(map(float, w.run(PTY, "first", str(RUNS), *answer)))
    add("first byte of a headless answer, local server, median of 21", median(first) if first else None, "ms", 15)
    times = list(map(float, w.run(PTY, "wall", str(RUNS), *answer)))
    add("headless answer, local server, median of 21", median(times) if times else None, "ms", 25)
    size = int(next(l for l in w.said() if l.startswith("body")).split()[1])
    add("first request's size *", size, "bytes", 5000, 0)


def rounds(w):
    lines = w.run(BINARY, "exec", "--json", "-m", "bench-tools", "-a", w.agent, "--max-rounds", "300", "read them all")
    own = [e["own_us"] / 1000 for e in map(json.loads, lines) if e["type"] == "round_end" and e["tools"]]
    if len(own) < ROUNDS:
        print(f"# only {len(own)} rounds with a tool call", flush=True)
    early, late = (median(own[:20]), median(own[180:200])) if len(own) >= ROUNDS else (None, None)
    add("own time of a round with a tool call, rounds 1-20", early, "ms", 0.5, 2)
    add("own time of a round with a tool call, rounds 181-200", late, "ms", 0.5, 2)


COMMANDS = 60


def commands(w):
    """What a command costs at each level beside the same `bash -c` started here, the round it stands in subtracted."""
    def each(level, tool, args):
        calls = f"  - call: {{tool: {tool}, args: {args}}}\n" * COMMANDS
        play = w.write("play.yaml", "turns:\n" + calls + "  - say: done\n")
        w.write("config/config.yaml", f"sandbox: {{level: {level}}}\n")
        lines = w.run(BINARY, "exec", "--json", "--approval", "yolo", "-a", w.shell, "-m",
                      "playbook/" + play, "go")
        at = [datetime.datetime.fromisoformat(e["time"].replace("Z", "+00:00")).timestamp() * 1000
              for e in map(json.loads, lines) if e["type"] in ("round_start", "round_end")]
        return (at[-1] - at[0]) / COMMANDS if len(at) >= 2 * COMMANDS else None
    w.shell = w.write("shell.yaml", "behaviors:\n  - type: FileToolsBehavior\n  - type: CommandToolsBehavior\n")
    bare = []
    for _ in range(COMMANDS):
        since = time.monotonic()
        subprocess.run(["/bin/bash", "-c", "true"], env=w.env)
        bare.append((time.monotonic() - since) * 1000)
    for level in ("full", "landlock", "none"):
        ran, listed = each(level, "run_bash", '{command: "true"}'), each(level, "list_dir", '{path: "."}')
        cost = ran - listed - median(bare) if ran and listed else None
        add(f"a command above bash -c, level {level}", cost, "ms", 2.5)
    os.unlink(os.path.join(w.top, "config/config.yaml"))


class Calls(http.server.BaseHTTPRequestHandler):
    """A model that lists the directory `left` times, then says that it is done. Bodies are passed over."""
    protocol_version = "HTTP/1.1"
    left = 0

    def do_POST(self):
        n = int(self.headers.get("Content-Length", 0))
        while n > 0:
            n -= len(self.rfile.read(min(n, 1 << 20)))
        more, Calls.left = Calls.left > 0, Calls.left - 1
        delta = {"tool_calls": [{"index": 0, "id": "", "type": "function",
                                 "function": {"name": "list_dir", "arguments": '{"path": "empty"}'}}]} \
            if more else {"content": "done"}
        body = b"".join(b"data: %s\n\n" % d for d in (
            json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}).encode(),
            json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls" if more else "stop"}]}).encode(),
            b"[DONE]"))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def fnv(text, h=14695981039346656037):
    """The store's checksum; h: of what stands before."""
    for byte in text.encode():
        h = (h ^ byte) * 1099511628211 & 0xffffffffffffffff
    return h


def enlarge(path, megabytes):
    """Makes a session of one short goal long: its rounds stand there again and again before it, with results of
    4 kB, and are out of view, as after a compaction: no model's window holds so much."""
    text = "".join(f"{i} a line of some result\\n" for i in range(160))
    event = '{"type":"tool_result","time":"2026-01-01T00:00:00.000Z","session":"x","name":"list_dir","ok":true,"result":"'
    # What differs stands at the end, so that the sum of what stands before is had once.
    kinds = [(table, head, fnv(head), tail) for table, head, tail in (
        ("messages", '{"role":"assistant","goal":1,"calls":[{"name":"list_dir","args":"{}","id":"', 'old%08d"}]}'),
        ("messages", '{"role":"tool","tool":"list_dir","goal":1,"text":"' + text + '","call_id":"', 'old%08d"}'),
        ("events", '{"type":"round_start","time":"2026-01-01T00:00:00.000Z","session":"x"', ',"round":%d}'),
        ("events", event + text + '","id":"', 'old%08d"}'))]
    n = megabytes * (1 << 20) // sum(len(head) for _, head, _, _ in kinds)
    db = sqlite3.connect(path)
    for table, rows in (("messages", 2 * n), ("events", 2 * n)):
        db.execute(f"UPDATE {table} SET seq = -seq")
        db.execute(f"UPDATE {table} SET seq = {rows} - seq")
    seq = {"messages": 0, "events": 0}
    for i in range(n):
        for table, head, h, tail in kinds:
            seq[table] += 1
            h = fnv(tail % i, h)
            db.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (seq[table], head + tail % i, h - (1 << 64) if h >> 63 else h))
        db.execute("INSERT INTO calls VALUES (?)", (f"old{i:08d}",))
    run = json.loads(db.execute("SELECT value FROM meta WHERE key = 'run'").fetchone()[0])
    for key, by in (("messages", 2 * n), ("said", 2 * n), ("seq", 2 * n), ("goal_at", 2 * n)):
        run[key] += by
    run["view"] = 2 * n + 1
    db.execute("UPDATE meta SET value = ? WHERE key = 'run'", (json.dumps(run),))
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def lengthen(path, rounds, result):
    """Put so many rounds behind what a session holds, each with a call and this result; all of it in view."""
    db = sqlite3.connect(path)
    last = db.execute("SELECT max(seq) FROM messages").fetchone()[0]
    bodies = [json.dumps(b) for b in (
        {"role": "assistant", "goal": 1, "calls": [{"id": "again", "name": "list_dir", "args": '{"path": "empty"}'}]},
        {"role": "tool", "goal": 1, "tool": "list_dir", "call_id": "again", "text": result})]
    sums = [h - (1 << 64) if h >> 63 else h for h in map(fnv, bodies)]
    db.executemany("INSERT INTO messages VALUES (?, ?, ?)", ((last + 1 + i, bodies[i % 2], sums[i % 2]) for i in range(2 * rounds)))
    run = json.loads(db.execute("SELECT value FROM meta WHERE key = 'run'").fetchone()[0])
    run["messages"] += 2 * rounds
    db.execute("UPDATE meta SET value = ? WHERE key = 'run'", (json.dumps(run),))
    db.commit()
    held = db.execute("SELECT sum(length(body)) FROM messages").fetchone()[0]
    db.close()
    return held


def memory(w):
    """What a session that is all in view adds to the peak, for each byte of its messages."""
    agent = w.write("plain.yaml", "behaviors:\n  - type: FileToolsBehavior\n")
    path = os.path.join(w.top, "state/sessions/memory.db")

    def most(*args):
        return median(map(float, w.run(PTY, "peak", "5", BINARY, "exec", "-m", "bench-answer", "-a", agent, *args, "what?"))) * 1024

    w.run(BINARY, "exec", "-m", "bench-answer", "-a", agent, "--session", "memory", "hello")
    held, used = [], [most()]
    for more in (1000, 1500):  # what one of some size costs once, such as pages of the store, is not what a byte costs
        held.append(lengthen(path, more, "words of a file\n" * 256))
        used.append(most("-r", "memory"))
    add(f"memory at the peak of a conversation of {held[0] / (1 << 20):.0f} MB, over a new one", (used[1] - used[0]) / (1 << 20), "MB", 2 * held[0] / (1 << 20))
    add(f"  each further byte of it, up to {held[1] / (1 << 20):.0f} MB", (used[2] - used[1]) / (held[1] - held[0]), "bytes", 2, 2)


def opening(w):
    """What opening a long session costs over opening one in which little was said. OPENING=100: megabytes."""
    megabytes = int(os.environ.get("OPENING", "100"))
    play = w.write("opening.yaml", "turns:\n  - call: {tool: list_dir, args: {path: .}}\n  - say: alllisted\n")
    model = ("-m", "playbook/" + play)
    answer = (BINARY, "exec", "-m", "bench-answer")
    sessions = os.path.join(w.top, "state/sessions")
    for name in ("short", "long"):
        w.run(BINARY, "exec", *model, "--session", name, "go on")
    path = os.path.join(sessions, "long.db")
    enlarge(path, megabytes)
    size = os.path.getsize(path) / (1 << 20)
    shown, told, ran = {}, {}, {}
    for _ in range(5):  # in turns, so that both meet the same machine
        for name in ("short", "long"):
            shown.setdefault(name, []).extend(map(float, w.run(PTY, "frame", "1", BINARY, *model, "-r", name)))
            told.setdefault(name, []).extend(map(float, w.run(PTY, "shown", "1", "alllisted", BINARY, *model, "-r", name)))
            ran.setdefault(name, []).extend(map(float, w.run(PTY, "wall", "1", *answer, "-r", name, "what?")))
    for what, times in (("its first full frame", shown), ("its end replayed", told),
                        ("headless, with an answer", ran)):
        add(f"opening a session of {size:.0f} MB, over a short one: {what}", median(times["long"]) - median(times["short"]), "ms", 50)


def growth(w):
    """A round must not cost more because the session is long, but for sending its body. GROWTH=1000,10000: rounds."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Calls)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(os.path.join(w.top, "config/models.yaml"), "a") as f:
        f.write(f"  - {{model_name: bench-calls, litellm_params: {{model: hosted_vllm/x, api_base: "
                f"'http://127.0.0.1:{server.server_port}/v1'}}, model_info: {{max_input_tokens: 40000000}}}}\n")
    os.makedirs(os.path.join(w.ws, "empty"), exist_ok=True)
    agent = w.write("plain.yaml", "behaviors:\n  - type: FileToolsBehavior\n")

    def goal(rounds, *args):
        Calls.left = rounds
        lines = w.run(BINARY, "exec", "--json", "-m", "bench-calls", "-a", agent, "--max-rounds", "100000", *args, "go on")
        return [e["own_us"] / 1000 for e in map(json.loads, lines) if e["type"] == "round_end" and e["tools"]]

    for n in map(int, os.environ.get("GROWTH", "1000").split(",")):
        name = f"growth-{n}"
        early = goal(20, "--session", name)
        lengthen(os.path.join(w.top, f"state/sessions/{name}.db"), n - 20, "the directory is empty")
        late = goal(20, "-r", name)
        times = list(map(float, w.run(PTY, "wall", "5", BINARY, "exec", "-m", "bench-answer", "-a", agent, "-r", name, "what?")))
        fresh = list(map(float, w.run(PTY, "wall", "5", BINARY, "exec", "-m", "bench-answer", "-a", agent, "what?")))
        size = os.path.getsize(os.path.join(w.top, f"state/sessions/{name}.db")) / (1 << 20)
        add(f"own time of a round, rounds 1-20 of a session", median(early), "ms", 0.3, 2)
        add(f"own time of a round, the 20 after resuming {n} rounds", median(late), "ms", 1.1 * median(early), 2)
        add(f"the first answer in that session ({size:.1f} MB, all in view), over a new one", median(times) - median(fresh), "ms", 50)
    server.shutdown()


def stopping(w):
    """A stop in every wait of the matrix; the slowest counts. run.sh builds the program."""
    matrix = os.path.join(os.path.dirname(BINARY), "tests/engine/matrix")
    if not os.path.exists(matrix):
        return add("a stop, the slowest of all waits", None, "ms", 200, 0)
    env = {**w.env, "MATRIX": "*:stop"}
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    r = subprocess.run([matrix], cwd=root, env=env, capture_output=True, timeout=300)
    took = re.search(rb"slowest stop took (\d+) ms", r.stderr)
    add("a stop, the slowest of all waits *", float(took[1]) if took else None, "ms", 200, 0)


def streaming(w):
    answer = w.run(BINARY, "exec", "-m", "bench-stream", "go")
    if sum(map(len, answer)) < 4 * TOKENS:
        print(f"# the stream came in short: {sum(map(len, answer))} bytes", flush=True)
    echo, cpu, wall = [], [], []
    for _ in range(10):  # one is too short for many keys
        lines = [l.split() for l in w.run(PTY, "type", "go", "complete", BINARY, "-m", "bench-stream")]
        echo += [float(v) for k, v in lines if k == "echo"]
        cpu += [float(v) for k, v in lines if k == "cpu"]
        wall += [float(v) for k, v in lines if k == "stream"]
    if not cpu:
        return
    add(f"50,000 tokens unpaced: CPU of mien, median of 10 ({median(wall):.0f} ms wall)", median(cpu), "ms", 350, 0)
    add(f"  key echo meanwhile, p50 of {len(echo)}", percentile(echo, 50), "ms", 2, 2)
    add("  key echo meanwhile, p99 *", percentile(echo, 99), "ms", 5, 2)


def flood(w):
    """10,000 tokens, 500 a second: what a slow terminal is spared, and keys that are typed meanwhile."""
    said = dict(l.split() for l in w.run(PTY, "watch", "go", "complete", BINARY, "-m", "bench-flood"))
    add("10,000 tokens, 500 a second: CPU of mien", float(said.get("cpu", 0)) or None, "ms", 400, 0)
    add("  bytes to the terminal *", int(said.get("bytes", 0)) / 1000 or None, "kB", 150, 0)
    lines = w.run("env", "PTY_KEY_MS=40", PTY, "type", "go", "complete", BINARY, "-m", "bench-flood")
    echo = [float(l.split()[1]) for l in lines if l.startswith("echo")]
    add(f"  key echo meanwhile, p50 of {len(echo)}", percentile(echo, 50) if echo else None, "ms", 1, 2)
    add("  key echo meanwhile, p99", percentile(echo, 99) if echo else None, "ms", 4, 2)


def items(w):
    said = dict(line.split() for line in w.run(os.path.join(TOOLS, "items")))
    for name, what, goal in (("missed", "a search that meets none", 50), ("found", "a search that finds the first", 50),
                             ("page", "a page of scrolling", 5), ("fold", "a fold", 5)):
        add(f"100,000 items: {what}, least of 21", float(said[name]), "ms", goal, 2)


def peak(pid, name="VmHWM"):
    with open(f"/proc/{pid}/status") as f:
        return int(next(l for l in f if l.startswith(name)).split()[1]) / 1024


def proxying(w):
    """The proxy beside the server itself; one that is new for each figure of memory."""
    load = os.path.join(TOOLS, "load")
    path = "/v1/chat/completions"

    def proxy():
        p = subprocess.Popen([BINARY, "proxy", "--listen", "127.0.0.1:0"], cwd=w.ws, env=w.env, stdout=subprocess.PIPE)
        return p, p.stdout.readline().decode().strip().rsplit(":", 1)[1]

    def end(p):
        p.terminate()
        p.wait(20)
    p, port = proxy()
    for size in (2000, 60000):
        lines = [l.split() for l in w.run(load, "first", "1000", str(size), w.port, "/answer" + path, "x", port, path, "bench-answer")]
        direct, through = ([float(us) / 1000 for k, us in lines if k == n] for n in "01")
        if direct and through:
            add(f"proxy: time to first byte added, body of {size // 1000} kB, median of 1000", median(through) - median(direct), "ms", 1, 3)
            add("  the same, p99", percentile(through, 99) - percentile(direct, 99), "ms", None, 3)
    lines = [l.split() for l in w.run(load, "first", "500", "64000", w.port, "/answer" + path, "x", port, "/v1/messages", "bench-answer")]
    direct, through = ([float(us) / 1000 for k, us in lines if k == n] for n in "01")
    if direct and through:
        add("proxy: the same translated (messages to chat), 64 kB, median of 500", median(through) - median(direct), "ms", 2, 3)
        add("  the same, p99", percentile(through, 99) - percentile(direct, 99), "ms", None, 3)
    add("proxy: memory after 3,500 requests (peak)", peak(p.pid), "MB", 20)
    end(p)
    cost = [float(x) for l in w.run(os.path.join(TOOLS, "translate")) for x in l.split()]
    if len(cost) == 2:
        add(f"proxy: 5 MB of history translated, by one cJSON parse and print ({cost[0]:.1f} ms)", cost[1] / cost[0], "times", 2.5, 2)
    p, port = proxy()
    w.run(load, "first", "10", "2000", port, path, "bench-answer")
    before = peak(p.pid)
    big = [l.split() for l in w.run(load, "big", port, path, "bench-endless") if l.startswith("big")]
    direct = [l.split() for l in w.run(load, "big", w.port, "/endless" + path, "x") if l.startswith("big")]
    if big and direct and int(big[0][1]) >= 1 << 30:
        add("proxy: memory a 1 GB stream adds (peak)", peak(p.pid) - before, "MB", 2)
        add(f"  its speed (direct: {1024 / float(direct[0][2]):.0f} MB/s)", 1024 / float(big[0][2]), "MB/s", None, 0)
    end(p)
    p, port = proxy()
    delays = {}
    for name, args in (("direct", (w.port, "/paced" + path, "x")), ("through", (port, path, "bench-paced"))):
        delays[name] = [float(l.split()[1]) / 1000 for l in w.run(load, "many", "500", *args) if l.startswith("frame")]
    if len(delays["through"]) == len(delays["direct"]) == 500 * 200:
        for q in (50, 99):
            add(f"proxy: 500 streams of 50 frames/s, delay added to a frame, p{q}",
                percentile(delays["through"], q) - percentile(delays["direct"], q), "ms", None, 3)
        with open(f"/proc/{p.pid}/stat") as f:
            ticks = sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))
        add("  processor of the proxy", 100 * ticks / os.sysconf("SC_CLK_TCK") / 4, "%", None, 0)
        add("  its memory (peak)", peak(p.pid), "MB", 20)
    else:
        print(f"# frames: {len(delays['through'])} through, {len(delays['direct'])} direct", flush=True)
    end(p)
    for name, took in leaving(w).items():
        add(f"proxy: client gone, its server's connection closed ({name}), the longest of 50", 1000 * max(took), "ms", 200)


def leaving(w):
    """How long a server is kept after its client went, bytes passed through and translated."""
    server = socket.create_server(("127.0.0.1", 0))
    models = w.write("leaving.yaml", "model_list:\n  - model_name: m\n    litellm_params: {model: hosted_vllm/x, "
                     f"api_base: 'http://127.0.0.1:{server.getsockname()[1]}/v1'}}\n")
    p = subprocess.Popen([BINARY, "proxy", "--models", models, "--listen", "127.0.0.1:0"], cwd=w.ws, env=w.env, stdout=subprocess.PIPE)
    port = int(p.stdout.readline().decode().strip().rsplit(":", 1)[1])
    body = b'{"model":"m","stream":true,"max_tokens":9,"messages":[{"role":"user","content":"hi"}]}'
    took = {}
    for name, path in (("through", b"/v1/chat/completions"), ("translated", b"/v1/messages")):
        took[name] = []
        for _ in range(50):
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s" % (path, len(body), body))
            upstream, _ = server.accept()
            upstream.recv(65536)
            upstream.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n')
            got = b""
            while b'"a"' not in got:
                got += client.recv(65536)
            began = time.monotonic()
            client.close()
            while upstream.recv(65536):
                pass
            took[name].append(time.monotonic() - began)
            upstream.close()
    p.terminate()
    p.wait(20)
    server.close()
    return took


PYTHON = """from behaviors import AgentBehavior


class EchoBehavior(AgentBehavior):
    def get_name(self):
        return "echo"

    def get_tools(self):
        return [{"type": "function", "function": {"name": "m_echo", "parameters": {
            "type": "object", "properties": {"n": {"type": "integer"}}}}}]

    def dispatch_tool(self, tool_name, args, **kwargs):
        return {"success": True}
"""
# It writes down how long it took for each call, in microseconds.
SERVER = """import json, sys, time
for line in sys.stdin:
    since, m = time.perf_counter(), json.loads(line)
    result = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "b", "version": "1"},
              "tools": [{"name": "echo", "inputSchema": {"type": "object"}}]}
    if m["method"] == "tools/call":
        result = {"content": []}
    text = json.dumps({"jsonrpc": "2.0", "id": m.get("id"), "result": result})
    if m["method"] == "tools/call":
        print((time.perf_counter() - since) * 1e6, file=log, flush=True)
    if "id" in m:
        print(text, flush=True)
""".replace("time\n", "time\nlog = open(sys.argv[1], 'a')\n", 1)


def tool_calls(w, logged, *args):
    """Microseconds of each of ROUNDS calls of m_echo, as mien logs them."""
    play = w.write("play.yaml", "turns:\n" + "".join(f"  - call: {{tool: m_echo, args: {{n: {n}}}}}\n" for n in range(ROUNDS)) + "  - say: done\n")
    w.env["MIEN_DEBUG"] = "1"
    w.run(BINARY, "exec", "-m", "playbook/" + play, "--max-rounds", str(ROUNDS + 1), *args, "go")
    del w.env["MIEN_DEBUG"]
    found = subprocess.run(["grep", "-rhoE", logged + ": [0-9]+ us", os.path.join(w.top, "state")], capture_output=True)
    return [int(l.split()[-2]) for l in found.stdout.decode().splitlines()]


def extending(w):
    """What the ways to extend mien add to a tool call."""
    os.makedirs(os.path.join(w.top, "config/behaviors"), exist_ok=True)
    shutil.copy(os.path.join(TOOLS, "bench_behavior.so"), os.path.join(w.top, "config/behaviors"))
    times = w.run(os.path.join(TOOLS, "plugin"), os.path.join(w.top, "config"))
    plain, guarded = map(int, times[0].split()) if times else (None, None)
    add(f"tool call: C plugin, over {plain} ns compiled in", times and (guarded - plain) / 1000, "us", 2, 2)
    w.write("config/behaviors/echo_behavior.py", PYTHON)
    us = tool_calls(w, "EchoBehavior.dispatch_tool", "--with", "EchoBehavior")
    add(f"tool call: Python, median of {len(us)}", median(us) / 1000 if us else None, "ms", 1, 2)
    own = os.path.join(w.top, "own")
    server = w.write("server.py", SERVER)
    w.write("config/config.yaml", f"mcp_servers:\n  m: {{command: {sys.executable}, args: [{server}, {own}]}}\n")
    us = tool_calls(w, "m.echo")
    served = [float(l) for l in open(own)] if us else [0]
    added = [(a - b) / 1000 for a, b in zip(us, served)]
    add(f"tool call: MCP over a pipe, over the server's {median(served):.0f} us, median of {len(us)}",
        median(added) if added else None, "ms", 1, 2)
    os.remove(os.path.join(w.top, "config/config.yaml"))


def kept_versions(store):
    """Compressed size of the blobs that the store itself holds: the versions of files that changed."""
    git = ["git", f"--git-dir={store}"]
    packs = [os.path.join(store, "objects/pack", n) for n in os.listdir(os.path.join(store, "objects/pack")) if n.endswith(".idx")]
    out = subprocess.run(git + ["verify-pack", "-v", *packs], capture_output=True, text=True).stdout
    ids = [line.split()[0] for line in out.splitlines() if line.split()[1:2] == ["blob"]]
    r = subprocess.run(git + ["cat-file", "--batch"], input="\n".join(ids).encode() + b"\n", capture_output=True).stdout
    at = total = 0
    while at < len(r):
        end = r.index(b"\n", at)
        n = int(r[at:end].split()[2])
        total += len(zlib.compress(r[end + 1:end + 1 + n]))
        at = end + n + 2
    return total


def snapshots(w):
    """A tree of 50,000 files in git; then 1,000 rounds that each change ten of some 400."""
    tree, store = os.path.join(w.top, "tree"), os.path.join(w.top, "store")
    words = [f"w{i}" for i in range(4000)]
    made = 0
    for d in range(1050):
        at = os.path.join(tree, f"m{d // 25}", f"p{d}")
        os.makedirs(at)
        for f in range(min(48, 50000 - made)):
            with open(os.path.join(at, f"file{f}.c"), "w") as out:
                out.write(" ".join(words[(d * 7919 + f * 104729 + k * 1299709) % 4000] for k in range(170)) + "\n")
            made += 1
    git = ["git", "-C", tree, "-c", "user.email=a@b", "-c", "user.name=n"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"], ["gc", "-q"], ["status"]):
        subprocess.run(git + words, stdout=subprocess.DEVNULL, check=True)
    status = []
    for _ in range(9):
        since = time.monotonic()
        subprocess.run(git + ["status"], stdout=subprocess.DEVNULL, check=True)
        status.append((time.monotonic() - since) * 1000)
    r = subprocess.run([os.path.join(TOOLS, "rewind"), tree, store, "1000"], capture_output=True, text=True, check=True)
    said = dict(line.split() for line in r.stdout.splitlines())
    add("snapshot of 50,000 files, nothing changed, all looked at", float(said["clean_full_ms"]), "ms", 1.2 * median(status))
    add("the same where a watch knows it", float(said["clean_watch_ms"]), "ms", 5.0, 3)
    add("first snapshot", float(said["first_ms"]), "ms", None)
    add("snapshot of ten changed files", float(said["round_ms"]), "ms", None)
    add("memory of it", int(said["memory_bytes"]) / 2**20, "MB", 8.0)
    held = sum(os.path.getsize(os.path.join(at, n)) for at, _, names in os.walk(os.path.join(store, "objects")) for n in names)
    add("kept after 1,000 rounds", held / 2**20, "MB", (1.2 * kept_versions(store) + 2**20) / 2**20)


def tree_pss(pid):
    """kB and processes of pid and all below it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                stat = open(f"/proc/{name}/stat").read()
            except OSError:
                continue
            parents.setdefault(int(stat[stat.rindex(")") + 2:].split()[1]), []).append(int(name))
    todo, kb, n = [pid], 0, 0
    while todo:
        p = todo.pop()
        todo += parents.get(p, [])
        try:
            kb += int(re.search(r"^Pss:\s+(\d+)", open(f"/proc/{p}/smaps_rollup").read(), re.M)[1])
            n += 1
        except (OSError, TypeError):
            continue
    return kb, n


def delegates(w):
    """What many delegates on other machines cost who waits for them; see mien-machines(7)."""
    for n in (100, 1000, 5000, 10000):
        r = subprocess.run([os.path.join(TOOLS, "delegates"), str(n)], capture_output=True, text=True, check=True)
        said = dict(line.split() for line in r.stdout.splitlines())
        if n == 100:
            add("descriptors of a delegate", int(said["descriptors"]), "", None, 0)
            add("memory of one at work", int(said["bytes_at_work"]) / 1024, "kB", None)
        wake = float(said["wake_us"])
        add(f"{n:,} delegates: to hear one", wake / 1000 if wake >= 0 else None, "ms", None, 3)
        add(f"{n:,} delegates: an event of one", float(said["event_us"]), "us", None, 2)
        add(f"{n:,} delegates: the list of them", float(said["rows_ms"]), "ms", None)
        add(f"{n:,} delegates: bytes of that list", int(said["rows_bytes"]) / 1024, "kB", None, 0)
    order = json.dumps({"launcher": [os.path.join(w.top, "launch")], "words": [], "workspace": w.top}) + "\n"
    with open(os.path.join(w.top, "launch"), "w") as f:
        f.write("#!/bin/sh\nexec sleep 600\n")
    os.chmod(os.path.join(w.top, "launch"), 0o755)
    near = [subprocess.Popen([BINARY, "far", "call"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) for _ in range(8)]
    for p in near:
        p.stdin.write(order.encode())
        p.stdin.flush()
    until = time.monotonic() + 30
    while time.monotonic() < until and not all(tree_pss(p.pid)[1] >= 3 for p in near):
        time.sleep(0.05)
    costs = [tree_pss(p.pid) for p in near]
    for p in near:
        p.kill()
        p.wait()
    add("near end of one elsewhere, besides its launcher's own: memory", sum(c[0] for c in costs) / 8 / 1024, "MB", None)
    add("processes of it", sum(c[1] for c in costs) / 8, "", None, 0)


def size(w):
    stripped = os.path.join(w.top, "stripped")
    subprocess.run(["strip", "-o", stripped, BINARY], check=True)
    # 1898 before mien acp (45), rewind (75), logins and questions of MCP servers, completions.
    add("stripped binary", os.path.getsize(stripped) / 1024, "kB", 2304, 0)


def main():
    w = World()
    only = sys.argv[3:]
    try:
        for part in (first_frame, idle, headless, rounds, commands, growth, opening, memory, stopping, streaming, flood, items, proxying, extending, snapshots,
                     delegates, size):
            if not only or part.__name__ in only:
                part(w)
    finally:
        w.close()
    widths = [max(len(r[i]) for r in rows + [("what", "measured", "goal", "")]) for i in range(4)]
    for r in [("what", "measured", "goal", "")] + rows:
        print(f"{r[0]:<{widths[0]}}  {r[1]:>{widths[1]}}  {r[2]:>{widths[2]}}  {r[3]}".rstrip())


main()
