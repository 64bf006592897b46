"""Servers that play each dialect, as strict as the real ones: what they would refuse they refuse with a 400, and so a
goal that is worked on to its end proves that the requests are right. Used in-process: Server(dialect, steps).

A step, one for each POST: {"think", "say", "calls": [[tool, args]], "fault"}; faults: cut, overloaded, refusal, overflow,
stall_after_finish. What was thought goes out with a proof and must come back byte for byte while the tool loop runs."""
import http.server
import json
import re
import socketserver
import threading


def sse(*events):
    """(name or None, object) each."""
    return b"".join((b"event: %s\n" % n.encode() if n else b"") + b"data: " + (o if isinstance(o, bytes) else json.dumps(o).encode()) + b"\n\n"
                    for n, o in events)


class Refused(Exception):
    pass


# What the user says in the middle of a goal, a word that is meant to be heard at once; images, where a result cannot hold them.
SAID = re.compile(r"^go on|^.what the tools showed")


def alone_broken(kinds, messages, is_result, words):
    """Does a user's message follow the last result of a tool?"""
    last = max([i for i, k in enumerate(kinds) if is_result(k)], default=-1)
    spoken = [m for k, m in list(zip(kinds, messages))[last + 1:] if k == "user"] if last >= 0 and "assistant" not in kinds[last + 1:] else []
    return any(not SAID.search(words(m)) for m in spoken)


def want(ok, words):
    if not ok:
        raise Refused(words)


class Dialect:
    """blocks: what must come back, as it stood in the stream; key: no two servers sign alike. alone: no user speaks behind a tool's
    result while the loop runs, for the model would forget what it thought; what the harness says in between is marked by SAID."""
    servers, alone = 0, True

    def __init__(self):
        Dialect.servers += 1
        self.calls, self.blocks, self.key = 0, [], "%d" % Dialect.servers


