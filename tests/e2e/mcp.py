"""Tools of MCP servers, through a goal; and servers that misbehave."""
import base64
import glob
import json
import os
import shutil
import subprocess
import sys

from lib import MIEN, ROOT, Screen, of, run, wait_for

SERVER = os.path.join(ROOT, "tests/servers/mcp_server.py")


def configure(place, *how, params=""):
    args = json.dumps([SERVER, *how])
    place.write("config.yaml", f"mcp_servers:\n  t: {{command: {sys.executable}, args: {args}}}\n", place.config)
    return place.write("a.yaml", "system_prompt: x\nbehaviors:\n  - type: FileToolsBehavior\n  - type: McpToolsBehavior\n"
                                 f"    params: {{server: t{params}}}\n", place.top)


def go(place, agent, *calls, **kw):
    turns = "".join("  - call: " + json.dumps({"tool": n, "args": a}) + "\n" for n, a in calls)
    m = place.playbook("turns:\n" + turns + "  - say: done\n")
    code, ev, err = place.events("-m", m, "-a", agent, "go", **kw)
    assert code == 0, (err, of(ev, "tool_result"))
    return [e["result"] for e in of(ev, "tool_result")], ev


def tools_are_listed_and_called(p):
    agent = configure(p)
    (echo, add, fail, picture, dotted), ev = go(
        p, agent, ("t_echo", {"text": "hällo"}), ("t_add", {"a": 2, "b": 3}), ("t_fail", {}), ("t_picture", {}),
        ("t_dotted_name", {}))
    assert echo["success"] and echo["content"] == "hällo" and echo["structured"] == {"length": 5}, echo
    assert add["content"] == "5" and dotted["content"] == "called dotted.name"
    assert not fail["success"] and "not like that" in fail["error"], fail
    assert "link to file:///x" in picture["content"], picture
    assert "image is no PNG" in of(ev, "tool_result")[3]["summary"], of(ev, "tool_result")[3]
    assert "inside" in picture["content"] and '"odd"' in picture["content"] and "AAAA" not in json.dumps(picture)


def whole_numbers_keep_their_digits(p):
    """There and back: arguments as the model wrote them, text and structured results as the server did."""
    agent = configure(p)
    for n in 1154321098765432109, -9007199254740993, 9007199254740991, 2**70:
        p.server([{"calls": [{"name": "t_add", "args": '{"a": %d, "b": 0}' % n}]}, {"say": "done"}])
        code, ev, err = p.events("-m", "m", "-a", agent, "go")
        r, = of(ev, "tool_result")
        assert code == 0 and r["result"]["content"] == str(n) and r["result"]["structured"] == {"sum": n}, (n, r, err)
        sent = p.requests()[-1]["body"]["messages"]
        assert str(n) in [m for m in sent if m["role"] == "tool"][0]["content"], sent
    (r,), _ = go(p, agent, ("t_add", {"a": 1154321098765432109, "b": 1}))
    assert r["structured"] == {"sum": 1154321098765432110}, r


def each_kind_of_server_is_understood(p):
    for how in (["pages"], ["old"], ["modern"], ["modern", "leaves"], ["modern", "rude"], ["noise"], ["flood"], ["old", "pages", "noise"]):
        (echo,), _ = go(p, configure(p, *how), ("t_echo", {"text": "x"}))
        assert echo["content"] == "x", (how, echo)


def it_may_ask_back(p):
    (asked,), _ = go(p, configure(p), ("t_ask", {}))
    ping, roots, sampling = json.loads(asked["content"])
    assert ping["result"] == {} and roots["result"]["roots"][0]["uri"].startswith("file:///"), asked
    assert sampling["error"]["code"] == -1, sampling


def progress_extends_a_call(p):
    (slow,), _ = go(p, configure(p, params=", timeout: 1"), ("t_slow", {"steps": 5}))
    assert slow.get("content") == "done slowly", slow
    (late, next_), _ = go(p, configure(p, "late", params=", timeout: 1"), ("t_echo", {"text": "one"}), ("t_echo", {"text": "two"}))
    assert "in time" in late["error"] and next_.get("content") == "two", (late, next_)
    (hung,), _ = go(p, configure(p, "hang_call", params=", timeout: 1"), ("t_echo", {"text": "x"}))
    assert not hung["success"] and "in time" in hung["error"], hung


