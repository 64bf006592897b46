"""What the end-to-end tests share: running mien, a scripted server, a terminal. Standard library
only. Each test is a function given a fresh Place; run(tests) prints "ok name" or "not ok name"."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIEN = os.environ.get("MIEN", os.path.join(ROOT, "build/debug/mien"))
DEADLINE = 30  # seconds a condition may take before it counts as never


class Place:
    """A workspace, a state and a configuration directory of its own."""

    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="mien-e2e-")
        self.ws = os.path.join(self.top, "ws")
        self.state = os.path.join(self.top, "state")
        self.config = os.path.join(self.top, "config")
        self.home = os.path.join(self.top, "home")
        self.tmp = os.path.join(self.top, "tmp")
        for d in (self.ws, self.config, self.home, self.tmp):
            os.makedirs(d)
        self.closers = []

    def env(self, **more):
        e = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "TZ") or k.endswith("SAN_OPTIONS")}
        e.update(HOME=self.home, MIEN_STATE_DIR=self.state, MIEN_CONFIG_DIR=self.config,
                 TMPDIR=self.tmp, LC_ALL="C.UTF-8", TERM="xterm-256color", INPUTRC="/dev/null", MIEN_TEST="1")
        e.update(more)
        return {k: v for k, v in e.items() if v is not None}

    def write(self, name, text, where=None):
        path = os.path.join(where or self.ws, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def read(self, name):
        with open(os.path.join(self.ws, name), "rb") as f:
            return f.read().decode(errors="replace")

    def playbook(self, text, name="play.yaml"):
        return "playbook/" + self.write(name, text, self.top)

    def seed_agent(self, **params):
        """An agent whose steps are the seed's: decompose_task, mark_subtask_complete."""
        more = "".join(f", {k}: {v}" for k, v in params.items())
        return self.write("seed.yaml", "system_prompt: x\nbehaviors:\n  - type: HierarchicalContextBehavior\n"
                          f"    params: {{steps: seed{more}}}\n" + "".join(
                              f"  - type: {t}\n" for t in ("CompactWhenNearFullBehavior", "FileToolsBehavior",
                                                           "CommandToolsBehavior", "LoopDetectionBehavior",
                                                           "WorkspaceTaskNotesBehavior", "StatusDisplayBehavior")), self.top)

    def mien(self, *args, stdin=subprocess.DEVNULL, timeout=60, env=None, cwd=None):
        return subprocess.run([MIEN, *args], cwd=cwd or self.ws, env=self.env(**(env or {})),
                              stdin=stdin, capture_output=True, timeout=timeout)

    def events(self, *args, **kw):
        """Run mien exec --json; (exit code, events, stderr)."""
        r = self.mien("exec", "--json", *args, **kw)
        return r.returncode, [json.loads(l) for l in r.stdout.decode().splitlines()], r.stderr.decode()

    def server(self, steps, models=None, window=32768, extra="", **top):
        """Start the scripted server and write a models.yaml for it: model "m"."""
        script = self.write("script.json", json.dumps({"steps": steps, **top}), self.top)
        log = os.path.join(self.top, "requests.jsonl")
        p = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests/servers/chat_server.py"),
                              "--script", script, "--log", log],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        port = int(p.stdout.readline())
        self.closers.append(lambda: (p.stdin.close(), p.wait(10), p.stdout.close()))
        self.log = log
        self.write("models.yaml", f"""model_list:
  - model_name: m
    litellm_params:
      model: hosted_vllm/test-model
      api_base: http://127.0.0.1:{port}/v1
    model_info: {{max_input_tokens: {window}}}
    behaviors:
      formal: {{description: polite, route_suffix: /formal, parameters: {{top_p: 0.5}}}}
      debug: {{route_suffix: /debug}}
{extra}""", self.config)
        return port

    def notes(self):
        """What is kept of this workspace in the state directory."""
        d = os.path.join(self.state, "notes")
        return "".join(open(os.path.join(d, f), encoding="utf-8").read() for f in sorted(os.listdir(d))) if os.path.isdir(d) else ""

    def requests(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log) as f:
            whole = [l for l in f if l.endswith("\n")]  # the last may be in the writing
            return [r for r in map(json.loads, whole) if r["method"] == "POST"]

    def close(self):
        for c in self.closers:
            c()
        shutil.rmtree(self.top, ignore_errors=True)


def of(events, kind):
    return [e for e in events if e["type"] == kind]


def wait_for(what, condition, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)  # between two looks at a condition, not instead of one
    raise AssertionError(f"never happened: {what}")


class Screen:
    """mien in a tmux of its own."""

    count = 0

    def __init__(self, place, *args, size=(100, 30), env=None, shell=False):
        Screen.count += 1
        self.name = f"mien-e2e-{os.getpid()}-{Screen.count}"
        e = place.env(**(env or {}))
        words = " ".join(f"{k}='{v}'" for k, v in e.items())
        command = f"env -i {words} {MIEN} " + " ".join(f"'{a}'" for a in args)
        if shell:
            command = f"env -i {words} bash --norc -i"
        else:
            command += f" 2>{place.top}/stderr; printf '\\nEXIT=%s\\n' $?; read never"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
                  "-c", place.ws, command)
        place.closers.append(self.kill)

    def tmux(self, *args):
        return subprocess.run(["tmux", "-L", self.name, *args], capture_output=True,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm"}).stdout.decode()

    def keys(self, *keys):
        for k in keys:
            self.tmux("send-keys", k)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def text(self):
        return self.tmux("capture-pane", "-p")

    def see(self, *words, deadline=DEADLINE):
        try:
            return wait_for(words, lambda: (lambda t: t if all(w in t for w in words) else None)(self.text()), deadline)
        except AssertionError:
            raise AssertionError(f"not on the screen: {words}\n{self.text()}")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def kill(self):
        self.tmux("kill-server")


READY = "Write a goal"  # of the screen, before anything was said


def submit(s, text):
    s.type(text)
    s.keys("Enter")


def answered(s):
    """The question is gone: what is typed now answers nothing."""
    wait_for("the answer counts", lambda: "[y]" not in s.text())


def pid(s, p):
    """The program's own process beneath the pane's shell."""
    shell = int(s.tmux("display-message", "-p", "#{pane_pid}"))

    def find():
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/stat") as f:
                    stat = f.read()
                exe = os.readlink(f"/proc/{name}/exe")
            except OSError:
                continue
            if int(stat[stat.rindex(")") + 2:].split()[1]) == shell and exe == os.path.realpath(MIEN):
                return int(name)
    return wait_for("mien runs", find)


def run(names):
    """Every public function of the caller's module that takes a place."""
    tests = [v for v in list(names.values()) if hasattr(v, "__code__") and getattr(v, "__module__", "") == "__main__"
             and v.__code__.co_varnames[:1] == ("p",)]
    bad = 0
    only = sys.argv[1:]
    # Started in the background of a shell, it is ignored here and in all that is started.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for t in tests:
        if only and t.__name__ not in only:
            continue
        place = Place()
        try:
            t(place)
            print("ok", t.__name__, flush=True)
        except BaseException as e:
            bad += 1
            print("not ok", t.__name__, flush=True)
            traceback.print_exc()
            if isinstance(e, KeyboardInterrupt):
                raise
        finally:
            try:
                place.close()
            except Exception:
                traceback.print_exc()
    sys.exit(1 if bad else 0)