class Messages(Dialect):
    """Anthropic's Messages."""
    api, prefix, model, path, alone = "messages", "anthropic/", "claude-opus-4-5", "/v1/messages", False

    def check(self, path, headers, body, raw):
        want(path.startswith("/v1/") and path.endswith("/messages"), "no such path " + path)
        want(headers.get("x-api-key") == "sk-test", "authentication: x-api-key")
        want(headers.get("anthropic-version") == "2023-06-01", "anthropic-version")
        known = {"model", "max_tokens", "messages", "system", "tools", "stream", "temperature", "thinking", "output_config", "tool_choice",
                 "stop_sequences", "metadata", "top_p", "top_k"}
        want(not set(body) - known, "Extra inputs are not permitted: %s" % (set(body) - known))
        want(isinstance(body.get("max_tokens"), int) and body["max_tokens"] > 0, "max_tokens: field required")
        thinks = self.check_thinking(body)
        want(raw.count('"cache_control"') <= 4, "a maximum of 4 blocks with cache_control may be provided")
        marks = (2 if body.get("tools") else 0) + min(2, len([m for m in body["messages"] if m["role"] == "user"]))
        want(raw.count('"cache_control"') == (marks if body.get("tools") else 0), "this test: marks on tools, system and two turns, none on a side question")
        turns = self.turns(body["messages"])
        roles = [m["role"] for m in turns]
        want(roles[0] == "user" and all(a != b for a, b in zip(roles, roles[1:])), "roles: %s" % roles)
        self.check_loop(turns, thinks)
        owed = []
        for m in turns:
            want(m["content"], "messages: text content blocks must be non-empty")
            for b in m["content"]:
                want(b["type"] != "text" or b["text"], "text content blocks must be non-empty")
            kinds = [b["type"] for b in m["content"]]
            if owed:
                results = [b["tool_use_id"] for b in m["content"][:len(owed)] if b["type"] == "tool_result"]
                want(sorted(results) == sorted(owed), "tool_use ids were found without tool_result blocks: %s" % owed)
            want("tool_result" not in kinds[len(owed):], "unexpected tool_use_id")
            owed = [b["id"] for b in m["content"] if b["type"] == "tool_use"]
            want(m["role"] != "assistant" or "thinking" not in kinds[1:] or kinds[0] == "thinking", "expected thinking first")
            for b in m["content"]:
                want(b["type"] != "thinking" or b.get("signature"), "messages: thinking.signature: Field required")
        for b in self.blocks if self.thinks else []:
            want(b in raw, "thinking blocks cannot be modified: %s" % b)

    def check_thinking(self, body):
        """By a budget of its own: it leaves room for an answer, and what samples is not taken beside it."""
        t = body.get("thinking")
        self.thinks = t is not None
        if not t:
            return False
        want(t["type"] == "enabled" and 1024 <= t["budget_tokens"] < body["max_tokens"], "`max_tokens` must be greater than `thinking.budget_tokens`")
        want(not {"temperature", "top_p", "top_k"} & set(body), "`temperature` may only be set to 1 when thinking is enabled")
        return True

    def turns(self, messages):
        return messages

    def check_loop(self, turns, thinks):
        """With a budget, the first answer of the running loop begins with a thought."""
        at = len(turns) - 1
        while thinks and at > 0 and any(b["type"] == "tool_result" for b in turns[at]["content"]):
            at -= 2
        if thinks and at + 1 < len(turns):
            want(turns[at + 1]["content"][0]["type"] in ("thinking", "redacted_thinking"), "messages.%d.content.0.type: Expected `thinking` or "
                 "`redacted_thinking`, but found `%s`. When `thinking` is enabled, a final `assistant` message must start with a thinking block" % (
                     at + 1, turns[at + 1]["content"][0]["type"]))

    def error(self, status, words):
        kind = {400: "invalid_request_error", 529: "overloaded_error", 413: "request_too_large"}[status]
        return {"type": "error", "error": {"type": kind, "message": words}}

    overflow = "prompt is too long: 210000 tokens > 200000 maximum"

    def answer(self, step, n):
        out = [("message_start", {"type": "message_start", "message": {"id": "msg_%d" % n, "role": "assistant", "content": [], "model": self.model,
                "usage": {"input_tokens": 50, "cache_read_input_tokens": self.read - 100, "cache_creation_input_tokens": 50, "output_tokens": 1}}}), ("ping", {"type": "ping"})]
        at = 0

        def block(start, deltas):
            nonlocal at
            out.append(("content_block_start", {"type": "content_block_start", "index": at, "content_block": start}))
            for d in deltas:
                # By hand: what is escaped stays so.
                out.append(("content_block_delta", b'{"type":"content_block_delta","index":%d,"delta":%s}' % (at, d if isinstance(d, bytes) else json.dumps(d).encode())))
            out.append(("content_block_stop", {"type": "content_block_stop", "index": at}))
            at += 1
        if "think" in step and self.thinks:
            words = json.dumps(step["think"])[1:-1].replace("/", "\\/").encode()
            sign = b"sig\\/%s-%d+==" % (self.key.encode(), n)
            self.blocks = self.blocks + ['{"type":"thinking","thinking":"%s","signature":"%s"}' % (words.decode(), sign.decode())]
            cut = max(1, len(words) // 2)
            while words[cut - 1:cut] == b"\\":
                cut -= 1
            block({"type": "thinking", "thinking": "", "signature": ""},
                  [b'{"type":"thinking_delta","thinking":"%s"}' % words[:cut], b'{"type":"thinking_delta","thinking":"%s"}' % words[cut:],
                   b'{"type":"signature_delta","signature":"%s"}' % sign])
        if step.get("say"):
            block({"type": "text", "text": ""}, [{"type": "text_delta", "text": w + " "} for w in step["say"].split(" ")])
        for tool, args in step.get("calls", []):
            self.calls += 1
            text = json.dumps(args)
            block({"type": "tool_use", "id": "toolu_%03d" % self.calls, "name": tool, "input": {}},
                  [{"type": "input_json_delta", "partial_json": text[i:i + 7]} for i in range(0, len(text), 7)])
        if step.get("fault") == "overloaded":
            return sse(*out, ("error", self.error(529, "Overloaded")))
        if step.get("fault") == "cut":
            return sse(*out)[:-20]
        reason = "refusal" if step.get("fault") == "refusal" else "tool_use" if step.get("calls") else "end_turn"
        out.append(("message_delta", {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 40}}))
        return sse(*out) if step.get("fault") == "stall_after_finish" else sse(*out, ("message_stop", {"type": "message_stop"}))


