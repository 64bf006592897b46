"""From denied to allowed: what a model reads when the sandbox stops it, how it asks, who decides."""
import json
import os
import socket
import subprocess

from lib import MIEN, of, run


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
    for word, says in (("internet", "known: network"), ("path:/a/../b", '".."'), ("path:/none/such", "no such directory"),
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


run(globals())
