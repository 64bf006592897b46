"""What a model, a tool, a server, a file or a name brings never steers the terminal it is printed on.

Every class of control character and sequence goes through every place that prints, on a pty.
"""
import json
import os
import pty
import re
import subprocess
import threading

from lib import MIEN, run

# A name, and what a terminal could take for an order. Each stands between two letters K.
CLASSES = {**{f"C0 {c:02x}": chr(c) for c in list(range(1, 9)) + [11, 12] + list(range(14, 32)) + [127]},
           **{f"C1 {c:02x}": chr(c) for c in range(0x80, 0xa0)},
           **{f"bidi {c:04x}": chr(c) for c in (0x61c, 0x200e, 0x200f, *range(0x202a, 0x202f), *range(0x2066, 0x206a))},
           "clear": "\x1b[2J", "home": "\x1b[H", "colour": "\x1b[31m", "mode": "\x1b[?1049h", "mouse": "\x1b[?1003h",
           "report": "\x1b[6n", "attributes": "\x1b[c", "title": "\x1b]0;owned\x07", "link": "\x1b]8;;http://evil\x1b\\x",
           "clipboard": "\x1b]52;c;aGk=\x07", "notify": "\x1b]9;x\x07", "device": "\x1bP1$tx\x1b\\", "program": "\x1b_x\x1b\\",
           "privacy": "\x1b^x\x1b\\", "string": "\x1bXx\x1b\\", "reset": "\x1bc", "charset": "\x1b(0", "keypad": "\x1b=",
           "csi8": "\x9b2J", "osc8": "\x9d0;owned\x9c", "open": "\x1b[", "open osc": "\x1b]52;"}
TEXT = "".join("K" + s for s in CLASSES.values()) + "K"
RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BOOK = f"turns:\n  - call: {{tool: run_bash, args: {{command: {json.dumps('printf %s ' + chr(39) + TEXT + chr(39))}}}}}\n" \
       f"  - call: {{tool: read_file, args: {{path: {json.dumps('no' + TEXT)}}}}}\n  - say: {json.dumps(TEXT)}\n"


def _on_pty(place, *args):
    """What mien prints on a terminal, both streams."""
    master, slave = pty.openpty()
    out = []

    def read():
        try:
            while part := os.read(master, 65536):
                out.append(part)
        except OSError:
            pass  # the other end is closed
    reader = threading.Thread(target=read)
    reader.start()
    subprocess.run([MIEN, *args], cwd=place.ws, env=place.env(NO_COLOR="1", MIEN_TEST="0"), stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, timeout=60)
    os.close(slave)
    reader.join(30)
    os.close(master)
    return b"".join(out).decode(errors="replace")


def _prints_clean(place, *args, shows="K"):
    said = _on_pty(place, *args)
    bad = RAW.search(said.replace("\r\n", "\n").replace("\r", "\x01" if "\r" in said.replace("\r\n", "") else ""))
    assert not bad, (args, ascii(said[max(0, bad.start() - 30):bad.start() + 20]))
    assert shows in said, (args, said)


def a_session_and_its_words(p):
    m = p.playbook(BOOK)
    _prints_clean(p, "exec", "-m", m, TEXT)
    _prints_clean(p, "exec", "--json", "-m", m, TEXT)
    _prints_clean(p, "exec", "--output-format", "json", "-m", m, TEXT)
    name = p.mien("sessions", "list").stdout.decode().split()[0]
    for args in (("list",), ("show", name), ("export", name), ("log", name), ("search", "K"), ("show", TEXT), ("rm", TEXT), ("export", TEXT), ("log", TEXT)):
        _prints_clean(p, "sessions", *args)
    _prints_clean(p, "sessions", "stats", shows="")
    _prints_clean(p, "workspaces", "find", TEXT, shows="")
    _prints_clean(p, "workspaces", "rm", TEXT)


