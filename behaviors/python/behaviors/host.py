"""Runs one behavior for mien: requests come on standard input, answers go out on standard output,
one JSON object a line. Whatever the behavior prints becomes a message of its own, and what it writes
to descriptor 1 goes to standard error, so it cannot break the lines. Standard library only."""
import copy
import inspect
import io
import json
import os
import re
import sys
import threading
import types

from behaviors import AgentBehavior
from behaviors.calls import POSITIONAL, BadAnswer, explain, fitted, last_line, plain

ANSWER_MAX = 8 << 20  # bytes of one answer: mien takes no line of more than 16 MiB
PRINTS_MAX = 20       # lines of print() that are told of one call
PRINT_WIDTH = 1000


class Wire:
    """The lines. Other threads of the behavior may print, so writing is one at a time."""

    def __init__(self, reader):
        self.reader = reader
        self.fd = os.dup(1)
        self.lock = threading.Lock()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(2, 1)

    def send(self, message):
        text = json.dumps(message, ensure_ascii=False, allow_nan=False, default=plain)
        data = text.encode("utf-8", "replace") + b"\n"
        if len(data) > ANSWER_MAX:
            raise ValueError(f"it gave {len(data)} bytes; at most {ANSWER_MAX} are taken")
        with self.lock:
            while data:
                data = data[os.write(self.fd, data):]

    def requests(self):
        for line in self.reader:
            request = json.loads(line)
            if "lines" in request:  # too long for one: in pieces
                pieces = [self.reader.readline()[:-1] for _ in range(request["lines"])]
                request = json.loads(b"".join(pieces))
            yield request


class Prints(io.TextIOBase):
    """sys.stdout of the behavior."""

    encoding = "utf-8"

    def __init__(self, wire):
        self.wire = wire
        self.part = ""
        self.told = 0
        self.buffer = sys.stderr.buffer

    def writable(self):
        return True

    def write(self, text):
        self.part += str(text)
        while "\n" in self.part:
            line, self.part = self.part.split("\n", 1)
            self.tell(line)
        if len(self.part) > PRINT_WIDTH:
            self.part = self.part[:PRINT_WIDTH + 1]
        return len(text)

    def tell(self, line):
        self.told += 1
        if line.strip() and self.told <= PRINTS_MAX:
            self.wire.send({"print": line[:PRINT_WIDTH] + ("…" if len(line) > PRINT_WIDTH else "")})

    def call_ended(self):
        if self.part:
            self.tell(self.part)
        if self.told > PRINTS_MAX:
            self.wire.send({"print": f"({self.told - PRINTS_MAX} more lines printed)"})
        self.part, self.told = "", 0


def text_of(content, number):
    """A message's content, given as text or as a list of parts."""
    if isinstance(content, list):
        content = "".join(p.get("text", "") for p in content if isinstance(p, dict))
    if not isinstance(content, str):
        raise BadAnswer(f"enhance_context() put in message {number} without a text in \"content\"")
    return content


def difference(before, sent, got):
    """What was put in, and where; how many were changed or taken out."""
    number_of = {id(m): i for i, m in enumerate(sent)}
    seen, inserted, changed, at = set(), [], 0, 0
    for n, message in enumerate(got):
        if not isinstance(message, dict):
            raise BadAnswer(f"enhance_context() gave {type(message).__name__} as message {n}, "
                            "not a dict")
        i = number_of.get(id(message))
        if i is None:  # rebuilt by the behavior?
            i = next((j for j in range(at, len(before)) if before[j] == message), None)
        if i is None or i in seen:
            inserted.append({"at": at, "text": text_of(message.get("content"), n)})
            continue
        seen.add(i)
        at = max(at, i + 1)
        changed += message != before[i]
    return {"inserted": inserted, "changed": changed, "removed": len(sent) - len(seen),
            "count": len(sent)}


