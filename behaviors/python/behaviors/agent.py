"""An agent driven from a Python script: a thin driver over `mien exec` with requests as lines of its standard input.

The behaviors that are added stay objects of the script. mien starts its usual host process for
each; what stands there passes every method on to the script, which answers between two events.
"""
import contextlib
import inspect
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from behaviors import AgentBehavior, BuiltIn
from behaviors.calls import POSITIONAL, explain, fitted, plain

USAGE = 2          # exit status: usage or configuration
STOP_SECONDS = 10  # from an interrupt until mien is killed


class MienError(RuntimeError):
    """mien could not begin: what it said on standard error."""


class BaseAgent:
    """An agent by name, or by its file, with behaviors of the script's own."""

    def __init__(self, name=None, workspace=".", config_file=None, mien=None):
        """mien: the program; by default $MIEN, else the one in PATH."""
        self.name = name
        self.workspace = str(workspace)
        self.config_file = None if config_file is None else str(config_file)
        self.mien = mien or os.environ.get("MIEN") or shutil.which("mien")
        self.behaviors = []
        self.goal = None
        self.exit = None  # status of the last run
        self.running = None
        if not self.mien:
            raise MienError("mien is not in PATH; install it, or name it: BaseAgent(…, mien=FILE)")

    def add_behavior(self, behavior):
        """Behind those of the agent's file, in the order they are added."""
        if not isinstance(behavior, AgentBehavior):
            raise TypeError(f"{type(behavior).__name__} must derive from behaviors.AgentBehavior")
        if any(type(b).__name__ == type(behavior).__name__ for b in self.behaviors):
            raise ValueError(f"there is a {type(behavior).__name__} already")
        self.behaviors.append(behavior)

    def set_goal(self, goal):
        """What run() works on when it is given no goal."""
        self.goal = goal

    def run(self, goal=None, on_event=None, on_question=None, **options):
        """Work on the goal, or the one that was set, to its end. The last event as a dict, with the exit status as "exit".

        on_event is called with each event of mien-events(5). on_question is called with each
        approval event, and gives the key of a choice, or (key, text); without it nobody answers.
        Any option of mien can be given: run("…", model="gpt-5", max_rounds=20, trust=True).
        output_schema may be a dict: the answer fits it then, and is there as "data" too."""
        goal = self.goal if goal is None else goal
        if goal is None:
            raise ValueError("there is no goal: run(goal), or set_goal(goal) before")
        if on_question:
            options.setdefault("ask", "stdin")
        with self.session(**options) as session:
            last = session.run(goal, on_event, on_question)
            session.close(on_event)
        return {**last, "exit": self.exit}

    @contextlib.contextmanager
    def session(self, **options):
        """One session for several goals: with agent.session(…) as s: s.run(goal); s.request(…)."""
        with tempfile.TemporaryDirectory(prefix="mien-") as place, Run(self, place) as run:
            self.running = run
            run.begin(self.command(place, options))
            yield Session(self, run)
            run.close()
        self.exit = run.process.returncode
        if self.exit == USAGE or not run.seen:
            raise MienError(run.said.decode("utf-8", "replace").strip() or
                            f"mien ended with status {self.exit}")

    def events(self, goal, **options):
        """The events of a run, as they come. Leaving the loop stops the run."""
        with self.session(**options) as session:
            session.request("submit", text=goal)
            for event in session.events():
                yield event
                if event["type"] == "result":
                    session.close_input()

    def answer(self, question, choice, text=None):
        """Answer a question of the run, by the id of its event; for events(…, ask="stdin")."""
        self.running.send({"id": question, "choice": choice, "text": text})

    def command(self, place, options):
        words = [self.mien, "exec", "--json", "--input-format", "stream-json", "-C", self.workspace]
        if isinstance(options.get("output_schema"), dict):
            schema = os.path.join(place, "schema.json")
            with open(schema, "w", encoding="utf-8") as f:
                json.dump(options["output_schema"], f)
            options = {**options, "output_schema": schema}
        agent = self.config_file or self.name
        words += ["-a", agent] if agent else []
        added = [type(b).__name__ + json.dumps(b.params) if isinstance(b, BuiltIn)
                 else os.path.join(place, file_name(type(b).__name__) + ".py")
                 for b in self.behaviors]
        words += ["--with", ",".join(added)] if added else []
        for name, value in options.items():
            option = "--" + name.replace("_", "-")
            if value is True:
                words.append(option)
            elif value is not None and value is not False:
                words += [option, str(value)]
        return words


