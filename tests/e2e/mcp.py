"""Tools of MCP servers, through a goal; and servers that misbehave."""
import base64
import glob
import json
import os
import shutil
import subprocess
import sys

from lib import ROOT, Screen, of, run

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
    assert "image/png, 3000 bytes" in picture["content"] and "link to file:///x" in picture["content"], picture
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
    assert sampling["error"]["code"] == -32601, sampling


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
    # Every other call may meet the one that is just ending: it is not repeated, for it may have been done.
    assert [r.get("content") for r in results[::2]] == ["0", "2", "4"], results
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
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
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
    """Reference servers from npm, where npm can bring them."""
    npm = shutil.which("npm")
    where = os.path.join(p.top, "npm")
    if not npm or os.system(f"cd {p.top} && timeout 120 {npm} install --silent --no-fund --no-audit --prefix {where} "
                            "@modelcontextprotocol/server-everything @modelcontextprotocol/server-filesystem "
                            "@modelcontextprotocol/server-memory >/dev/null 2>&1") != 0:
        print("# skipped: npm cannot bring the reference servers here")
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


run(globals())
