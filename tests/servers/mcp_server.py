#!/usr/bin/env python3
"""An MCP server on standard input and output, for tests: mcp_server.py [BEHAVIOR...]

Tools: echo(text), add(a, b), fail(), picture(), slow(steps) with progress, ask() which asks the
client back and answers what it was told. Behaviors: exit (at once), hang (no answer to
initialize), die (in the first call), mortal (it ends after a
call was answered), hang_call, late (with the first call), flood (of standard error), noise (on standard
output), many (40 tools), pages (one tool a page), changes (the list, after the first call),
forms (form() asks the user of the client, think() its model), words (a prompt and a resource), shapes (tools whose schemas and names no model takes),
modern (only the revision without a handshake), leaves (with it: the process ends at initialize), rude
(with it: answers initialize with another error), old (revision 2024-11-05), strange (an unknown one).
"""
import json
import os
import sys
import time

how = set(sys.argv[1:])
extra = []


def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def tool(name, **properties):
    return {"name": name, "description": f"Does {name}.", "annotations": {"readOnlyHint": name == "echo"},
            "inputSchema": {"type": "object", "properties": {k: {"type": v} for k, v in properties.items()}}}


CURIOUS = {"where": {"method": "roots/list"}, "who": {"method": "elicitation/create", "params": {"message": "?"}}}
FORM = {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string", "default": "Jo"}, "age": {"type": "integer", "default": 30},
    "hue": {"type": "string", "enum": ["red", "blue"]}, "ok": {"type": "boolean"}, "tags": {"type": "array", "items": {"type": "string"}}}}
