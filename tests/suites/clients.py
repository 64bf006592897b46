"""Real clients from npm through `mien with`: a goal of 20 tool rounds on a strict server, the mode changed in the middle.

    clients.py [CLIENT...] [DIALECT...]     else all of them, on servers of chat, messages and responses

They are looked for in $MIEN_CLIENTS (a directory with node_modules) and in PATH; what is not there is
skipped with a message, unless $MIEN_CLIENTS_INSTALL is set: then npm brings it. `make test` has one
server's, `make test-long` and `make clients` all.
"""
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time

for beside in "e2e", "servers":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", beside))
from dialects import DIALECTS, Server  # noqa: E402

from lib import MIEN, run  # noqa: E402

ROUNDS = 20
HOME = os.path.join(pwd.getpwuid(os.getuid()).pw_dir, ".cache", "mien-clients")
WHERE = os.environ.get("MIEN_CLIENTS") or HOME

# program: (npm package, arguments, name and arguments of a call that runs a command in round N)
CLIENTS = {
    "claude": ("@anthropic-ai/claude-code", ["-p", "Count to twenty.", "--dangerously-skip-permissions"],
               lambda n: ("Bash", {"command": f"echo round {n}", "description": "counts"})),
    "codex": ("@openai/codex", ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "Count to twenty."],
              lambda n: ("exec_command", {"cmd": f"echo round {n}"})),
    "opencode": ("opencode-ai", ["run", "Count to twenty."], lambda n: ("bash", {"command": f"echo round {n}", "description": "counts"})),
    "qwen": ("@qwen-code/qwen-code", ["-p", "Count to twenty.", "--yolo"],
             lambda n: ("run_shell_command", {"command": f"echo round {n}", "description": "counts", "is_background": False})),
    "gemini": ("@google/gemini-cli", ["-p", "Count to twenty.", "--yolo"], lambda n: ("run_shell_command", {"command": f"echo round {n}", "description": "counts"})),
}


def find(name):
    local = os.path.join(WHERE, "node_modules", ".bin", name)
    return local if os.path.exists(local) else shutil.which(name)


def missing(name):
    """Why the client cannot be tried, or None."""
    if find(name):
        return None
    if not shutil.which("npm"):
        return "npm is not installed"
    if not os.environ.get("MIEN_CLIENTS_INSTALL"):
        return f"{CLIENTS[name][0]} is not installed (MIEN_CLIENTS_INSTALL=1 brings it)"
    os.makedirs(WHERE, exist_ok=True)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", CLIENTS[name][0]], cwd=WHERE, capture_output=True)
    return None if find(name) else f"npm could not install {CLIENTS[name][0]}"


SPOKEN = {"claude": "messages", "codex": "responses", "opencode": "chat", "qwen": "chat", "gemini": "gemini"}
TITLES = ("Generate a concise, sentence-case title", "You are a title generator")


class Script(list):
    """The goal's steps; titles are asked beside it, at any time."""

    def pop(self, at=0):
        if any(t in self.server.posts[-1][3] for t in TITLES):
            return {"say": "Counting."}
        if len(self.server.posts) == ROUNDS // 2:
            self.half()
        return super().pop(at)


def one(p, name, dialect):
    why = missing(name)
    if why:
        print(f"# skipped {name}: {why}")
        return
    call = CLIENTS[name][2]
    steps = Script([{"think": f"thought {n}", "say": f"Round {n}.", "calls": [list(call(n))]} for n in range(ROUNDS)] + [{"say": "Counted to twenty."}])
    server = Server(dialect, steps, 200000)
    server.steps, steps.server = steps, server
    if server.dialect.api == SPOKEN[name]:
        server.dialect.check = lambda *a: None  # bytes go through: what is in them is the client's own
        server.dialect.thinks = False
    elif dialect == "chat":
        server.dialect.known = server.dialect.known | {"tool_choice", "parallel_tool_calls", "response_format", "top_k"}  # which mien never sends by itself
    # As another terminal in the same directory: the run's own session is the newest there.
    steps.half = lambda: subprocess.run([MIEN, "behavior", "set", "formal"], cwd=p.ws, env=p.env(), check=True, capture_output=True)
    p.write("models.yaml", "model_list:\n" + server.entry("scripted").replace("api_key: sk-test", "api_key: sk-test, supports_vision: true"), p.config)
    p.write("profiles.yaml", "profiles: {scripted: {model: scripted}}\n", p.config)
    # As root the one and in a directory nobody trusted the other would not run tools unasked.
    # Theirs last: another suite may have brought another node there, which is not what they are tried on.
    env = {"IS_SANDBOX": "1", "GEMINI_CLI_TRUST_WORKSPACE": "true", "CI": "1", "PATH": os.environ["PATH"] + ":" + os.path.dirname(find(name))}
    began = time.monotonic()
    r = p.mien("with", "scripted", "--", find(name), *CLIENTS[name][1], env=env, timeout=240)
    took = time.monotonic() - began
    out, err = r.stdout.decode(errors="replace"), r.stderr.decode(errors="replace")
    goal = [q for q in server.posts if not any(t in q[3] for t in TITLES)]
    moved = sum("/formal" in q[0] for q in goal)
    print(f"# {name} on {dialect}: exit {r.returncode}, {len(server.posts)} requests, {moved} of them in the other mode, {len(server.refused)} refused, {took:.1f} s")
    assert r.returncode == 0 and not server.refused, (r.returncode, server.refused[:3], out[-600:], err[-1500:])
    assert len(goal) == ROUNDS + 1 and 5 <= moved <= ROUNDS, (len(goal), moved, out[-600:], err[-600:])
    assert all(f"round {n}" in goal[-1][3] for n in range(ROUNDS)), goal[-1][3][-600:]
    assert "Counted to twenty." in out, out[-800:]


def test_of(name, dialect):
    def test(p):
        one(p, name, dialect)
    test.__name__ = f"{name}_on_{dialect}"
    return test


if __name__ == "__main__":
    chosen = [a for a in sys.argv[1:] if a in CLIENTS] or list(CLIENTS)
    dialects = [a for a in sys.argv[1:] if a in DIALECTS and a not in CLIENTS] or ["chat", "messages", "responses"]
    sys.argv[1:] = []
    os.makedirs(os.path.join(HOME, "work"), mode=0o700, exist_ok=True)
    tempfile.tempdir = os.path.join(HOME, "work")  # Gemini's takes no settings from beneath /tmp
    run({f"{name} {d}": test_of(name, d) for name in chosen for d in dialects})