def its_list_may_change(p):
    (first, second), ev = go(p, configure(p, "changes"), ("t_echo", {"text": "x"}), ("t_newcomer", {}))
    assert second.get("content") == "called newcomer", second


def many_tools_are_searched(p):
    agent = configure(p, "many")
    (found, called, unknown), ev = go(p, agent, ("t_tool_search", {"query": "tool7"}),
                                      ("t_tool_call", {"name": "tool7", "arguments": {"x": "1"}}),
                                      ("t_tool_call", {"name": "nope"}))
    assert found["tools"][0]["name"] == "tool7" and found["of"] == 49, found
    assert called["content"] == "called tool7" and "search first" in unknown["error"]


def only_allowed_tools_are_offered(p):
    agent = configure(p, params=", tools: [echo], prefix: my-")
    (echo, add), _ = go(p, agent, ("my-echo", {"text": "x"}), ("my-add", {"a": 1, "b": 2}))
    assert echo["content"] == "x" and "Unknown tool" in add["error"], add


def misbehaving_servers_cost_their_tools_only(p):
    for how, word in ((["exit"], "cannot find my database"), (["strange"], "1999-01-01")):
        (listed, none), ev = go(p, configure(p, *how), ("list_dir", {}), ("t_echo", {"text": "x"}))
        notices = " ".join(n["text"] for n in of(ev, "notice"))
        assert listed["success"] and "Unknown tool" in none["error"] and word in notices, (how, notices)
    (none,), ev = go(p, configure(p, "hang", params=", startup_timeout: 1"), ("t_echo", {"text": "x"}))
    assert "Unknown tool" in none["error"] and any("in time" in n["text"] for n in of(ev, "notice")), of(ev, "notice")
    (dead, again), ev = go(p, configure(p, "die"), ("t_echo", {"text": "x"}), ("t_echo", {"text": "x"}))
    assert "ended (exit 3)" in dead["error"] and not again["success"], (dead, again)
    assert any("started once more" in n["text"] for n in of(ev, "notice")), of(ev, "notice")


def one_that_ends_after_its_work_is_started_again(p):
    results, ev = go(p, configure(p, "mortal"), *[("t_echo", {"text": str(n)}) for n in range(5)])
    # A call may meet the one that is just ending: it is not repeated, for it may have been done. The next starts another.
    said = [r.get("content") for r in results]
    assert said[0] == "0" and all(t in (str(n), None) for n, t in enumerate(said)), results
    assert all(a or b for a, b in zip(said, said[1:])) and all("ended" in r["error"] for r in results if not r["success"]), results
    assert sum("started once more" in n["text"] for n in of(ev, "notice")) >= 2, of(ev, "notice")


def under_policy_ask_each_call_is_asked_about(p):
    agent = configure(p)
    m = p.playbook("turns:\n  - call: {tool: t_echo, args: {text: x}}\n  - say: done\n")
    _, ev, _ = p.events("-m", m, "-a", agent, "--approval", "ask", "go")
    r = of(ev, "tool_result")[0]["result"]
    assert not r["success"] and "refused" in r["error"].lower(), r


def wrong_configuration_is_named(p):
    agent = configure(p)
    p.write("config.yaml", "mcp_servers:\n  other: {command: x}\n", p.config)
    (none,), ev = go(p, agent, ("t_echo", {"text": "x"}))
    assert any('no MCP server is called "t"' in n["text"] for n in of(ev, "notice")), of(ev, "notice")
    p.write("config.yaml", "mcp_servers:\n  t: {command: no-such-program-at-all}\n", p.config)
    (none,), ev = go(p, agent, ("t_echo", {"text": "x"}))
    assert any("no-such-program-at-all" in n["text"] for n in of(ev, "notice")), of(ev, "notice")


