"""The model's view: summed up a few times, never torn, never without its goal."""
import json

from lib import of, run

GOAL = "count to two hundred and remember the word heliotrope"
AGENT = """behaviors:
  - type: CompactWhenNearFullBehavior
  - type: FileToolsBehavior
"""


def agent_of(place, text=AGENT):
    return place.write("small.yaml", text, place.top)


def is_summary(request):
    return "tools" not in request["body"]


def prefix_of(request):
    """The messages a provider could have cached: all but the last, which carries the tail."""
    return [json.dumps(m) for m in request["body"]["messages"][:-1]]


def without_orphans(request):
    open_calls = []
    for m in request["body"]["messages"]:
        if m["role"] == "tool":
            assert m["tool_call_id"] in open_calls, "a result without its call was sent"
            open_calls.remove(m["tool_call_id"])
            continue
        assert not open_calls, f"calls without a result: {open_calls}"
        open_calls = [c["id"] for c in m.get("tool_calls", [])]
    assert not open_calls


def two_hundred_rounds_compact_a_few_times(p):
    p.write("a.txt", "".join(f"line {i} " + "x" * 300 + "\n" for i in range(400)))
    steps = [{"calls": [{"name": "read_file", "args": {"path": "a.txt", "start_line": i + 1, "end_line": i + 1}}],
              "usage": None} for i in range(200)]
    steps.append({"calls": [{"name": "mark_goal_complete", "args": {"summary": "counted"}}]})
    p.server([], window=8192, roles={
        "Summarise this part": [{"say": f"- lines were read, summary {i}"} for i in range(60)],
        "mien-test-worker": steps})
    agent = agent_of(p, "system_prompt: mien-test-worker\n" + AGENT)
    code, ev, err = p.events("-m", "m", "-a", agent, GOAL, timeout=120)
    assert code == 0, (err, of(ev, "result"))
    requests = p.requests()
    summaries = [r for r in requests if is_summary(r)]
    work = [r for r in requests if not is_summary(r)]
    assert len(work) == 201 and 2 <= len(summaries) <= 40, (len(work), len(summaries))
    for r in summaries:
        assert json.dumps(r["body"]["messages"]).count("heliotrope") == 1, "the goal, once"
    compacts = of(ev, "compact")
    assert len(compacts) == len(summaries) and all("summary" in c["summary"] for c in compacts), compacts[:2]
    assert all(c["after"] < c["before"] * 0.8 for c in compacts), compacts
    breaks = 0
    for before, after in zip(work, work[1:]):
        without_orphans(after)
        assert "heliotrope" in json.dumps(after["body"]["messages"]), "the goal was lost"
        old, new = prefix_of(before), prefix_of(after)
        # the newest message of the request before may have carried the tail: it is not compared
        if new[:len(old) - 1] != old[:-1]:
            breaks += 1
    assert breaks == len(compacts), (breaks, len(compacts))
    # the summary of the one before is part of what the next one is made of
    assert "summary 0" in json.dumps(summaries[1]["body"]), "an earlier summary was lost"
    for r in requests:
        assert len(r["raw"]) < 8192 * 5, "more than the window was sent"


def without_a_summary_it_is_pruned(p):
    p.write("a.txt", "y" * 900 + "\n")
    steps = [{"calls": [{"name": "read_file", "args": {"path": "a.txt"}}]} for i in range(60)]
    steps.append({"calls": [{"name": "mark_goal_complete", "args": {"summary": "done"}}]})
    p.server([], window=8192, roles={
        "Summarise this part": [{"status": 400, "error": "no"}, {"say": ""}, {"say": "x " * 9000}] +
                      [{"status": 400, "error": "no"} for _ in range(60)],
        "mien-test-worker": steps})
    agent = agent_of(p, "system_prompt: mien-test-worker\n" + AGENT)
    code, ev, err = p.events("-m", "m", "-a", agent, GOAL, timeout=120)
    assert code == 0, (err, of(ev, "result"))
    notices = [n["text"] for n in of(ev, "notice")]
    assert any("pruned instead" in n for n in notices), notices
    for r in p.requests():
        if not is_summary(r):
            without_orphans(r)
            assert "heliotrope" in r["raw"]


def a_server_that_says_too_long_gets_a_summary(p):
    p.write("a.txt", "z" * 400 + "\n")
    steps = [{"calls": [{"name": "read_file", "args": {"path": "a.txt"}}]} for i in range(12)]
    steps.append({"status": 400, "error": "This model's maximum context length is 4096 tokens. However, you "
                                          "requested 5000 tokens"})
    steps += [{"calls": [{"name": "mark_goal_complete", "args": {"summary": "done"}}]}]
    p.server([], window=100000, roles={"Summarise this part": [{"say": "- read a file twelve times"}] * 3,
                                       "mien-test-worker": steps})
    agent = agent_of(p, "system_prompt: mien-test-worker\n" + AGENT)
    code, ev, err = p.events("-m", "m", "-a", agent, GOAL)
    assert code == 0, (err, of(ev, "result"))
    last = [r for r in p.requests() if not is_summary(r)][-1]
    assert "read a file twelve times" in last["raw"], last["raw"][:600]
    without_orphans(last)


