"""Calling a method of a behavior, and telling what went wrong in it. Of mien's own use."""
import inspect
import os
import traceback

OURS = os.path.dirname(__file__)

# The arguments that are given by position; the rest are keyword arguments.
POSITIONAL = {
    "get_name": [], "get_tools": [], "get_instructions": [],
    "enhance_context": ["context"],
    "dispatch_tool": ["tool_name", "args"],
    "on_goal_start": ["goal"],
    "on_tool_call": ["tool_name", "args", "result"],
    "on_round_end": ["round_number"],
    "on_timeout": ["elapsed_seconds"],
    "on_goal_complete": ["success"],
}


class BadAnswer(Exception):
    """A method gave something it must not; the text says all."""


def plain(value):
    """What JSON does not know, as something it knows."""
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def last_line(error, own=None):
    """The last line of the traceback, and where in the behavior's own file it was."""
    lines = traceback.format_exception_only(type(error), error)
    text = lines[-1].strip() if lines else type(error).__name__
    if isinstance(error, SyntaxError):
        return text, error.filename, error.lineno
    frames = [f for f in traceback.extract_tb(error.__traceback__)
              if os.path.dirname(f.filename) != OURS and not f.filename.startswith("<frozen")]
    own = [f for f in frames if f.filename == own] or frames
    return (text, own[-1].filename, own[-1].lineno) if own else (text, None, None)


def explain(error, own=None):
    """An exception as one line."""
    if isinstance(error, BadAnswer):
        return str(error)
    text, path, line = last_line(error, own)
    where = f" ({os.path.basename(path)}:{line})" if path else ""
    return f"{text}{where}"


def fitted(method, name, args, kwargs):
    """Call a method with as much of it as its signature takes."""
    try:
        signature = inspect.signature(method)
    except (TypeError, ValueError):
        return method(*args, **kwargs)
    kinds = signature.parameters.values()
    by_place = [p.name for p in kinds if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    takes_all = any(p.kind == p.VAR_POSITIONAL for p in kinds)
    takes_any = any(p.kind == p.VAR_KEYWORD for p in kinds)
    given = args if takes_all else args[:len(by_place)]
    more = dict(zip(POSITIONAL[name][len(given):], args[len(given):]))
    used = set(POSITIONAL[name][:len(given)]) | set(by_place[:len(given)])
    words = {k: v for k, v in {**kwargs, **more}.items()
             if k not in used and (takes_any or k in signature.parameters)}
    return method(*given, **words)
