"""mien eval: goals with files, a setup and a check, by agents, models and modes."""
import json
import os

from lib import run

FILE = """
goals:
  - name: make-b
    repository: repo
    setup: echo s > s.txt
    goal: make b.txt
    check: test -f a.txt && test -f s.txt && test -f b.txt
  - name: make-c
    goal: make c.txt
    check: printf "\\033]0;x\\007 there is no c"; test -f c.txt
models: [%s]
modes: [none]
runs: 2
parallel: 3
"""


def laid_out(place, text=FILE):
    p = place
    os.makedirs(os.path.join(p.ws, "repo"))
    p.write("repo/a.txt", "a\n")
    play = p.write("play.yaml", "turns:\n  - call: {tool: write_file, args: {path: b.txt, content: x}}\n  - say: Done.\n", p.top)
    return p.write("tries.yaml", text % ("playbook/" + play))


def what_was_solved_and_what_only_said_so(p):
    r = p.mien("eval", laid_out(p))
    assert r.returncode == 1, r
    head, row = r.stdout.decode().splitlines()
    cells = dict(zip(head.replace("false ends", "false").replace("tool errors", "errors").split(), row.split()))
    assert cells["solved"] == "2/4" and cells["false"] == "2" and cells["agent"] == "default", cells
    assert b"there is no c" in r.stderr and b"\x1b" not in r.stderr, r.stderr
    assert sorted(os.listdir(os.path.join(p.ws, "repo"))) == ["a.txt"]


def a_run_goes_on_where_the_last_was_cut(p):
    f = laid_out(p)
    p.mien("eval", f)
    results = os.path.join(p.ws, "tries.results")
    cells = sorted(d for d in os.listdir(results) if d.startswith("make"))
    assert len(cells) == 4, cells
    os.remove(os.path.join(results, cells[0], "result.json"))
    p.write("tries.results/%s/result.json" % cells[1], "{\"solv")
    r = p.mien("eval", f, "--json")
    told = [l for l in r.stderr.decode().splitlines() if ",1:" in l or ",2:" in l]
    assert len(told) == 2, r.stderr
    j = json.loads(r.stdout)
    assert len(j) == 4 and sum(c["solved"] for c in j) == 2 and all(c["requests"] >= 2 for c in j), j


def what_no_model_can_help_is_no_result(p):
    f = laid_out(p, FILE.replace("echo s > s.txt", "echo no net; exit 3"))
    r = p.mien("eval", f, "--json")
    j = json.loads(r.stdout)
    bad = [c for c in j if c["status"] == "no setup"]
    assert len(bad) == 2 and all(c["note"] == "no net" and not c["solved"] for c in bad), j
    r = p.mien("eval", p.write("m.yaml", "goals: [{name: a, goal: b}]\nmodels: [no-such-model]\n"), "--json")
    c, = json.loads(r.stdout)
    assert r.returncode == 1 and not c["solved"] and c["status"] in ("no start", "config") and c["requests"] == 0, c
    assert not os.path.exists(os.path.join(c["directory"], "result.json"))


def a_check_is_confined(p):
    out = os.path.join(p.top, "outside")
    f = p.write("c.yaml", f"goals:\n  - {{name: a, goal: b, check: 'touch {out}'}}\nmodels: [playbook/{p.top}/play.yaml]\n")
    laid_out(p)
    r = p.mien("eval", f)
    assert r.returncode == 1 and not os.path.exists(out), r


def a_file_with_errors_says_where(p):
    for text, want in (("goals: []\n", b"bad.yaml:1"), ("goals:\n  - {name: a}\n", b"bad.yaml:2"),
                       ("goals:\n  - {name: a, goal: b, chekc: x}\n", b"\"chekc\""), ("goals: [{name: a, goal: b}]\nruns: 0\n", b"bad.yaml:2"),
                       ("goals:\n - {name: a, goal: b}\n - {name: a, goal: c}\n", b"bad.yaml:3"), ("goals: [{name: a, goal: b}]\nmodels: x\n", b"bad.yaml:2")):
        r = p.mien("eval", p.write("bad.yaml", text))
        assert r.returncode == 2 and want in r.stderr, (text, r)
    assert p.mien("eval").returncode == 2


run(globals())
