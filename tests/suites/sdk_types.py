"""What mien sends, held against the official SDKs' own types: `make sdk-types`.

    sdk_types.py [DIALECT...]     chat, messages, responses, gemini

Each dialect plays a goal with thoughts, parallel calls, a mode, a second goal and an image, against the strict servers of
the tests; every body is then a value of the SDK's request type for TypeScript's compiler. The packages come from npm into
$MIEN_CLIENTS (default ~/.cache/mien-clients); without npm it is skipped with a message.
"""
import json
import os
import re
import shutil
import subprocess
import sys

for beside in "e2e", "servers":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", beside))
from dialects import Server  # noqa: E402

from lib import Place  # noqa: E402

WHERE = os.environ.get("MIEN_CLIENTS") or os.path.join(os.path.expanduser("~"), ".cache", "mien-clients")
PACKAGES = ["typescript@5", "@types/node@20", "openai", "@anthropic-ai/sdk", "@google/genai"]
# dialect: what is imported, and the type of a body (BODY stands for its text)
TYPES = {
    "chat": ("import OpenAI from 'openai';", "const b: OpenAI.Chat.ChatCompletionCreateParamsStreaming = BODY;"),
    "responses": ("import OpenAI from 'openai';", "const b: OpenAI.Responses.ResponseCreateParamsStreaming = BODY;"),
    "messages": ("import Anthropic from '@anthropic-ai/sdk';", "const b: Anthropic.MessageCreateParamsStreaming = BODY;"),
    # The SDK names the members of a call, not the body that goes out: its parts are what is held against it.
    "gemini": ("import { Content, Tool, GenerationConfig, ThinkingLevel, ToolConfig } from '@google/genai';",
               "const b: {contents: Content[], systemInstruction?: Content, tools?: Tool[], toolConfig?: ToolConfig, "
               "generationConfig?: GenerationConfig, cachedContent?: string} = BODY;"),
}
# Members that compatible servers take and OpenAI's own types do not have.
LOOSE = {"chat": ("reasoning_content", "reasoning"), "responses": (), "messages": (), "gemini": ()}
STEPS = [{"think": "First I look.", "say": "Looking.", "calls": [["list_dir", {"path": "."}], ["view_image", {"path": "dot.png"}]]},
         {"think": "And again.", "calls": [["grep_files", {"pattern": "hello"}]]}, {"say": "All done."},
         {"say": "Formally yours."}, {"say": "That is a dot."}]
DOT = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082")


def fetch():
    have = [p for p in PACKAGES if os.path.isdir(os.path.join(WHERE, "node_modules", p.rsplit("@", 1)[0] if p.rfind("@") > 0 else p))]
    if len(have) == len(PACKAGES):
        return True
    if not shutil.which("npm"):
        return False
    os.makedirs(WHERE, exist_ok=True)
    return subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES], cwd=WHERE, capture_output=True).returncode == 0


def bodies_of(dialect):
    """What mien sends in this dialect, from the first request to the last."""
    p = Place()
    try:
        s = Server(dialect, STEPS, 100000)
        p.write("a.txt", "hello\n")
        p.write("dot.png", DOT)
        p.write("models.yaml", "model_list:\n" + s.entry(), p.config)
        p.write("config.yaml", "llm: {effort: high}\n", p.config)
        for args in (["--session", "s", "go"], ["-r", "s", "-b", "formal", "more"], ["-r", "s", "-b", "none", "what is @dot.png ?"]):
            code, _, err = p.events("-m", "m", *args)
            assert code == 0 and not s.refused, (dialect, code, s.refused, err)
        return [post[2] for post in s.posts]
    finally:
        p.close()


def without(value, names):
    if isinstance(value, dict):
        return {k: without(v, names) for k, v in value.items() if k not in names}
    return [without(v, names) for v in value] if isinstance(value, list) else value


def check(dialect):
    head, form = TYPES[dialect]
    bodies = bodies_of(dialect)
    folder = os.path.join(WHERE, "mien-types")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, dialect + ".ts")
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + "\n")
        for n, body in enumerate(bodies):
            text = json.dumps(without(body, LOOSE[dialect]), indent=1)
            text = re.sub(r'("thinkingLevel": )"(\w+)"', r"\1ThinkingLevel.\2", text)  # TypeScript takes no text for an enumeration
            f.write("{ " + form.replace("BODY", text) + " void b; }\n")
    r = subprocess.run([os.path.join(WHERE, "node_modules/.bin/tsc"), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext",
                        "--moduleResolution", "nodenext", path], cwd=folder, capture_output=True)
    said = r.stdout.decode() + r.stderr.decode()
    print(("ok" if r.returncode == 0 else "not ok"), f"{dialect}: {len(bodies)} requests")
    if r.returncode:
        print(said[:3000])
    return r.returncode == 0


def main():
    if not fetch():
        print("skipped: npm does not bring " + " ".join(PACKAGES))
        return 0
    return 0 if all([check(d) for d in (sys.argv[1:] or TYPES)]) else 1


if __name__ == "__main__":
    sys.exit(main())
