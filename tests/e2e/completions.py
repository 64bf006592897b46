"""What a shell completes on mien's command line."""
import os
import shutil
import subprocess

from lib import MIEN, run


def complete(place, *words):
    """What bash offers for the last word."""
    script = place.mien("completions", "bash").stdout.decode()
    line = " ".join("'%s'" % w for w in words)
    r = subprocess.run(["bash", "--norc", "-c", script + f'COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _mien; printf "%s\\n" "${{COMPREPLY[@]}}"'],
                       cwd=place.ws, env=place.env(PATH=os.path.dirname(MIEN) + ":" + os.environ["PATH"]), capture_output=True, timeout=60)
    assert not r.stderr, r.stderr
    return r.stdout.decode().split()


def commands_options_and_their_words(p):
    assert complete(p, "mien", "beh") == ["behavior", "behaviors"]
    assert complete(p, "mien", "sessions", "s") == ["show", "stats", "search"]
    assert complete(p, "mien", "mcp", "lo") == ["login", "logout"]
    assert complete(p, "mien", "exec", "--input-format", "s") == ["stream-json"]
    assert complete(p, "mien", "proxy", "st") == ["start", "stop", "status"]
    assert complete(p, "mien", "--app") == ["--approval"]
    assert complete(p, "mien", "exec", "--approval", "y") == ["yolo"]
    assert complete(p, "mien", "-m", "tour", "completions", "") == ["bash", "zsh", "fish"]
    os.mkdir(os.path.join(p.ws, "sub"))
    p.write("sum.txt", "")
    assert complete(p, "mien", "-C", "su") == ["sub"] and complete(p, "mien", "-o", "su") == []


def names_are_asked_for(p):
    """Of models, agents, modes, profiles; one that a shell would run is no name."""
    p.write("models.yaml", """model_list:
  - {model_name: mine, litellm_params: {model: openai/x, api_base: "http://127.0.0.1:1/v1"}, behaviors: {formal: , debug: }}
  - {model_name: "mi$(touch${IFS}owned)", litellm_params: {model: openai/x, api_base: "http://127.0.0.1:1/v1"}}
  - {model_name: "mi`touch owned`", litellm_params: {model: openai/x, api_base: "http://127.0.0.1:1/v1"}}
""", p.config)
    p.write("config.yaml", "model: mine\n", p.config)
    assert complete(p, "mien", "-m", "mi") == ["mine"]
    assert not os.path.exists(os.path.join(p.ws, "owned"))
    assert complete(p, "mien", "models", "show", "to") == ["tour"]
    assert complete(p, "mien", "-a", "arch") == ["architect"]
    assert complete(p, "mien", "behavior", "set", "f") == ["formal"]
    assert complete(p, "mien", "with", "gem") == ["gemini"]


def other_shells_read_theirs(p):
    for shell, *flags in (["zsh", "-n"], ["fish", "-n"]):
        text = p.mien("completions", shell).stdout.decode()
        assert "sessions" in text and "approval" in text and "-m" in text or shell == "fish", text
        if shutil.which(shell):
            r = subprocess.run([shell, *flags, p.write("script", text)], env=p.env(), capture_output=True, timeout=60)
            assert r.returncode == 0 and not r.stderr, r.stderr
    r = p.mien("completions", "csh")
    assert r.returncode == 2 and b"bash|zsh|fish" in r.stderr, r


run(globals())
