"""The same goals in every dialect, against servers as strict as the real ones (tests/servers/dialects.py)."""
import os
import signal
import subprocess
import sys
import time

from lib import MIEN, ROOT, of, run

sys.path.insert(0, os.path.join(ROOT, "tests/servers"))
from dialects import DIALECTS, Refused, Server, want  # noqa: E402

STEPS = [{"think": "First I look: \"a/b\" \u00e9\u2713 \U0001f600", "say": "Looking.", "calls": [["list_dir", {"path": "."}], ["read_file", {"path": "a.txt"}]]},
         {"think": "And again.", "calls": [["grep_files", {"pattern": "hello"}]]},
         {"think": "It is there.", "calls": [["read_file", {"path": "a.txt", "start_line": 1}]]},
         {"say": "All done."}]


def start(p, dialect, steps, more="", extra=()):
    s = Server(dialect, steps)
    p.write("a.txt", "hello\n")
    p.write("models.yaml", "model_list:\n" + s.entry() + more + "".join(x.entry(n) for n, x in extra), p.config)
    p.write("config.yaml", "llm: {retries: 2}\n", p.config)
    return s


def each(test):
    def all_of_them(p):
        for d in DIALECTS:
            try:
                test(p, d)
            except AssertionError as e:
                raise AssertionError(f"{d}: {e}") from e
    all_of_them.__name__ = test.__name__
    return all_of_them


def summary(ev):
    return [(e["type"], e.get("tool") or e.get("name") or e.get("status") or "") for e in ev if e["type"] in ("tool_call", "tool_result", "round_end", "result")]


@each
def a_goal_with_parallel_calls(p, d):
    s = start(p, d, STEPS)
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and not s.refused, (s.refused, err, of(ev, "result"))
    assert of(ev, "result")[0]["answer"].strip() == "All done." and len(s.posts) == 4
    assert "First I look" in "".join(e["text"] for e in of(ev, "reasoning"))
    assert of(ev, "result")[0]["cached"] > 0 or d in ("ollama",), of(ev, "result")
    kinds = summary(ev)
    assert kinds == EVENTS.setdefault("goal", kinds), (kinds, EVENTS["goal"])


EVENTS = {}


@each
def the_next_goal_and_a_mode(p, d):
    """A second goal in the session, and the route of a mode."""
    s = start(p, d, STEPS + [{"say": "Formally yours."}, {"say": "And again."}])
    code, ev, err = p.events("--session", "s-" + d, "-m", "m", "go")
    assert code == 0, (s.refused, err)
    s.dialect.blocks = []  # of turns that are over: they may come back, and need not
    code, ev, err = p.events("-r", "s-" + d, "-b", "formal", "more")
    assert code == 0 and not s.refused, (s.refused, err)
    assert "/formal/" in s.posts[4][0], s.posts[4][0]
    code, ev, err = p.events("-r", "s-" + d, "-b", "none", "and more")
    assert code == 0 and not s.refused and "/formal" not in s.posts[5][0], (s.refused, err)


@each
def what_breaks_is_asked_again(p, d):
    """A cut and an overload in mid-answer, a prompt that does not fit, a finish without an end."""
    first = STEPS[0]
    s = start(p, d, [{**first, "fault": "cut"}, {**first, "fault": "overloaded"}, first, {"fault": "overflow"}, {"say": "Fits now.", "fault": "stall_after_finish"}])
    real = s.dialect.check

    def check(*a):  # what was thought in an answer that broke is forgotten
        if len(s.posts) <= 3:
            s.dialect.blocks = []
        real(*a)
    s.dialect.check = check
    began = time.monotonic()
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and not s.refused, (s.refused, err, of(ev, "result"))
    assert of(ev, "result")[0]["answer"].strip() == "Fits now." and time.monotonic() - began < 9
    assert any("too long" in e["text"] for e in of(ev, "notice"))
    assert len(of(ev, "tool_call")) == 2, of(ev, "tool_call")


