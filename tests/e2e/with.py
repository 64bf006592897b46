"""mien with, profiles, and the proxy in the background."""
import json
import os
import signal
import stat
import subprocess
import sys
import urllib.request

from lib import MIEN, Screen, run

# A client: one request in the dialect that it is told by its variables, then what it sees.
ASKS = """#!{python}
import json, os, sys, urllib.request as u
def ask(model):
    q = u.Request(os.environ['ANTHROPIC_BASE_URL'] + '/v1/messages', json.dumps({{'model': model, 'max_tokens': 9, 'messages': [{{'role': 'user', 'content': 'hi'}}]}}).encode(),
                  {{'Authorization': 'Bearer ' + os.environ['ANTHROPIC_AUTH_TOKEN'], 'Content-Type': 'application/json'}})
    with u.urlopen(q) as r:
        return json.load(r)['content'][0]['text'], r.headers['x-mien-mode']
if os.environ.get('ASK'):
    for model in os.environ['ASK'].split():
        print(*ask(os.environ[model]))
    if os.environ.get('THEN'):
        os.system(os.environ['THEN'])
        print(*ask(os.environ[os.environ['ASK'].split()[0]]))
print(json.dumps(dict(os.environ)))
print(json.dumps(sys.argv))
sys.exit(5)
"""


def client(p, name="claude"):
    path = p.write("bin/" + name, ASKS.format(python=sys.executable), p.top)
    os.chmod(path, 0o755)
    return path


def profile(p, steps=9):
    port = p.server([{"say": f"answer {n}"} for n in range(steps)])
    with open(os.path.join(p.config, "models.yaml")) as f:
        text = f.read()
    p.write("models.yaml", text + text.split("model_list:\n")[1].replace("model_name: m", "model_name: small").replace("formal:", "short:"), p.config)
    p.write("profiles.yaml", "profiles:\n  mine: {opus: m, sonnet: m, haiku: small, variables: {EXTRA: 'a b', TAKEN: ~}}\n"
            "  polite: {model: m, mode: formal}\n  gone: {model: no-such-model}\n  openai: false\n", p.config)
    return port


def mien(p, *args, **env):
    return p.mien(*args, env={"PATH": os.path.join(p.top, "bin") + ":" + os.environ["PATH"], **env})


def told(r):
    lines = r.stdout.decode().splitlines()
    return lines[:-2], json.loads(lines[-2]), json.loads(lines[-1])


