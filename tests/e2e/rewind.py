"""Going back: on the screen, on the command line; sessions that are copied, searched, resumed from elsewhere."""
import os

from lib import READY, Screen, of, run, submit, wait_for

DAMAGE = """turns:
  - call: {tool: run_bash, args: {command: "rm a.txt; echo broken > b.txt; chmod 600 b.txt; mkdir new; echo n > new/n"}}
  - say: I tidied up.
  - call: {tool: run_bash, args: {command: "echo later > later.txt"}}
  - say: More was done.
"""


def mien(p, *args):
    r = p.mien(*args)
    r.stdout, r.stderr = r.stdout.decode(), r.stderr.decode()
    return r


def state_of(p):
    found = {}
    for top, _, names in os.walk(p.ws):
        for name in names:
            path = os.path.join(top, name)
            found[os.path.relpath(path, p.ws)] = (oct(os.stat(path).st_mode), open(path).read())
    return found


def damaged(p):
    p.write("a.txt", "one\n")
    p.write("b.txt", "two\n")
    return p.playbook(DAMAGE), state_of(p)


def esc_esc_chooses_a_message(p):
    model, before = damaged(p)
    s = Screen(p, "-m", model, size=(80, 24))
    s.see(READY)
    submit(s, "tidy up")
    s.see("I tidied up", "✔ complete")
    s.keys("Escape")
    s.see("Esc again")
    s.keys("Escape")
    s.see("go back to before", "tidy up", "3 files changed")
    s.keys("Enter")
    s.see("Go back to before", "a.txt", "files and conversation")
    s.keys("Enter")
    text = s.see("taken back to here", "3 files are as then", "› tidy up")
    assert "I tidied up" not in text, text
    assert state_of(p) == before


def the_esc_that_stops_is_none_of_the_two(p):
    p.server([{"say": "x", "fault": "stall", "after": 1}])
    s = Screen(p, "-m", "m", size=(80, 24))
    s.see(READY)
    submit(s, "work")
    wait_for("it asks", lambda: len(p.requests()) == 1)
    s.keys("Escape")
    s.see("cancelled")
    s.keys("Escape")
    s.see("Esc again")
    assert "go back to before" not in s.text()


def the_command_line_shows_and_puts_back(p):
    model, before = damaged(p)
    code, _, err = p.events("-m", model, "--session", "one", "tidy up")
    assert code == 0, err
    after = state_of(p)
    later = p.playbook("turns:\n" + DAMAGE[DAMAGE.index("  - call", 20):], "later.yaml")
    assert p.events("-m", later, "-r", "one", "more")[0] == 0
    r = mien(p, "sessions", "rewind", "one")
    lines = [line.split() for line in r.stdout.splitlines()]
    assert [line[1] for line in lines] == ["3", "1"] and lines[0][3:] == ["tidy", "up"], r.stdout
    r = mien(p, "sessions", "diff", "one")
    assert "-one\n" in r.stdout and "+broken\n" in r.stdout and "later.txt" in r.stdout, r.stdout
    r = mien(p, "sessions", "diff", "one", lines[1][0])
    assert "later.txt" in r.stdout and "broken" not in r.stdout, r.stdout
    r = mien(p, "sessions", "rewind", "one", lines[1][0])
    assert r.returncode == 1 and "--force" in r.stderr and state_of(p) != after, r
    r = mien(p, "sessions", "rewind", "one", lines[1][0], "--force")
    assert r.returncode == 0 and "remove   later.txt" in r.stdout, r
    assert state_of(p) == after
    p.write("b.txt", "mine\n")
    r = mien(p, "sessions", "rewind", "one", lines[0][0], "--force")
    assert r.returncode == 0 and "keep     b.txt" in r.stdout, r
    assert p.read("b.txt") == "mine\n" and p.read("a.txt") == "one\n"


def another_mien_in_the_same_place_is_told(p):
    model, _ = damaged(p)
    first, second = Screen(p, "-m", model, size=(100, 40)), Screen(p, "-m", model, size=(100, 40))
    first.see(READY)
    second.see(READY)
    submit(first, "tidy up")
    first.see("✔ complete")
    submit(second, "tidy up")
    second.see("another mien works in this directory too", "✔ complete")


def a_session_works_where_it_worked(p):
    model = p.playbook("turns:\n  - call: {tool: run_bash, args: {command: pwd}}\n  - say: done\n")
    other = os.path.join(p.top, "elsewhere")
    os.makedirs(other)
    assert p.events("-m", model, "--session", "one", "first")[0] == 0
    code, events, err = p.events("-m", model, "-r", "one", "second", cwd=other)
    assert of(events, "session_start")[0]["workspace"] == os.path.realpath(p.ws), err
    assert p.ws in err or os.path.realpath(p.ws) in err, err
    # Asked for, it moves, and says so.
    code, events, err = p.events("-m", model, "-r", "one", "-C", ".", "third", cwd=other)
    assert of(events, "session_start")[0]["workspace"] == os.path.realpath(other), err
    assert any("worked in" in n["text"] for n in of(events, "notice")), events
    # Its directory is gone: it is said, and nothing else is taken.
    os.rename(other, other + "2")
    code, events, err = p.events("-m", model, "-r", "one", "fourth")
    assert code == 2 and "not there any more" in err, err


def a_fork_leaves_the_session_as_it_is(p):
    model = p.playbook("turns:\n  - say: the answer is blue\n  - say: second\n")
    assert p.events("-m", model, "--session", "one", "what colour?")[0] == 0
    r = mien(p, "sessions", "fork", "one")
    copy = r.stdout.strip()
    assert r.returncode == 0 and copy, r
    code, events, err = p.events("-m", model, "-r", "one", "--fork", "again")
    assert code == 0 and of(events, "session_start")[0]["session"] not in ("one", copy), err
    r = mien(p, "sessions", "show", "one")
    assert "what colour?" in r.stdout and "again" not in r.stdout, r.stdout
    r = mien(p, "sessions", "search", "IS BLUE")
    assert r.returncode == 0 and len(r.stdout.splitlines()) == 3, r.stdout
    assert mien(p, "sessions", "search", "is green").returncode == 1


def what_is_kept_goes_with_its_session(p):
    model, _ = damaged(p)
    kept = os.path.join(p.state, "rewind", "one")
    assert p.events("-m", model, "--session", "one", "tidy up")[0] == 0
    assert os.path.isdir(kept)
    os.utime(os.path.join(kept, "list"), (1, 1))
    r = mien(p, "sessions", "prune", "--dry-run")
    assert "one" in r.stdout and "not used for a week" in r.stdout and os.path.isdir(kept), r.stdout
    assert mien(p, "sessions", "prune").returncode == 0 and not os.path.isdir(kept)
    assert p.events("-m", model, "-r", "one", "more")[0] == 0 and os.path.isdir(kept)
    assert mien(p, "sessions", "rm", "one").returncode == 0 and not os.path.isdir(kept)


run(globals())
