"""The same goals in every dialect, against servers as strict as the real ones (tests/servers/dialects.py)."""
import os
import signal
import subprocess
import sys

from lib import MIEN, ROOT, Screen, of, run, wait_for

sys.path.insert(0, os.path.join(ROOT, "tests/servers"))
from dialects import DIALECTS, Refused, Server, want  # noqa: E402

STEPS = [{"think": "First I look: \"a/b\" \u00e9\u2713 \U0001f600", "say": "Looking.", "calls": [["list_dir", {"path": "."}], ["read_file", {"path": "a.txt"}]]},
         {"think": "And again.", "calls": [["grep_files", {"pattern": "hello"}]]},
         {"think": "It is there.", "calls": [["read_file", {"path": "a.txt", "start_line": 1}]]},
         {"say": "All done."}]


def start(p, dialect, steps, *others, effort="high", window=100000):
    """The server as model m, others as n, o…; an agent that has a tail in every round: the seed's."""
    s = Server(dialect, steps, window)
    p.write("a.txt", "hello\n")
    p.write("models.yaml", "model_list:\n" + s.entry() + "".join(x.entry(n) for n, x in zip("no", others)), p.config)
    with open(p.seed_agent()) as f:
        agent = p.write("agent.yaml", f.read().replace("system_prompt: x", "system_prompt: You are tested."), p.top)
    p.write("config.yaml", "llm: {retries: 2, effort: %s}\nagent: %s\n" % (effort, agent), p.config)
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
    assert all("GOAL: go" in post[3] for post in s.posts), "no tail was played"
    assert len(s.dialect.blocks) >= 2, s.dialect.blocks
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
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and not s.refused, (s.refused, err, of(ev, "result"))
    assert of(ev, "result")[0]["answer"].strip() == "Fits now."
    wait_for("the client leaves a connection that only lingers", lambda: s.gone == 1)
    assert any("too long" in e["text"] for e in of(ev, "notice"))
    assert len(of(ev, "tool_call")) == 2, of(ev, "tool_call")