def a_client_on_a_profile(p):
    profile(p)
    client(p)
    r = mien(p, "with", "mine", ASK="ANTHROPIC_MODEL ANTHROPIC_DEFAULT_HAIKU_MODEL", TAKEN="x", ANTHROPIC_API_KEY="old", NO_PROXY="corp", http_proxy="http://127.0.0.1:9")
    assert r.returncode == 5 and not r.stderr, r
    said, env, argv = told(r)
    assert said == ["answer 0 none", "answer 1 none"] and len(argv) == 1, said
    assert env["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "m" and env["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "small" and env["EXTRA"] == "a b"
    assert "TAKEN" not in env and "ANTHROPIC_API_KEY" not in env and env["CLAUDE_CODE_ATTRIBUTION_HEADER"] == "0"
    assert env["NO_PROXY"] == "corp,127.0.0.1,localhost,::1" and env["no_proxy"] == "127.0.0.1,localhost,::1"
    assert env["OPENAI_BASE_URL"] == env["OPENAI_API_BASE"] == env["ANTHROPIC_BASE_URL"] + "/v1" and env["GOOGLE_GEMINI_BASE_URL"] == env["ANTHROPIC_BASE_URL"]
    assert not os.listdir(os.path.join(p.state, "sessions")), "the session of the run is removed"


def the_mode_moves_the_running_client(p):
    profile(p)
    client(p)
    there = f"{MIEN} behavior set formal > {p.top}/out 2>&1"
    r = mien(p, "with", "mine", ASK="ANTHROPIC_MODEL", THEN="env -u MIEN_SESSION " + there)
    assert told(r)[0] == ["answer 0 none", "answer 1 formal"], (r, p.read("../out"))
    r = mien(p, "with", "polite", ASK="ANTHROPIC_MODEL", THEN=f"{MIEN} behavior clear > {p.top}/out")
    assert told(r)[0][0] == "answer 2 formal" and told(r)[0][-1] == "answer 3 none", r
    r = mien(p, "with", "mine", "--mode", "debug", ASK="ANTHROPIC_MODEL ANTHROPIC_DEFAULT_HAIKU_MODEL")
    assert told(r)[0] == ["answer 4 debug", "answer 5 debug"], r
    r = mien(p, "with", "mine", "--mode", "nonsense")
    assert r.returncode == 2 and b"nonsense" in r.stderr, r


def each_client_is_pointed_its_own_way(p):
    profile(p)
    for name in ("codex", "opencode", "aider", "goose", "qwen", "gemini"):
        client(p, name)
    argv = told(mien(p, "with", "mine", "--", "codex", "exec", "go"))[2]
    assert argv[-2:] == ["exec", "go"] and 'model_provider="mien"' in argv and any('wire_api="responses"' in a and "127.0.0.1" in a for a in argv), argv
    env = told(mien(p, "with", "mine", "--", "opencode"))[1]
    config = json.loads(env["OPENCODE_CONFIG_CONTENT"])
    assert config["model"] == "mien/m" and config["small_model"] == "mien/small" and config["provider"]["mien"]["options"]["baseURL"] == env["OPENAI_BASE_URL"]
    assert told(mien(p, "with", "mine", "--", "aider"))[2][1:] == ["--model", "openai/m", "--weak-model", "openai/small"]
    env = told(mien(p, "with", "mine", "--", "goose"))[1]
    assert env["GOOSE_MODEL"] == "m" and env["OPENAI_HOST"] == env["ANTHROPIC_BASE_URL"]
    assert told(mien(p, "with", "mine", "--", "qwen"))[2][1:] == ["--auth-type", "openai"]
    env = told(mien(p, "with", "mine", "--", "gemini"))[1]
    with open(env["GEMINI_CLI_SYSTEM_SETTINGS_PATH"]) as f:
        assert json.load(f)["security"]["auth"]["selectedType"] == "gemini-api-key"
    # Without a profile there is no model to name, and nothing is said of one.
    argv = told(p.mien("proxy", "run", "--", os.path.join(p.top, "bin", "codex"), "x"))[2]
    assert not any("model=" in a for a in argv) and 'model_provider="mien"' in argv, argv


def a_client_that_never_asks_is_told_of(p):
    profile(p)
    r = mien(p, "with", "mine", "--", "true")
    assert r.returncode == 0 and b"true sent the proxy not one request" in r.stderr, r
    r = mien(p, "with", "mine", "--", "no-such-client")
    assert r.returncode == 127 and b"not one request" not in r.stderr, r


def profiles(p):
    profile(p)
    out = p.mien("profiles").stdout.decode()
    assert "mine" in out and "anthropic" in out and not any(l.startswith("openai ") for l in out.splitlines()), out
    out = p.mien("profiles", "show", "mine").stdout.decode()
    assert "small" in out and "EXTRA=a b" in out and "not needed" in out, out
    r = p.mien("with", "nobody", "--", "true")
    assert r.returncode != 0 and b"mine" in r.stderr and b"profiles new" in r.stderr, r
    r = p.mien("with", "gone", "--", "true")
    assert r.returncode != 0 and b"no-such-model" in r.stderr and b"gone" in r.stderr, r
    assert p.mien("profiles", "new", "fresh", "--model", "m", "--mode", "formal").returncode == 0
    assert "formal" in p.mien("profiles", "show", "fresh").stdout.decode()
    r = p.mien("profiles", "new", "fresh", "--model", "m")
    assert r.returncode == 2 and b"already" in r.stderr, r
    p.write("profiles.yaml", "profiles:\n  bad: {modle: m}\n", p.config)
    r = p.mien("profiles", "show", "bad")
    assert r.returncode == 2 and b"profiles.yaml:2" in r.stderr and b"did you mean mode" in r.stderr, r
    # run-claude's own form
    p.write("profiles.yaml", "old: {name: old, meta: {opus_model: m, sonnet_model: m, haiku_model: small}}\n", p.config)
    assert "small" in p.mien("profiles", "show", "old").stdout.decode()


def in_the_background(p):
    profile(p)
    r = p.mien("proxy", "status")
    assert r.returncode == 1 and b"no proxy" in r.stdout, r
    r = p.mien("proxy", "start", "--listen", "127.0.0.1:0")
    assert r.returncode == 0 and b"listening on http://127.0.0.1:" in r.stdout, (r, open(os.path.join(p.state, "proxy.log")).read())
    url = r.stdout.decode().split()[2]
    pid = int(r.stdout.decode().split("process ")[1].split(")")[0])
    try:
        assert stat.S_IMODE(os.stat(os.path.join(p.state, "proxy.json")).st_mode) == 0o600
        assert json.load(urllib.request.urlopen(url + "/health"))["status"] == "ok"
        r = p.mien("proxy", "status")
        assert r.returncode == 0 and url.encode() in r.stdout and b"it answers" in r.stdout, r
        assert f"{url}/v1" in p.mien("proxy", "env").stdout.decode(), "its variables are those of the one that runs"
        r = p.mien("proxy", "start", "--listen", "127.0.0.1:0")
        assert r.returncode == 0 and b"already" in r.stdout, r
        r = p.mien("proxy", "stop")
        assert r.returncode == 0 and not os.path.exists(os.path.join(p.state, "proxy.json")), r
        assert not os.path.exists(f"/proc/{pid}") or open(f"/proc/{pid}/stat").read().split()[2] == "Z"
    finally:
        if os.path.exists(f"/proc/{pid}"):
            os.kill(pid, signal.SIGKILL)
    r = p.mien("proxy", "start", "--listen", "nonsense")
    assert r.returncode == 2 and b"mien proxy logs" in r.stderr, r
    assert "HOST:PORT" in p.mien("proxy", "logs").stdout.decode()


def background(p, *args, **env):
    r = p.mien("proxy", "start", "--listen", "127.0.0.1:0", *args, env=env)
    assert r.returncode == 0, r
    p.closers.insert(0, lambda: p.mien("proxy", "stop"))
    return r.stdout.decode().split()[2]


def a_running_proxy_is_joined(p):
    profile(p)
    client(p)
    url = background(p)
    r = mien(p, "with", "mine", ASK="ANTHROPIC_MODEL ANTHROPIC_SMALL_FAST_MODEL", THEN=f"env -u MIEN_SESSION {MIEN} behavior set formal > {p.top}/out 2>&1")
    said, env, _ = told(r)
    assert said == ["answer 0 none", "answer 1 none", "answer 2 formal"], (r, p.read("../out"))
    assert f"joined the proxy on {url} (process ".encode() in r.stderr and env["ANTHROPIC_BASE_URL"] == url, r
    assert b"not one request" not in r.stderr and not os.listdir(os.path.join(p.state, "sessions"))
    # Each run has a mode of its own there.
    assert told(mien(p, "with", "polite", ASK="ANTHROPIC_MODEL"))[0] == ["answer 3 formal"]
    assert told(mien(p, "with", "mine", ASK="ANTHROPIC_MODEL"))[0] == ["answer 4 none"]
    r = mien(p, "with", "mine", "--", "true")
    assert b"true sent the proxy not one request" in r.stderr, r
    rows = json.load(urllib.request.urlopen(url + "/stats"))["clients"]
    assert {(r["model"], r["mode"], r["tier"]): r["calls"] for r in rows} == {
        ("m", "", "opus+sonnet+haiku+small"): 2, ("small", "", "haiku+small"): 1, ("m", "formal", "opus+sonnet+haiku+small"): 2}, "by all profiles: %s" % rows
    out = p.mien("proxy", "top").stdout.decode()
    assert "tier" in out and "haiku+small" in out, out
    # One of other models, or on other files, is none to join.
    p.write("profiles.yaml", "profiles: {far: {model: hosted_vllm/elsewhere}}\n", p.config)
    other = p.write("other.yaml", open(os.path.join(p.config, "models.yaml")).read(), p.top)
    r = mien(p, "with", "far", "--", "true")
    assert b"joined" not in r.stderr, r
    for more in (["--models", other], ["--listen", "127.0.0.1:0"]):
        r = mien(p, *more, "proxy", "run", "--", "claude")
        assert b"joined" not in r.stderr and told(r)[1]["ANTHROPIC_BASE_URL"] != url, (more, r)


def a_proxy_with_a_token_is_joined_by_who_has_it(p):
    profile(p)
    client(p)
    background(p, MIEN_PROXY_TOKEN="sesame-sesame")
    r = mien(p, "with", "mine", ASK="ANTHROPIC_MODEL", MIEN_PROXY_TOKEN="sesame-sesame")
    assert b"joined" in r.stderr and told(r)[0] == ["answer 0 none"], r
    r = mien(p, "with", "mine", ASK="ANTHROPIC_MODEL")
    assert b"joined" not in r.stderr and told(r)[0] == ["answer 1 none"], r


def tiers_have_models_of_their_own(p):
    profile(p)
    client(p)
    p.write("profiles.yaml", "profiles: {four: {opus: m, sonnet: m, haiku: m, small: small}}\n", p.config)
    stats = f'curl -s -H "Authorization: Bearer $ANTHROPIC_AUTH_TOKEN" $ANTHROPIC_BASE_URL/stats > {p.top}/stats'
    env = told(mien(p, "with", "four", ASK="ANTHROPIC_MODEL ANTHROPIC_SMALL_FAST_MODEL", THEN=stats))[1]
    assert [(r["model"], r["tier"], r["calls"]) for r in json.loads(p.read("../stats"))["clients"]] == [("m", "opus+sonnet+haiku", 1), ("small", "small", 1)]
    assert env["ANTHROPIC_SMALL_FAST_MODEL"] == "small" and env["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "m", env
    assert "small    small" in p.mien("profiles", "show", "four").stdout.decode()


def a_directory_with_a_profile(p):
    profile(p)
    os.makedirs(os.path.join(p.top, "bin"))
    os.symlink(MIEN, os.path.join(p.top, "bin", "mien"))
    p.write(".mien/profile", "mine\n")
    os.makedirs(os.path.join(p.ws, "deep", "er"))
    show = 'echo "[${ANTHROPIC_MODEL-none} ${OPENAI_API_KEY-none} ${ANTHROPIC_API_KEY-none} ${MIEN_PROFILE_DIRECTORY-out}]"'
    code = f"""export OPENAI_API_KEY=before ANTHROPIC_API_KEY=old; eval "$(mien hook bash)"; cd /; eval "$PROMPT_COMMAND"; {show}
cd {p.ws}/deep/er; eval "$PROMPT_COMMAND"; {show}; eval "$PROMPT_COMMAND"; cd ..; eval "$PROMPT_COMMAND"; {show}; cd /; eval "$PROMPT_COMMAND"; {show}"""

    def walk():
        r = subprocess.run(["bash", "-c", code], env=p.env(PATH=os.path.join(p.top, "bin") + ":" + os.environ["PATH"]), capture_output=True, timeout=60)
        return r.stdout.decode().split("\n"), r.stderr.decode()
    out, err = walk()
    outside = "[none before old out]"
    assert out[:4] == [outside] * 4 and "not trusted" in err, (out, err)
    s = Screen(p, "-m", p.playbook("turns:\n  - say: hello\n"))
    s.see("Trust what", "profile", "[y]")
    s.keys("y", "Enter")
    s.see("Write a goal")
    s.type("/quit")
    s.keys("Enter")
    s.see("EXIT=0")
    try:
        out, err = walk()
        inside = f"[m mien none {p.ws}]"
        assert out[:4] == [outside, inside, inside, outside] and not err, (out, err)
        # Other bytes are other words.
        p.write(".mien/profile", "polite\n")
        out, err = walk()
        assert out[:4] == [outside] * 4 and "not trusted" in err, (out, err)
    finally:
        assert p.mien("proxy", "stop").returncode == 0
    for shell, word in (("zsh", "precmd_functions"), ("fish", "fish_prompt"), ("direnv", "hook env direnv")):
        assert word in p.mien("hook", shell).stdout.decode()
    assert p.mien("hook", "tcsh").returncode == 2


if __name__ == "__main__":
    run(globals())
