"""Stands in for a behavior that lives in a script's process; see behaviors.agent."""
import functools
import json
import socket

from behaviors import AgentBehavior
from behaviors.calls import BadAnswer


class Remote(AgentBehavior):
    """Passes each method on, a JSON line each way."""

    address = None  # a socket of the script's
    methods = ()    # those the behavior has

    def __init__(self):
        wire = socket.socket(socket.AF_UNIX)
        wire.connect(self.address)
        self.lines = wire.makefile("rwb")
        for method in self.methods:
            setattr(self, method, functools.partial(self.ask, method))

    def get_name(self):
        return self.ask("get_name")

    def ask(self, method, *args, **kwargs):
        request = {"type": type(self).__name__, "call": method, "args": args, "kwargs": kwargs}
        try:
            self.lines.write(json.dumps(request).encode() + b"\n")
            self.lines.flush()
            line = self.lines.readline()
        except OSError:
            line = b""
        if not line:
            raise BadAnswer("the script it belongs to has ended")
        answer = json.loads(line)
        if "error" in answer:
            raise BadAnswer(answer["error"])
        return answer["result"]