class Session:
    """What agent.session() gives: goals one after another, and whatever a front end may ask."""

    def __init__(self, agent, run):
        self.agent, self.process, self.stream = agent, run, run.events()

    def events(self):
        """All that is told, to the end."""
        yield from self.stream

    def request(self, name, **fields):
        """A request of mien(1), "Requests on standard input": request("mode", mode="formal")."""
        self.process.send({"request": name, **fields})

    def run(self, goal, on_event=None, on_question=None):
        """Work on a goal to its end: the result event, with "data" where the answer is JSON by a
        schema. {} when mien ended before."""
        self.request("submit", text=goal)
        for event in self.stream:
            if on_event:
                on_event(event)
            if on_question and event["type"] == "approval":
                given = on_question(event)
                self.agent.answer(event["id"], *(given if isinstance(given, tuple) else (given,)))
            if event["type"] == "result":
                data = {"data": json.loads(event["answer"])} if self.process.schema and event["success"] else {}
                return {**event, **data}
        return {}

    def close_input(self):
        """Nothing more is asked: mien ends when its goals have."""
        self.process.close_input()

    def close(self, on_event=None):
        """The same, and what is still told."""
        self.close_input()
        for event in self.stream:
            if on_event:
                on_event(event)


def file_name(name):
    """The file mien looks for a class in: MyBehavior, my_behavior."""
    out = ""
    for i, c in enumerate(name):
        if c.isupper() and i and (not name[i - 1].isupper() or name[i + 1:i + 2].islower()):
            out += "_"
        out += c.lower()
    return out


class Run:
    """One `mien exec`, and the sockets on which its hosts ask for the behaviors."""

    def __init__(self, agent, place):
        self.behaviors = {type(b).__name__: b for b in agent.behaviors if not isinstance(b, BuiltIn)}
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(place, "s"))
        self.listener.listen()
        self.parts, self.said, self.seen, self.process, self.rest, self.schema = {}, b"", False, None, None, False
        for name, behavior in self.behaviors.items():
            own = [m for m in POSITIONAL if m in getattr(behavior, "__dict__", {})
                   or getattr(type(behavior), m) is not getattr(AgentBehavior, m)]
            with open(os.path.join(place, file_name(name) + ".py"), "w", encoding="utf-8") as f:
                f.write(f"from behaviors.remote import Remote\n\n\nclass {name}(Remote):\n"
                        f"    address = {os.path.join(place, 's')!r}\n    methods = {own!r}\n")

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        if self.process and self.process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        if self.process:
            # Ctrl-C reached mien too, which takes a second one for impatience.
            ended = kind is KeyboardInterrupt and self.ended(STOP_SECONDS / 5)
            if not ended and self.process.poll() is None:
                self.process.send_signal(signal.SIGINT)
            if not self.ended(STOP_SECONDS):
                self.process.kill()
                self.process.wait()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.listener.close()
        self.selector.close()

    def ended(self, seconds):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def begin(self, command):
        self.schema = "--output-schema" in command
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.PIPE)

    def close_input(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def close(self):
        """To its end, whatever it still tells."""
        self.close_input()
        for _ in self.rest or self.events():
            pass

    def events(self):
        """Its events as they come, behaviors called in between."""
        self.rest = self.rest or self.read()
        return self.rest

    def read(self):
        for f in (self.process.stdout, self.process.stderr, self.listener):
            self.selector.register(f, selectors.EVENT_READ)
        while not (self.process.stdout.closed and self.process.stderr.closed):
            for key, _ in self.selector.select():
                for line in self.take(key.fileobj):
                    self.seen = True  # it began
                    yield json.loads(line)
        self.process.wait()

    def send(self, message):
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass  # it has ended: its events say how

    def take(self, f):
        """What can be read now: the lines that are events; all else is dealt with."""
        if f is self.listener:
            self.selector.register(f.accept()[0], selectors.EVENT_READ)
            return []
        try:
            data = os.read(f.fileno(), 65536)
        except ConnectionResetError:  # a host that was ended in mid-call
            data = b""
        if not data:
            self.selector.unregister(f)
            self.parts.pop(f, None)
            f.close()
            return []
        if f is self.process.stderr:
            self.tell(data)
            return []
        *lines, self.parts[f] = (self.parts.get(f, b"") + data).split(b"\n")
        if f is self.process.stdout:
            return lines
        for line in lines:
            self.answer(f, json.loads(line))
        return []

    def tell(self, data):
        self.said = (self.said + data)[-4096:]
        sys.stderr.write(data.decode("utf-8", "replace"))
        sys.stderr.flush()

    def answer(self, wire, request):
        """One method of a behavior, called for mien."""
        behavior = self.behaviors[request["type"]]
        try:
            answer = {"result": call(behavior, request["call"], request["args"], request["kwargs"])}
            text = json.dumps(answer, default=plain)
        except Exception as e:  # a KeyboardInterrupt is the user's, and ends the run
            text = json.dumps({"error": explain(e, source(behavior))})
        try:
            wire.sendall(text.encode() + b"\n")
        except OSError:
            pass  # mien did not wait for it


def call(behavior, name, args, kwargs):
    result = fitted(getattr(behavior, name), name, args, kwargs)
    if name == "enhance_context" and result is None:
        return args[0]  # changed in place, and not given back
    return result


def source(behavior):
    """The file its class is in, or None."""
    try:
        return inspect.getsourcefile(type(behavior))
    except TypeError:  # typed in by hand
        return None