@each
def a_refusal_is_told(p, d):
    s = start(p, d, [{"say": "I cannot help with that.", "fault": "refusal"}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 1 and any("filter" in e["text"] for e in of(ev, "error")), (code, of(ev, "error"))


@each
def after_kill_9_the_proofs_go_back(p, d):
    s = start(p, d, STEPS[:2] + [{"think": "slow", "calls": [["run_bash", {"command": "touch started; sleep 60"}]]}, {"say": "All done."}])
    child = subprocess.Popen([MIEN, "exec", "--json", "-C", p.ws, "--session", "k-" + d, "-m", "m", "go"], env=p.env(), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    mark = os.path.join(p.ws, "started")
    while not os.path.exists(mark) and time.monotonic() < until and child.poll() is None:
        time.sleep(0.02)
    assert os.path.exists(mark), (s.refused, child.poll())
    child.send_signal(signal.SIGKILL)
    child.wait()
    os.unlink(mark)
    code, ev, err = p.events("-r", "k-" + d, "-c", "go on")
    assert code == 0 and not s.refused, (s.refused, err, of(ev, "result"))


@each
def the_effort_is_spelled_by_the_family(p, d):
    """The user's word outranks the mode's; side questions think as little as may be."""
    s = start(p, d, [{"say": "ok"}, {"say": "ok"}])
    p.write("config.yaml", "llm.effort: max\n", p.config)
    code, ev, err = p.events("-m", "m", "go")
    body = s.posts[0][2]
    spelled = {"messages": lambda: body["thinking"]["budget_tokens"] >= 24000, "responses": lambda: body["reasoning"]["effort"] == "xhigh",
               "gemini": lambda: body["generationConfig"]["thinkingConfig"]["thinkingLevel"] == "HIGH", "ollama": lambda: body["think"] == "high"}
    assert code == 0 and spelled[d](), (s.refused, {k: v for k, v in body.items() if k not in ("tools", "messages", "input", "contents")})


def a_proof_refused_is_left_out(p):
    """A byte of it was lost, or the server's key was changed: asked once more without it, told once; newer ones go back."""
    words = {"messages": "messages.1.content.0: Invalid `signature` in `thinking` block",
             "responses": "The encrypted content gAA/ could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
             "gemini": "Corrupted thought signature."}
    for d in words:
        s = start(p, d, STEPS)
        p.write("config.yaml", "llm: {retries: 2, effort: high}\n", p.config)
        real, old = s.dialect.check, []

        def check(path, headers, body, raw):
            if len(s.posts) == 2:
                old.extend(s.dialect.blocks)
                s.dialect.blocks = [b[:-3] + chr(ord(b[-3]) ^ 1) + b[-2:] for b in old]
            elif len(s.posts) == 3:
                s.dialect.blocks = []
            try:
                real(path, headers, body, raw)
            except Refused:
                raise Refused(words[d])
            want(len(s.posts) == 1 or not any(b in raw for b in old), "what was refused comes again")
            want(d != "messages" or "thinking" in body, "it may think no more")
        s.dialect.check = check
        code, ev, err = p.events("-m", "m", "go")
        assert code == 0 and s.refused == [words[d]], (d, s.refused, err, of(ev, "result"))
        assert len(s.posts) == 5 and len(s.dialect.blocks) == 2, (d, len(s.posts))
        told = [e for e in ev if "signed or sealed" in str(e)]
        assert len(told) == 1, (d, told)


def a_patch_is_free_text(p):
    """Where a model edits by patches, Responses takes them without JSON around, and so they go back."""
    patch = "*** Begin Patch\n*** Add File: new.txt\n+one \"two\"\n*** End Patch\n"
    s = start(p, "responses", [{"think": "A patch.", "calls": [["apply_patch", patch]]}, {"say": "Done."}, {"say": "Done."}])
    code, ev, err = p.events("-m", "m", "go")
    assert code in (0, 1) and not s.refused, (s.refused, err)
    assert open(os.path.join(p.ws, "new.txt")).read() == 'one "two"\n'
    assert [i["input"] for i in s.posts[1][2]["input"] if i["type"] == "custom_tool_call"] == [patch]
    assert any(i["type"] == "custom_tool_call_output" for i in s.posts[1][2]["input"])


def the_model_changes_between_dialects(p):
    """In the middle of a session: foreign proofs are left out, and nothing is orphaned."""
    names = list(DIALECTS)
    for d, other in zip(names, names[1:] + names[:1]):
        s, o = Server(d, STEPS), Server(other, [STEPS[0], STEPS[3]])
        p.write("a.txt", "hello\n")
        p.write("models.yaml", "model_list:\n" + s.entry() + o.entry("n"), p.config)
        code, ev, err = p.events("--session", "x-" + d, "-m", "m", "go")
        assert code == 0, (d, s.refused, err)
        code, ev, err = p.events("-r", "x-" + d, "-m", "n", "more")
        assert code == 0 and not o.refused, (d, other, o.refused, err)
        assert not any(b in post[3] for b in s.dialect.blocks for post in o.posts), (d, other)


run({k: v for k, v in globals().items() if k not in ("each", "start", "summary")})
