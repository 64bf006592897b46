"""Official SDKs (openai, @anthropic-ai/sdk, @google/genai, ai) through the gateway: a tool loop on strict servers of every dialect,
streamed and whole, and answers that end badly. sdks.py [SDK...]; the packages are looked for as clients.py does. See `make clients`."""
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for beside in "e2e", "servers":
    sys.path.insert(0, os.path.join(HERE, "..", beside))
from dialects import DIALECTS, Server  # noqa: E402

from clients import WHERE  # noqa: E402
from lib import run  # noqa: E402
from proxy import Proxy  # noqa: E402
from proxy_dialects import STEPS  # noqa: E402

SDKS = {"openai_chat": ("chat", ["openai"]), "openai_responses": ("responses", ["openai"]), "anthropic": ("messages", ["@anthropic-ai/sdk"]),
        "google": ("gemini", ["@google/genai"]), "ai_anthropic": ("messages", ["ai", "@ai-sdk/anthropic"]), "ai_openai": ("responses", ["ai", "@ai-sdk/openai"]),
        "ai_compatible": ("chat", ["ai", "@ai-sdk/openai-compatible"]), "ai_google": ("gemini", ["ai", "@ai-sdk/google"])}


def missing(packages):
    if not shutil.which("node"):
        return "node is not installed"
    absent = [x for x in packages if not os.path.isdir(os.path.join(WHERE, "node_modules", x))]
    if absent and os.environ.get("MIEN_CLIENTS_INSTALL") and shutil.which("npm"):
        os.makedirs(WHERE, exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", *absent], cwd=WHERE, capture_output=True)
        absent = [x for x in absent if not os.path.isdir(os.path.join(WHERE, "node_modules", x))]
    return f"{', '.join(absent)} is not installed (MIEN_CLIENTS_INSTALL=1 brings it)" if absent else None


def one(p, sdk, dialect):
    packages = SDKS[sdk][1]
    why = missing(packages)
    if why:
        print(f"# skipped {sdk}: {why}")
        return
    for way in "stream", "whole":
        s = Server(dialect, STEPS)
        if dialect == "chat":
            s.dialect.known = s.dialect.known | {"tool_choice", "parallel_tool_calls", "response_format", "top_k"}
        p.write("models.yaml", "model_list:\n" + s.entry(), p.config)
        x = Proxy(p)
        said = ask(sdk, x, way, s)
        assert said["texts"][0] == "Looking." and said["texts"][-1] == "All done." and said["calls"] == [1, 2, 0] and not s.refused, (way, said, s.refused)
        x.close()
        p.closers.remove(x.close)


    # What breaks off or fails in the middle is no answer; what a filter ends is one, and says so.
    faults = [{"say": "It begins.", "fault": "cut"}, {"say": "It begins.", "fault": "overloaded"}, {"say": "It begins.", "calls": [["list_dir", {"path": "x" * 200}]], "fault": "cut"},
              {"say": "I will not.", "fault": "refusal"}]
    s = Server(dialect, faults)
    if dialect == "chat":
        s.dialect.known = s.dialect.known | {"tool_choice", "parallel_tool_calls", "response_format", "top_k"}
    p.write("models.yaml", "model_list:\n" + s.entry(), p.config)
    x = Proxy(p)
    for step in faults:
        s.dialect.blocks = []  # each is a conversation of its own
        said = ask(sdk, x, "one", s)
        if step["fault"] == "refusal":
            assert said.get("texts") == ["I will not."] and said["stops"][0] not in ("stop", "end_turn", "STOP", "completed"), (step, said)
        else:
            assert said.get("failed"), (step, said)
    assert not s.refused, s.refused


def ask(sdk, x, way, s):
    r = subprocess.run(["node", os.path.join(HERE, "sdks.mjs"), sdk, f"http://127.0.0.1:{x.port}", way], env={**os.environ, "MIEN_CLIENTS": WHERE},
                       capture_output=True, timeout=60)
    out = r.stdout.decode()
    assert r.returncode == 0, (way, s.refused, out[-300:], r.stderr.decode()[-1200:])
    return json.loads(out.splitlines()[-1])


def test_of(sdk, dialect):
    def test(p):
        one(p, sdk, dialect)
    test.__name__ = f"{sdk}_on_{dialect}"
    return test


if __name__ == "__main__":
    chosen = [a for a in sys.argv[1:] if a in SDKS] or list(SDKS)
    dialects = [a for a in sys.argv[1:] if a in DIALECTS] or ["chat", "messages", "responses", "gemini", "ollama"]
    sys.argv[1:] = []
    # Where both speak the same, bytes go through, and those of these servers are terse: proxy.py has that.
    run({f"{sdk} {d}": test_of(sdk, d) for sdk in chosen for d in dialects if DIALECTS[d].api != SDKS[sdk][0]})
