"""What a repository brings before anybody trusted it, and keys planted where a session could spill them."""
import base64
import json
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVER = os.path.join(ROOT, "tests/servers/chat_server.py")


class Server:
    """A model's server that writes down what it is asked."""

    def __init__(self, place, steps):
        place.write(place.top + "/script.json", json.dumps({"steps": steps}))
        self.log = place.top + "/requests"
        if os.path.exists(self.log):
            os.remove(self.log)
        self.process = subprocess.Popen([sys.executable, SERVER, "--script", place.top + "/script.json", "--log", self.log],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def said(self):
        return open(self.log, encoding="utf-8").read() if os.path.exists(self.log) else ""

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def mien(place, *args, timeout, **env):
    base = {"PATH": os.environ["PATH"], "HOME": place.home, "LC_ALL": "C.UTF-8", "TERM": "dumb", "MIEN_CONFIG_DIR": place.top + "/config",
            "MIEN_STATE_DIR": place.top + "/state"}
    return subprocess.run([os.environ["MIEN"], *args], cwd=place.ws, env={**base, **env}, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)


def model(place, port, key="k", extra=""):
    place.write(place.top + "/config/models.yaml", f"model_list:\n  - model_name: m\n    litellm_params: {{model: hosted_vllm/x, api_base: 'http://127.0.0.1:{port}/v1', api_key: '{key}'}}\n{extra}")


def _bring():
    """name → what it puts into the workspace; `ran` is a file that a run would make."""
    run = "touch {ran}"
    yield from ((f"{name} is a link to a key", [("link", name, "{home}/.ssh/id_rsa")]) for name in
                ("AGENTS.md", "CLAUDE.md", "jetboxnotes.md", ".mcp.json", ".mien/config.yaml", ".mien/models.yaml", ".mien/agents/default.yaml", ".mien/commands/x.md",
                 ".agents/skills/x/SKILL.md", ".claude/skills/x/SKILL.md", ".gitignore", "README.md", "AGENTS.override.md"))
    yield from ((f"{name} is a link to a directory outside", [("link", name, "{out}")]) for name in (".mien", ".agents", ".agents/skills", ".git", ".claude"))
    yield from ((f"{name} is a pipe", [("pipe", name, "")]) for name in ("AGENTS.md", ".mcp.json", ".mien/config.yaml", ".agents/skills/x/SKILL.md", ".gitignore"))
    yield from ((f"{name} is a device", [("link", name, "/dev/zero")]) for name in ("AGENTS.md", ".mcp.json", ".mien/config.yaml", ".agents/skills/x/SKILL.md"))
    yield from ((f"{name} is very deep", [("file", name, "[" * 100000)]) for name in (".mien/config.yaml", ".mien/models.yaml", ".mcp.json", ".mien/agents/a.yaml"))
    yield "a skill's front matter is very deep", [("file", ".agents/skills/x/SKILL.md", "---\n" + "[" * 100000 + "\n---\n")]
    yield "a long line of instructions", [("file", "AGENTS.md", "x" * (3 << 20))]
    yield from ((f"{name} runs something", [("file", name, text)]) for name, text in (
        (".mien/config.yaml", f"hooks: {{{{on_goal_start: '{run}'}}}}\n"), (".mien/config.yaml", f"mcp_servers: {{{{x: {{{{command: sh, args: [-c, '{run}']}}}}}}}}\n"),
        (".mcp.json", '{{"mcpServers": {{"x": {{"command": "sh", "args": ["-c", "' + run + '"]}}}}}}'),
        (".mien/behaviors/x.py", "import os\nos.system('" + run + "')\n"), (".mien/agents/default.yaml", "behaviors: [x]\n"),
        (".git/config", "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = '" + run + "'\n"), (".git/hooks/post-index-change", "#!/bin/sh\n" + run + "\n"),
        (".envrc", run), ("sitecustomize.py", "import os\nos.system('" + run + "')\n"), (".bashrc", run), (".profile", run), ("BASH_ENV", run),
        (".inputrc", '"x": "' + run + '"'), (".python-version", "x"), ("curl", "#!/bin/sh\n" + run + "\n"), ("git", "#!/bin/sh\n" + run + "\n"),
        (".mien/themes/mono.yaml", "x: 1\n"), (".mien/models.yaml", "model_list:\n  - model_name: m\n    litellm_params: {{model: openai/x, api_base: 'http://127.0.0.1:9/v1'}}\n")))
    yield "a submodule that runs something", [("file", ".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = x\n\tupdate = !' + run + "\n")]
    yield "attributes that name a filter", [("file", ".gitattributes", "* filter=x diff=x\n")]
    yield "a worktree's file that leads elsewhere", [("drop", ".git", ""), ("file", ".git", "gitdir: {out}\n")]
    yield "a repository that leads elsewhere", [("file", ".git/commondir", "{out}\n")]


def repositories(place):
    """Nothing runs, nothing from outside is sent, and mien comes to an end."""
    through, tried = [], 0
    ran = place.top + "/ran"
    for name, parts in _bring():
        place.begin()
        shutil.rmtree(place.ws + "/.mien")
        tried += 1
        for kind, path, text in parts:
            full, text = os.path.join(place.ws, path), text.format(ran=ran, home=place.home, out=place.out)
            if kind == "drop" or (os.path.lexists(full) and kind != "file"):
                shutil.rmtree(full) if os.path.isdir(full) and not os.path.islink(full) else os.remove(full)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            if kind == "link":
                os.symlink(text, full)
            elif kind == "pipe":
                os.mkfifo(full)
            elif kind == "file":
                if os.path.islink(full):
                    os.remove(full)
                place.write(full, text)
                os.chmod(full, 0o755)
        server = Server(place, [{"say": "hi"}] * 4)
        model(place, server.port)
        since = time.monotonic()
        try:
            mien(place, "exec", "-m", "m", "hi", timeout=20)
            took = time.monotonic() - since
        except subprocess.TimeoutExpired:
            took = 99
        said = server.said()
        server.close()
        if os.path.exists(ran) or "KEYBYTES" in said or "OUTSIDE" in said or took > 10:
            through.append(f"{name}{' (ran)' if os.path.exists(ran) else f' ({took:.0f} s)' if took > 10 else ' (sent)'}")
            if os.path.exists(ran):
                os.remove(ran)
    return tried, through


def secrets(place):
    """A server that echoes every key it has ever seen, in several spellings; no file and no stream has one in clear."""
    place.begin()
    shutil.rmtree(place.ws + "/.mien")
    keys = {n: f"planted-{n}-3f9a7c{i:02d}e5d1" for i, n in enumerate(("literal", "environ", "header", "query", "mcpenv", "mcparg", "mcpheader", "keysyaml", "password", "proxy"))}
    both = " ".join(keys.values())
    echo = both + " " + " ".join(base64.b64encode(k.encode()).decode() for k in keys.values()) + " " + json.dumps(both) + " " + "/".join(keys.values())
    server = Server(place, [{"calls": [{"name": "run_bash", "args": {"command": "env; cat /proc/self/environ; echo " + both}}]}, {"say": echo}, {"status": 400, "error": echo}] + [{"say": "x"}] * 4)
    extra = f"""  - model_name: n
    litellm_params: {{model: hosted_vllm/x, api_base: 'http://user:{keys['password']}@127.0.0.1:{server.port}/v1?api_key={keys['query']}', api_key: os.environ/LOCALPASS, extra_headers: {{X-Own: '{keys['header']}'}}}}
"""
    model(place, server.port, keys["literal"], extra)
    place.write(place.top + "/config/keys.yaml", f"SOME_API_KEY: {keys['keysyaml']}\n")
    os.chmod(place.top + "/config/keys.yaml", 0o600)
    echoer = "import sys\nsys.stderr.write(' '.join(sys.argv[1:]) + '\\n')\n"
    place.write(place.top + "/echo.py", echoer)
    place.write(place.top + "/config/config.yaml", f"sandbox: {{level: {place.level}}}\nmcp_servers:\n  e: {{command: {sys.executable}, args: [{place.top}/echo.py, --token, {keys['mcparg']}], env: {{SECRET_TOKEN: {keys['mcpenv']}}}}}\n"
                f"  h: {{url: 'http://127.0.0.1:{server.port}/mcp', headers: {{Authorization: 'Bearer {keys['mcpheader']}'}}}}\n")
    spilled, looked = set(), 0
    env = {"LOCALPASS": keys["environ"], "HTTPS_PROXY": f"http://u:{keys['proxy']}@127.0.0.1:9", "MIEN_DEBUG": "1"}
    shown = []
    for args in (("exec", "--json", "-m", "m", "hi"), ("exec", "-m", "m", "hi"), ("exec", "-m", "n", "hi"), ("models", "list"), ("models", "show", "m"), ("models", "show", "n"), ("config",),
                 ("doctor",), ("sessions", "list")):
        r = mien(place, *args, timeout=60, **env)
        shown.append(("mien " + " ".join(args[:2]), r.stdout + r.stderr))
    names = [l.split()[0] for l in shown[-1][1].decode(errors="replace").splitlines() if l]
    for name in names[:3]:
        for what in ("show", "export", "log"):
            r = mien(place, "sessions", what, name, timeout=60, **env)
            shown.append((f"mien sessions {what}", r.stdout + r.stderr))
    for at, _, files in os.walk(place.top + "/state"):
        for f in files:
            shown.append((os.path.relpath(os.path.join(at, f), place.top), open(os.path.join(at, f), "rb").read()))
    for where, text in shown:
        looked += 1
        for name, key in keys.items():
            if key.encode() in text or base64.b64encode(key.encode())[:-4] in text:
                spilled.add(f"{name} in {where}")
    server.close()
    os.remove(place.top + "/config/keys.yaml")
    os.remove(place.top + "/config/models.yaml")
    return looked * len(keys), sorted(spilled)