SHAPES = [{"name": "empty", "inputSchema": {}}, {"name": "none"}, {"name": "notype", "inputSchema": {"properties": {"a": {}}}},
          {"name": "bare", "inputSchema": {"type": "object"}}, {"name": "list", "inputSchema": {"type": "array", "items": {}}},
          {"name": "any", "inputSchema": {"type": "object", "description": "It.", "anyOf": [
              {"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"properties": {"b": {}}}]}},
          {"name": "all", "inputSchema": {"allOf": [{"$ref": "#/$defs/x"}, {"properties": {"b": {}}, "required": ["b"]}], "$defs": {"x": {"properties": {"a": {}}, "required": ["a"]}}}},
          {"name": "get.item"}, {"name": "get_item"}, {"name": "x" * 70 + "A"}, {"name": "x" * 70 + "B"},
          {"name": "twice"}, {"name": "twice"}]
TOOLS = [tool("echo", text="string"), tool("add", a="number", b="number"), tool("fail"), tool("picture"),
         tool("slow", steps="integer"), tool("ask"), tool("dotted.name"), tool("curious"),
         tool("sampling")]
TOOLS += ([tool("form"), tool("think")] if "forms" in how else []) + (SHAPES if "shapes" in how else [])
if "many" in how:
    TOOLS += [tool(f"tool{i}", x="string") for i in range(40)]


def text(t, **more):
    return {"content": [{"type": "text", "text": t}], **more}


def call(params, token):
    name, args = params["name"], params.get("arguments", {})
    if "die" in how:
        os._exit(3)
    while "hang_call" in how:
        time.sleep(1)
    if "late" in how:
        how.discard("late")
        time.sleep(1.3)
    if name == "echo":
        return text(args.get("text", ""), structuredContent={"length": len(args.get("text", ""))})
    if name == "add":
        n = args["a"] + args["b"]
        return text(str(n), structuredContent={"sum": n})
    if name == "fail":
        return text("MCP error -32602: not like that", isError=True)
    if name == "picture":
        return {"content": [{"type": "image", "mimeType": "image/png", "data": "A" * 4000},
                            {"type": "resource_link", "uri": "file:///x", "name": "x"},
                            {"type": "resource", "resource": {"uri": "mem:1", "text": "inside"}}, {"type": "odd"}]}
    if name == "slow":
        for i in range(args.get("steps", 3)):
            time.sleep(0.4)
            send({"method": "notifications/progress", "params": {"progressToken": token, "progress": i,
                                                                 "message": f"step {i}"}})
        return text("done slowly")
    if name == "ask":
        answers = []
        for i, method in enumerate(("ping", "roots/list", "sampling/createMessage")):
            send({"id": f"s{i}", "method": method})
            answers.append(json.loads(sys.stdin.readline()))
        return text(json.dumps(answers))
    if name == "think":
        send({"id": "s9", "method": "sampling/createMessage", "params": {"maxTokens": 50, "systemPrompt": "Be brief.", "messages": [
            {"role": "user", "content": {"type": "text", "text": "What is the sea?"}}]}})
        m = json.loads(sys.stdin.readline())
        return text(json.dumps(m.get("result") or m["error"]))
    if name == "form":
        send({"id": "f1", "method": "elicitation/create", "params": {"message": "Who are you?", "requestedSchema": FORM}})
        return text(json.dumps(json.loads(sys.stdin.readline())["result"]))
    if name == "curious" and "inputResponses" not in params:
        return {"resultType": "input_required", "inputRequests": CURIOUS, "requestState": "7"}
    if name == "curious":
        return text(json.dumps([params["requestState"], params["inputResponses"]]))
    if name == "sampling":
        return {"resultType": "input_required", "inputRequests": {"x": {"method": "sampling/createMessage"}}}
    return text(f"called {name}")


def listing(params):
    tools = TOOLS + extra
    if "pages" not in how:
        return {"tools": tools}
    at = int(params.get("cursor") or 0)
    more = {"nextCursor": str(at + 1)} if at + 1 < len(tools) else {}
    return {"tools": tools[at:at + 1], **more}


def answer(m):
    method, params = m["method"], m.get("params", {})
    meta = params.get("_meta", {})
    if "leaves" in how and method == "initialize":
        os._exit(1)
    if "rude" in how and method == "initialize":
        return {"error": {"code": -32601, "message": "what?"}}
    if method == "server/discover" and "modern" in how:
        return {"result": {"supportedVersions": ["2026-07-28"]}}
    if "modern" in how and "io.modelcontextprotocol/protocolVersion" not in meta:
        return {"error": {"code": -32022, "message": "unsupported", "data": {"supported": ["2026-07-28"]}}}
    if method == "initialize":
        while "hang" in how:
            time.sleep(1)
        version = "2024-11-05" if "old" in how else "1999-01-01" if "strange" in how else params["protocolVersion"]
        return {"result": {"protocolVersion": version, "capabilities": {"tools": {}, **({"prompts": {}, "resources": {}} if "words" in how else {})},
                           "serverInfo": {"name": "test", "version": "1"}}}
    if method == "prompts/list" and "words" in how:
        return {"result": {"prompts": [{"name": "review", "description": "looks at code", "arguments": [
            {"name": "file", "required": True}, {"name": "how"}]}]}}
    if method == "prompts/get" and "words" in how:
        return {"result": {"messages": [{"role": "user", "content": {"type": "text", "text": "Review " + json.dumps(params["arguments"])}}]}}
    if method == "resources/list" and "words" in how:
        return {"result": {"resources": [{"uri": "mem://notes", "name": "notes", "mimeType": "text/plain"}]}}
    if method == "resources/read" and "words" in how:
        if params["uri"] != "mem://notes":
            return {"error": {"code": -32002, "message": "no such resource"}}
        return {"result": {"contents": [{"uri": "mem://notes", "text": "the sea is ```blue```"}, {"uri": "mem://x", "blob": "AAAA"}]}}
    if method == "tools/list":
        return {"result": listing(params)}
    if method == "tools/call":
        result = call(params, meta.get("progressToken"))
        if "changes" in how and not extra:
            extra.append(tool("newcomer"))
            send({"method": "notifications/tools/list_changed"})
        return {"result": result}
    return {"error": {"code": -32601, "message": f"no {method}"}}


if "exit" in how:
    sys.stderr.write("cannot find my database\n")
    sys.exit(4)
if "flood" in how:
    for i in range(20000):
        sys.stderr.write(f"log line {i} " + "x" * 80 + "\n")
for line in sys.stdin:
    if "noise" in how:
        print("this is no message")
        sys.stdout.flush()
    m = json.loads(line)
    if "id" in m and "method" in m:
        send({"id": m["id"], **answer(m)})
        if "mortal" in how and m["method"] == "tools/call":
            break
