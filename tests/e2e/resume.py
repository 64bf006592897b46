"""What a resumed session keeps, and what it must not bring back."""
import json
import os
import signal
import subprocess

from lib import MIEN, READY, Screen, of, pid, run, submit, wait_for

ASKS = {"calls": [{"name": "run_bash", "args": {"command": "touch harmless", "needs": ["trace"], "why": "one"}}]}
EVIL = {"calls": [{"name": "run_bash", "args": {"command": "touch evil", "needs": ["trace"], "why": "two"}}]}


def killed_at_a_question(place, steps):
    place.server(steps)
    s = Screen(place, "-m", "m", size=(100, 30))
    s.see(READY)
    submit(s, "work")
    s.see("touch harmless", "look behind")
    os.kill(pid(s, place), signal.SIGKILL)
    wait_for("its exit", lambda: "EXIT=137" in "".join(s.text().split()))


def an_old_question_is_not_asked_again(p):
    killed_at_a_question(p, [ASKS, {"say": "nothing to ask now"}])
    s = Screen(p, "-m", "m", "-c", size=(100, 30))
    text = s.see("nothing to ask now", "✔ complete")
    assert "look behind" not in text and "waiting for you" not in text, text


def an_answer_is_to_the_question_on_the_screen(p):
    killed_at_a_question(p, [ASKS, EVIL, {"say": "end"}])
    s = Screen(p, "-m", "m", "-c", size=(100, 30))
    text = s.see("touch evil", "look behind")
    assert "$ touch harmless" not in text, text
    s.keys("Escape")
    s.see("end", "✔ complete")
    assert not os.path.exists(os.path.join(p.ws, "evil"))


def a_session_killed_at_a_question_is_picked_up(p):
    killed_at_a_question(p, [ASKS, {"say": "end"}])
    name = next(f[:-3] for f in os.listdir(os.path.join(p.state, "sessions")) if f.endswith(".db"))
    s = Screen(p, "-m", "m", size=(100, 30))
    s.see(READY)
    submit(s, "/resume " + name)
    text = s.see("its goal is unfinished")
    assert "look behind" not in text, text


def question_ids_are_never_given_twice(p):
    p.server([ASKS, EVIL, {"say": "end"}])
    ids = []
    for words in (["--session", "s", "work"], ["-c"]):
        r = subprocess.Popen([MIEN, "exec", "--json", "-m", "m", "--ask", "stdin", *words], cwd=p.ws, env=p.env(),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in r.stdout:
            e = json.loads(line)
            if e["type"] == "approval":
                ids.append(e["id"])
                break
        r.kill()
        r.communicate()
    assert len(ids) == len(set(ids)) == 2, ids


# --- the policy

WRITES = {"calls": [{"name": "write_file", "args": {"path": "x.txt", "content": "x"}}]}


def policy_of(place, *args):
    code, events, err = place.events("-m", "m", *args)
    return of(events, "session_start")[0]["approval"]


def a_plan_stays_one(p):
    p.server([{"say": "The plan: write x.txt"}, WRITES, {"say": "end"}, WRITES, {"say": "end"}])
    assert policy_of(p, "--plan", "--session", "s", "write x") == "plan"
    assert policy_of(p, "-c", "and now?") == "plan"
    assert not os.path.exists(os.path.join(p.ws, "x.txt"))
    assert policy_of(p, "-c", "--approval", "auto", "now really") == "auto"
    assert os.path.exists(os.path.join(p.ws, "x.txt"))


def the_stricter_policy_holds(p):
    p.server([{"say": "end"}] * 9)
    for kept, configured, then in (("never", None, "never"), ("ask", None, "ask"), ("yolo", None, "auto"), ("auto", None, "auto"),
                                   ("ask", "never", "never"), ("plan", "ask", "plan"), ("yolo", "ask", "ask")):
        p.write("config.yaml", f"approval: {configured}\n" if configured else "", p.config)
        assert policy_of(p, "--approval", kept, "--session", kept + str(configured), "hello") == kept
        assert policy_of(p, "-r", kept + str(configured), "hello") == then, (kept, configured)


def a_plan_goes_on_as_one_on_the_screen(p):
    p.server([{"say": "x", "fault": "stall", "after": 1}, WRITES, {"say": "That is my plan."}])
    s = Screen(p, "-m", "m", size=(100, 30))
    s.see(READY)
    submit(s, "/approve plan")
    s.see("plan")
    submit(s, "write x")
    wait_for("it asks", lambda: len(p.requests()) == 1)
    os.kill(pid(s, p), signal.SIGKILL)
    wait_for("its exit", lambda: "EXIT=137" in "".join(s.text().split()))
    s2 = Screen(p, "-m", "m", "-c", size=(100, 30))
    s2.see("Take this plan?")
    assert not os.path.exists(os.path.join(p.ws, "x.txt"))


def another_session_is_named(p):
    p.write("secret.txt", "the colour is teal\n")
    p.server([{"calls": [["read_file", {"path": "secret.txt"}]]}, {"say": "It is teal."}, {"say": "I see."}, {"say": "x"}, {"say": "x"}, {"say": "x"}])
    assert p.mien("exec", "-m", "m", "--session", "old", "which colour is it?").returncode == 0
    assert p.mien("exec", "-m", "m", "--session", "new", "as in @session:old, please").stdout == b"I see.\n"
    said = p.requests()[-1]["body"]["messages"][-1]["content"]
    assert "@session:old, what was said there:\nUser: which colour is it?\n\nAgent: It is teal." in said, said
    assert "the colour is teal" not in said, "results stay where they are"
    code, ev, _ = p.events("-m", "m", "as in @session:old, too")
    assert of(ev, "user")[0]["text"] == "as in @session:old, too\n\n[@session:old, 1 kB]", of(ev, "user")
    code, ev, _ = p.events("-m", "m", "as in @session:none")
    assert code == 0 and any("@session:none" in n["text"] for n in of(ev, "notice")), of(ev, "notice")
    # What another agent wrote reads nobody's sessions.
    p.server([{"say": "x"}] * 3)
    before = len(p.requests())
    r = subprocess.run([MIEN, "exec", "--json", "--delegated", "-m", "m", "-"], cwd=p.ws, env=p.env(), capture_output=True, timeout=60,
                       input=json.dumps({"goal": "as in @session:old"}).encode() + b"\n")
    said = json.dumps([q["body"] for q in p.requests()[before:]])
    assert b"brings no sessions along" in r.stdout and "as in @session:old" in said and "It is teal" not in said, (r, said)


run(globals())