@each
def a_refusal_is_told(p, d):
    s = start(p, d, [{"say": "I cannot help with that.", "fault": "refusal"}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 1 and any("filter" in e["text"] for e in of(ev, "error")), (code, of(ev, "error"))


@each
def after_kill_9_the_proofs_go_back(p, d):
    s = start(p, d, STEPS[:2] + [{"think": "slow", "calls": [["run_bash", {"command": "mkfifo never; touch started; read x < never"}]]}, {"say": "All done."}])
    child = subprocess.Popen([MIEN, "exec", "--json", "-C", p.ws, "--session", "k-" + d, "-m", "m", "go"], env=p.env(), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    mark = os.path.join(p.ws, "started")
    wait_for("the third round", lambda: os.path.exists(mark) or child.poll() is not None)
    assert os.path.exists(mark), (s.refused, child.poll())
    child.send_signal(signal.SIGKILL)
    child.wait()
    os.unlink(mark)
    os.unlink(os.path.join(p.ws, "never"))
    code, ev, err = p.events("-r", "k-" + d, "-c", "go on")
    assert code == 0 and not s.refused, (s.refused, err, of(ev, "result"))


@each
def the_effort_is_spelled_by_the_family(p, d):
    s = start(p, d, [{"say": "ok"}, {"say": "ok"}], effort="max")
    code, ev, err = p.events("-m", "m", "go")
    body = s.posts[0][2]
    assert code == 0 and EFFORT[d](body) == MOST[d], (s.refused, {k: v for k, v in body.items() if k not in ("tools", "messages", "input", "contents")})


EFFORT = {"messages": lambda b: b.get("thinking", {}).get("budget_tokens"), "adaptive": lambda b: b["output_config"]["effort"], "responses": lambda b: b["reasoning"]["effort"],
          "gemini": lambda b: b["generationConfig"]["thinkingConfig"]["thinkingLevel"], "ollama": lambda b: b["think"], "chat": lambda b: b["reasoning_effort"]}
MOST = {"messages": 32000, "adaptive": "max", "responses": "xhigh", "gemini": "HIGH", "ollama": "high", "chat": "max"}
# As little as may be: none at all where it can be turned off.
LEAST = {"messages": None, "adaptive": "low", "responses": "none", "gemini": "MINIMAL", "ollama": False, "chat": None}


def whose_effort_counts(p):
    """The agent's, the mode's before it, the user's before all; the user's is kept with the session."""
    agent = p.write("eager.yaml", "system_prompt: You are tested.\neffort: low\nbehaviors: [{type: FileToolsBehavior}]\n", p.top)
    s = Server("responses", [{"say": "ok"}] * 5)
    p.write("models.yaml", "model_list:\n" + s.entry().replace("route_suffix: /formal", "parameters: {reasoning_effort: medium}"), p.config)
    for config, args, effort in (("", [], "low"), ("", ["-b", "formal"], "medium"), ("llm.effort: high\n", ["-b", "formal"], "high")):
        p.write("config.yaml", "agent: %s\n%s" % (agent, config), p.config)
        code, ev, err = p.events("-m", "m", *args, "go")
        assert code == 0 and s.posts[-1][2]["reasoning"]["effort"] == effort, (effort, err, s.refused, s.posts[-1][2].get("reasoning"))
    t = Screen(p, "-m", "m", "--session", "e")
    t.see("m")
    t.type("/effort none")
    t.keys("Enter")
    t.see("effort: none")
    t.type("go")
    t.keys("Enter")
    wait_for("the goal", lambda: len(s.posts) == 4)
    t.see("ok")
    t.type("/quit")
    t.keys("Enter")
    t.see("EXIT=0")
    code, ev, err = p.events("-r", "e", "go")
    assert code == 0 and [post[2]["reasoning"]["effort"] for post in s.posts[3:]] == ["none", "none"], (err, s.refused)


def a_task_says_how_hard_to_think(p):
    """Before the mode and the agent, from the next request on; a word that is none is refused."""
    s = Server("responses", [{"calls": [["run_bash", {"command": "until test -e go; do sleep 0.05; done"}]]}, {"say": "ok"}])
    agent = p.write("eager.yaml", "system_prompt: You are tested.\neffort: low\nbehaviors: [{type: FileToolsBehavior}, {type: CommandToolsBehavior}]\n", p.top)
    p.write("models.yaml", "model_list:\n" + s.entry().replace("route_suffix: /formal", "parameters: {reasoning_effort: medium}"), p.config)
    t = Screen(p, "-m", "m", "-a", agent, "-b", "formal")
    t.see("m")
    t.type("work")
    t.keys("Enter")
    wait_for("the command", lambda: len(s.posts) == 1)
    for line, word in (("/task effort much", "effort is one of"), ("/task effort high", ""), ("/status", "effort     high")):
        t.type(line + " ")
        t.see("› " + line)
        t.keys("Enter")
        t.see(word)
    p.write("go", "")
    t.see("complete")
    assert [post[2]["reasoning"]["effort"] for post in s.posts] == ["medium", "high"], s.refused


@each
def a_long_session_is_summed_up(p, d):
    """Compaction in mid-loop: the summary is asked for with as little thought as may be, in the model's own window, and the loop goes on."""
    p.write("big.txt", "".join("line %d %s\n" % (i, "some words " * 20) for i in range(400)))
    read = [{"think": "Part %d." % i, "calls": [["read_file", {"path": "big.txt", "start_line": 1 + 20 * i, "end_line": 20 + 20 * i}]]} for i in range(12)]
    s = start(p, d, [], window=12000)
    asked = []

    def check(path, headers, body, raw):
        side = "tools" not in body
        if side:
            asked.append(body)
            s.steps.insert(0, {"say": "- lines were read"})
        s.dialect.blocks = [b for b in s.dialect.blocks if side is False and b in raw] if asked else s.dialect.blocks
        real(path, headers, body, raw)
    s.steps, real, s.dialect.check = read + [{"say": "All done."}], s.dialect.check, check
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and not s.refused, (s.refused, err, of(ev, "result"))
    assert asked and of(ev, "compact") and of(ev, "result")[0]["answer"].strip() == "All done.", (len(asked), of(ev, "compact"))
    try:
        least = EFFORT[d](asked[0])
    except KeyError:
        least = None
    assert least == LEAST[d], (least, {k: v for k, v in asked[0].items() if k not in ("messages", "input", "contents")})


def summaries_by_a_model_of_their_own(p):
    """models.side is asked what the harness asks by itself; one that is not there is said, and the model in use asked."""
    p.write("big.txt", "".join("line %d %s\n" % (i, "some words " * 20) for i in range(400)))
    read = [{"calls": [["read_file", {"path": "big.txt", "start_line": 1 + 20 * i, "end_line": 20 + 20 * i}]]} for i in range(10)]
    o = Server("gemini", [{"say": "- lines were read"}] * 9)
    s = start(p, "messages", read + [{"say": "All done."}], o, window=12000)
    with open(os.path.join(p.config, "config.yaml"), "a") as f:
        f.write("models: {side: n}\n")
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and not s.refused and not o.refused and o.posts, (s.refused, o.refused, err, of(ev, "result"))
    assert all("tools" in post[2] for post in s.posts) and all("tools" not in post[2] for post in o.posts)
    p.write("config.yaml", "models.side: nobody\n", p.config)
    s.steps = [{"say": "Fine."}]
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0, err


def another_model_plans(p):
    """models.plan works while planning is on, models.main before and after; the session is the latter's."""
    o = Server("gemini", [{"say": "The plan: write x."}, {"say": "Another plan."}])
    s = start(p, "messages", [{"say": "All done."}, {"say": "And done."}], o)
    with open(os.path.join(p.config, "config.yaml"), "a") as f:
        f.write("models: {main: m, plan: n}\n")
    t = Screen(p, "--plan", "--session", "p")
    t.see("n plans")
    t.type("write x")
    t.keys("Enter")
    t.see("The plan: write x.", "[y]")
    t.keys("Enter")
    t.see("All done.", "m goes on")
    assert (len(o.posts), len(s.posts)) == (1, 1), (o.refused, s.refused)
    t.type("/quit")
    t.keys("Enter")
    t.see("EXIT=0")
    code, ev, err = p.events("-r", "p", "--plan", "again")
    assert code == 0 and (len(o.posts), len(s.posts)) == (2, 1), (err, o.refused, s.refused)
    code, ev, err = p.events("-r", "p", "--approval", "auto", "now do it")
    assert code == 0 and (len(o.posts), len(s.posts)) == (2, 2), (err, o.refused, s.refused)
    with open(os.path.join(p.config, "config.yaml"), "a") as f:
        f.write("models.plan: nobody\n")
    code, ev, err = p.events("--plan", "x")
    assert any("models.plan" in e["text"] and "nobody" in e["text"] for e in of(ev, "notice")), ev


def limits_are_told(p):
    """What the server says is left: below a tenth once, with the time."""
    s = start(p, "messages", [{"calls": [["list_dir", {"path": "."}]]}, {"calls": [["read_file", {"path": "a.txt"}]]}, {"say": "ok"}])
    s.headers = {"anthropic-ratelimit-requests-limit": "50", "anthropic-ratelimit-requests-remaining": "4", "anthropic-ratelimit-requests-reset": "2999-01-01T00:00:00Z",
                 "anthropic-ratelimit-tokens-limit": "1000", "anthropic-ratelimit-tokens-remaining": "900"}
    code, ev, err = p.events("-m", "m", "go")
    told = [e["text"] for e in of(ev, "notice") if "limit is near" in e["text"]]
    assert code == 0 and len(told) == 1 and "4 of 50 requests left, more in" in told[0], (s.refused, told)
    assert [e["percent"] for e in of(ev, "rate")] == [8, 8, 8], of(ev, "rate")


def a_proof_refused_is_left_out(p):
    """A byte of it was lost, or the server's key was changed: asked once more without it, told once; newer ones go back."""
    words = {"messages": "messages.1.content.0: Invalid `signature` in `thinking` block",
             "responses": "The encrypted content gAA/ could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
             "gemini": "Corrupted thought signature."}
    for d in words:
        s = start(p, d, STEPS)
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
            # The loop lost the proof of its first thought: without one it goes on, and thinks again in the next.
            want(d != "messages" or ("thinking" in body) == (len(s.posts) <= 2), "thinking: %s" % body.get("thinking"))
        s.dialect.check = check
        code, ev, err = p.events("-m", "m", "go")
        assert code == 0 and s.refused == [words[d]], (d, s.refused, err, of(ev, "result"))
        assert len(s.posts) == 5 and len(s.dialect.blocks) == (0 if d == "messages" else 2), (d, len(s.posts))
        told = [e for e in ev if "signed or sealed" in str(e)]
        assert len(told) == 1, (d, told)


def another_model_is_asked_instead(p):
    """LiteLLM's fallbacks, by alias: one that cannot be reached, and one whose window is too small."""
    more = '  - {model_name: down, litellm_params: {model: openai/x, api_base: "http://127.0.0.1:9/v1", num_retries: 0}}\n'
    for d, other in (("responses", "chat"), ("messages", "gemini")):
        o, small = Server(other, [{"say": "From the other."}]), Server(d, [{"fault": "overflow"}])
        p.write("models.yaml", "model_list:\n" + more + small.entry("small") + o.entry("n") + "router_settings:\n  model_group_alias: {usual: down}\n"
                "  fallbacks: [{down: [n]}, {small: [down]}]\nlitellm_settings:\n  context_window_fallbacks: [{small: [n]}]\n", p.config)
        for name in "usual", "small":
            o.steps = [{"say": "From the other."}]
            code, ev, err = p.events("-m", name, "go")
            assert code == 0 and of(ev, "result")[0]["answer"].strip() == "From the other.", (d, name, o.refused, small.refused, err, of(ev, "result"))
            told = [e["detail"] for e in of(ev, "phase") if e["phase"] == "retry"]
            assert len(told) == 1 and told[0].endswith("n is asked instead"), told
        assert len(small.posts) == 1 and len(o.posts) == 2


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
    """In the middle of a running goal: foreign proofs are left out, nothing is orphaned, and what comes since goes back."""
    names = list(DIALECTS)
    for d, other in zip(names, names[1:] + names[:1]):
        o = Server(other, STEPS[1:])
        s = start(p, d, STEPS[:1] + [{"calls": [["run_bash", {"command": "mkfifo never; touch started; read x < never"}]]}], o)
        child = subprocess.Popen([MIEN, "exec", "--json", "-C", p.ws, "--session", "x-" + d, "-m", "m", "go"], env=p.env(), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        mark = os.path.join(p.ws, "started")
        wait_for("the second round", lambda: os.path.exists(mark) or child.poll() is not None)
        assert os.path.exists(mark), (d, s.refused)
        child.send_signal(signal.SIGKILL)
        child.wait()
        os.unlink(mark)
        os.unlink(os.path.join(p.ws, "never"))
        code, ev, err = p.events("-r", "x-" + d, "-c", "-m", "n", "go on")
        assert code == 0 and not o.refused and not s.refused, (d, other, o.refused, s.refused, err)
        words = STEPS[0]["think"]
        assert s.dialect.blocks and not any(b in post[3] or words in post[3] for b in s.dialect.blocks for post in o.posts), (d, other)
        assert len(o.posts) == 3 and "Looking." in o.posts[0][3] and "hello" in o.posts[0][3], (d, other)


run({k: v for k, v in globals().items() if k not in ("each", "start", "summary")})
