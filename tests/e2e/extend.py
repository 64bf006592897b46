"""What people add without a compiler: slash commands, skills, shared objects of their own."""
import os

from lib import Screen, of, run

SKILL = "---\nname: sailing\ndescription: How to tie a bowline. Use it for ropes.\n---\n# Sailing\nThe rabbit comes out of the hole.\n"


def skills_are_named_and_loaded(p):
    p.write(".agents/skills/ropes/SKILL.md", SKILL)
    p.write(".agents/skills/ropes/extra.txt", "x")
    p.write(".agents/skills/sailing2/SKILL.md", SKILL)
    p.write("agents/skills/plain/SKILL.md", "no head\n", os.path.join(p.home, "."))
    os.rename(os.path.join(p.home, "agents"), os.path.join(p.home, ".agents"))
    p.server([{"calls": [{"name": "load_skill", "args": {"name": "sailing"}}]},
              {"calls": [{"name": "load_skill", "args": {"name": "nosuch"}}]}, {"say": "done"}])
    code, ev, err = p.events("-m", "m", "tie it")
    assert code == 0, err
    first = p.requests()[0]["raw"]
    assert "sailing: How to tie a bowline" in first and "plain: (no description)" in first, first
    assert first.count("How to tie") == 1 and "rabbit" not in first
    loaded, unknown = [e["result"] for e in of(ev, "tool_result")]
    assert "rabbit comes out" in loaded["content"] and loaded["folder"].endswith("/ropes"), loaded
    assert "there are: plain, sailing" in unknown["error"], unknown


def without_skills_no_tool_is_offered(p):
    p.server([{"say": "done"}])
    p.events("-m", "m", "go")
    assert "load_skill" not in p.requests()[0]["raw"]


def own_commands_are_completed_and_sent(p):
    p.write("commands/review.md", "# look at a file\nReview $ARGUMENTS with care, and $ARGUMENTS again.\n", p.config)
    p.write("commands/plain.md", "Say hello.\n", p.config)
    s = Screen(p, "-m", p.playbook("turns:\n  - say: 'heard: {user}'\n  - say: 'heard: {user}'\n"), size=(120, 40))
    s.see("›")
    s.type("/rev")
    s.see("/review", "look at a file")
    s.type("iew a.c b.c")
    s.keys("Enter")
    s.see("heard: Review a.c b.c with care, and a.c b.c again.")
    s.type("/plain to all")
    s.keys("Enter")
    s.see("heard: Say hello.", "to all")
    s.type("/nosuchthing")
    s.keys("Enter")
    s.see("no command /nosuchthing")


def commands_of_a_project_need_trust(p):
    p.write(".mien/commands/own.md", "From the project.\n")
    s = Screen(p, "-m", p.playbook("turns:\n  - say: 'heard: {user}'\n"))
    s.see("a slash command", "[y]")
    s.type("n")
    s.keys("Enter")
    s.see("›")
    s.type("/own")
    s.keys("Enter")
    s.see("no command /own")


run(globals())