def web(place, *how, key="sesame", startup=30):
    x = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests/servers/mcp_http_server.py"), *how],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=place.ws)
    place.closers.append(lambda: (x.stdin.close(), x.wait(10), x.stdout.close()))
    port = int(x.stdout.readline())
    place.write("config.yaml", f"mcp_servers:\n  w:\n    url: http://127.0.0.1:{port}/mcp\n"
                               "    headers: {X-Key: '${WEB_KEY:-" + key + "}'}\n", place.config)
    return place.write("w.yaml", "behaviors:\n  - FileToolsBehavior\n  - type: McpToolsBehavior\n"
                                 f"    params: {{server: w, startup_timeout: {startup}}}\n", place.top)


def a_server_over_http(p):
    (echo,), _ = go(p, web(p), ("w_echo", {"text": "over the web"}))
    assert echo["content"] == "over the web", echo
    (none,), ev = go(p, web(p, key="wrong"), ("w_echo", {"text": "x"}))
    assert any("401" in n["text"] and "who are you" in n["text"] for n in of(ev, "notice")), of(ev, "notice")
    p.write("config.yaml", "mcp_servers: {w: {url: 'http://127.0.0.1:9/mcp'}}\n", p.config)
    (none,), ev = go(p, os.path.join(p.top, "w.yaml"), ("w_echo", {"text": "x"}))
    assert any("cannot be reached" in n["text"] for n in of(ev, "notice")), of(ev, "notice")


def a_session_that_was_forgotten_is_begun_anew(p):
    for how in ("forgets", "forgets400"):
        (echo,), _ = go(p, web(p, how), ("w_echo", {"text": "still"}))
        assert echo.get("content") == "still", (how, echo)
    (lost,), _ = go(p, web(p, "lost"), ("w_echo", {"text": "x"}))
    assert not lost["success"] and "404" in lost["error"], lost


def one_refusal_is_not_the_end(p):
    (first, second), ev = go(p, web(p, "fails"), ("w_echo", {"text": "x"}), ("w_echo", {"text": "y"}))
    assert "HTTP 500: not today" in first["error"] and second.get("content") == "y", (first, second)
    assert not any("started once more" in n["text"] for n in of(ev, "notice")), of(ev, "notice")


def what_a_web_server_says_unasked_is_heard(p):
    for how in ("tells", "modern"):
        (echo, late), _ = go(p, web(p, how), ("w_echo", {"text": "x"}), ("w_late", {}))
        assert echo.get("content") == "x" and late.get("content") == "called late", (how, echo, late)


def the_older_transport(p):
    (echo, again), _ = go(p, web(p, "old"), ("w_echo", {"text": "a"}), ("w_echo", {"text": "b"}))
    assert (echo.get("content"), again.get("content")) == ("a", "b"), (echo, again)
    (none,), ev = go(p, web(p, "elsewhere", startup=1), ("w_echo", {"text": "x"}))
    assert "Unknown tool" in none["error"], none
    assert any("405" in n["text"] for n in of(ev, "notice")), of(ev, "notice")


def a_call_may_want_to_know_more(p):
    (more, deep), _ = go(p, configure(p, "modern"), ("t_curious", {}), ("t_sampling", {}))
    assert more["success"] and json.loads(more["content"])[0] == "7" and "decline" in more["content"], more
    assert "file:///" in more["content"], more
    assert not deep["success"] and "wants to be told more" in deep["error"], deep


def a_trusted_project_brings_servers(p):
    p.write(".mcp.json", json.dumps({"mcpServers": {"proj": {"command": sys.executable, "args": [SERVER],
                                                             "env": {"X": "${HOME}"}}}}))
    agent = p.write("b.yaml", "behaviors: [FileToolsBehavior]\n", p.top)
    m = p.playbook("turns:\n  - call: {tool: proj_echo, args: {text: hi}}\n  - say: done\n")
    assert p.mien("exec", "-m", m, "-a", agent, "go").returncode == 2
    code, ev, err = p.events("-m", m, "-a", agent, "--trust", "go")
    assert of(ev, "tool_result")[0]["result"]["content"] == "hi", (err, of(ev, "tool_result"))


