"""The Model Context Protocol's own conformance tests (@modelcontextprotocol/conformance) on mien as a client: a table.

    mcp_conformance.py [SCENARIO...]        see `make mcp-conformance`

The package is looked for as clients.py does; it needs Node 22 or newer (`npm install node@22` brings one). As the tests'
client this file runs `mien exec` on a playbook that calls the tools, answers mien's questions as a user would, and is the
browser.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
MIEN = os.environ.get("MIEN", os.path.join(HERE, "../../build/debug/mien"))

# What a terminal client does not play: extensions for machines, where no user is asked.
NOT_OURS = {"auth/client-credentials-jwt": "extension: a signed assertion instead of a user",
            "auth/client-credentials-basic": "extension: a secret instead of a user",
            "auth/cross-app-access-complete-flow": "extension: an identity provider instead of a user"}
CALLS = {"tools_call": ("add_numbers", {"a": 5, "b": 3}), "elicitation-sep1034-client-defaults": ("test_client_elicitation_defaults", {}),
         "sse-retry": ("test_reconnection", {})}
CIMD = "https://conformance-test.local/client-metadata.json"


def client(url):
    """One run of mien, as a scenario wants it."""
    scenario, context = os.environ["MCP_CONFORMANCE_SCENARIO"], json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
    top = tempfile.mkdtemp(prefix="mien-conformance-")
    try:
        for d in ("ws", "config", "home", "tmp"):
            os.makedirs(f"{top}/{d}")
        with open(f"{top}/browser", "w", encoding="utf-8") as f:
            f.write(f"#!/bin/sh\nexec {sys.executable} {os.path.abspath(__file__)} --browser \"$1\"\n")
        os.chmod(f"{top}/browser", 0o755)
        entry = {"url": url}
        if context.get("client_id"):
            entry["oauth"] = {k: context[k] for k in ("client_id", "client_secret") if k in context}
        elif scenario == "auth/basic-cimd":
            entry["oauth"] = {"client_id": CIMD}
        tool, args = CALLS.get(scenario, ("test-tool" if scenario.startswith("auth/") else "none", {}))
        with open(f"{top}/config/config.yaml", "w", encoding="utf-8") as f:
            f.write(json.dumps({"mcp_servers": {"t": entry}}))
        with open(f"{top}/a.yaml", "w", encoding="utf-8") as f:
            f.write("system_prompt: x\nbehaviors:\n  - type: McpToolsBehavior\n    params: {server: t, prefix: t_}\n")
        with open(f"{top}/play.yaml", "w", encoding="utf-8") as f:
            f.write("turns:\n  - call: " + json.dumps({"tool": "t_" + tool, "args": args}) + "\n  - say: done\n")
        env = {**os.environ, "HOME": f"{top}/home", "MIEN_STATE_DIR": f"{top}/state", "MIEN_CONFIG_DIR": f"{top}/config", "TMPDIR": f"{top}/tmp", "BROWSER": f"{top}/browser"}
        x = subprocess.Popen([MIEN, "exec", "--json", "--ask", "stdin", "--approval", "yolo", "-m", f"playbook/{top}/play.yaml", "-a", f"{top}/a.yaml", "go"], cwd=f"{top}/ws", env=env,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        called = tool == "none"
        for line in x.stdout:
            e = json.loads(line)
            sys.stdout.buffer.write(line[:2000])
            if e["type"] == "approval":
                x.stdin.write(json.dumps({"id": e["id"], "choice": "y"}).encode() + b"\n")
                x.stdin.flush()
            called |= e["type"] == "tool_result" and e["ok"]
        sys.exit(x.wait() or (0 if called else 1))
    finally:
        shutil.rmtree(top, ignore_errors=True)


def browse(url):
    """A user who agrees to everything: the page sends the browser back to the program."""
    urllib.request.urlopen(url, timeout=20).read()


def tool_of():
    from clients import WHERE
    from sdks import missing
    why = missing(["@modelcontextprotocol/conformance", "node"])
    if why:
        raise SystemExit(f"# left out: {why}")
    return WHERE, [os.path.join(WHERE, "node_modules/.bin/node"), os.path.join(WHERE, "node_modules/@modelcontextprotocol/conformance/dist/index.js")]


def main():
    wanted = sys.argv[1:]
    sys.argv[1:] = []
    where, tool = tool_of()
    listing = subprocess.run([*tool, "list", "--client"], capture_output=True, text=True, check=True).stdout
    scenarios = [line.split()[1] for line in listing.splitlines() if line.strip().startswith("- ")]
    failed = 0
    for s in scenarios:
        if wanted and s not in wanted:
            continue
        out = tempfile.mkdtemp(prefix="mien-conformance-")
        r = subprocess.run([*tool, "client", "--command", f"{sys.executable} {os.path.abspath(__file__)} --client", "--scenario", s, "--timeout", "40000", "-o", out],
                           capture_output=True, text=True, cwd=where, env={**os.environ, "MIEN": os.path.abspath(MIEN)})
        checks = []
        for at, _, files in os.walk(out):
            if "checks.json" in files:
                with open(os.path.join(at, "checks.json"), encoding="utf-8") as f:
                    checks += json.load(f)
        count = lambda status: sum(c["status"] == status for c in checks)
        bad = [f"{c['id']}: {c.get('errorMessage') or c['description']}" for c in checks if c["status"] in ("FAILURE", "WARNING")]
        passed = r.returncode == 0 and not bad
        word = "passes" if passed else "not ours" if s in NOT_OURS else "FAILS"
        failed += word == "FAILS"
        print(f"{word:9} {s:45} {count('SUCCESS'):3} checks pass, {count('FAILURE')} fail, {count('WARNING')} warn  {NOT_OURS.get(s, '') if not passed else ''}", flush=True)
        if wanted or word == "FAILS":
            print("".join(f"            {b}\n" for b in bad), end="")
        if wanted:
            print(r.stdout[-3000:], r.stderr[-2000:])
        shutil.rmtree(out, ignore_errors=True)
    return failed != 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--client"]:
        client(sys.argv[2])
    elif sys.argv[1:2] == ["--browser"]:
        browse(sys.argv[2])
    else:
        sys.exit(main())
