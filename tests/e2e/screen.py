"""The screen as a user meets it: mien in a tmux, keys in, rows out."""
import fcntl
import glob
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time

from lib import MIEN, READY, Screen, pid, run, submit, wait_for

TOUR = ("-m", "playbook/tour")

COLOR = r"\x1b\[([0-9]+;)*([34][0-8]|9[0-7])[;m]"  # of a text or behind it, as a terminal is told


def command(s, text):
    """A slash command: its menu is closed first, so that Enter sends the line as it stands."""
    s.type(text + " ")
    s.see("› " + text[:60])
    s.keys("Enter")


def gone(s, *words):
    wait_for(("not", words), lambda: not any(w in s.text() for w in words))


def row(s, word):
    """The first row that holds the word."""
    return next((r for r in s.text().split("\n") if word in r), "")


def see_row(s, *words):
    """All the words in one row."""
    try:
        return wait_for(words, lambda: next((r for r in s.text().split("\n") if all(w in r for w in words)), None))
    except AssertionError:
        raise AssertionError(f"not in one row: {words}\n{s.text()}")


def pane(s, what):
    return s.tmux("display-message", "-p", "#{%s}" % what).strip()


def tree(s):
    """(sign, title) of each row of the tree pane, from a wide screen; a goal at work has no sign. What is
    at work turns, and is told as ▶."""
    out = []
    for line in s.text().split("\n")[1:]:
        m = re.match(r" (?:[│├└ ] )*(?:([◐◓◑◒▶○✔◔✗⊘↷]) )?(?:▸ )?(\S.*?)\s*▏", line)
        if not m or m.group(2).startswith("──"):
            break
        out.append(("▶" if m.group(1) and m.group(1) in "◐◓◑◒" else m.group(1) or "", m.group(2)))
    return out


def at_prompt(s):
    """The shell of a Screen(shell=True) answers."""
    at_prompt.count += 1
    mark = f"mark{at_prompt.count}"
    submit(s, f"echo {mark}-$((40+{at_prompt.count}))")
    return s.see(f"{mark}-{40 + at_prompt.count}")


at_prompt.count = 0


# --- goals on screens of all sizes

def tour(place, size, args=()):
    place.write("a.txt", "hello\n")
    s = Screen(place, *TOUR, *args, size=size)
    s.see("›")
    submit(s, "look around")
    s.see("✔ complete")
    wait_for("the file", lambda: os.path.exists(os.path.join(place.ws, "mien-tour.md")))
    assert "a.txt" in place.read("mien-tour.md")
    return s


def tour_80x24(p):
    s = tour(p, (80, 24))
    wait_for("all done", lambda: len(tree(s)) == 5 and {sign for sign, _ in tree(s)} == {"✔"})
    assert titles(s)[0] == "look around"


def tour_120x40(p):
    s = tour(p, (120, 40))
    wait_for("all done", lambda: len(tree(s)) == 5 and {sign for sign, _ in tree(s)} == {"✔"})
    assert titles(s)[1:3] == ["Look around the workspace", "Read one of its files"], tree(s)
    assert all(len(r) <= 120 for r in s.text().split("\n"))


def tour_40x12(p):
    s = Screen(p, "-m", p.playbook("turns:\n  - say: Forty-two it is.\n"), size=(40, 12))
    s.see("›")
    submit(s, "how many?")
    s.see("how many?", "Forty-two it is.")


def tour_20x5(p):
    s = Screen(p, "-m", p.playbook("turns:\n  - say: Tiny.\n"), size=(20, 5))
    wait_for("a frame", lambda: s.text().strip())
    submit(s, "go")
    s.resize(80, 24)
    s.see("Tiny.", "go")


def goal_on_the_command_line(p):
    s = Screen(p, "-m", p.playbook("turns:\n  - say: 'you said {user}'\n"), "greet", "me")
    s.see("you said greet me")


