"""Behaviors of mien in Python: derive from AgentBehavior, in a file named after the class.

mien-behaviors(7), "BEHAVIORS IN PYTHON", tells when each method is called and with what, and
how a script drives an agent with BaseAgent.
"""
from abc import ABC, abstractmethod

__all__ = ["AgentBehavior", "BaseAgent"]


class AgentBehavior(ABC):
    """One ability of an agent. Only get_name() must be given; the rest does nothing."""

    @abstractmethod
    def get_name(self):
        """A short name of its own, such as "loop_detection"."""

    def enhance_context(self, context, **kwargs):
        """Before each request: the messages, to be given back with more of them put in."""
        return context

    def get_tools(self):
        """Tools of the model, each {"type": "function", "function": {"name", ...}}."""
        return []

    def dispatch_tool(self, tool_name, args, **kwargs):
        """Run one of the own tools; the answer is a dict."""
        return {"error": f"Tool '{tool_name}' not implemented in behavior '{self.get_name()}'"}

    def get_instructions(self):
        """Text for the system prompt."""
        return ""

    def on_goal_start(self, goal, **kwargs):
        """Work on a goal begins or goes on."""

    def on_tool_call(self, tool_name, args, result, **kwargs):
        """A tool call was answered, whoever's tool it was."""

    def on_round_end(self, round_number, **kwargs):
        """One model call and its tools are over."""

    def on_timeout(self, elapsed_seconds, **kwargs):
        """The goal's time is over."""

    def on_goal_complete(self, success, **kwargs):
        """The goal ended."""


class BuiltIn(AgentBehavior):
    """One of mien's own behaviors, by its type's name and its parameters: for add_behavior().
    mien knows which there are, and says so when it begins."""

    def __init__(self, **params):
        self.params = params

    def get_name(self):
        return type(self).__name__


def __getattr__(name):
    """BaseAgent is for scripts: a host process does not pay for it. Other behaviors are mien's."""
    if name == "BaseAgent":
        from behaviors.agent import BaseAgent
        return BaseAgent
    if not name.endswith("Behavior") or name.startswith("_"):
        raise AttributeError(f"module 'behaviors' has no attribute '{name}'")
    kind = type(name, (BuiltIn,), {"__module__": __name__})
    globals()[name] = kind
    return kind