def the_summary_survives_a_restart(p):
    p.write("a.txt", "z" * 900 + "\n")
    steps = [{"calls": [{"name": "read_file", "args": {"path": "a.txt"}}]} for i in range(40)]
    steps.append({"calls": [{"name": "mark_goal_complete", "args": {"summary": "done"}}]})
    p.server([], window=8192, roles={"Summarise this part": [{"say": "- periwinkle is the fact"}] * 30,
                                     "mien-test-worker": steps + [{"say": "yes"}]})
    agent = agent_of(p, "system_prompt: mien-test-worker\n" + AGENT)
    code, ev, err = p.events("-m", "m", "-a", agent, GOAL)
    assert code == 0, err
    code, ev, err = p.events("-m", "m", "-a", agent, "-c", "and now?")
    assert code == 0, err
    last = [r for r in p.requests() if not is_summary(r)][-1]
    assert "periwinkle" in last["raw"] and "and now?" in last["raw"]
    without_orphans(last)


def max_tokens_below_the_window_counts(p):
    p.write("a.txt", "z" * 900 + "\n")
    steps = [{"calls": [{"name": "read_file", "args": {"path": "a.txt"}}]} for i in range(30)]
    steps.append({"calls": [{"name": "mark_goal_complete", "args": {"summary": "done"}}]})
    p.server([], window=200000, roles={"Summarise this part": [{"say": "- short"}] * 30, "mien-test-worker": steps})
    agent = agent_of(p, "system_prompt: mien-test-worker\nbehaviors:\n  - type: CompactWhenNearFullBehavior\n"
                        "    params: {max_tokens: 6000, keep_recent: 6}\n  - type: FileToolsBehavior\n")
    code, ev, err = p.events("-m", "m", "-a", agent, GOAL)
    assert code == 0 and of(ev, "compact"), err
    assert all(c["after"] < 4500 for c in of(ev, "compact")), of(ev, "compact")


def reads(n, path="big.txt", lines=20):
    return [{"calls": [{"name": "read_file", "args": {"path": path, "start_line": i * lines + 1,
                                                      "end_line": (i + 1) * lines}}]} for i in range(n)]


