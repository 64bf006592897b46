"""Clients of four dialects on strict servers of all: a tool loop through the gateway, history as the clients keep it. What a server
signed must come back to it byte for byte, or it refuses (tests/servers/dialects.py)."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))
from dialects import DIALECTS, Server  # noqa: E402

from lib import run  # noqa: E402
from proxy import Proxy  # noqa: E402

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
STEPS = [{"think": "First I look.", "say": "Looking.", "calls": [["list_dir", {"path": "."}]]},
         {"think": "Two at once.", "calls": [["read_file", {"path": "a"}], ["read_file", {"path": "b"}]]},
         {"think": "Done now.", "say": "All done."}, {"say": "Again."}]


def frames(data):
    return [json.loads(l[6:]) for l in data.decode().splitlines() if l.startswith("data: {")]


class Messages:
    path = "/v1/messages"

    def __init__(self):
        self.messages = []

    def say(self, text):
        self.messages.append({"role": "user", "content": text})

    def body(self, stream):
        return {"model": "m", "max_tokens": 4000, "stream": stream, "system": [{"type": "text", "text": "You are tested."}],
                "thinking": {"type": "enabled", "budget_tokens": 2000}, "messages": self.messages,
                "tools": [{"name": n, "description": n, "input_schema": SCHEMA} for n in ("list_dir", "read_file")]}

    def whole(self, data):
        return json.loads(data)["content"]

    def streamed(self, data):
        blocks = []
        for e in frames(data):
            if e["type"] == "content_block_start":
                blocks.append(dict(e["content_block"], **({"input": ""} if e["content_block"]["type"] == "tool_use" else {})))
            d = e.get("delta", {})
            for key, to in (("text", "text"), ("thinking", "thinking"), ("signature", "signature"), ("partial_json", "input")):
                if key in d and e["type"] == "content_block_delta":
                    blocks[-1][to] += d[key]
            assert e["type"] != "error", e
        for b in blocks:
            if b["type"] == "tool_use":
                b["input"] = json.loads(b["input"] or "{}")
        return blocks

    def take(self, blocks):
        """(text, number of calls)"""
        self.messages.append({"role": "assistant", "content": blocks})
        calls = [b for b in blocks if b["type"] == "tool_use"]
        if calls:
            self.messages.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": c["id"], "content": "ok " + c["input"]["path"]} for c in calls]})
        return "".join(b["text"] for b in blocks if b["type"] == "text"), len(calls)


class Chat(Messages):
    path = "/v1/chat/completions"

    def body(self, stream):
        return {"model": "m", "stream": stream, "messages": [{"role": "system", "content": "You are tested."}] + self.messages, "reasoning_effort": "high",
                "tools": [{"type": "function", "function": {"name": n, "description": n, "parameters": SCHEMA}} for n in ("list_dir", "read_file")]}

    def whole(self, data):
        return json.loads(data)["choices"][0]["message"]

    def streamed(self, data):
        m = {"role": "assistant", "content": "", "reasoning_content": "", "reasoning_details": [], "tool_calls": []}
        for e in frames(data):
            for c in e["choices"]:
                d = c["delta"]
                m["content"] += d.get("content") or ""
                m["reasoning_content"] += d.get("reasoning_content", "")
                m["reasoning_details"] += d.get("reasoning_details", [])
                for t in d.get("tool_calls", []):
                    if "id" in t:
                        m["tool_calls"].append({"id": t["id"], "type": "function", "function": {"name": t["function"]["name"], "arguments": ""}})
                    m["tool_calls"][t["index"]]["function"]["arguments"] += t["function"]["arguments"]
        return m

    def take(self, m):
        self.messages.append({k: v for k, v in m.items() if v})
        for c in m.get("tool_calls", []):
            self.messages.append({"role": "tool", "tool_call_id": c["id"], "content": "ok " + json.loads(c["function"]["arguments"])["path"]})
        return m["content"] or "", len(m.get("tool_calls", []))


class Forgetful(Chat):
    """Most clients of chat: reasoning does not come back."""

    def take(self, m):
        for c in m.get("tool_calls", []):
            c["function"]["arguments"] = json.dumps(json.loads(c["function"]["arguments"]), separators=(",", ":"))
        return super().take({k: v for k, v in m.items() if not k.startswith("reasoning")})


class Responses(Messages):
    path = "/v1/responses"

    def body(self, stream):
        return {"model": "m", "stream": stream, "instructions": "You are tested.", "input": self.messages, "store": False,
                "include": ["reasoning.encrypted_content"], "reasoning": {"effort": "high"},
                "tools": [{"type": "function", "name": n, "description": n, "parameters": SCHEMA} for n in ("list_dir", "read_file")]}

    def whole(self, data):
        return json.loads(data)["output"]

    def streamed(self, data):
        events = frames(data)
        done = [e["item"] for e in events if e["type"] == "response.output_item.done"]
        assert events[-1]["type"] == "response.completed" and events[-1]["response"]["output"] == done, events[-1]
        return done

    def take(self, items):
        self.messages += items
        calls = [i for i in items if i["type"] == "function_call"]
        for c in calls:
            self.messages.append({"type": "function_call_output", "call_id": c["call_id"], "output": "ok " + json.loads(c["arguments"])["path"]})
        return "".join(i["content"][0]["text"] for i in items if i["type"] == "message"), len(calls)


class Gemini(Messages):
    path = "/v1beta/models/m:"

    def say(self, text):
        self.messages.append({"role": "user", "parts": [{"text": text}]})

    def body(self, stream):
        return {"systemInstruction": {"parts": [{"text": "You are tested."}]}, "contents": self.messages,
                "generationConfig": {"thinkingConfig": {"thinkingLevel": "HIGH", "includeThoughts": True}},
                "tools": [{"functionDeclarations": [{"name": n, "description": n, "parametersJsonSchema": SCHEMA} for n in ("list_dir", "read_file")]}]}

    def whole(self, data):
        return json.loads(data)["candidates"][0]["content"]["parts"]

    def streamed(self, data):
        return [part for e in frames(data) for part in e["candidates"][0]["content"]["parts"] if part != {"text": ""}]

    def take(self, parts):
        self.messages.append({"role": "model", "parts": parts})
        calls = [x["functionCall"] for x in parts if "functionCall" in x]
        if calls:
            self.messages.append({"role": "user", "parts": [{"functionResponse": {"id": c["id"], "name": c["name"], "response": {"output": "ok " + c["args"]["path"]}}} for c in calls]})
        return "".join(x["text"] for x in parts if "text" in x and not x.get("thought")), len(calls)


class ForgetfulGemini(Gemini):
    """What it was told of thinking does not come back, nor what stood in parts of its own."""

    def take(self, parts):
        return super().take([{k: v for k, v in x.items() if k != "thoughtSignature"} for x in parts if not x.get("thought") and x.get("text") != ""])


CLIENTS = {"messages": Messages, "chat": Chat, "responses": Responses, "gemini": Gemini}



def loop(x, client, stream, server):
    client.say("Look around.")
    texts = []
    for _ in range(3):
        path = client.path
        if path.endswith(":"):
            path += "streamGenerateContent?alt=sse" if stream else "generateContent"
        status, headers, data = x.ask(path, client.body(stream))
        assert status == 200, (status, data, server.refused)
        text, calls = client.take(client.streamed(data) if stream else client.whole(data))
        texts.append(text.strip())
    assert texts[0] == "Looking." and texts[-1] == "All done." and calls == 0, texts
    assert not server.refused, server.refused


def tried(place, name, client=None, dialects=DIALECTS):
    for dialect in dialects:
        if DIALECTS[dialect].api == name:
            continue  # bytes go through
        for stream in (True, False):
            s = Server(dialect, STEPS)
            place.write("models.yaml", "model_list:\n" + s.entry(), place.config)
            x = Proxy(place)
            try:
                loop(x, (client or CLIENTS[name])(), stream, s)
            except Exception as e:
                raise AssertionError((name, dialect, stream)) from e
            x.close()
            place.closers.remove(x.close)


def messages_clients(p):
    tried(p, "messages")


def chat_clients(p):
    tried(p, "chat")


def chat_clients_that_forget(p):
    tried(p, "chat", Forgetful, ["responses", "gemini", "messages"])


def responses_clients(p):
    tried(p, "responses")


def gemini_clients_that_forget(p):
    tried(p, "gemini", ForgetfulGemini, ["responses", "chat", "messages"])


def gemini_clients(p):
    tried(p, "gemini")


if __name__ == "__main__":
    run(globals())