def what_a_server_says(p):
    for step in ({"status": 400, "error": TEXT}, {"status": 500, "body": TEXT}, {"say": TEXT}, {"status": 401, "error": TEXT}):
        p.server([step] * 8)
        _prints_clean(p, "exec", "-m", "m", "hi", shows="")
        _prints_clean(p, "exec", "--json", "-m", "m", "hi", shows="")


def names_that_are_not_there(p):
    for args in (("--" + TEXT,), (TEXT, "x"), ("exec", "-a", TEXT, "x"), ("exec", "-m", TEXT, "x"), ("exec", "-C", TEXT, "x"),
                 ("exec", "--with", TEXT, "x"), ("exec", "--allow", TEXT, "x"), ("exec", "--approval", TEXT, "x"), ("exec", "--config", TEXT, "x"),
                 ("exec", "--models", TEXT, "x"), ("exec", "--add-dir", TEXT, "x"), ("exec", "--tools", TEXT, "-m", p.playbook(BOOK), "x"),
                 ("exec", "-b", TEXT, "-m", p.playbook(BOOK), "x"), ("agents", "show", TEXT), ("models", "show", TEXT),
                 ("behaviors", "show", TEXT), ("behavior", "show", TEXT), ("behavior", "set", TEXT), ("eval", TEXT), ("permissions", "test", TEXT),
                 ("permissions", "test", "ls", TEXT), ("exec", "-r", TEXT, "x"), ("exec", "--max-rounds", TEXT, "x")):
        _prints_clean(p, *args, shows="")


def what_files_say(p):
    quoted = json.dumps(TEXT)
    p.write("config.yaml", f"permissions:\n  - deny: {quoted}\n", p.config)
    p.write("models.yaml", f"model_list:\n  - model_name: {quoted}\n    litellm_params: {{model: {json.dumps('openai/' + TEXT)}, api_base: {json.dumps('http://127.0.0.1:1/' + TEXT)}}}\n"
            f"    behaviors: {{a: {{description: {quoted}, route_suffix: /a}}}}\n", p.config)
    p.write("agents/one.yaml", f"blurb: {quoted}\nsystem_prompt: {quoted}\nbehaviors: [FileToolsBehavior]\n", p.config)
    p.write("commands/one.md", TEXT, p.config)
    p.write("eval.yaml", f"goals:\n  - {{name: {quoted}, goal: {quoted}, check: {quoted}}}\nmodels: [{json.dumps(p.playbook(BOOK))}]\n")
    for args in (("permissions",), ("permissions", "test", "ls"), ("models", "list"), ("models", "show", TEXT), ("agents", "list"), ("agents", "show", "one"),
                 ("behavior", "list"), ("config",), ("doctor",), ("eval", "eval.yaml"), ("behaviors", "list")):
        _prints_clean(p, *args, shows="")


def what_a_project_brings(p):
    quoted = json.dumps(TEXT)
    p.write(".mien/config.yaml", f"hooks: {{on_goal_start: {quoted}}}\n")
    p.write(".mien/commands/" + TEXT.replace("/", "")[:60] + ".md", "x")
    p.write(".mcp.json", json.dumps({"mcpServers": {TEXT: {"command": TEXT, "args": [TEXT], "env": {TEXT: TEXT}, "headers": {TEXT: TEXT}, TEXT: TEXT}}}))
    _prints_clean(p, "exec", "-m", p.playbook(BOOK), "x")
    p.write("AGENTS.md", TEXT)
    _prints_clean(p, "exec", "--trust", "-m", p.playbook(BOOK), "x", shows="an MCP server is left out")
    for name, broken in ((".mien/config.yaml", f"{quoted}: [\n"), (".mien/config.yaml", f"{quoted}: 1\n"), (".mcp.json", TEXT)):
        p.write(name, broken)
        _prints_clean(p, "exec", "--trust", "-m", p.playbook(BOOK), "x", shows="")


run(globals())