def two_hundred_rounds_keep_every_byte(p):
    """The shipped agent, a window of 200k: nothing leaves, each request begins with the one before."""
    p.write("big.txt", "".join(f"line {i} {'y' * 60}\n" for i in range(4000)))
    p.server(reads(200) + [{"say": "counted"}], window=200000)
    code, ev, err = p.events("-m", "m", GOAL, timeout=200)
    assert code == 0, (err, of(ev, "result"))
    requests = p.requests()
    assert len(requests) == 201 and not of(ev, "compact")
    tails = []
    for before, after in zip(requests, requests[1:]):
        old, new = before["body"]["messages"], after["body"]["messages"]
        assert new[:len(old) - 1] == old[:-1], "the prefix moved"
        last, same = old[-1], new[len(old) - 1]
        own = last["role"] == same["role"] and last["content"].startswith(same["content"])
        assert own or last["role"] == "user", (last, same)
        tails.append(len(last["content"]) - (len(same["content"]) if own else 0))
    assert all(f"line {i} " in requests[-1]["raw"] for i in range(4000))
    assert sorted(tails)[len(tails) // 2] <= 60 * 3, sorted(tails)


def a_small_window_still_knows(p):
    """The shipped agent in a window of 12k, a summary that forgets everything."""
    p.write("big.txt", "".join(f"line {i} {'y' * 60}\n" for i in range(2000)))
    p.write("other.txt", "another\n" * 30)
    steps = reads(1, "other.txt") + reads(60) + [{"say": "counted"}]
    p.server([], window=12000, roles={"Summarise this part": [{"say": "- work went on"}] * 60, "task executor": steps})
    code, ev, err = p.events("-m", "m", GOAL + ", and never touch README.md", timeout=200)
    assert code == 0, (err, of(ev, "result"))
    work = [r for r in p.requests() if not is_summary(r)]
    sums = [r for r in p.requests() if is_summary(r)]
    assert len(work) == 62 and sums and len(of(ev, "compact")) >= len(sums)
    for r in work:
        without_orphans(r)
        assert r["body"]["messages"][1]["role"] == "user"
        assert GOAL + ", and never touch README.md" in r["raw"]
    assert "other.txt 1-20" in work[-1]["raw"] and "big.txt 1-" in work[-1]["raw"]
    assert "work went on" in work[-1]["raw"]
    # what is summed up is the text itself
    assert all(f"line {i} " in "".join(r["raw"] for r in sums) for i in range(0, 200)), "a summary saw too little"
    assert "What the user said" in sums[0]["raw"] and sums[0]["body"]["max_tokens"] == 1000
    for r in p.requests():
        assert len(r["raw"]) < 12000 * 4, len(r["raw"])


def what_was_not_seen_is_not_shortened(p):
    """One answer reads half of a small window: the model sees all of it once, whatever was there before."""
    for i in range(4):
        p.write(f"f{i}", f"file {i} " + "x" * 60 + f"\n" + "".join(f"{i} line {k} {'z' * 50}\n" for k in range(68)) + f"end of {i}\n")
    old = [{"calls": [{"name": "run_bash", "args": {"command": f"seq -f 'old {n} %g ..........................' 60"}}]} for n in range(14)]
    p.server([], window=12000, roles={"Summarise this part": [{"say": ""}] * 30, "task executor": old + [
        {"calls": [{"name": "read_file", "args": {"path": f"f{i}"}} for i in range(4)]}] + [{"say": "read"}] * 3})
    code, ev, err = p.events("-m", "m", GOAL)
    assert code == 0, err
    seen = [r["raw"] for r in p.requests() if not is_summary(r)][15]
    assert all(f"end of {i}" in seen and f"{i} line 30 " in seen for i in range(4)), seen[-3000:]
    assert of(ev, "compact"), "nothing had to leave: this proves nothing"


def what_leaves_after_a_large_batch_is_summed_up(p):
    """The batch itself raised the mark at which the next summary is due; nothing must go without one."""
    for i in range(8):
        p.write(f"f{i}", "".join(f"{i} line {k} {'z' * 50}\n" for k in range(68)))
    batch = [{"calls": [{"name": "read_file", "args": {"path": f"f{i}"}} for i in range(8)]}]
    steps = [{"calls": [{"name": "run_bash", "args": {"command": f"seq -f 'step {n} %g ...........................' 40"}}]} for n in range(40)]
    p.server([], window=12000, roles={"Summarise this part": [{"say": "- work went on"}] * 60, "task executor": batch + steps + [{"say": "done"}] * 3})
    code, ev, err = p.events("-m", "m", GOAL, timeout=200)
    assert code == 0, err
    gone = [e for e in of(ev, "compact") if e["messages"] and not e.get("summary")]
    assert of(ev, "compact") and not gone, [(e["messages"], e["how"]) for e in gone]
    seen = "".join(r["raw"] for r in p.requests() if is_summary(r))
    assert all(f"step {n} 1 ." in seen for n in range(15)), [n for n in range(15) if f"step {n} 1 ." not in seen]


def a_summary_that_is_none_is_said_once(p):
    p.write("big.txt", "".join(f"line {i} {'y' * 60}\n" for i in range(2000)))
    bad = [{"calls": [{"name": "read_file", "args": {"path": "big.txt"}}]}, {"say": "  "}, {"say": "longer " * 12000}]
    p.server([], window=12000, roles={"Summarise this part": bad * 20, "task executor": reads(60) + [{"say": "done"}]})
    code, ev, err = p.events("-m", "m", GOAL, timeout=200)
    assert code == 0, (err, of(ev, "result"))
    said = [n["text"] for n in of(ev, "notice") if "no summary" in n["text"]]
    assert len(said) == 1 and "tool call" in said[0], said
    for r in p.requests():
        assert is_summary(r) or GOAL in r["raw"]


def an_overflow_that_cannot_be_helped_is_said_once(p):
    p.server([{"status": 400, "error": "This model's maximum context length is 100000 tokens"}] * 9, window=100000)
    code, ev, err = p.events("-m", "m", GOAL)
    assert code == 3, (code, err)
    assert len(p.requests()) == 1 and not [n for n in of(ev, "notice") if "too long" in n["text"]], of(ev, "notice")


def an_overflow_in_other_words_is_asked_again(p):
    """Numbers that contradict ours, or none at all: once more, and not for ever."""
    other = ["litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: OpenAIException - x",
             "input length and `max_tokens` exceed context limit: 196758 + 8192 > 200000, decrease input length or `max_tokens` and try again"]
    for text in other:
        p.server([{"calls": [{"name": "list_dir", "args": {"path": "."}}]}, {"status": 400, "error": text}, {"say": "done"}], window=100000)
        code, ev, err = p.events("-m", "m", GOAL)
        assert code == 0 and any("too long" in n["text"] for n in of(ev, "notice")), (text, err)
        p.server([{"status": 400, "error": text}] * 9, window=100000)
        before = len(p.requests())
        code, ev, err = p.events("-m", "m", GOAL)
        assert code == 3 and len(p.requests()) == before + 2, (code, len(p.requests()), before)


def the_next_goal_knows_the_first(p):
    """Also by exec -c, also after a goal that a mark ended."""
    p.write("a.txt", "zinnia\n")
    p.server([{"calls": [{"name": "read_file", "args": {"path": "a.txt"}}]},
              {"say": "done", "calls": [{"name": "mark_goal_complete", "args": {"summary": "counted"}}]},
              {"say": "yes"}])
    agent = agent_of(p)
    assert p.events("-m", "m", "-a", agent, GOAL)[0] == 0
    assert p.events("-m", "m", "-a", agent, "-c", "and now?")[0] == 0
    last = p.requests()[-1]
    assert "zinnia" in last["raw"] and GOAL in last["raw"] and "and now?" in last["raw"]
    assert last["body"]["messages"][1]["content"] == GOAL


run(globals())
