#!/usr/bin/env python3
"""An MCP server over Streamable HTTP, for tests. Prints its port; ends when its standard input does.
It wants "X-Key: sesame", gives a session, answers tools/list as a stream that opens with an empty
event, everything else as JSON. Argument `lost`: the session is forgotten after the listing."""
import http.server
import json
import os
import sys
import threading

LOST = "lost" in sys.argv
TOOLS = [{"name": "echo", "description": "says it again",
          "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}}}]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", kind="application/json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        m = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        accept = self.headers.get("Accept", "")
        if "application/json" not in accept or "text/event-stream" not in accept:
            return self.answer(406, b"accept both")
        if self.headers.get("X-Key") != "sesame":
            return self.answer(401, b"who are you?")
        if "id" not in m:
            return self.answer(202)
        if m["method"] == "initialize":
            result = {"protocolVersion": m["params"]["protocolVersion"], "capabilities": {"tools": {}},
                      "serverInfo": {"name": "web", "version": "1"}}
            return self.answer(200, json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": result}).encode(),
                               Mcp_Session_Id="s-1")
        lost = LOST and m["method"] == "tools/call"
        if self.headers.get("Mcp-Session-Id") != "s-1" or not self.headers.get("MCP-Protocol-Version") or lost:
            return self.answer(404, b"no such session")
        if m["method"] == "tools/list":
            data = json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": {"tools": TOOLS}})
            return self.answer(200, f"id: 1\ndata:\n\nevent: message\ndata: {data}\n\n".encode(), "text/event-stream")
        said = m["params"]["arguments"].get("text", "")
        result = {"content": [{"type": "text", "text": said}]}
        self.answer(200, json.dumps({"jsonrpc": "2.0", "id": m["id"], "result": result}).encode())


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port)
sys.stdout.flush()
sys.stdin.read()
os._exit(0)
