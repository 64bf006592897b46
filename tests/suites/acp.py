"""mien acp by other people's clients: the official SDK (@agentclientprotocol/sdk), which checks every message by its schema, and
acpx. Looked for as clients.py does. See `make clients`."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
from clients import WHERE  # noqa: E402
from lib import MIEN, run  # noqa: E402
from sdks import missing  # noqa: E402

PLAY = """turns:
  - reasoning: pondering
    say: Writing.
    call: {tool: write_file, args: {path: a.txt, content: "hello\\n"}}
  - calls:
      - {tool: edit_file, args: {path: a.txt, old_string: hello, new_string: bye}}
      - {tool: update_plan, args: {plan: [{step: one, status: completed}, {step: two, status: completed}]}}
  - call: {tool: run_bash, args: {command: "cat a.txt"}}
  - say: All is done.
"""


def the_sdk_client(p):
    why = missing(["@agentclientprotocol/sdk"])
    if why:
        print("# skipped the SDK's client:", why)
        return
    r = subprocess.run(["node", os.path.join(HERE, "acp.mjs"), MIEN, p.playbook(PLAY), p.ws], env=p.env(MIEN_CLIENTS=WHERE), capture_output=True, timeout=60)
    assert r.returncode == 0, r.stderr.decode()[-2000:]
    said = json.loads(r.stdout.decode().splitlines()[-1])
    print("# updates:", said["kinds"])
    assert not said["bad"], json.dumps(said["bad"][:3], indent=1)
    assert said["stops"] == ["end_turn", "end_turn"] and said["words"] == "Writing.All is done." and said["loaded"] == said["words"], said
    assert said["denied"] == -32602 and said["code"] == 0, said


def run_acpx(place, *args, timeout=60):
    return subprocess.run([os.path.join(WHERE, "node_modules/.bin/acpx"), "--cwd", place.ws, *args], cwd=place.ws, env=place.env(), capture_output=True, timeout=timeout)


def acpx_client(p):
    why = missing(["acpx"])
    if why:
        print("# skipped acpx:", why)
        return
    agent = f"{MIEN} acp -m {p.playbook(PLAY)} --approval ask"
    r = run_acpx(p, "--approve-all", "--agent", agent, "exec", "go")
    out = r.stdout.decode()
    assert r.returncode == 0 and "All is done." in out and p.read("a.txt") == "bye\n", (r.returncode, out, r.stderr)
    r = run_acpx(p, "--approve-all", "--format", "json", "--agent", agent, "exec", "go")
    assert r.returncode == 0 and all(json.loads(line) for line in r.stdout.decode().splitlines()), r.stdout[-500:]
    os.remove(p.ws + "/a.txt")
    r = run_acpx(p, "--deny-all", "--agent", agent, "exec", "go")
    assert not os.path.exists(p.ws + "/a.txt"), (r.returncode, r.stdout, r.stderr)
    # A session that is kept: a prompt, a mode, a second prompt.
    try:
        for args in (["sessions", "new"], ["prompt", "go"], ["set-mode", "plan"], ["prompt", "/status"], ["sessions", "close"]):
            r = run_acpx(p, "--approve-all", "--ttl", "5", "--agent", agent, *args)
            print("#", args, r.returncode, r.stdout.decode()[-100:].strip().replace("\n", " | "))
            assert r.returncode == 0, (args, r.stdout, r.stderr)
    finally:
        run_acpx(p, "--agent", agent, "sessions", "close")


run(globals())