def tool_row(n, tool):
    """One tool as mien wants it."""
    f = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(f, dict):
        raise BadAnswer(f"get_tools(): item {n} must be "
                        '{"type": "function", "function": {"name": …, "parameters": …}}')
    name, schema = f.get("name"), f.get("parameters", {})
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise BadAnswer(f"get_tools(): item {n} needs a name of letters, digits, _ and -, "
                        f"not {name!r}")
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise BadAnswer(f"get_tools(): the parameters of {name} must be a JSON Schema of type "
                        '"object"')
    if not isinstance(schema.get("properties", {}), dict):
        raise BadAnswer(f"get_tools(): the properties of {name} must be a dict")
    try:
        text = json.dumps({"type": "object", "properties": {}, **schema}, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as e:
        raise BadAnswer(f"get_tools(): the parameters of {name} are no JSON: {e}")
    return {"name": name, "description": str(f.get("description", "")), "schema": text}


def module_of(name, source, path):
    """A module made of its source."""
    module = types.ModuleType(name)
    module.__file__ = path
    module.AgentBehavior = AgentBehavior  # people leave these imports out
    if re.search(r"\b(Any|Dict|List|Optional)\b", source):
        import typing
        for word in ("Any", "Dict", "List", "Optional"):
            setattr(module, word, getattr(typing, word))
    sys.modules[name] = module
    exec(compile(source.lstrip("\ufeff"), path, "exec"), module.__dict__)
    return module


class Behavior:
    """The one instance this process is for."""

    path = None
    one = None
    about = {}
    history = []  # of the request, as it was sent: only what is new comes with a call

    @classmethod
    def find(cls, name, source):
        sys.path.append(os.path.dirname(cls.path))  # for what it imports from beside it
        module_name = os.path.splitext(os.path.basename(cls.path))[0]
        if module_name in sys.modules:
            module_name = "own_" + module_name
        module = module_of(module_name, source, cls.path)
        found = getattr(module, name, None)
        if not isinstance(found, type):
            there = [n for n, v in vars(module).items()
                     if isinstance(v, type) and v.__module__ == module_name]
            raise BadAnswer(f"there is no class {name}; "
                            + (f"it has: {', '.join(there)}" if there else "it has no class"))
        if not issubclass(found, AgentBehavior):
            raise BadAnswer(f"class {name} must derive from behaviors.AgentBehavior")
        return found

    @classmethod
    def make(cls, kind, params):
        try:
            return kind(**params)
        except TypeError as e:
            if last_line(e, cls.path)[1]:  # raised inside it, not by the call
                raise
            takes = ", ".join(inspect.signature(kind).parameters) or "nothing"
            raise BadAnswer(f"{e}; {kind.__name__} takes: {takes}")

    @classmethod
    def load(cls, path, name, params, source):
        """Import, make, and ask for what is fixed."""
        cls.path, at = path, "import"
        try:
            kind = cls.find(name, source)
            at = "__init__()"
            cls.one = one = cls.make(kind, params)
            at = "get_name()"
            own = one.get_name()
            if not isinstance(own, str) or not own.strip():
                raise BadAnswer(f"get_name() must give a name, not {own!r}")
            at = "get_tools()"
            tools = fitted(one.get_tools, "get_tools", [], cls.about)
            if not isinstance(tools, (list, tuple)):
                raise BadAnswer(f"get_tools() must give a list, not {type(tools).__name__}")
            rows = [tool_row(n, t) for n, t in enumerate(tools)]
            names = [r["name"] for r in rows]
            if len(set(names)) < len(names):
                twice = next(n for n in names if names.count(n) > 1)
                raise BadAnswer(f'get_tools(): two tools are called "{twice}"')
        except BadAnswer as e:
            return {"error": f"{path}: {e}"}
        except BaseException as e:
            text, where, line = last_line(e, cls.path)
            place = f"{where or path}:{line}" if line else path
            return {"error": f"{place}: {at}: {text}"}
        methods = [m for m in POSITIONAL if m in getattr(one, "__dict__", {})
                   or getattr(type(one), m, None) is not getattr(AgentBehavior, m)]
        return {"result": {"name": own, "methods": methods, "tools": rows}}

    @classmethod
    def run(cls, name, args, kwargs):
        method = getattr(cls.one, name)
        if name != "enhance_context":
            return fitted(method, name, args, kwargs)
        before = args[0]
        sent = copy.deepcopy(before)
        given = list(sent)
        got = fitted(method, name, [given], kwargs)
        got = given if got is None else got  # changed in place, and not given back
        if not isinstance(got, (list, tuple)):
            raise BadAnswer(f"enhance_context() must give a list of messages, not "
                            f"{type(got).__name__}")
        return difference(before, sent, got)

    @classmethod
    def call(cls, request):
        name = request["call"]
        if name == "load":
            return cls.load(*request["args"])
        cls.about.update(request.get("about", {}))
        args = request["args"]
        if "view" in request:
            view = request["view"]
            cls.history[view["keep"]:] = view["new"]
            args = [view["head"] + cls.history + view["tail"]]
        try:
            result = cls.run(name, args, {**cls.about, **request.get("kw", {})})
            if name == "dispatch_tool" and not isinstance(result, dict):
                raise BadAnswer(f"dispatch_tool() must give a dict, not {type(result).__name__}")
            if name == "get_instructions" and not isinstance(result, (str, type(None))):
                raise BadAnswer(f"get_instructions() must give a text, not {type(result).__name__}")
        except BaseException as e:
            return {"error": explain(e, cls.path)}
        return {"result": None if name.startswith("on_") else result}


def main(reader):
    """reader: the requests."""
    wire = Wire(reader)
    prints = sys.stdout = Prints(wire)
    for request in wire.requests():
        if request["call"] == "quit":
            break
        answer = Behavior.call(request)
        prints.call_ended()
        try:
            wire.send({"id": request["id"], **answer})
        except (TypeError, ValueError, RecursionError) as e:
            wire.send({"id": request["id"], "error": f"{request['call']}(): no JSON: {e}"})
