"""--worktree: a session in a git worktree of its own."""
import os
import subprocess

from lib import run

WRITES = "turns:\n  - call: {tool: run_bash, args: {command: 'pwd > where; git add -A; git -c user.name=a -c user.email=a@b commit -qm done'}}\n  - say: done\n"


def git(place, *words, check=True):
    return subprocess.run(["git", "-C", place.ws, "-c", "user.name=a", "-c", "user.email=a@b", *words], check=check, capture_output=True,
                          text=True).stdout


def repository(place):
    place.write("sub/t.txt", "one\n")
    git(place, "init", "-q")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "x")
    place.write("sub/t.txt", "not committed\n")
    hook = place.write(".git/hooks/post-checkout", f"#!/bin/sh\ntouch {place.top}/hooked\n")
    os.chmod(hook, 0o755)


def a_session_works_in_a_worktree(p):
    repository(p)
    m = p.playbook(WRITES)
    r = p.mien("exec", "-m", m, "--worktree=fix-1", "go", cwd=p.ws + "/sub")
    tree = p.ws + ".worktrees/fix-1"
    assert r.returncode == 0 and b"ws.worktrees/fix-1" in r.stderr and b"mien/fix-1" in r.stderr, r
    assert open(tree + "/sub/where").read().strip() == tree + "/sub" and open(tree + "/sub/t.txt").read() == "one\n"
    assert not os.path.exists(p.ws + "/sub/where") and p.read("sub/t.txt") == "not committed\n"
    commits = b"level \"landlock\"" not in r.stderr
    if not commits:
        print("# skipped: at level landlock no command commits in a worktree")
    else:
        assert "sub/where" in git(p, "show", "--stat", "mien/fix-1"), git(p, "log", "--all", "--stat")
    assert not os.path.exists(p.top + "/hooked")
    # Once more: the same one, as it is.
    r = p.mien("exec", "-m", m, "--worktree=fix-1", "again")
    assert r.returncode == 0 and b"last commit" not in r.stderr and os.path.exists(tree + "/where"), r
    # From within a worktree, and without a name.
    r = p.mien("exec", "-m", m, "--worktree", "go", cwd=tree)
    assert r.returncode == 0 and len(git(p, "worktree", "list").splitlines()) == 3, (r, git(p, "worktree", "list"))
    # A branch that is left of one that was removed.
    git(p, "worktree", "remove", "--force", tree)
    r = p.mien("exec", "-m", m, "--worktree=fix-1", "go")
    assert r.returncode == 0 and os.path.exists(tree + "/sub/where") == commits, r


def what_cannot_be_is_said(p):
    m = p.playbook("turns:\n  - say: done\n")
    r = p.mien("exec", "-m", m, "--worktree", "go")
    assert r.returncode == 2 and b"no git repository" in r.stderr, r
    git(p, "init", "-q")
    r = p.mien("exec", "-m", m, "--worktree", "go")
    assert r.returncode == 2 and b"HEAD" in r.stderr, r
    repository(p)
    os.makedirs(p.ws + ".worktrees/mine")
    for words, want in ((["--worktree=mine"], b"not a worktree of"), (["--worktree=../x"], b"named by letters"), (["--worktree=-x"], b"named by letters"),
                        (["--worktree=a", "-c"], b"leave out --worktree")):
        r = p.mien("exec", "-m", m, *words, "go")
        assert r.returncode == 2 and want in r.stderr, r
    r = p.mien("sessions", "list", "--worktree=a")
    assert r.returncode == 2 and b"for the screen and for exec" in r.stderr, r
    git(p, "config", "filter.evil.smudge", f"touch {p.top}/evil; cat")
    p.write(".gitattributes", "* filter=evil\n")
    git(p, "add", ".gitattributes")
    git(p, "commit", "-qm", "y")
    os.remove(p.top + "/evil") if os.path.exists(p.top + "/evil") else None
    r = p.mien("exec", "-m", m, "--worktree=a", "go")
    assert r.returncode == 2 and b"filter.evil.smudge" in r.stderr and not os.path.exists(p.top + "/evil"), r
    assert not os.path.exists(p.ws + ".worktrees/a")


run(globals())