def the_screen_lists_servers(p):
    agent = configure(p, params=", startup: eager")
    s = Screen(p, "-m", p.playbook("turns:\n  - say: hi\n"), "-a", agent, size=(120, 30))
    s.see("›")
    s.type("/mcp")
    s.keys("Enter")
    s.see("running", "9 tools", "231 tokens")
    s.type("/mcp restart nobody")
    s.keys("Enter")
    s.see('no MCP server "nobody" runs')
    s.type("/mcp restart t")
    s.keys("Enter")


def servers_of_others(p):
    """Reference servers, where npm is to bring them: make mcp-conformance."""
    npm = os.environ.get("MIEN_CLIENTS_INSTALL") and shutil.which("npm")
    where = os.path.join(p.top, "npm")
    if not npm or os.system(f"cd {p.top} && timeout 120 {npm} install --silent --no-fund --no-audit --prefix {where} "
                            "@modelcontextprotocol/server-everything @modelcontextprotocol/server-filesystem "
                            "@modelcontextprotocol/server-memory >/dev/null 2>&1") != 0:
        print("# skipped: the reference servers are brought by npm where MIEN_CLIENTS_INSTALL=1 asks for it")
        return
    bin = os.path.join(where, "node_modules/.bin")
    p.write("hello.txt", "from the file system\n")
    p.write("config.yaml", f"""mcp_servers:
  every: {{command: {bin}/mcp-server-everything, env: {{PATH: "${{PATH}}"}}}}
  files: {{command: {bin}/mcp-server-filesystem, args: [{p.ws}]}}
  memory: {{command: {bin}/mcp-server-memory}}
""", p.config)
    agent = p.write("n.yaml", "behaviors: [FileToolsBehavior]\n", p.top)
    (echo, read, graph), _ = go(p, agent, ("every_echo", {"message": "over"}),
                                ("files_read_text_file", {"path": os.path.join(p.ws, "hello.txt")}),
                                ("memory_read_graph", {}), timeout=120)
    assert "over" in echo["content"] and "from the file system" in read["content"] and graph["success"], (echo, read, graph)


def its_credentials_are_masked_everywhere(p):
    env, arg = "environment-value-1", "argument-value-1"
    agent = configure(p)
    p.write("config.yaml", f"mcp_servers:\n  t: {{command: {sys.executable}, args: [{SERVER}, --token, {arg}], "
                           f"env: {{SERVICE_TOKEN: {env}, MODE: production}}}}\n", p.config)
    for secret in (env, arg, base64.b64encode(f"u:{env}".encode()).decode()):
        (echo,), ev = go(p, agent, ("t_echo", {"text": f"it is {secret} in production"}))
        assert "[hidden]" in echo["content"] and "in production" in echo["content"], echo
        assert secret not in json.dumps(ev), [e for e in ev if secret in json.dumps(e)]
        for name in glob.glob(os.path.join(p.state, "**"), recursive=True):
            if os.path.isfile(name):
                with open(name, "rb") as f:
                    assert secret.encode() not in f.read(), name


def schemas_and_names_that_models_refuse(p):
    agent = configure(p, "shapes")
    p.server([{"calls": [{"name": "t_get_item", "args": {}}]}, {"say": "done"}])
    code, ev, err = p.events("-m", "m", "-a", agent, "go")
    tools = {t["function"]["name"]: t["function"]["parameters"] for t in p.requests()[-1]["body"]["tools"] if t["function"]["name"].startswith("t_")}
    assert code == 0 and all(len(n) <= 64 for n in tools), (tools, err)
    for name, s in tools.items():
        assert s["type"] == "object" and isinstance(s["properties"], dict) and not {"anyOf", "oneOf", "allOf", "$ref"} & set(s), (name, s)
    assert set(tools["t_any"]["properties"]) == {"a", "b"} and "required" not in tools["t_any"] and tools["t_any"]["description"].startswith("It. Arguments fit any of"), tools["t_any"]
    assert set(tools["t_all"]["properties"]) == {"a", "b"} and sorted(tools["t_all"]["required"]) == ["a", "b"], tools["t_all"]
    # Names that become equal stay apart; the one that is as it was keeps its own. The same twice is left out, and said.
    assert "t_get_item" in tools and sum(n.startswith("t_get_item") for n in tools) == 2 and sum(n.startswith("t_xxx") for n in tools) == 2, sorted(tools)
    assert of(ev, "tool_result")[0]["result"]["content"] == "called get_item"
    assert "t_twice" in tools and any("twice" in n["text"] for n in of(ev, "notice")), of(ev, "notice")


