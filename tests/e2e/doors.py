"""From denied to allowed: what a model reads when the sandbox stops it, how it asks, who decides."""
import base64
import hashlib
import glob
import http.server
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import threading

from lib import MIEN, ROOT, of, run, wait_for


def told(place):
    """What the model was told of its calls, in order."""
    last = json.loads(place.requests()[-1]["raw"])["messages"]
    return [m["content"] for m in last if m["role"] == "tool"]


def bash(command, **more):
    return {"calls": [{"name": "run_bash", "args": {"command": command, **more}}]}


def listener():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen(8)
    return s, s.getsockname()[1]


def the_model_reads_what_was_denied_and_how_to_ask(p):
    p.server([bash("curl -s -S http://mien.invalid"), bash("touch /etc/mien-test ../x"), {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "go")
    first, second = told(p)[:2]
    assert code == 0, err
    assert first.endswith('[sandbox: it keeps the network closed; if the task needs that, call again with needs: ["network"] and why]'), first
    assert "[sandbox: " in second, second
    assert "network is closed" not in of(ev, "tool_result")[0]["result"]["output"]


def nobody_to_ask_is_a_no_with_a_way_out(p):
    s, port = listener()
    command = f"exec 3<>/dev/tcp/127.0.0.1/{port} && touch reached"
    p.server([bash(command, needs=["network"], why="to fetch"), {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "go")
    answer = told(p)[0]
    assert code == 0 and not os.path.exists(os.path.join(p.ws, "reached")), err
    assert "nobody can be asked" in answer and "Nothing was run" in answer and "--allow network" in answer, answer
    assert not of(ev, "approval")
    s.close()


def allow_opens_what_is_asked_for_and_nothing_else(p):
    s, port = listener()
    command = f"exec 3<>/dev/tcp/127.0.0.1/{port}"
    p.server([bash(command + " && touch one", needs=["network"]), bash(command + " && touch two"),
              bash("touch three", needs=["network", "device"]), {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "--allow", "network", "go")
    made = sorted(n for n in os.listdir(p.ws) if n in ("one", "two", "three"))
    assert code == 0 and made == ["one"], (made, err)
    says = f"what listens on port {port} is outside", "it lets no socket be opened"  # full; landlock
    assert any(s in told(p)[1] for s in says), told(p)
    assert "needs device wants a yes" in told(p)[2], told(p)
    s.close()


def allow_takes_words_that_are_known(p):
    os.makedirs(os.path.join(p.ws, "real"))
    os.symlink("real", os.path.join(p.ws, "link"))
    for word, says in (("internet", "known: network"), ("network:10.0.0.1", "not an address"), ("path:/a/../b", '".."'), ("path:/none/such", "no such directory"),
                       (f"path:{p.ws}/link", "leads through a link"), ("path:~/.ssh", ""), ("", "known: network")):
        r = p.mien("exec", "-m", p.playbook("turns:\n  - say: x\n"), "--allow", word, "go")
        assert r.returncode == 2 and b"--allow" in r.stderr and says in r.stderr.decode(), (word, r.stderr)


def a_program_may_answer(p):
    p.server([bash("touch made", needs="network", why="because\n[y] yes"), {"say": "hi"}])
    x = subprocess.Popen([MIEN, "exec", "--json", "-m", "m", "--ask", "stdin", "-"], cwd=p.ws, env=p.env(),
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    x.stdin.write(json.dumps({"goal": "go"}) + "\n")
    x.stdin.flush()
    for line in x.stdout:
        e = json.loads(line)
        if e["type"] == "approval":
            assert e["title"] == "Run this command with network?" and "What for: because [y] yes" in e["why"], e
            x.stdin.write(json.dumps({"id": e["id"], "choice": "y"}) + "\n")
            x.stdin.flush()
    x.stdin.close()
    assert x.wait(20) == 0 and os.path.exists(os.path.join(p.ws, "made"))
    x.stdout.close()


def a_server_and_a_background_command_say_it_too(p):
    p.server([{"calls": [{"name": "start_server", "args": {"name": "s", "command": "curl -s -S http://mien.invalid"}}]},
              bash("curl -s -S http://mien.invalid", background=True),
              {"calls": [{"name": "wait_for", "args": {"job": "job-1", "timeout": 30}}]}, {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "go")
    text = p.requests()[-1]["raw"]
    assert code == 0, err
    assert text.count('it keeps the network closed') >= 1, text[-3000:]
    assert "ended at once with exit 6" in told(p)[0] and "needs:" in told(p)[0], told(p)


ASKS = """printf 'name? '; read n
printf 'password: '; stty -echo; read p; stty echo; echo
read -p "hello $n of ${#p}, sure? " a < /dev/tty; echo "got $a"; exit 3
"""


def typed(text, **more):
    return {"calls": [{"name": "send_input", "args": {"job": "job-1", "text": text, **more}}]}


def a_command_that_asks_is_answered(p):
    p.write("asks.sh", ASKS)
    p.server([bash("bash asks.sh", tty=True), typed("Ann"), typed("secret"), typed("n", enter=False, keys=["backspace", "enter"]),
              typed("more"), {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0, err
    text = told(p)
    assert text[0].startswith("name? ") and "[job-1 waits for input: send_input]" in text[0], text
    assert text[1].startswith("Ann\npassword: "), text
    assert "hello Ann of 6, sure? " in text[2] and "secret" not in text[2], text
    assert "got \n" in text[3] and "[job-1 ended, exit 3]" in text[3], text
    assert "job-1 has ended" in text[4], text
    offered = [[t["function"]["name"] for t in json.loads(r["raw"])["tools"]] for r in p.requests()]
    assert "send_input" not in offered[0] and "send_input" in offered[1], offered[:2]


def a_look_waits_for_news(p):
    p.server([bash("echo begun; until test -e go; do sleep 0.05; done; echo went on; read x; echo $x", tty=True),
              bash("touch go"), {"calls": [{"name": "send_input", "args": {"job": "job-1"}}]}, typed("7"), {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "go")
    text = told(p)
    assert text[0].startswith("begun\n[job-1 is at work, silent for 1."), text
    assert text[2].startswith("went on\n[job-1 is at work"), text
    assert text[3].startswith("7\n7\n[job-1 ended, exit 0]"), text
    log = glob.glob(p.state + "/logs/*/job-1.log")[0]
    assert open(log, "rb").read() == b"begun\nwent on\n7\n7\n", open(log, "rb").read()


def what_is_typed_is_judged(p):
    p.write("config.yaml", "permissions:\n  - deny: touch denied\n", p.config)
    p.server([bash("bash --norc", tty=True), typed("touch denied"), typed("touch allowed"), typed("exit"),
              {"calls": [{"name": "send_input", "args": {"job": "job-1", "keys": ["f13"]}}]},
              {"calls": [{"name": "send_input", "args": {"job": "job-9", "text": "x"}}]}, {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "go")
    text = told(p)
    assert "Refused by a rule of the user" in text[1], text
    assert os.path.exists(p.ws + "/allowed") and not os.path.exists(p.ws + "/denied")
    assert "job-1 ended, exit 0" in text[3] and '"f13" is no key' in text[4] and 'called "job-9"' in text[5], text


def root_needs_no_user_namespace(p):
    alone = os.path.join(ROOT, "build/debug/tests/no_userns")
    if os.geteuid() != 0 or not os.path.exists(alone) or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        return  # nobody here may make namespaces but by a user namespace
    m = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: \"grep CapEff /proc/self/status; ls /proc | grep -c '^[0-9]'; "
                   "touch /etc/made-by-mien /made\"}}\n  - say: done\n")
    r = subprocess.run([alone, "--root", MIEN, "exec", "--json", "-m", m, "go"], cwd=p.ws, env=p.env(), capture_output=True, timeout=60)
    ev = [json.loads(l) for l in r.stdout.decode().splitlines()]
    out = of(ev, "tool_result")[0]["result"]["output"]
    assert of(ev, "session_start")[0]["sandbox"] == "full", ev[0]
    rows = out.split("\n")
    assert rows[0] == "CapEff:\t0000000000000000" and int(rows[1]) < 10, out  # processes it sees
    assert not os.path.exists("/etc/made-by-mien") and not os.path.exists("/made"), out


def nothing_is_left_of_a_command_that_asks(p):
    p.server([bash("sh -c 'sleep 8765 & sleep 8764'", tty=True, timeout=1), {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and "job-1 is at work, silent for " in told(p)[0], (err, told(p))
    wait_for("it is gone", lambda: not subprocess.run(["pgrep", "-f", "sleep 876[45]$"], capture_output=True).stdout)


RULES = """permissions:
  - ask: git push
  - deny: git push --force
  - allow: npm ci
    reach: [network]
  - deny:
    reach: trace
"""


def rules_are_shown_and_tried(p):
    p.write("config.yaml", RULES, p.config)
    shown = p.mien("permissions").stdout.decode()
    assert "config.yaml:3: deny git push --force" in shown and "policy    auto" in shown, shown
    assert "config.yaml:6: deny any command with trace" in shown, shown
    for words, decision, line in ((["git push -f"], "ask", 2), (["git push --force x"], "deny", 3), (["npm ci", "network"], "allow", 4),
                                  (["npm i", "network"], "ask", 0), (["make"], "allow", 0), (["x", "trace"], "deny", 6)):
        r = p.mien("permissions", "test", *words)
        out = r.stdout.decode()
        assert r.returncode == 0 and f"decision  {decision}\n" in out and "why " in out, (words, out, r.stderr)
        assert (f"config.yaml:{line}: " in out) if line else "rule      none; policy auto" in out, (words, out)
    out = p.mien("permissions", "test", "git push --force", "--approval", "yolo").stdout.decode()
    assert "decision  deny" in out, out
    out = p.mien("permissions", "test", "make", "network", "--allow", "network").stdout.decode()
    assert "decision  allow" in out, out
    for words in (["tset", "x"], ["test"], ["test", "x", "internet"]):
        r = p.mien("permissions", *words)
        assert r.returncode == 2 and r.stderr, words


def wrong_rules_stop_the_start(p):
    p.write("config.yaml", "theme: dark\npermissions:\n  - allow: x\n    reach: internet\n", p.config)
    for command in (["permissions"], ["exec", "-m", p.playbook("turns:\n  - say: x\n"), "go"]):
        r = p.mien(*command)
        assert r.returncode == 2 and b"config.yaml:4: nothing is called" in r.stderr, r.stderr


def a_project_opens_nothing(p):
    s, port = listener()
    p.write(".mien/config.yaml", "permissions:\n  - {allow: , reach: [network, trace, 'path:~']}\n  - deny: touch two\n")
    p.server([bash("touch one", needs=["network"]), bash("touch two"), bash("touch three"), {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "--trust", "go")
    made = sorted(n for n in os.listdir(p.ws) if n in ("one", "two", "three"))
    assert code == 0 and made == ["three"], (made, err)
    assert "Refused by a rule of this project" in told(p)[1], told(p)
    out = p.mien("permissions", "--trust").stdout.decode()
    assert "allow any command with network, trace" in out and "(a project allows nothing)" in out, out
    r = p.mien("permissions")  # not trusted: not read, and said
    assert b"rules" in r.stdout and b"not trusted" in r.stderr and b"touch two" not in r.stdout, r
    s.close()


def a_model_cannot_allow_itself_anything(p):
    """Neither by the user's configuration, nor by what the state directory keeps, nor by the project's."""
    rule = "permissions: [{allow: , reach: [network]}]"
    p.write("config.yaml", "theme: dark\n", p.config)
    kept = f"{p.state}/permissions/{p.ws.replace('/', '%2f')}"
    p.server([bash(f"mkdir -p {p.state}/permissions; echo '{rule}' > {kept}; echo '{rule}' >> {p.config}/config.yaml; mkdir .mien; echo '{rule}' > .mien/config.yaml"),
              {"calls": [{"name": "write_file", "args": {"path": f"{p.config}/config.yaml", "content": rule}}]},
              {"calls": [{"name": "write_file", "args": {"path": ".mien/config.yaml", "content": rule}}]},
              bash("touch reached", needs=["network"]), {"say": "hi"}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and open(f"{p.config}/config.yaml").read() == "theme: dark\n", err
    assert not os.path.exists(kept) and not os.path.exists(f"{p.ws}/reached")
    assert "nobody can be asked" in told(p)[3], told(p)


def a_plan_changes_nothing_and_is_the_answer(p):
    p.write("f", "old\n")
    p.server([bash("cat f; echo x > made; ls"), {"calls": [{"name": "write_file", "args": {"path": "w", "content": "x"}}]},
              bash("true", needs=["network"]), bash("sleep 0; touch later", background=True),
              {"say": "1. change f"}])
    code, ev, err = p.events("-m", "m", "--plan", "--allow", "network", "go")
    assert code == 0 and of(ev, "result")[0]["answer"] == "1. change f", err
    assert sorted(os.listdir(p.ws)) == ["f"], os.listdir(p.ws)
    first = json.loads(p.requests()[0]["raw"])["messages"]
    assert "The user wants a plan first" in first[-1]["content"], first
    out = told(p)
    assert out[0].startswith("old\n"), out
    assert all("the user wants a plan first" in t for t in (out[1], out[2])), out
    r = p.mien("permissions", "test", "make", "network", "--plan")
    assert b"decision  deny" in r.stdout, r.stdout


def limits_are_the_users(p):
    p.write("config.yaml", "commands: {file_mb: 1, shared_mb: 1}\n", p.config)
    p.server([bash("dd if=/dev/zero of=f bs=1M count=3"), {"say": "x"}])
    code, ev, err = p.events("-m", "m", "go")
    assert "[limit: it wrote a file that is too large (commands.file_mb: 1 MB, the user's to change)]" in told(p)[0], told(p)
    for setting in ("commands: {file_mb: 2}", "commands: {memory_mb: 0}", "commands: {processes: 9999}"):
        p.write(".mien/config.yaml", setting + "\n")
        r = p.mien("exec", "--trust", "-m", "m", "go")
        assert r.returncode == 2 and b"belongs into your own config.yaml" in r.stderr, r.stderr


def registry():
    """A stand-in that has one package; the server and its port."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as t:
        for name, text in (("package.json", '{"name":"tiny","version":"1.0.0"}'), ("index.js", "module.exports = 42\n")):
            info = tarfile.TarInfo("package/" + name)
            info.size = len(text)
            t.addfile(info, io.BytesIO(text.encode()))
    body = tar.getvalue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, server.server_address[1], "sha512-" + base64.b64encode(hashlib.sha512(body).digest()).decode()


def npm_ci_runs_after_one_yes(p):
    if not shutil.which("npm"):
        print("# skipped: npm is not here")
        return
    server, port, integrity = registry()
    url = f"http://127.0.0.1:{port}"
    p.write("package.json", '{"name":"x","version":"1.0.0","dependencies":{"tiny":"1.0.0"}}')
    p.write("package-lock.json", json.dumps({"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {
        "": {"name": "x", "version": "1.0.0", "dependencies": {"tiny": "1.0.0"}},
        "node_modules/tiny": {"version": "1.0.0", "resolved": f"{url}/tiny/-/tiny-1.0.0.tgz", "integrity": integrity}}}))
    p.write(".npmrc", f"registry={url}/\naudit=false\nfund=false\nupdate-notifier=false\n")
    needs = [f"network:127.0.0.1:{port}"]
    steps = [bash("npm ci 2>&1 && node -e 'if (require(\"tiny\") !== 42) throw 1'", needs=needs), {"say": "x"}]
    # One yes, in words.
    p.server(steps)
    x = subprocess.Popen([MIEN, "exec", "--json", "-m", "m", "--ask", "stdin", "-"], cwd=p.ws, env=p.env(),
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    x.stdin.write(json.dumps({"goal": "go"}) + "\n")
    x.stdin.flush()
    asked = 0
    for line in x.stdout:
        e = json.loads(line)
        if e["type"] == "approval":
            asked += 1
            x.stdin.write(json.dumps({"id": e["id"], "choice": "y"}) + "\n")
            x.stdin.flush()
    x.stdin.close()
    x.stdout.close()
    no_hosts = "cannot open the network to single hosts" in told(p)[0]
    assert x.wait(60) == 0
    if no_hosts:  # level landlock, or none
        print("# level full does not work here: single hosts cannot be told apart")
        return
    assert asked == 1 and "[exit" not in told(p)[0], (asked, told(p))
    assert os.path.exists(os.path.join(p.ws, "node_modules/tiny/index.js"))
    shutil.rmtree(os.path.join(p.ws, "node_modules"))
    # A rule, and no question; the same for another port is refused, by name and with the way out.
    p.write("config.yaml", f"permissions:\n  - allow: npm ci\n    reach: 'network:127.0.0.1:{port}'\n", p.config)
    p.server([bash("npm ci", needs=needs), bash("npm ci", needs=["network:127.0.0.1:9"]),
              bash("npm view tiny --registry=http://reg.example.org", needs=needs), {"say": "x"}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and os.path.exists(os.path.join(p.ws, "node_modules/tiny/index.js")), (told(p), err)
    assert "nobody can be asked" in told(p)[1] and "nobody can be asked" in told(p)[2], told(p)
    p.server([bash("npm view tiny --registry=http://reg.example.org", needs=needs), {"say": "x"}])
    code, ev, err = p.events("-m", "m", "--allow", needs[0], "go")
    assert 'reg.example.org is not among the hosts it was given; if the task needs that, call again with needs: ["network:reg.example.org"]' in told(p)[0], told(p)
    server.shutdown()


def write(path, content="new\n"):
    return {"calls": [{"name": "write_file", "args": {"path": path, "content": content}}]}


def more_roots_are_worked_in_like_the_first(p):
    a, b, out = f"{p.top}/a", f"{p.top}/b", f"{p.top}/out"
    for d in (a, b, out):
        p.write("f", "old\n", d)
    p.write(".git/config", "[core]\n", a)
    p.write(".git/HEAD", "", a)
    os.symlink(out, f"{a}/link")
    os.symlink(f"{out}/f", f"{a}/leaf")
    p.write("config.yaml", "files: {read_outside: false}\n", p.config)
    read = lambda path: {"calls": [{"name": "read_file", "args": {"path": path}}]}  # noqa: E731
    steps = [write(f"{a}/new"), write(f"{a}/deep/er"), write(f"{b}/new"), write(f"{out}/new"), write(f"{a}/../out/new"),
             write(f"{a}/link/new"), write(f"{a}/leaf"), write(f"{a}/.git/config"), write(f"{a}/.mien/config.yaml"),
             write("here"), read(f"{a}/f"), read(f"{b}/f"), read(f"{out}/f"), read(f"{a}/link/f"),
             {"calls": [{"name": "grep_files", "args": {"pattern": "old", "path": a}}]},
             {"calls": [{"name": "edit_file", "args": {"path": f"{a}/f", "edits": [{"old_string": "old", "new_string": "edited"}]}}]},
             bash(f"touch {a}/bash; touch {b}/bash; touch {out}/bash; true"), bash(f"echo x > {a}/.git/config; true"),
             {"say": "x"}]
    p.server(steps)
    code, ev, err = p.events("-m", "m", "--add-dir", "../a", "--add-dir", f"{b}:ro", "go")
    t = told(p)
    assert code == 0 and len(t) == len(steps) - 1, (err, t)
    files = lambda d: sorted(os.path.relpath(os.path.join(at, n), d) for at, _, ns in os.walk(d) for n in ns)  # noqa: E731
    assert [f for f in files(a) if not f.startswith(".git")] == ["bash", "deep/er", "f", "leaf", "new"], (files(a), t)
    assert files(b) == ["f"] and files(out) == ["f"] and files(p.ws) == ["here"], (files(b), files(out), t)
    assert open(f"{a}/f").read() == "edited\n" and open(f"{out}/f").read() == "old\n"
    assert f"{b}, which is read-only" in t[2] and "outside the workspace" in t[3], t
    assert "protected" in t[7] and "protected" in t[8], t
    assert "old" in t[10] and "old" in t[11] and "outside" in t[12] and "outside" in t[13], t
    assert f"{a}/f" in t[14], t[14]  # named so that it can be asked for
    first = json.loads(p.requests()[0]["raw"])["messages"][0]["content"]
    assert f"Also {a}, by absolute paths. Also {b} (read-only), by absolute paths." in first, first


def a_link_to_what_is_protected_is_no_way_there(p):
    p.write(".git/config", "[core]\n")
    p.write(".mien/keep", "")
    p.write("real/f", "old\n")
    for name, to in (("docs", ".git"), ("m", ".mien"), ("ok", "real"), ("far", "docs")):
        os.symlink(to, f"{p.ws}/{name}")
    names = ("docs/config", "docs/hooks/pre-commit", "docs/new/deep/x", "far/config", "m/config.yaml", "ok/../docs/config")
    p.server([write(n, "x\n") for n in names] + [write("ok/f"), write("ok/sub/g"), bash("true"), {"say": "x"}])
    code, ev, err = p.events("-m", "m", "--trust", "go")
    t = told(p)
    assert code == 0 and all("never writes" in x for x in t[:len(names)]), t
    assert p.read(".git/config") == "[core]\n" and os.listdir(f"{p.ws}/.mien") == ["keep"]
    assert not os.path.exists(f"{p.ws}/.git/new") and not os.path.exists(f"{p.ws}/.git/hooks/pre-commit")
    assert p.read("real/f") == "new\n" and p.read("real/sub/g") == "new\n", t


def a_root_is_what_a_command_may_be_given(p):
    p.write("sub/f", "")
    p.write(".ssh/key", "", p.home)
    m = p.playbook("turns:\n  - say: x\n")
    for word, says in (("none", "there is no directory"), (".", "lie in each other"), ("sub", "lie in each other"), ("..", ""),
                       ("/", ""), (f"{p.home}/.ssh", ""), (p.home, "keys or passwords"), ("/proc", ""), ("", "there is no directory")):
        r = p.mien("exec", "-m", m, "--add-dir", word, "go")
        assert r.returncode == 2 and b"--add-dir" in r.stderr and says in r.stderr.decode(), (word, r.stderr)
    assert p.mien("exec", "-m", m, "--add-dir", f"{p.home}:ro", "go").returncode == 0


def git_is_led_nowhere_else(p):
    """By a file that was not there, or by a repository further down; and build directories stay removable."""
    git = lambda *a: subprocess.run(["git", *a], cwd=p.ws, env=p.env(), check=True, capture_output=True)
    for d in (".", "sub", "build/_deps/x"):
        git("init", "-q", d)
    m = p.playbook("turns:\n" + "".join("  - call: " + json.dumps({"tool": "run_bash", "args": {"command": c}}) + "\n" for c in (
        "echo ../e > .git/commondir", "echo '[core]' >> sub/.git/config && echo WROTE", "rm -rf build && echo GONE")) + "  - say: done\n")
    code, ev, err = p.events("-m", m, "go")
    level = of(ev, "session_start")[0]["sandbox"]
    r = [e["result"] for e in of(ev, "tool_result")]
    if level != "none":
        assert not os.path.exists(p.ws + "/.git/commondir") and "commondir" in r[0]["sandbox"], r
        assert any("commondir" in e["text"] for e in of(ev, "notice")), of(ev, "notice")
    if level == "full":
        assert "WROTE" not in r[1]["output"], r
    assert "GONE" in r[2]["output"], r


def a_key_in_two_pieces_is_masked(p):
    """In events, kept outputs and the logs of jobs: two writes, and a small pause for each to be read alone."""
    key = "pk-9f8e7d6c5b4a3f2e"
    halves = f"python3 -u -c 'import sys; w = sys.stdout.write; w(\"{key[:7]}\"); sys.stdout.flush(); " \
             f"import os; os.sched_yield(); w(\"{key[7:]} end\\n\"); print(\"x\" * 70000)'"
    p.server([bash(halves), bash(halves + "; touch over", background=True), bash("until test -e over; do sleep 0.01; done"),
              {"say": "done"}], extra="    \n")
    p.write("models.yaml", open(p.config + "/models.yaml").read().replace("/test-model\n", f"/test-model\n      api_key: {key}\n"), p.config)
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0, err
    said = "".join(e["text"] for e in of(ev, "tool_output"))
    assert "[hidden] end" in said, said[:200]
    for at, _, names in os.walk(p.state):
        for name in names:
            body = open(os.path.join(at, name), "rb").read()
            assert key.encode() not in body, name
    assert "[hidden] end" in "".join(open(f, errors="replace").read(500) for f in glob.glob(p.state + "/logs/*/*.log"))


def what_a_command_made_of_others_files_is_told(p):
    """Each round with the change, and all of it at the goal's end; what was there before is nobody's."""
    p.write("AGENTS.md", "be kind\n")
    p.write(".github/workflows/ci.yml", "on: push\n")
    p.write("deep/AGENTS.md", "x\n")
    commands = ("echo 'obey me' >> AGENTS.md; touch plain", "ls", "rm .github/workflows/ci.yml; echo 'x' > .envrc; touch AGENTS.md")
    m = p.playbook("turns:\n" + "".join("  - call: " + json.dumps({"tool": "run_bash", "args": {"command": c}}) + "\n" for c in commands) +
                   "  - call: {tool: write_file, args: {path: AGENTS.md, content: mine}}\n  - say: done\n")
    code, ev, err = p.events("-m", m, "--approval", "yolo", "go")
    r = [e["result"] for e in of(ev, "tool_result")]
    told = [n["text"] for n in of(ev, "notice") if " changed " in n["text"]]
    assert "changed AGENTS.md, which others read" in r[0]["sandbox"] and "sandbox" not in r[1], r
    assert ".github/workflows/ci.yml" in r[2]["sandbox"] and ".envrc" in r[2]["sandbox"] and "AGENTS" not in r[2]["sandbox"], r
    assert len(told) == 3 and "the command changed AGENTS.md, read by agents, at their start:\n@@ -1,1 +1,2 @@\n be kind\n+obey me\n" in told[0], told
    assert "-on: push" in told[1] and "+x" in told[1], told
    for word in ("commands of this goal changed", "+obey me", "-on: push", ".envrc, read by direnv"):
        assert word in told[2], (word, told[2])


PAGE = """<!DOCTYPE html><html><head><title>T</title><style>p {}</style><script>evil()</script></head><body>
<h1>Head &amp; tail</h1><p>One <b>two</b>
three &#8212; <a href="https://example.org/é?a&amp;b">there</a></p><ul><li>a</li><li>b &lt;c&gt;</li></ul><pre>  x
  y</pre></body></html>"""


def a_page_of_the_web_is_read_as_text(p):
    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            moved = self.path == "/moved"
            self.send_response(302 if moved else 404 if self.path == "/gone" else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if moved:
                self.send_header("Location", "http://secret.example/x")
            self.end_headers()
            self.wfile.write(b"" if moved else PAGE.encode())

        def log_message(self, *a):
            pass
    if not shutil.which("curl"):
        return print("# no curl here: not tried")
    s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=s.serve_forever, daemon=True).start()
    p.closers.append(s.shutdown)
    host = f"127.0.0.1:{s.server_port}"

    def fetch(path, *args):
        p.server([{"calls": [{"name": "web_fetch", "args": {"url": path}}]}, {"say": "read"}])
        code, ev, err = p.events("-m", "m", "--with", "WebToolsBehavior", *args, "go")
        assert code == 0, err
        return of(ev, "session_start")[0]["sandbox"], of(ev, "tool_result")[0]["result"]
    level, r = fetch(f"http://{host}/page")
    assert not r["success"] and (level == "none" or host in r["error"] or "network" in r["error"]), r
    assert not fetch("file:///etc/passwd")[1]["success"] and not fetch("http://x.org/' ; id")[1]["success"]
    if level != "full":
        return
    _, r = fetch(f"http://{host}/page", "--allow", f"network:{host}")
    assert r["text"] == ("T\n\n# Head & tail\n\nOne two three — there (https://example.org/é?a&b)\n\n- a\n- b <c>\n\n  x\n  y\n"), r
    p.write(".curlrc", "output = planted\n", p.home)
    _, r = fetch(f"http://{host}/gone", "--allow", f"network:{host}")
    assert not r["success"] and r["error"].startswith(f"{host} answered 404: T\n\n# Head & tail"), r
    assert not os.path.exists(p.ws + "/planted")
    _, r = fetch(f"http://{host}/moved", "--allow", f"network:{host}")
    assert not r["success"] and "secret.example" in r["error"], r


run(globals())