class Adaptive(Messages):
    """The same, newer: it thinks as it likes, nothing samples, and the state of the work is the system's word behind the turn."""
    model, alone = "claude-opus-5", True

    def check_thinking(self, body):
        self.thinks = body.get("thinking", {}).get("type") != "disabled"
        want(body.get("thinking") in ({"type": "adaptive"}, {"type": "disabled"}), "thinking.type.enabled is not supported for this model")
        want(not {"temperature", "top_p", "top_k"} & set(body), "temperature: Extra inputs are not permitted")
        return False

    def turns(self, messages):
        for before, m in zip([None] + messages, messages):
            want(m["role"] != "system" or (before and before["role"] == "user" and all(b["type"] == "text" for b in m["content"])), "role 'system' after a user's turn only")
        return [m for m in messages if m["role"] != "system"]


class Responses(Dialect):
    """OpenAI's Responses, stateless."""
    api, prefix, model, path = "responses", "openai/", "gpt-5.4", "/responses"
    overflow = "Your input exceeds the context window of this model. Please adjust your input and try again."

    def __init__(self):
        super().__init__()
        self.items, self.custom = [], set()

    def check(self, path, headers, body, raw):
        want(path.endswith("/responses"), "no such path " + path)
        want(headers.get("authorization") == "Bearer sk-test", "authentication")
        known = {"model", "input", "instructions", "tools", "stream", "store", "include", "reasoning", "text", "max_output_tokens", "tool_choice",
                 "parallel_tool_calls", "prompt_cache_key", "metadata", "truncation", "temperature", "top_p", "service_tier"}
        want(not set(body) - known, "Unknown parameter: %s" % (set(body) - known))
        want("temperature" not in body, "Unsupported parameter: 'temperature' is not supported with this model.")
        want(body["store"] is False and body["include"] == ["reasoning.encrypted_content"] and body["stream"] is True, "this test: stateless")
        want(body.get("max_output_tokens", 16) >= 16, "max_output_tokens")
        want("You are" in body.get("instructions", "") or "tools" not in body, "instructions")
        for t in body.get("tools", []):
            want(t["type"] == "custom" or (t["type"] == "function" and "parameters" in t and "function" not in t), "tools: %s" % t)
            if t["type"] == "custom":
                self.custom.add(t["name"])
        called, answered = {}, []
        follower = True
        for i in body["input"]:
            t = i["type"]
            want(t != "message" or i["role"] in ("user", "assistant", "developer"), "role")
            if not follower:
                want(t in ("message", "function_call", "custom_tool_call"), "Item of type 'reasoning' was provided without its required following item.")
            follower = t != "reasoning"
            if t in ("function_call", "custom_tool_call"):
                want(isinstance(i["input" if t[0] == "c" else "arguments"], str), "arguments")
                called[i["call_id"]] = t
            elif t.endswith("_output"):
                want(called.get(i["call_id"]) == t[:-7], "No tool call found for function call output with call_id %s" % i["call_id"])
                answered.append(i["call_id"])
        want(follower, "reasoning at the end")
        kinds = [i.get("role") or i["type"] for i in body["input"]]
        want(not self.alone or not alone_broken(kinds, body["input"], lambda k: k.endswith("_output"), lambda i: i["content"][0]["text"]), "this test: a user speaks into the loop")
        want(sorted(called) == sorted(answered), "No tool output found for function call %s" % (set(called) - set(answered)))
        for b in self.blocks:
            want(b in raw, "reasoning item changed: %s" % b)

    def error(self, status, words):
        code = "context_length_exceeded" if words == self.overflow else None
        return {"error": {"message": words, "type": "invalid_request_error", "param": None, "code": code}}

    def answer(self, step, n):
        out, items, seq = [], [], 0

        def event(kind, **more):
            nonlocal seq
            out.append((kind, b'{"type":"%s","sequence_number":%d,%s' % (kind.encode(), seq, json.dumps(more).encode()[1:])))
            seq += 1

        def item(text, added, events):
            """text: the item as it stands in the stream, to be sent back like this."""
            nonlocal seq
            at = len(items)
            items.append(text)
            event("response.output_item.added", output_index=at, item=added)
            for kind, more in events:
                event(kind, output_index=at, item_id="i", **more)
            out.append(("response.output_item.done", '{"type":"response.output_item.done","output_index":%d,"item":%s}' % (at, text)))
            out[-1] = (out[-1][0], out[-1][1].encode())
        event("response.created", response={"id": "resp_%d" % n, "status": "in_progress", "output": []})
        event("response.in_progress", response={"id": "resp_%d" % n, "status": "in_progress", "output": []})
        if "think" in step:
            text = '{"id":"rs_%s_%d","type":"reasoning","summary":[{"type":"summary_text","text":%s}],"encrypted_content":"gAA\/%s-%d=="}' % (
                self.key, n, json.dumps(step["think"]).replace("/", "\/"), self.key, n)
            self.blocks = self.blocks + [text]
            item(text, {"id": "rs", "type": "reasoning", "summary": []},
                 [("response.reasoning_summary_part.added", {"summary_index": 0}), ("response.reasoning_summary_text.delta", {"summary_index": 0, "delta": step["think"]})])
        if step.get("say"):
            phase = "commentary" if step.get("calls") else "final_answer"
            text = '{"id":"msg_%s_%d","type":"message","role":"assistant","status":"completed","phase":"%s","content":[{"type":"output_text","text":%s,"annotations":[]}]}' % (
                self.key, n, phase, json.dumps(step["say"]))
            item(text, {"type": "message", "role": "assistant", "content": []},
                 [("response.content_part.added", {"content_index": 0, "part": {}})] + [("response.output_text.delta", {"content_index": 0, "delta": w}) for w in re.findall(r"\S+\s*", step["say"])])
        for k, (tool, args) in enumerate(step.get("calls", [])):
            self.calls += 1
            cid = "call_%s_%03d" % (self.key, self.calls)
            if tool in self.custom:
                text = json.dumps({"id": "ctc_1", "type": "custom_tool_call", "call_id": cid, "name": tool, "input": args})
                item(text, {"type": "custom_tool_call", "call_id": cid, "name": tool, "input": ""},
                     [("response.custom_tool_call_input.delta", {"delta": args[i:i + 9]}) for i in range(0, len(args), 9)])
                continue
            text = json.dumps({"id": "fc_1", "type": "function_call", "call_id": cid, "name": tool, "arguments": json.dumps(args), "status": "completed"})
            # Every second one comes in .done alone.
            item(text, {"type": "function_call", "call_id": cid, "name": tool, "arguments": ""},
                 [("response.function_call_arguments.delta", {"delta": json.dumps(args)})] if k % 2 == 0 else [("response.function_call_arguments.done", {"arguments": json.dumps(args)})])
        if step.get("fault") == "cut":
            return sse(*out)
        if step.get("fault") == "overloaded":
            event("response.failed", response={"status": "failed", "error": {"code": "server_is_overloaded", "message": "Our servers are overloaded"}})
            return sse(*out)
        usage = {"input_tokens": self.read, "input_tokens_details": {"cached_tokens": self.read - 100}, "output_tokens": 40, "output_tokens_details": {"reasoning_tokens": 20}, "total_tokens": self.read + 40}
        refused = step.get("fault") == "refusal"
        end = {"id": "resp", "status": "incomplete" if refused else "completed", "output": [json.loads(i) for i in items], "usage": usage,
               "incomplete_details": {"reason": "content_filter"} if refused else None}
        event("response.incomplete" if refused else "response.completed", response=end)
        return sse(*out)


