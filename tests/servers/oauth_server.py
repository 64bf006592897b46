#!/usr/bin/env python3
"""An MCP server over HTTP that wants a login, and its authorization server, on one port, for tests. Prints the port; ends
when its standard input does. What it was asked is written to the file `oauth.jsonl`. Behaviors:
    expires     tokens are refused once they were shown twice; a refresh gives new ones
    keeps_none  the same, and no refresh
    moved       the token endpoint redirects elsewhere
    nopkce      the metadata names no S256
    liar        the metadata names another issuer
    foreign     the resource's metadata is of another server
    outside     the token endpoint is on plain http elsewhere
    wrongstate  the browser comes back with another state, then with the right one
    refused     the user does not grant it
"""
import base64
import hashlib
import http.server
import json
import os
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request

how = set(sys.argv[1:])
codes, tokens = {}, {}


def note(**what):
    with open("oauth.jsonl", "a", encoding="utf-8") as f:
        f.write(json.dumps(what) + "\n")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, what=None, **headers):
        body = json.dumps(what).encode() if what is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        self.wfile.write(body)

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def do_GET(self):
        at = urllib.parse.urlsplit(self.path)
        q = dict(urllib.parse.parse_qsl(at.query))
        if at.path == "/.well-known/oauth-protected-resource/mcp":
            return self.answer(200, {"resource": "https://elsewhere.example/mcp" if "foreign" in how else self.base + "/mcp",
                                     "authorization_servers": [self.base], "scopes_supported": ["read"]})
        if at.path == "/.well-known/oauth-authorization-server":
            return self.answer(200, {"issuer": "https://liar.example" if "liar" in how else self.base, "authorization_endpoint": self.base + "/authorize",
                                     "token_endpoint": "http://192.0.2.1/token" if "outside" in how else self.base + "/token", "registration_endpoint": self.base + "/register",
                                     "code_challenge_methods_supported": ["plain"] if "nopkce" in how else ["S256"], "token_endpoint_auth_methods_supported": ["none"]})
        if at.path == "/authorize":
            note(at="authorize", **q)
            codes["c1"] = q
            back = {"code": "c1", "state": q["state"]}
            if "refused" in how:
                back = {"error": "access_denied", "error_description": "the user said no", "state": q["state"]}
            if "wrongstate" in how:
                try:
                    urllib.request.urlopen(q["redirect_uri"] + "?code=evil&state=guessed")
                except urllib.error.HTTPError as e:
                    note(at="guessed", status=e.code)
            return self.answer(302, Location=q["redirect_uri"] + "?" + urllib.parse.urlencode(back))
        return self.answer(404, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/register":
            note(at="register", **json.loads(body))
            return self.answer(201, {**json.loads(body), "client_id": "mien-1"})
        if self.path == "/token":
            return self.token(dict(urllib.parse.parse_qsl(body.decode())))
        m = json.loads(body)
        shown = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if tokens.get(shown, 0) <= 0:
            return self.answer(401, {"error": "invalid_token"}, WWW_Authenticate=f'Bearer resource_metadata="{self.base}/.well-known/oauth-protected-resource/mcp"')
        if how & {"expires", "keeps_none"} and m.get("method") == "tools/call":
            tokens[shown] -= 1
        if "id" not in m:
            return self.answer(202)
        result = {"initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "o", "version": "1"}},
                  "tools/list": {"tools": [{"name": "secret", "inputSchema": {"type": "object"}}]}}.get(m["method"], {"content": [{"type": "text", "text": f"shown to {shown}"}]})
        self.answer(200, {"jsonrpc": "2.0", "id": m["id"], "result": result})

    def token(self, q):
        note(at="token", **q)
        if "moved" in how:
            return self.answer(307, Location="http://127.0.0.1:9/steal")
        if q["grant_type"] == "authorization_code":
            asked = codes.pop(q["code"], None)
            hashed = base64.urlsafe_b64encode(hashlib.sha256(q["code_verifier"].encode()).digest()).decode().rstrip("=")
            if not asked or hashed != asked["code_challenge"] or q["redirect_uri"] != asked["redirect_uri"]:
                return self.answer(400, {"error": "invalid_grant"})
        elif q.get("refresh_token") != "refresh-token-one" or "keeps_none" in how:
            return self.answer(400, {"error": "invalid_grant"})
        token = f"access-token-{len(tokens)}-of-the-test"
        tokens[token] = 1
        self.answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": "read",
                          **({} if "keeps_none" in how else {"refresh_token": "refresh-token-one"})})


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
server.handle_error = lambda *about: None
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port)
sys.stdout.flush()
sys.stdin.read()
os._exit(0)