def a_server_asks_the_user(p):
    agent = configure(p, "forms")
    (r,), ev = go(p, agent, ("t_form", {}))
    assert json.loads(r["content"]) == {"action": "decline"} and any("declined" in n["text"] for n in of(ev, "notice")), r
    m = p.playbook("turns:\n  - call: {tool: t_form, args: {}}\n  - say: done\n")
    code, ev, err = p.events("-m", m, "-a", agent, "--ask", "first", "go")
    assert json.loads(of(ev, "tool_result")[0]["result"]["content"]) == {"action": "accept", "content": {"name": "Jo", "age": 30}}, (ev, err)
    for first, rest, want in (("y", {}, {"name": "Jo", "age": 30}),
                              ("a", {"name": ("t", "Bo"), "age": ("t", "7"), "hue": ("2", None), "ok": ("o", None), "tags": ("t", "a, b")},
                               {"name": "Bo", "age": 7, "hue": "blue", "ok": False, "tags": ["a", "b"]}),
                              ("a", {"name": ("d", None)}, {"name": "Jo"}), ("a", {}, None), ("n", {}, None)):
        x = subprocess.Popen([MIEN, "exec", "--json", "--ask", "stdin", "-m", m, "-a", agent, "go"], cwd=p.ws, env=p.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for line in x.stdout:
            e = json.loads(line)
            if e["type"] == "approval":
                about = e["title"].split(": ")[1]
                key, words = (first, None) if "Who are you" in e["title"] else rest.get(about, ("n", None))
                x.stdin.write(json.dumps({"id": e["id"], "choice": key, "text": words}).encode() + b"\n")
                x.stdin.flush()
            if e["type"] == "tool_result":
                told = json.loads(e["result"]["content"])
                assert told == ({"action": "accept", "content": want} if want else {"action": "decline"}), (first, told)
        x.stdin.close()
        x.stdout.close()
        assert x.wait(30) == 0
    (more,), _ = go(p, configure(p, "modern"), ("t_curious", {}))
    assert json.loads(more["content"])[1]["who"] == {"action": "decline"}, more


def a_stream_that_breaks_off_goes_on(p):
    for how in (["breaks"], ["breaks", "twice"]):
        (echo,), ev = go(p, web(p, *how), ("w_echo", {"text": "at last"}))
        assert echo.get("content") == "at last", (how, echo)
    # One that never goes on is given up.
    (none,), ev = go(p, web(p, "breaks", "never"), ("w_echo", {"text": "x"}))
    assert not none["success"], none


def a_session_is_given_back(p):
    agent = web(p, "tells_end")
    go(p, agent, ("w_echo", {"text": "x"}))
    assert p.read("ended") == "s-1", p.read("ended")


def logs_in(place, *how):
    """A server that wants a login; the agent, and a browser whose user agrees."""
    x = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests/servers/oauth_server.py"), *how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=place.top)
    place.closers.append(lambda: (x.stdin.close(), x.wait(10), x.stdout.close()))
    port = int(x.stdout.readline())
    place.write("config.yaml", f"mcp_servers: {{o: {{url: 'http://127.0.0.1:{port}/mcp'}}}}\n", place.config)
    browser = place.write("browser", f"#!{sys.executable}\nimport sys, urllib.request\nurllib.request.urlopen(sys.argv[1], timeout=20).read()\n", place.top)
    os.chmod(browser, 0o755)
    for f in ("tokens.yaml", "tokens.yaml.lock"):
        if os.path.exists(os.path.join(place.config, f)):
            os.remove(os.path.join(place.config, f))
    if os.path.exists(place.top + "/oauth.jsonl"):
        os.remove(place.top + "/oauth.jsonl")
    return place.write("o.yaml", "behaviors:\n  - FileToolsBehavior\n  - CommandToolsBehavior\n  - type: McpToolsBehavior\n    params: {server: o}\n", place.top), {"BROWSER": browser}


def asked_of(place):
    with open(place.top + "/oauth.jsonl", encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def a_login_is_kept_shown_and_hidden(p):
    agent, env = logs_in(p)
    (none,), ev = go(p, agent, ("o_secret", {}))
    assert any("mien mcp login o" in n["text"] for n in of(ev, "notice")), of(ev, "notice")
    r = p.mien("mcp", "login", "o", env=env)
    assert r.returncode == 0 and b"logged in to o: it offers 1 tools" in r.stdout, r
    told = {a["at"]: a for a in asked_of(p)}
    assert told["register"]["redirect_uris"][0].startswith("http://127.0.0.1:") and "refresh_token" in told["register"]["grant_types"], told
    assert told["authorize"]["code_challenge_method"] == "S256" and told["authorize"]["scope"] == "read" and told["authorize"]["resource"].endswith("/mcp"), told
    tokens = os.path.join(p.config, "tokens.yaml")
    assert os.stat(tokens).st_mode & 0o777 == 0o600
    with open(tokens, encoding="utf-8") as f:
        kept = f.read()
    assert "access-token-0-of-the-test" in kept, kept
    (r, cat, read), ev = go(p, agent, ("o_secret", {}), ("run_bash", {"command": f"cat {tokens}"}), ("read_file", {"path": tokens}))
    assert r["content"].startswith("shown to ") and "access-token" not in json.dumps(ev), r
    assert not read["success"] and "refresh-token" not in json.dumps(cat), (read, cat)
    assert b"(logged in)" in p.mien("mcp").stdout and b"let in by o" in p.mien("mcp", "login", "o", env=env).stdout
    assert p.mien("mcp", "logout", "o").returncode == 0 and b"(logged in)" not in p.mien("mcp").stdout
    assert b"no login" in p.mien("mcp", "logout", "o").stdout
    for args in (["mcp", "login"], ["mcp", "login", "nobody"], ["mcp", "fly"]):
        assert p.mien(*args).returncode == 2, args


def a_login_is_renewed(p):
    agent, env = logs_in(p, "expires")
    assert p.mien("mcp", "login", "o", env=env).returncode == 0
    results, _ = go(p, agent, ("o_secret", {}), ("o_secret", {}), ("o_secret", {}))
    assert all(r["success"] for r in results), results
    assert [a["grant_type"] for a in asked_of(p) if a["at"] == "token"] == ["authorization_code", "refresh_token", "refresh_token"], asked_of(p)
    agent, env = logs_in(p, "keeps_none")
    assert p.mien("mcp", "login", "o", env=env).returncode == 0
    (first, second), _ = go(p, agent, ("o_secret", {}), ("o_secret", {}))
    assert first["success"] and not second["success"] and "mien mcp login o" in second["error"], (first, second)


def a_login_that_leads_elsewhere_is_refused(p):
    for how, why in (("moved", "redirects elsewhere"), ("nopkce", "PKCE"), ("liar", "liar.example"), ("foreign", "not its address"),
                     ("outside", "192.0.2.1"), ("refused", "the user said no")):
        _, env = logs_in(p, how)
        r = p.mien("mcp", "login", "o", env=env)
        assert r.returncode == 2 and why in r.stderr.decode(), (how, r)
        assert not os.path.exists(os.path.join(p.config, "tokens.yaml")), how
        assert how not in ("nopkce", "liar", "foreign", "outside") or not os.path.exists(p.top + "/oauth.jsonl"), how
    _, env = logs_in(p, "wrongstate")
    assert p.mien("mcp", "login", "o", env=env).returncode == 0
    assert [a["status"] for a in asked_of(p) if a["at"] == "guessed"] == [400], asked_of(p)


class Served:
    """mien mcp serve, driven as a program would."""

    def __init__(self, p, *args):
        self.x = subprocess.Popen([MIEN, "mcp", "serve", *args], cwd=p.ws, env=p.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.seen = []

    def send(self, **m):
        self.x.stdin.write(json.dumps({"jsonrpc": "2.0", **m}).encode() + b"\n")
        self.x.stdin.flush()

    def answer(self, number):
        for line in self.x.stdout:
            m = json.loads(line)
            self.seen.append(m)
            if m.get("id") == number:
                return m
        raise AssertionError("it ended")

    def call(self, number, method, **params):
        self.send(id=number, method=method, params=params)
        return self.answer(number)


def agents_are_tools_for_other_programs(p):
    m = p.playbook("turns:\n  - call: {tool: write_file, args: {path: a.txt, content: b}}\n  - call: {tool: run_bash, args: {command: cat a.txt}}\n  - say: written\n", "inner.yaml")
    s = Served(p, "-m", m)
    first = s.call(1, "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "t", "version": "1"})["result"]
    assert first["protocolVersion"] == "2025-06-18" and first["capabilities"] == {"tools": {}}, first
    s.send(method="notifications/initialized")
    tools = {t["name"]: t for t in s.call(2, "tools/list")["result"]["tools"]}
    assert tools["task_executor"]["inputSchema"]["required"] == ["goal"], tools
    r = s.call(3, "tools/call", name="task_executor", arguments={"goal": "write"}, _meta={"progressToken": "p"})["result"]
    assert r["content"][0]["text"] == "written" and not r["isError"] and p.read("a.txt") == "b", r
    assert any(m.get("method") == "notifications/progress" and m["params"]["progressToken"] == "p" and "write_file" in m["params"]["message"] for m in s.seen), s.seen
    again = s.call(4, "tools/call", name="task_executor", arguments={"goal": "more", "session": r["structuredContent"]["session"]})["result"]
    assert again["structuredContent"]["session"] == r["structuredContent"]["session"], again
    for number, params, code in ((5, {"name": "nobody", "arguments": {"goal": "x"}}, -32602), (6, {"name": "task_executor", "arguments": {}}, -32602)):
        assert s.call(number, "tools/call", **params)["error"]["code"] == code
    assert s.call(7, "resources/list")["error"]["code"] == -32601 and s.call(8, "ping")["result"] == {}
    gone = s.call(9, "tools/call", name="task_executor", arguments={"goal": "x", "session": "20200101-000000-ffffff"})["result"]
    assert gone["isError"], gone
    modern = s.call(10, "server/discover", _meta={"io.modelcontextprotocol/protocolVersion": "2026-07-28"})["result"]
    assert modern["supportedVersions"] == ["2026-07-28"] and modern["resultType"] == "complete", modern
    s.x.stdin.close()
    assert s.x.wait(30) == 0
    # mien is a client of it too.
    agent = p.write("m.yaml", "system_prompt: x\nbehaviors:\n  - type: McpToolsBehavior\n    params: {server: m}\n", p.top)
    p.write("config.yaml", "mcp_servers: {m: {command: %s, args: %s, env: {MIEN_STATE_DIR: %s/inner, MIEN_CONFIG_DIR: %s/none}}}\n" % (
        MIEN, json.dumps(["mcp", "serve", "-m", m]), p.top, p.top), p.config)
    (r,), _ = go(p, agent, ("m_task_executor", {"goal": "write"}))
    assert r["content"] == "written" and r["structured"]["status"] == "complete", r


def a_served_goal_can_be_taken_back(p):
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: 'touch here; sleep 600'}}\n  - say: over\n")
    s = Served(p, "-m", m)
    s.send(id="a", method="tools/call", params={"name": "task_executor", "arguments": {"goal": "go"}})
    wait_for("it runs", lambda: os.path.exists(p.ws + "/here"))
    s.send(method="notifications/cancelled", params={"requestId": "a"})
    assert s.call(2, "ping")["result"] == {} and not any(x.get("id") == "a" for x in s.seen)
    s.x.stdin.close()
    assert s.x.wait(30) == 0


def prompts_and_resources(p):
    agent = configure(p, "words")
    p.server([{"say": "first"}, {"say": "second"}, {"say": "third"}])
    x = subprocess.Popen([MIEN, "exec", "--json", "--input-format", "stream-json", "-m", "m", "-a", agent], cwd=p.ws, env=p.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(kind, **request):
        x.stdin.write(json.dumps(request).encode() + b"\n")
        x.stdin.flush()
        for line in x.stdout:
            e = json.loads(line)
            if e["type"] == kind:
                return e
        raise AssertionError("it ended")

    # A resource before any goal started the servers: one is started for it.
    assert ask("result", request="submit", text="look at @t:mem://notes, me@t:x and @nobody:mem://notes")["answer"] == "first"
    said = p.requests()[-1]["body"]["messages"][-1]["content"]
    assert "@t:mem://notes:" in said and "the sea is ```blue```" in said and "````" in said and "[not text" in said and said.count("the sea") == 1, said
    assert "/t:review file [how]" in ask("report", request="report", report="mcp", argument="prompts")["text"]
    assert "@t:mem://notes" in ask("report", request="report", report="mcp", argument="resources")["text"]
    assert ask("result", request="prompt", name="t:review", words="a.c with all care")["answer"] == "second"
    assert 'Review {"file": "a.c", "how": "with all care"}' in p.requests()[-1]["body"]["messages"][-1]["content"]
    assert ask("result", request="prompt", name="t:review", words="how=fast file=b.c")["answer"] == "third"
    assert 'Review {"how": "fast", "file": "b.c"}' in p.requests()[-1]["body"]["messages"][-1]["content"]
    for name, words, why in (("t:review", "", "needs file"), ("t:nothing", "", "no prompt"), ("x:review", "", "no MCP server")):
        assert why in ask("error", request="prompt", name=name, words=words)["text"], name
    x.stdin.close()
    x.stdout.read()
    x.stdout.close()
    assert x.wait(30) == 0
    p.server([{"say": "x"}])
    code, ev, _ = p.events("-m", "m", "-a", agent, "see @t:mem://none")
    assert code == 0 and any("no such resource" in n["text"] for n in of(ev, "notice")), of(ev, "notice")


def a_server_asks_the_model(p):
    agent = configure(p, "forms")
    (r,), _ = go(p, agent, ("t_think", {}))
    assert "did not allow" in r["content"], r
    p.server([{"calls": [{"name": "t_think", "args": {}}]}, {"say": "salt water"}, {"calls": [{"name": "t_think", "args": {}}]}, {"say": "water"}, {"say": "done"}])
    x = subprocess.Popen([MIEN, "exec", "--json", "--ask", "stdin", "-m", "m", "-a", agent, "go"], cwd=p.ws, env=p.env(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    asked, results = [], []
    for line in x.stdout:
        e = json.loads(line)
        if e["type"] == "approval":
            asked.append(e["title"] + e["detail"])
            x.stdin.write(json.dumps({"id": e["id"], "choice": "s"}).encode() + b"\n")
            x.stdin.flush()
        if e["type"] == "tool_result":
            results.append(json.loads(e["result"]["content"]))
    x.stdin.close()
    x.stdout.close()
    assert x.wait(30) == 0 and len(asked) == 1 and "What is the sea?" in asked[0], asked
    assert [r["content"]["text"] for r in results] == ["salt water", "water"] and results[0]["role"] == "assistant" and results[0]["model"] == "m", results
    assert "Be brief." in json.dumps(p.requests()[1]["body"]["messages"])


run(globals())