def text_streams(p):
    p.server([{"say": "first half ends here and", "fault": "stall", "after": 4}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "talk")
    s.see("first half", "streaming")  # shown while the answer is still under way
    assert "ends here" not in s.text()
    s.keys("Escape")
    s.see("cancelled")


# --- commands

def tools_are_switched_off_and_on(p):
    p.server([{"say": "first answer"}, {"say": "second answer"}, {"say": "third answer"}])
    s = Screen(p, "-m", "m", size=(100, 30))
    s.see(READY)
    submit(s, "one")
    s.see("first answer")
    command(s, "/tools off grep_files")
    s.see("grep_files is off")
    command(s, "/tools off nothing")
    s.see('no tool is called "nothing"')
    submit(s, "two")
    s.see("second answer")
    command(s, "/tools")
    s.see("grep_files of FileToolsBehavior: off", "wait_for of WaitBehavior: deferred")
    command(s, "/tools on grep_*")
    submit(s, "three")
    s.see("third answer")
    offered = [[t["function"]["name"] for t in json.loads(r["raw"])["tools"]] for r in p.requests()]
    assert ["grep_files" in names for names in offered] == [True, False, True], offered
    assert offered[2] == offered[0], offered


def completion(p):
    s = Screen(p, *TOUR)
    s.see(READY)
    s.type("/ag")
    s.see("/agent", "show agents")
    s.keys("Tab")
    s.see("› /agent")
    s.keys("C-c", "C-c")
    s.type("/beh")
    s.see("/behavior ", "/behaviors")
    s.keys("Tab")
    s.see("› /behavior")
    s.keys("Escape")
    gone(s, "/behaviors")


def file_names_complete(p):
    p.write("some_long_name.txt", "x")
    s = Screen(p, *TOUR)
    s.see(READY)
    s.type("read some_l")
    s.keys("Tab")
    s.see("some_long_name.txt")


def file_names_are_those_of_the_workspace(p):
    p.write("here_only.txt", "x")
    p.write("sub/inside_only.txt", "x")
    s = Screen(p, *TOUR, "-C", "sub")
    s.see(READY)
    s.type("read here_o")
    s.keys("Tab")
    s.see("nothing to complete here")
    s.keys("C-u")
    s.type("read inside_o")
    s.keys("Tab")
    s.see("inside_only.txt")


def unknown_command_names_the_nearest(p):
    s = Screen(p, *TOUR)
    s.see(READY)
    command(s, "/bahavior list")
    s.see("no command /bahavior", "did you mean /behavior")
    command(s, "/task dnoe")
    s.see('/task has no "dnoe"', "done")
    command(s, "/effort lots")
    s.see("effort is one of auto, none, low, medium, high, max")
    command(s, "/effort high")
    s.see("effort: high")
    command(s, "/approve sometimes")
    s.see("approval is one of ask, auto, never, yolo")


def reports(p):
    s = Screen(p, *TOUR, size=(120, 40))
    s.see(READY)
    for name, word in (("/status", "playbook/tour"), ("/tools", "run_bash"), ("/behaviors", "LoopDetectionBehavior"),
                       ("/context", "volatile"), ("/sessions", "session")):
        command(s, name)
        s.see(word)
    s.keys("F1")
    s.see("Help", "every key and command")
    s.keys("F1")
    s.see("Help", "/approve [policy]")
    s.keys("q")
    command(s, "/clear")
    command(s, "/quit")
    s.see("EXIT=0")


def behavior_modes(p):
    p.server([{"say": "plain answer"}, {"say": "formal answer"}, {"say": "plain again"}])
    s = Screen(p, "-m", "m", size=(100, 30))
    s.see(READY)
    command(s, "/behavior list")
    s.see("formal", "debug", "polite")
    submit(s, "one")
    s.see("plain answer")
    command(s, "/behavior set formal")
    wait_for("header", lambda: "formal" in s.text().split("\n")[0])
    command(s, "/behavior show")
    s.see("/formal")
    submit(s, "two")
    s.see("formal answer")
    command(s, "/behavior clear")
    wait_for("header", lambda: "formal" not in s.text().split("\n")[0])
    submit(s, "three")
    s.see("plain again")
    command(s, "/behavior set farmal")
    s.see("farmal", "formal, debug")
    assert [r["path"] for r in p.requests()] == ["/v1/chat/completions", "/v1/formal/chat/completions", "/v1/chat/completions"]
    assert json.loads(p.requests()[1]["raw"])["top_p"] == 0.5
    s.keys("BTab")
    wait_for("header", lambda: "formal" in s.text().split("\n")[0])


def mode_from_outside_within_a_second(p):
    p.server([{"say": "answer"}])
    s = Screen(p, "-m", "m", "--session", "out")
    s.see(READY)
    wait_for("the session", lambda: os.path.exists(os.path.join(p.state, "sessions/out.db")))
    r = p.mien("behavior", "set", "debug", "--session", "out", "--model", "m")
    began = time.monotonic()
    assert r.returncode == 0, r
    wait_for("header", lambda: "debug" in s.text().split("\n")[0], 5)
    assert time.monotonic() - began < 1, time.monotonic() - began
    submit(s, "go")
    s.see("answer")
    assert p.requests()[0]["path"] == "/v1/debug/chat/completions"


# --- questions

def bash(*commands, last="finished"):
    return [{"calls": [{"name": "run_bash", "args": {"command": c}}]} for c in commands] + [{"say": last}]


def ask(place, steps, **kw):
    place.write("config.yaml", "sandbox: {level: none}\n", place.config)
    place.server(steps)
    s = Screen(place, "-m", "m", **kw)
    s.see(READY)
    submit(s, "go")
    return s


def approval_yes(p):
    s = ask(p, bash("touch made"))
    s.see("Run this command?", "$ touch made", "[y]")
    assert not os.path.exists(os.path.join(p.ws, "made"))
    s.keys("y", "Enter")
    s.see("finished")
    assert os.path.exists(os.path.join(p.ws, "made"))
    gone(s, "Run this command?")


def approval_no_and_the_model_is_told(p):
    s = ask(p, bash("touch made"))
    s.see("Run this command?")
    s.keys("n", "Enter")
    s.see("reason:")
    submit(s, "not today")
    s.see("finished")
    assert not os.path.exists(os.path.join(p.ws, "made"))
    tool = [m for m in json.loads(p.requests()[1]["raw"])["messages"] if m["role"] == "tool"][-1]["content"]
    assert "user refused" in tool and "not today" in tool, tool


def approval_refused_by_escape(p):
    s = ask(p, bash("touch made"))
    s.see("Run this command?")
    s.keys("Escape")
    s.see("finished")
    assert not os.path.exists(os.path.join(p.ws, "made"))


def approval_for_the_session(p):
    s = ask(p, bash("touch made", "touch made", "touch other"))
    s.see("Run this command?", "$ touch made")
    s.keys("s", "Enter")
    s.see("$ touch other")  # the same line again was not asked about
    assert os.path.exists(os.path.join(p.ws, "made")) and not os.path.exists(os.path.join(p.ws, "other"))
    s.keys("y", "Enter")
    s.see("finished")


def approval_not_for_reading(p):
    s = ask(p, bash("ls | wc -l"))
    s.see("finished")


def approval_shows_what_hides(p):
    s = ask(p, bash("touch a\u202eb # \x1b[2J"), size=(100, 30))
    s.see("Run this command?", "<U+202E>", "[y]")
    s.keys("y", "Enter")
    s.see("finished")


def approval_survives_a_small_screen(p):
    s = ask(p, bash("touch made"), size=(40, 12))
    s.see("touch made", "[y]", "[n]")
    s.keys("y", "Enter")
    s.see("finished")


def question_is_put_aside(p):
    s = ask(p, bash("touch made"))
    s.see("Run this command?")
    s.keys("Tab")
    s.see("waiting for you", "Ctrl-T")
    s.keys("C-t")
    s.see("[y]")
    s.keys("y", "Enter")
    s.see("finished")


LOOP = "turns:\n" + "  - call: {tool: run_bash, args: {command: 'ls nothing-here'}}\n" * 30 + "  - say: gave up\n"


def loop_question_stop(p):
    s = Screen(p, "-m", p.playbook(LOOP))
    s.see(READY)
    submit(s, "go")
    s.see("round in circles", "[a] allow more", "[n] stop the goal")
    assert "loop" in s.text().split("\n")[0]
    s.keys("n", "Enter")
    gone(s, "[a] allow more")
    wait_for("the end", lambda: "loop" in row(s, "✗"))
    assert "gave up" not in s.text() and "handlers must" not in s.text(), "waiting for the user is nobody's time"
    submit(s, "/status")
    s.see("sandbox")


def loop_question_allow_more(p):
    few = LOOP.replace("  - call: {tool: run_bash, args: {command: 'ls nothing-here'}}\n", "", 18)
    s = Screen(p, "-m", p.playbook(few), "--max-rounds", "100")
    s.see(READY)
    submit(s, "go")
    asked = 0
    while "gave up" not in s.see("[a] allow more") and asked < 6:
        s.keys("a", "Enter")
        asked += 1
        text = wait_for("it goes on", lambda: (lambda t: t if "gave up" in t or "[a] allow more" not in t else None)(s.text()))
        if "gave up" in text:
            break
        if "gave up" in wait_for("next", lambda: (lambda t: t if "gave up" in t or "[a] allow more" in t else None)(s.text())):
            break
    s.see("gave up")
    assert asked >= 1


# --- stopping

def escape_stops_a_command(p):
    p.server([{"calls": [{"name": "run_bash", "args": {"command": "echo $$ > pid; exec sleep 300"}}]}, {"say": "next answer"}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "wait")
    wait_for("the command runs", lambda: os.path.exists(os.path.join(p.ws, "pid")) and p.read("pid").strip())
    s.see("sleep 300")
    began = time.monotonic()
    s.keys("Escape")
    s.see("cancelled")
    assert time.monotonic() - began < 3
    wait_for("no sleep left", lambda: not subprocess.run(["pgrep", "-f", "^sleep 300$"], capture_output=True).stdout)
    submit(s, "again")
    s.see("next answer")
    messages = json.loads(p.requests()[1]["raw"])["messages"]
    calls = [c["id"] for m in messages for c in m.get("tool_calls") or []]
    assert [m["tool_call_id"] for m in messages if m["role"] == "tool"] == calls, messages


def escape_stops_a_hanging_stream(p):
    p.server([{"say": "a b c d", "fault": "stall", "after": 3}, {"say": "works on"}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "hang")
    s.see("streaming")
    began = time.monotonic()
    s.keys("Escape")
    s.see("cancelled")
    assert time.monotonic() - began < 1, time.monotonic() - began  # tmux and the looks included
    submit(s, "again")
    s.see("works on")


def escape_stops_a_silent_server(p):
    p.server([{"delay": 60, "say": "late"}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "hang")
    wait_for("it waits", lambda: os.path.exists(p.log) and p.requests())
    s.keys("Escape")
    s.see("cancelled")


def control_c(p):
    s = Screen(p, *TOUR)
    s.see(READY)
    s.type("unsent words")
    s.see("› unsent words")
    s.keys("C-c")
    gone(s, "unsent words")
    s.keys("C-c")
    s.see("again to quit")
    s.keys("C-c")
    s.see("EXIT=0")


def control_c_stops_first(p):
    p.server([{"say": "a b c d", "fault": "stall", "after": 3}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "hang")
    s.see("streaming")
    s.keys("C-c")
    s.see("cancelled")
    s.keys("C-d")
    s.see("EXIT=")


def undo_brings_back_what_was_cleared(p):
    s = Screen(p, *TOUR)
    s.see(READY)
    s.type("dear words")
    s.keys("C-c")
    gone(s, "› dear")
    s.keys("C-_")
    s.see("› dear words")


# --- steering and queueing

def steered_into_the_next_request(p):
    p.server([{"calls": [{"name": "run_bash", "args": {"command": "until test -e go; do sleep 0.05; done"}}]}, {"say": "seen"}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "work")
    s.see("until test")
    submit(s, "mind the STEERED-MARK")
    see_row(s, "mind the STEERED-MARK")
    assert len(p.requests()) == 1
    p.write("go", "")
    s.see("seen")
    assert "STEERED-MARK" not in p.requests()[0]["raw"] and "STEERED-MARK" in p.requests()[1]["raw"]
    work = [r for r in p.requests() if "tools" in r["body"]]
    assert len(work) == 2


def queued_runs_afterwards(p):
    p.server([{"calls": [{"name": "run_bash", "args": {"command": "until test -e go; do sleep 0.05; done"}}]},
              {"say": "first done"}, {"say": "second done"}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "work")
    s.see("until test")
    command(s, "/queue then QUEUED-MARK")
    p.write("go", "")
    s.see("first done", "second done")
    reqs = p.requests()
    assert len(reqs) == 3 and "QUEUED-MARK" not in reqs[1]["raw"] and "QUEUED-MARK" in reqs[2]["raw"]


def sessions_are_named_and_found(p):
    """-n and /name say what lists call it; /resume WORDS finds it by what was said; /btw asks beside it."""
    p.server([{"say": "the offset is wrong"}, {"say": "a ring holds bytes"}, {"say": "goes on"}])
    s = Screen(p, "-m", "m", "-n", "first name")
    s.see(READY)
    submit(s, "look at the lexer")
    s.see("the offset is wrong")
    command(s, "/btw what is a ring?")
    s.see("by the way", "a ring holds bytes")
    assert "the offset is wrong" in p.requests()[1]["raw"]
    command(s, "/name second name")
    submit(s, "go on")
    s.see("goes on")
    assert "a ring holds bytes" not in p.requests()[2]["raw"]
    s.keys("C-d")
    s.see("EXIT=")
    assert "second name" in p.mien("sessions").stdout.decode()
    s = Screen(p, "-m", "m")
    s.see(READY)
    command(s, "/resume offset is")
    s.see("sessions that say so", "the offset is wrong")
    s.keys("Enter")
    s.see("goes on", "look at the lexer")


def a_command_of_the_users_own(p):
    """! runs it and the model reads what it printed with the next message; !! keeps it from the model; @
    names a file."""
    p.write("src/parser.c", "int x;\n")
    p.server([{"say": "seen"}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "!echo own-$((40+2))")
    s.see("You ran", "own-42", "exit 0")
    submit(s, "!!echo kept-$((50+3))")
    s.see("kept-53")
    s.type("explain @srp")
    s.see("@src/parser.c")
    s.keys("Tab")
    s.see("› explain @src/parser.c")
    s.keys("Enter")
    s.see("seen")
    raw = p.requests()[0]["raw"]
    assert "own-42" in raw and "kept-53" not in raw and "explain @src/parser.c" in raw, raw
    assert raw.index("own-42") < raw.index("explain @src")
    submit(s, "!sleep 60")
    s.see("sleep 60", "running")
    s.keys("Escape")
    see_row(s, "sleep 60", "stopped")


def a_command_goes_on_in_the_background(p):
    """Ctrl-X Ctrl-B and /jobs background: the model reads what was printed so far, and its end later."""
    def wait(n):  # what it prints is not what stands in the command
        return f"echo begun-{n}-$0; until test -e go; do sleep 0.05; done; echo over; echo x >> overs"
    p.server([{"calls": [{"name": "run_bash", "args": {"command": wait(1), "timeout": 60}}]},
              {"calls": [{"name": "run_bash", "args": {"command": wait(2)}}]},
              {"calls": [{"name": "run_bash", "args": {"command": "touch go; until test $(wc -l < overs) = 2; do sleep 0.05; done"}}]},
              {"say": "ALL-SAID"}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    command(s, "/jobs background")
    s.see("no command runs")
    submit(s, "work")
    s.see("begun-1-sh")
    s.keys("C-x", "C-b")
    s.see("begun-2-sh")
    command(s, "/jobs background")
    s.see("ALL-SAID")
    last = max(([m["content"] for m in json.loads(r["raw"])["messages"] if m["role"] == "tool"] for r in p.requests()), key=len)
    assert "begun-1-sh" in last[0] and "job-1 runs on: the user moved it to the background" in last[0], last
    assert "job-2 runs on" in last[1], last
    wait_for("its log", lambda: open(glob.glob(p.state + "/logs/*/job-1.log")[0]).read().split() == ["begun-1-sh", "over"])


# --- the tree

def to_tree(s):
    """Focus on the tree, cursor on the goal: its number and title stand beneath the tree."""
    s.keys("C-t")
    s.keys("g")
    s.see("#1 go")


def planned(place, running):
    """A screen with the goal "go" and steps one, two, three; idle, or in a command that waits."""
    steps = [{"calls": [{"name": "decompose_task", "args": {"subtasks": ["one", "two", "three"]}}]},
             {"calls": [{"name": "run_bash", "args": {"command": "until test -e go; do sleep 0.05; done"}}]}]
    place.server(steps + [{"say": "on it", "fault": "stall", "after": 1}] * 3)
    s = Screen(place, "-m", "m", "-a", place.seed_agent(), size=(120, 40))
    s.see(READY)
    submit(s, "go")
    s.see("until test")
    if not running:
        s.keys("Escape")
        s.see("cancelled")
    to_tree(s)
    return s


def titles(s):
    return [re.sub(r"\s+(\d+/\d+|check.?).*$", "", t) for _, t in tree(s)]


def wait_titles(s, want):
    try:
        wait_for(want, lambda: titles(s) == want, 10)
    except AssertionError:
        raise AssertionError(f"wanted {want}, is {titles(s)}\n{s.text()}")


def signs(s):
    return dict((re.sub(r"\s+(\d+/\d+|check.?).*$", "", t), sign) for sign, t in tree(s))


def edit_tree(place, running):
    s = planned(place, running)
    wait_titles(s, ["go", "one", "two", "three"])
    s.keys("j", "j")  # two
    s.keys("a")
    s.see("new task:")
    submit(s, "added")
    wait_titles(s, ["go", "one", "two", "added", "three"])
    s.keys("g", "j", "j", "e")
    s.see("title: two")
    submit(s, " b")
    wait_titles(s, ["go", "one", "two b", "added", "three"])
    s.keys("g", "j", "j", "Space")
    wait_for("done", lambda: signs(s).get("two b") == "✔")
    s.keys("g", "j", "j", "j", "s")
    wait_for("skipped", lambda: signs(s).get("added") == "↷")
    s.keys("r")
    wait_for("open again", lambda: signs(s).get("added") == "○")
    s.keys("J")
    wait_titles(s, ["go", "one", "two b", "three", "added"])
    s.keys("K")
    wait_titles(s, ["go", "one", "two b", "added", "three"])
    s.keys("d")
    wait_titles(s, ["go", "one", "two b", "three"])
    s.keys("u")
    wait_titles(s, ["go", "one", "two b", "added", "three"])
    s.keys("g", "j", "j", "j", "c")
    s.see("check command:")
    submit(s, "test -e proof")
    see_row(s, "added", "check")
    s.keys("g", "j", "j", "j", ">")
    wait_for("indented", lambda: re.search(r"(?m)^ [│ ] [├└] ○ added", s.text()))
    s.keys("<")
    wait_for("outdented", lambda: re.search(r"(?m)^ [├└] ○ added", s.text()))
    return s


def tree_keys_while_idle(p):
    edit_tree(p, False)


def tree_keys_while_running(p):
    s = edit_tree(p, True)
    p.write("go", "")
    wait_for("next request", lambda: len(p.requests()) >= 3)
    raw = p.requests()[2]["raw"]
    assert "added" in raw and "two b" in raw, raw[-1500:]
    s.keys("Escape")
    s.see("cancelled")


def a_users_done_runs_the_check(p):
    s = planned(p, False)
    s.keys("g", "j", "c")
    s.see("check command:")
    submit(s, "test -e proof")
    see_row(s, "one", "check")
    s.keys("g", "j", "Space")
    s.see("red")
    assert signs(s)["one"] != "✔"
    p.write("proof", "")
    s.keys("g", "j", "Space")
    wait_for("done", lambda: signs(s).get("one") == "✔")


def task_commands(p):
    s = planned(p, False)
    s.keys("C-t")
    gone(s, "#1 go")
    command(s, "/task add from a command")
    wait_for("added", lambda: "from a command" in " ".join(titles(s)))
    command(s, "/task undo")
    wait_for("undone", lambda: "from a command" not in " ".join(titles(s)))


# --- delegates, compaction, the stack of behaviors, questions

WITH_FILES = "behaviors: [CompactWhenNearFullBehavior, FileToolsBehavior]\n"
BOSS = """turns:
  - call: {tool: delegate_to_worker, args: {goal: "make a"}}
  - call: {tool: mark_goal_complete, args: {summary: all is made}}
"""
WORKER = """turns:
  - call: {tool: write_file, args: {path: out.txt, content: hi}}
  - call: {tool: mark_complete, args: {summary: made}}
"""


def boss(place, model, size, boss_turns=BOSS):
    """The goal "go" given to an agent whose worker is asked by that model."""
    place.write("agents/boss.yaml", "can_delegate_to: [worker]\n" + WITH_FILES, place.config)
    place.write("agents/worker.yaml", f"""delegation_tool:
  name: delegate_to_worker
  description: makes things
  parameters: {{goal: {{type: string, required: true}}, workspace: {{type: string}}}}
model: {model}
{WITH_FILES}""", place.config)
    s = Screen(place, "-a", "boss", "-m", place.playbook(boss_turns), size=size)
    s.see("›")
    submit(s, "go")
    return s


def delegate_in_the_tree(place, size):
    s = boss(place, place.playbook(WORKER, "worker.yaml"), size)
    s.see("✔ complete", "all is made")
    s.keys("C-t")
    s.keys("G")
    r = see_row(s, "✔ worker", "mar")
    assert re.search(r"\d(\.\d)?k", r), r  # its tokens
    s.see("Enter show", "x stop")
    s.keys("Enter")
    s.see("── complete: made", "G newest")  # the report, and the focus on it
    s.keys("k", "k", "k")
    s.see("write_file out.txt")
    return s


def delegate_80x24(p):
    delegate_in_the_tree(p, (80, 24))


def delegate_40x12(p):
    delegate_in_the_tree(p, (40, 12))


def delegate_120x40(p):
    s = delegate_in_the_tree(p, (120, 40))
    s.keys("Tab")
    command(s, "/jobs")
    s.see("worker-1", "delegate", "/jobs stop NAME")
    command(s, "/jobs log worker-1")
    see_row(s, "worker: make a")
    command(s, "/jobs stop worker-1")
    s.see("worker-1 has ended already")
    command(s, "/jobs stop nobody")
    s.see('no job is called "nobody"')
    command(s, "/stats agents")
    see_row(s, "worker", "1")
    command(s, "/stats")
    s.see("behaviors", "delegate_to_worker")
    command(s, "/stats colours")
    s.see("colours", "modes")


def delegate_is_stopped(p):
    p.server([{"calls": [{"name": "write_file", "args": {"path": "a.txt", "content": "hi"}}]},
              {"say": "never ends at all", "fault": "stall", "after": 1}])
    s = boss(p, "m", (100, 30))
    see_row(s, "▶ worker", "write")
    wait_for("the counter", lambda: "⚙1" in s.text().split("\n")[0])
    s.keys("C-t")
    s.keys("G")
    s.see("make a", "x stop")
    s.keys("x")
    s.see("stopping worker-1")
    see_row(s, "✗ worker")
    s.see("all is made")
    wait_for("no counter", lambda: "⚙" not in s.text().split("\n")[0])


def long_talk(place, editor):
    """Three answered goals, too long to be kept whole; the fourth answer is their summary."""
    place.server([{"say": "words " * 1000 + f"end{i}"} for i in range(3)] + [{"say": "the talk was about PENS"}], window=12000)
    s = Screen(place, "-m", "m", size=(120, 40), env={"EDITOR": editor})
    s.see(READY)
    command(s, "/compact show")
    s.see("nothing was compacted yet")
    command(s, "/compact edit")
    s.see("no summary to edit yet")
    for i in range(3):
        submit(s, f"goal {i}")
        s.see(f"end{i}", "✔ complete")
    return s


def compaction_is_shown_and_edited(p):
    path = p.write("ed.sh", "#!/bin/sh\ngrep -q PENS \"$1\" || exit 1\nprintf 'it was about INK\\n' > \"$1\"\n", p.top)
    os.chmod(path, 0o755)
    s = long_talk(p, path)
    command(s, "/clear")
    command(s, "/compact")
    s.see("left the model's view", "summary", "(Ctrl-O)")
    assert "PENS" not in s.text()
    s.keys("C-o")
    s.see("the talk was about PENS")
    s.keys("C-o")
    gone(s, "PENS")
    command(s, "/compact edit")
    see_row(s, "left the model's view (edited)")
    command(s, "/compact show")
    s.see("it was about INK")


def summary_unchanged_is_not_sent(p):
    s = long_talk(p, "true")
    command(s, "/compact")
    s.see("left the model's view", "summary", "(Ctrl-O)")
    command(s, "/compact edit")
    s.see("stays as it is")
    assert "(edited)" not in s.text()


def behaviors_are_added_moved_and_removed(p):
    s = Screen(p, *TOUR, size=(120, 40))
    s.see(READY)
    command(s, "/behaviors add ArchitectToolsBehavior")
    s.see("add ArchitectToolsBehavior", "tokens a request", "[y]")
    s.keys("y", "Enter")
    see_row(s, "· add ArchitectToolsBehavior")
    command(s, "/tools")
    s.see("write_architecture_doc")
    command(s, "/behaviors move ArchitectToolsBehavior 1")
    s.see("move ArchitectToolsBehavior to 1", "[y]")
    s.keys("y", "Enter")
    see_row(s, "· move ArchitectToolsBehavior to 1")
    command(s, "/behaviors remove ArchitectToolsBehavior")
    s.see("remove ArchitectToolsBehavior", "[y]")
    s.keys("Escape")
    gone(s, "[y]")
    command(s, "/behaviors add")
    s.see("/behaviors add needs a type")
    s.type("/behaviors remove ArchitectT")
    s.keys("Tab")
    s.see("› /behaviors remove ArchitectToolsBehavior")


def behavior_refused_beside_one_of_its_type(p):
    """What is dropped is the one that was refused, not the first of its type."""
    server = os.path.join(os.path.dirname(__file__), "..", "servers", "mcp_server.py")
    p.write("agents/two.yaml", f"""behaviors:
  - {{type: McpToolsBehavior, params: {{command: python3, args: ["{server}"], prefix: first_}}}}
""", p.config)
    s = Screen(p, "-a", "two", "-m", "playbook/tour", size=(120, 40))
    s.see(READY)
    command(s, f'/behaviors add McpToolsBehavior {{command: python3, args: ["{server}"], prefix: second_}}')
    s.see("add McpToolsBehavior", "[n]")
    s.keys("Escape")
    gone(s, "[n]", "waiting for you")
    command(s, "/behaviors McpToolsBehavior")
    s.see("first_")
    assert "second_" not in s.text(), s.text()


def what_a_behavior_still_asks_is_not_pulled_away(p):
    """Between goals: the notes are being summarised while the user wants another agent."""
    p.write("agents/noter.yaml", "behaviors: [FileToolsBehavior, WorkspaceTaskNotesBehavior]\n", p.config)
    p.write("config.yaml", "finish: {confirm: never}\n", p.config)
    p.server([{"calls": [{"name": "write_file", "args": {"path": "a.txt", "content": "a"}}]}, {"say": "all done"},
              {"say": "a summary that never", "fault": "stall", "after": 2}])
    s = Screen(p, "-m", "m", "-a", "noter", size=(120, 40))
    s.see(READY)
    submit(s, "go")
    s.see("✔ complete")
    wait_for("the summary is asked for", lambda: len(p.requests()) == 3)
    command(s, "/agent task_executor")
    s.see("/agent waits for an idle agent", "(Esc)")
    command(s, "/behaviors remove WorkspaceTaskNotesBehavior")
    s.see("/behaviors waits")
    command(s, "/new")
    s.see("/new waits")
    s.keys("Escape")
    gone(s, "a side question")
    command(s, "/agent task_executor")
    command(s, "/status")
    see_row(s, "task_executor")


QUESTION = """turns:
  - call: {tool: clarify_with_user, args: {question: "Which database shall the shop use, when it must still sell pens in ten years?", choices: [sqlite, postgres]}}
  - say: 'answered: {result}'
"""


def question(place, size):
    place.write("agents/asker.yaml", "behaviors: [CompactWhenNearFullBehavior, ClarificationBehavior]\n", place.config)
    s = Screen(place, "-a", "asker", "-m", place.playbook(QUESTION), size=size)
    s.see("›")
    submit(s, "go")
    s.see("Question", "[1] sqlite", "[2] postgres", "[t]", "[n]")
    s.see("sell pens")
    return s


def answered(s, word):
    wait_for(word, lambda: re.search(r'answered:[^└]*' + word, s.text(), re.S))


def question_answered_by_key(p):
    s = question(p, (80, 24))
    s.keys("2", "Enter")
    answered(s, "postgres")


def question_answered_in_words(p):
    s = question(p, (120, 40))
    s.keys("t", "Enter")
    s.see("answer:")
    submit(s, "a plain file")
    answered(s, "plain file")


def question_on_a_small_screen(p):
    s = question(p, (40, 12))
    s.keys("1", "Enter")
    answered(s, "sqlite")


def inline_question_in_words(p):
    place = p
    place.write("agents/asker.yaml", "behaviors: [CompactWhenNearFullBehavior, ClarificationBehavior]\n", place.config)
    s = Screen(place, "-a", "asker", "-m", place.playbook(QUESTION), "--inline", size=(100, 50))
    s.see("›")
    submit(s, "go")
    s.see("Which database", "[1] sqlite", "[t]")
    submit(s, "a plain file")
    answered(s, "plain file")


# --- the terminal itself

def shell(place, *args, **kw):
    s = Screen(place, shell=True, **kw)
    at_prompt(s)
    submit(s, MIEN + " " + " ".join(args))
    return s


def is_sane(s):
    """The terminal is a shell's again."""
    at_prompt(s)
    assert pane(s, "alternate_on") == "0", "still on the alternate screen"
    submit(s, "clear; stty -a | tr ' ;' '\\n\\n' | grep -xE -- '-?(echo|icanon|isig|icrnl|opost)' | tr '\\n' ' '")
    s.see("echo", "icanon")
    state = see_row(s, "icanon", "echo", "isig").split()
    assert not [w for w in state if w.startswith("-") and w[1:] in ("echo", "icanon", "isig", "icrnl", "opost")], state
    assert pane(s, "cursor_flag") == "1", "no cursor"
    assert pane(s, "mouse_any_flag") == "0"


def suspend_and_back(p):
    s = shell(p, *TOUR)
    s.see(READY)
    s.type("half a line")
    s.see("› half a line")
    s.keys("C-z")
    s.see("Stopped")
    is_sane(s)
    submit(s, "fg")
    s.see("› half a line", READY)
    assert pane(s, "alternate_on") == "1"
    s.type(" more")
    s.see("› half a line more")


def suspend_by_a_signal(p):
    s = shell(p, *TOUR)
    s.see(READY)
    os.kill(pid(s, p), signal.SIGTSTP)
    s.see("Stopped")
    submit(s, "fg")
    s.see(READY)


def ends_by(sig, p, clean=True):
    s = shell(p, *TOUR)
    s.see(READY)
    who = pid(s, p)
    s.type("unsent")
    s.see("› unsent")
    os.kill(who, sig)
    wait_for("it ended", lambda: not os.path.exists(f"/proc/{who}"))
    is_sane(s)
    return s


def crash_gives_the_terminal_back(p):
    ends_by(signal.SIGSEGV, p)


def abort_gives_the_terminal_back(p):
    ends_by(signal.SIGABRT, p)


def sigterm_gives_the_terminal_back(p):
    s = ends_by(signal.SIGTERM, p)
    submit(s, "clear; " + MIEN + " -m playbook/tour")
    s.see("› unsent")  # what was not sent is kept


def sighup_gives_the_terminal_back(p):
    ends_by(signal.SIGHUP, p)


def terminal_goes_away(p):
    s = Screen(p, *TOUR)
    s.see(READY)
    who = pid(s, p)
    s.kill()
    wait_for("it ended", lambda: not os.path.exists(f"/proc/{who}"), 5)


def quit_gives_the_terminal_back(p):
    s = shell(p, *TOUR)
    s.see(READY)
    who = pid(s, p)
    s.keys("C-d")
    wait_for("it ended", lambda: not os.path.exists(f"/proc/{who}"))  # it reads what is typed before that
    is_sane(s)


def resize_storm(p):
    s = tour(p, (80, 24))
    for i in range(30):
        s.resize(20 + i * 37 % 140, 5 + i * 13 % 50)
    s.resize(1, 1)
    s.resize(300, 100)
    s.resize(90, 25)
    s.type("still here")
    text = s.see("› still here", "✔ complete")
    rows = text.rstrip("\n").split("\n")
    assert len(rows) == 25 and rows[-2].startswith("▌ ›") and "Enter send" in rows[-1], text


def resize_loses_no_key(p):
    """A key and a new size at the same time, three hundred times: each key is in the draft."""
    child, master = pty.fork()
    if child == 0:
        os.chdir(p.ws)
        os.execve(MIEN, [MIEN, *TOUR], p.env())
    p.closers.append(lambda: (os.kill(child, signal.SIGKILL), os.waitpid(child, 0), os.close(master)))
    threading.Thread(target=lambda: drain(master), daemon=True).start()
    draft = os.path.join(p.state, "draft")

    def written(n):
        return os.path.exists(draft) and len(re.findall("[a-z]", open(draft).read())) == n
    os.write(master, b"a")
    wait_for("it reads keys", lambda: written(1))
    for i in range(300):
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("4H", 20 + i % 9, 60 + i % 31, 0, 0))
        os.write(master, b"abcdefghij"[i % 10:i % 10 + 1])
    wait_for("all of them", lambda: written(301), 5)


def drain(fd):
    try:
        while os.read(fd, 65536):
            pass
    except OSError:
        pass  # the other end is closed


def resize_while_streaming(p):
    p.server([{"say": "word " * 400, "pause": 0.002}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "talk")
    s.see("streaming")
    for i in range(15):
        s.resize(40 + i * 11 % 80, 10 + i * 7 % 30)
    s.resize(100, 30)
    s.see("✔ complete")


def draft_survives_kill_9(p):
    s = Screen(p, *TOUR)
    s.see(READY)
    s.type("a long thought")
    s.see("› a long thought")
    wait_for("the draft", lambda: "a long thought" in open(os.path.join(p.state, "draft")).read()
             if os.path.exists(os.path.join(p.state, "draft")) else False, 5)
    os.kill(pid(s, p), signal.SIGKILL)
    s.see("EXIT=137")
    s2 = Screen(p, *TOUR)
    s2.see("› a long thought")


def continue_shows_the_old_session(p):
    s = tour(p, (120, 40))
    s.keys("C-d")
    s.see("EXIT=0", "session", "goes on with it")
    s2 = Screen(p, *TOUR, "-c", size=(120, 40))
    s2.see("look around", "✔ complete", "Done.")
    wait_for("the tree", lambda: len(tree(s2)) == 5 and {sign for sign, _ in tree(s2)} == {"✔"})


def continue_after_kill_9(p):
    p.server([{"calls": [{"name": "decompose_task", "args": {"subtasks": ["one", "two"]}}]},
              {"say": "words before the fall", "calls": [{"name": "run_bash", "args": {"command": "echo x >> once; sleep 300"}}]},
              {"say": "x", "fault": "stall", "after": 1}])
    s = Screen(p, "-m", "m", "-a", p.seed_agent(), size=(200, 40))
    s.see(READY)
    submit(s, "work")
    wait_for("it runs", lambda: os.path.exists(os.path.join(p.ws, "once")))
    os.kill(pid(s, p), signal.SIGKILL)
    wait_for("its exit", lambda: "EXIT=137" in "".join(s.text().split()))
    s2 = Screen(p, "-m", "m", "-a", p.seed_agent(), "-c", size=(120, 40))
    s2.see("words before the fall", "one", "two")
    wait_for("it goes on", lambda: len(p.requests()) == 3)
    assert p.read("once") == "x\n", "the command ran twice"
    s2.keys("Escape")


# --- hostile bytes

HOSTILE = r"printf '\033]0;EVIL\007\033[2J\033[?1049l\033[?25l\033c\033[31mHARM\033[0mLESS\n\033]52;c;aGk=\007\302\2332J\033P1;1|x\033\\END\n'"


def hostile_tool_output(p):
    p.server(bash(HOSTILE, "cat bin"))
    p.write("bin", bytes(range(256)) * 4)
    s = Screen(p, "-m", "m", size=(100, 30))
    s.see(READY)
    submit(s, "go")
    s.see("HARMLESS", "END", "finished", "›")
    assert "EVIL" not in pane(s, "pane_title") and pane(s, "alternate_on") == "1"
    assert not s.tmux("show-buffer").strip(), "the clipboard was written"
    rows = s.text().rstrip("\n").split("\n")
    assert rows[0].startswith(" mien") and rows[-2].startswith("▌ ›") and len(rows) == 30, "\n".join(rows)


def hostile_model_and_goal(p):
    p.server([{"say": "\x1b]0;EVIL\x07\x1b[2J\x1b[?1049l see \u202eabc\u200b END-OF-IT"}, {"say": "bye", "calls": []}])
    s = Screen(p, "-m", "m", size=(100, 30))
    s.see(READY)
    submit(s, "go")
    s.see("see abc END-OF-IT", "✔ complete")
    assert "EVIL" not in pane(s, "pane_title") and pane(s, "alternate_on") == "1"


def hostile_paste(p):
    s = Screen(p, *TOUR)
    s.see(READY)
    s.tmux("set-buffer", "one\r\n\x1b[2Jtwo")
    s.tmux("paste-buffer", "-p")
    s.see("one", "two")
    assert pane(s, "alternate_on") == "1" and READY in s.text(), "a paste sent itself"


def broken_utf8_from_the_model(p):
    p.server([{"say": "before after", "fault": "bad_utf8", "after": 2}, {"fault": "bad_json", "say": "one two", "after": 2}])
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "go")
    s.see("✔ complete", "before")
    assert "\ufffd" in s.text()
    s.type("still works")
    s.see("› still works")


def garbage_from_the_model(p):
    p.server([{"raw": "\x00\x01\x02 nothing like it \x1b[2J" * 50}] * 8)
    p.write("config.yaml", "llm: {retries: 0}\n", p.config)
    s = Screen(p, "-m", "m")
    s.see(READY)
    submit(s, "go")
    s.see("✗ error", "no answer")
    s.type("still works")
    s.see("› still works")


def broken_bytes_on_the_keyboard(p):
    s = Screen(p, *TOUR)
    s.see(READY)
    for b in ("ff", "c3", "28", "1b", "5b", "39", "39", "39", "7e", "80"):
        s.tmux("send-keys", "-H", b)
    s.type("fine")
    s.see("fine")
    s.keys("C-c")
    s.type("é日本👍 ok")
    s.see("é日本", "ok")


def the_user_takes_the_keyboard(p):
    p.write("asks.sh", "printf 'token? '; stty -echo; read t; stty echo; echo; printf 'and who? '; read w; echo ${#w} ${#t} > said; "
            "printf '\\033[2Jdone, '; sleep 9876\n")
    p.server([{"calls": [{"name": "run_bash", "args": {"command": "bash asks.sh", "tty": True}}]}, {"say": "Type it yourself."},
              {"calls": [{"name": "send_input", "args": {"job": "job-1", "timeout": 1}}]}, {"say": "Seen."}])
    s = Screen(p, "-m", "m", size=(100, 30))
    s.see(READY)
    submit(s, "log in")
    s.see("Type it yourself.", "✔ complete")
    command(s, "/jobs keyboard job-1")
    s.see("job-1: the keyboard is yours", "Ctrl-] gives it back")
    submit(s, "hunter2hunter2")
    s.see("and who?")
    submit(s, "Ann Onymous")
    wait_for("it was read", lambda: os.path.exists(p.ws + "/said"))
    s.see("done,")  # what clears a screen does not get through
    s.see("the keyboard is yours")
    s.keys("C-]")
    s.see("Type it yourself.", "✔ complete")
    submit(s, "go on")
    s.see("Seen.")
    assert p.read("said") == "11 14\n"
    raw = p.requests()[-1]["raw"]
    assert "[the user typed here]" in raw, raw[-2000:]
    for at, _, names in os.walk(p.top):
        for name in names:
            kept = open(os.path.join(at, name), "rb").read() if os.path.isfile(os.path.join(at, name)) else b""
            assert b"hunter2" not in kept and b"Onymous" not in kept, os.path.join(at, name)
    command(s, "/jobs keyboard job-7")
    s.see('no job is called "job-7"')


# --- other terminals

def dumb_terminal(p):
    p.write("a.txt", "hello\n")
    s = Screen(p, *TOUR, env={"TERM": "dumb"})
    s.see("›")
    assert pane(s, "alternate_on") == "0"
    submit(s, "look around")
    s.see("✔ complete")
    assert os.path.exists(os.path.join(p.ws, "mien-tour.md"))
    assert "plain line mode" in open(os.path.join(p.top, "stderr")).read()
    s.keys("C-d")
    s.see("EXIT=0")


def unknown_terminal(p):
    s = Screen(p, "-m", p.playbook("turns:\n  - say: all the same\n"), env={"TERM": "no-such-terminal"})
    s.see("›", 'the terminal type "no-such-terminal" is unknown here')
    assert pane(s, "alternate_on") == "1"
    submit(s, "go")
    s.see("all the same")


def what_cannot_be_done_is_said_once(p):
    s = Screen(p, "-m", p.playbook("turns:\n  - say: painted\n"), size=(100, 40))
    s.see(READY)
    command(s, "/continue")
    s.see("no unfinished goal")
    command(s, "/context foo")
    t = s.see("export FILE")
    assert t.count("no unfinished goal") == 1 and not re.search(r"(usage|config|engine): ", t), t
    command(s, "/status")
    t = s.see("sandbox", "rounds")
    assert "TURNS" not in t, t


def the_first_task_of_an_empty_tree_is_a_goal(p):
    s = Screen(p, "-m", p.playbook("turns:\n  - say: painted\n"))
    s.see(READY)
    s.keys("C-t", "a")
    submit(s, "paint the fence")
    s.see("painted", "✔ complete")


def inline(p):
    p.write("a.txt", "hello\n")
    s = Screen(p, *TOUR, "--inline", size=(100, 50))
    s.see("›")
    assert pane(s, "alternate_on") == "0"
    submit(s, "look around")
    s.see("✔ complete")
    command(s, "/status")
    s.see("sandbox")
    s.keys("C-d")
    s.see("EXIT=0")
    history = s.tmux("capture-pane", "-p", "-e", "-S", "-")
    assert "look around" in history, "the transcript does not stay in the terminal"
    assert "Wrote" in history and '"success"' not in history and "Ctrl-O" not in history, history
    assert re.search(COLOR, history), history
    s = Screen(p, *TOUR, "--inline", "--no-color", size=(100, 50))
    s.see("›")
    submit(s, "look around")
    s.see("✔ complete")
    assert not re.search(COLOR, s.tmux("capture-pane", "-p", "-e", "-S", "-"))


def inline_asks_about_a_write_as_a_diff(p):
    p.write("a.c", "int a;\n")
    p.server([{"calls": [{"name": "write_file", "args": {"path": "a.c", "content": "int b;\n"}}]}, {"say": "finished"}])
    s = Screen(p, "-m", "m", "--inline", "--approval", "ask")
    s.see("›")
    submit(s, "go")
    s.see("1 − int a;", "1 + int b;", "[y]")
    submit(s, "y")
    s.see("Wrote a.c", "+1 −1", "finished")


def linear(p):
    """For screen readers: states in words, no signs."""
    p.server([{"calls": [{"name": "run_bash", "args": {"command": "echo ran-$((40+2))"}}]}, {"say": "it is done"}])
    s = Screen(p, "-m", "m", "--linear", size=(100, 50))
    s.see("mien: ready for your next line.")
    submit(s, "go")
    t = s.see("mien: asking the model.", "ran-42", "mien: the model answers.", "it is done", "mien: ready for your next line.")
    assert all(ord(c) < 128 for c in t), t


def inline_asks(p):
    p.write("config.yaml", "sandbox: {level: none}\n", p.config)
    p.server(bash("touch made"))
    s = Screen(p, "-m", "m", "--inline")
    s.see("›")
    submit(s, "go")
    s.see("Run this command?", "[y]")
    submit(s, "y")
    s.see("finished")
    assert os.path.exists(os.path.join(p.ws, "made"))


def not_a_terminal(p):
    r = p.mien(*TOUR, "go")
    assert r.returncode == 2 and b"terminal" in r.stderr and b"mien exec" in r.stderr and not r.stdout, r


def no_color(p):
    s = tour(p, (80, 24), ("--no-color",))
    assert not re.search(COLOR, s.tmux("capture-pane", "-p", "-e"))


def no_color_by_environment(p):
    s = Screen(p, *TOUR, env={"NO_COLOR": "1"})
    s.see(READY)
    assert not re.search(COLOR, s.tmux("capture-pane", "-p", "-e"))


def color_otherwise(p):
    s = Screen(p, *TOUR)
    s.see(READY)
    assert re.search(COLOR, s.tmux("capture-pane", "-p", "-e"))


def ascii_signs(p):
    s = Screen(p, *TOUR, env={"MIEN_ASCII": "1"})
    s.see(READY)
    assert all(ord(c) < 128 for c in s.text()), s.text()


def editor(p):
    path = p.write("ed.sh", "#!/bin/sh\ngrep -q 'a start' \"$1\" || exit 1\nprintf 'from the\\neditor\\n' > \"$1\"\n", p.top)
    os.chmod(path, 0o755)
    s = Screen(p, "-m", p.playbook("turns:\n  - say: 'got {user}'\n"), env={"EDITOR": path})
    s.see(READY)
    s.type("a start")
    s.see("› a start")
    s.keys("C-g")
    s.see("from the", "editor")
    assert pane(s, "alternate_on") == "1"
    s.keys("Enter")
    s.see("got from the")


def editor_that_fails_changes_nothing(p):
    s = Screen(p, *TOUR, env={"EDITOR": "false"})
    s.see(READY)
    s.type("a start")
    s.keys("C-g")
    s.see("false failed", "› a start")


def fatal_error_is_told_after_the_screen(p):
    s = Screen(p, "-m", "playbook/none.yaml")
    s.see("EXIT=2")
    assert "none.yaml" in open(os.path.join(p.top, "stderr")).read()


def second_holder_is_refused(p):
    s = Screen(p, *TOUR, "--session", "one")
    s.see(READY)
    wait_for("the session", lambda: os.path.exists(os.path.join(p.state, "sessions/one.db")))
    r = p.mien("exec", *TOUR, "--session", "one", "go")
    assert r.returncode == 2 and b"one" in r.stderr, r
    assert b"in use" in r.stderr or b"held" in r.stderr or b"open" in r.stderr or b"another" in r.stderr, r


run(globals())