class Gemini(Dialect):
    """Google's generateContent."""
    api, prefix, model, path = "gemini", "gemini/", "gemini-3-pro", ":streamGenerateContent"
    overflow = "The input token count (210000) exceeds the maximum number of tokens allowed (200000)."

    def check(self, path, headers, body, raw):
        want(path.startswith("/v1/") and path.endswith("/models/gemini-3-pro:streamGenerateContent?alt=sse"), "no such path " + path)
        want(headers.get("x-goog-api-key") == "sk-test" and "authorization" not in headers, "x-goog-api-key")
        known = {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"}
        want(not set(body) - known, "Unknown name: %s" % (set(body) - known))
        want("You are" in body["systemInstruction"]["parts"][0]["text"] or "tools" not in body, "systemInstruction")
        want(all("parametersJsonSchema" in f for t in body.get("tools", []) for f in t["functionDeclarations"]), "tools")
        roles = [c["role"] for c in body["contents"]]
        want(roles == [("user", "model")[i % 2] for i in range(len(roles))], "roles must alternate: %s" % roles)
        last_user = max([i for i, c in enumerate(body["contents"]) if c["role"] == "user" and any("text" in p for p in c["parts"])])
        owed = []
        for i, c in enumerate(body["contents"]):
            got = [p["functionResponse"]["name"] for p in c["parts"] if "functionResponse" in p]
            want(got == owed, "number of function response parts: %s instead of %s" % (got, owed))
            calls = [p for p in c["parts"] if "functionCall" in p]
            want(not got or not any("text" in p for p in c["parts"]) or any(SAID.search(p.get("text", "")) for p in c["parts"]), "this test: a user speaks into the loop")
            owed = [p["functionCall"]["name"] for p in calls]
            want(not calls or i < last_user or calls[0].get("thoughtSignature"), "missing a thought_signature")
        for b in self.blocks:
            want(b in raw, "Corrupted thought signature: %s" % b)

    def error(self, status, words):
        return {"error": {"code": status, "message": words, "status": "INVALID_ARGUMENT"}}

    def answer(self, step, n):
        out = []

        def parts(text, **more):
            usage = {"promptTokenCount": self.read, "cachedContentTokenCount": self.read - 100, "candidatesTokenCount": 30, "thoughtsTokenCount": 10}
            out.append((None, ('{"candidates":[{"content":{"role":"model","parts":[%s]}%s}],"usageMetadata":%s}' % (
                text, "".join(',"%s":%s' % (k, json.dumps(v)) for k, v in more.items()), json.dumps(usage))).encode()))
        if "think" in step:
            parts('{"text":%s,"thought":true}' % json.dumps(step["think"]))
        for w in step.get("say", "").split(" ") if step.get("say") else []:
            parts('{"text":%s}' % json.dumps(w + " "))
        calls = []
        for k, (tool, args) in enumerate(step.get("calls", [])):
            text = '{"functionCall":{"name":"%s","args":%s}' % (tool, json.dumps(args))
            text += ',"thoughtSignature":"s\/%s-%d="}' % (self.key, n) if k == 0 else "}"
            calls.append(text)
        if calls:
            self.blocks = self.blocks + [calls[0]]
            parts(",".join(calls))
        if step.get("fault") == "cut":
            return sse(*out)
        if step.get("fault") == "overloaded":
            return sse(*out, (None, {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}))
        parts("", finishReason="SAFETY" if step.get("fault") == "refusal" else "STOP")
        return sse(*out)


class Ollama(Dialect):
    """Ollama's own: JSON lines."""
    api, prefix, model, path, kind = "ollama", "ollama_chat/", "qwen3:8b", "/api/chat", "application/x-ndjson"
    overflow = "the input length exceeds the context length"

    def check(self, path, headers, body, raw):
        want(path.endswith("/api/chat") and "/v1" not in path, "no such path " + path)
        want(body["stream"] is True and body["options"]["num_ctx"] == self.window, "options: %s" % body["options"])
        want(not set(body) - {"model", "messages", "tools", "stream", "options", "think", "format", "keep_alive"}, "fields: %s" % set(body))
        for m in body["messages"]:
            want(isinstance(m["content"], str), "content")
            for c in m.get("tool_calls", []):
                want(isinstance(c["function"]["arguments"], dict), "cannot unmarshal string into arguments")
            want(m["role"] != "tool" or m["tool_name"] in ("list_dir", "read_file", "grep_files", "run_bash", "view_image"), "tool_name")
        roles = [m["role"] for m in body["messages"]]
        want(not alone_broken(roles, body["messages"], lambda k: k == "tool", lambda m: m["content"]), "this test: a user speaks into the loop")
        for b in self.blocks:
            want(any(m.get("thinking") == b for m in body["messages"]), "thinking is not sent back: %s" % b)

    def error(self, status, words):
        return {"error": words}

    def answer(self, step, n):
        out = []

        def line(message, **more):
            out.append(json.dumps({"model": self.model, "message": {"role": "assistant", "content": "", **message}, "done": False, **more}).encode() + b"\n")
        if "think" in step:
            self.blocks = self.blocks + [step["think"]]
            for c in step["think"]:
                line({"thinking": c})
        for w in step.get("say", "").split(" ") if step.get("say") else []:
            line({"content": w + " "})
        for tool, args in step.get("calls", []):
            line({"tool_calls": [{"function": {"name": tool, "arguments": args}}]})
        if step.get("fault") == "cut":
            return b"".join(out)[:-9]
        if step.get("fault") == "overloaded":
            return b"".join(out) + b'{"error":"the model runner has unexpectedly stopped: overloaded"}\n'
        line({}, done=True, done_reason="content_filter" if step.get("fault") == "refusal" else "stop", prompt_eval_count=self.read, eval_count=40)
        return b"".join(out)


class Chat(Dialect):
    """Chat completions as DeepSeek has them: reasoning comes back on every message of the assistant's."""
    api, prefix, model, path = "chat", "deepseek/", "deepseek-chat", "/chat/completions"
    known = {"model", "messages", "tools", "stream", "stream_options", "max_tokens", "reasoning_effort", "thinking", "temperature", "top_p"}
    overflow = "This model's maximum context length is 131072 tokens. However, you requested 210000 tokens (210000 in the messages, 0 in the completion)."

    def check(self, path, headers, body, raw):
        want(path.startswith("/v1/") and path.endswith("/chat/completions"), "no such path " + path)
        want(headers.get("authorization") == "Bearer sk-test", "Authentication Fails")
        want(not set(body) - self.known, "unknown field: %s" % (set(body) - self.known))
        want(body["stream"] is True and body["stream_options"] == {"include_usage": True}, "this test: usage is asked for")
        owed, messages = [], body["messages"]
        for m in messages:
            if owed:
                want(m["role"] == "tool" and m["tool_call_id"] in owed, "An assistant message with 'tool_calls' must be followed by tool messages: %s" % owed)
                owed.remove(m["tool_call_id"])
                continue
            want(m["role"] in ("system", "user", "assistant"), "role %s" % m["role"])
            if m["role"] == "assistant":
                want("reasoning_content" in m, "The `reasoning_content` in the thinking mode must be passed back to the API.")
                owed = [c["id"] for c in m.get("tool_calls", [])]
                want(all(isinstance(json.loads(c["function"]["arguments"]), dict) for c in m.get("tool_calls", [])), "arguments")
        want(not owed, "insufficient tool messages: %s" % owed)
        words = lambda m: m["content"] if isinstance(m["content"], str) else m["content"][0]["text"]  # noqa: E731
        want(not alone_broken([m["role"] for m in messages], messages, lambda k: k == "tool", words), "this test: a user speaks into the loop")
        for b in self.blocks:
            want(any(m.get("reasoning_content") == b for m in messages), "reasoning_content is not sent back: %s" % b)

    def error(self, status, words):
        return {"error": {"message": words, "type": "invalid_request_error", "param": None, "code": "invalid_request_error"}}

    def answer(self, step, n):
        def delta(finish=None, **d):
            return (None, {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": d, "finish_reason": finish}]})
        out = [delta(role="assistant", content=None)]
        if "think" in step:
            self.blocks = self.blocks + [step["think"]]
            out += [delta(reasoning_content=c) for c in re.findall(r"\S+\s*", step["think"])]
        out += [delta(content=w) for w in re.findall(r"\S+\s*", step.get("say", ""))]
        for k, (tool, args) in enumerate(step.get("calls", [])):
            self.calls += 1
            text = json.dumps(args)
            out.append(delta(tool_calls=[{"index": k, "id": "call_%s_%03d" % (self.key, self.calls), "type": "function", "function": {"name": tool, "arguments": ""}}]))
            out += [delta(tool_calls=[{"index": k, "function": {"arguments": text[i:i + 9]}}]) for i in range(0, len(text), 9)]
        if step.get("fault") == "cut":
            return sse(*out)[:-20]
        if step.get("fault") == "overloaded":
            return sse(*out, (None, {"error": {"message": "The server is overloaded", "type": "server_error", "code": 503}}))
        out.append(delta("content_filter" if step.get("fault") == "refusal" else "tool_calls" if step.get("calls") else "stop"))
        out.append((None, {"id": "c", "choices": [], "usage": {"prompt_tokens": self.read, "prompt_cache_hit_tokens": self.read - 100, "prompt_cache_miss_tokens": 100, "completion_tokens": 40}}))
        return sse(*out) if step.get("fault") == "stall_after_finish" else sse(*out, (None, b"[DONE]"))


DIALECTS = {"messages": Messages, "adaptive": Adaptive, "responses": Responses, "gemini": Gemini, "ollama": Ollama, "chat": Chat}


class Server:
    """Plays the steps; posts: [(path, headers, body, raw)]; refused: why a request was; gone: how many clients left a stall."""

    def __init__(self, dialect, steps, window=100000):
        self.gone, self.window, self.headers = 0, window, {}
        self.dialect, self.steps, self.posts, self.refused = DIALECTS[dialect](), list(steps), [], []
        me, self.dialect.window = self, window

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *a):
                pass

            def do_GET(self):
                self.whole(404, {"error": {"message": "not found"}})

            def whole(self, status, o):
                data = json.dumps(o).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_POST(self):
                raw = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                headers, body, d = {k.lower(): v for k, v in self.headers.items()}, json.loads(raw), me.dialect
                me.posts.append((self.path, headers, body, raw))
                d.read = max(200, len(raw) // 4)  # tokens
                try:
                    d.check(self.path, headers, body, raw)
                    want(me.steps, "the script has no step left")
                except Refused as e:
                    me.refused.append(str(e))
                    return self.whole(400, d.error(400, str(e)))
                step = me.steps.pop(0)
                if step.get("fault") == "overflow":
                    return self.whole(400, d.error(400, d.overflow))
                self.send_response(200)
                self.send_header("Content-Type", getattr(d, "kind", "text/event-stream"))
                self.send_header("Connection", "close")
                for name, value in me.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                data = d.answer(step, len(me.posts))
                for i in range(0, len(data), 97):
                    self.wfile.write(data[i:i + 97])
                self.wfile.flush()
                if step.get("fault") == "stall_after_finish":
                    self.connection.settimeout(30)
                    me.gone += self.rfile.read(1) == b""  # until the client goes
                self.close_connection = True

        class Threads(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

            def handle_error(self, *a):
                pass
        self.http = Threads(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def entry(self, name="m", more="", info=""):
        d = self.dialect
        return (f"  - model_name: {name}\n    litellm_params: {{model: '{d.prefix}{d.model}', api_base: 'http://127.0.0.1:{self.port}/v1', api: {d.api}, api_key: sk-test}}\n"
                f"    model_info: {{max_input_tokens: {self.window}{info}}}\n    behaviors: {{formal: {{description: f, route_suffix: /formal}}}}\n{more}")
