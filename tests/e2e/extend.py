"""What people add without a compiler: slash commands, skills, shared objects of their own."""
import concurrent.futures
import os
import subprocess

import lib
from lib import MIEN, ROOT, Screen, answered, of, run

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


def nothing_a_project_brings_leads_out(p):
    """Skills are read before any question, the rest before trust: a link gets no file of the user's."""
    key = p.write("secret.md", "---\nname: y\ndescription: SECRETMARK\n---\nSECRETMARK\n", p.top)
    os.makedirs(os.path.join(p.ws, ".agents/skills/x"))
    os.symlink(key, os.path.join(p.ws, ".agents/skills/x/SKILL.md"))
    p.write("far/SKILL.md", SKILL.replace("bowline", "SECRETMARK"), p.top)
    os.symlink(os.path.join(p.top, "far"), os.path.join(p.ws, ".agents/skills/far"))
    p.write("near/SKILL.md", SKILL.replace("bowline", "NEARMARK"))
    os.symlink("../../near", os.path.join(p.ws, ".agents/skills/near"))
    p.server([{"calls": [{"name": "load_skill", "args": {"name": "y"}}]}, {"say": "done"}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0, err
    assert not any("SECRETMARK" in r["raw"] for r in p.requests()), "a link was read"
    assert "NEARMARK" in p.requests()[0]["raw"], "a link within the project was not"
    said = [n["text"] for n in of(ev, "notice") if "leads out of the project" in n["text"]]
    assert len(said) >= 2 and any("skills/x/SKILL.md" in t for t in said), said
    for name in (".mcp.json", ".mien/commands/c.md", ".mien/config.yaml"):
        at = os.path.join(p.ws, name)
        os.makedirs(os.path.dirname(at), exist_ok=True)
        os.symlink(key, at)
        r = p.mien("exec", "-m", "m", "go")
        assert r.returncode == 2 and b"leads out of the project" in r.stderr, (name, r)
        assert b"SECRETMARK" not in r.stderr + r.stdout, r
        os.unlink(at)


def a_skill_whose_head_is_no_yaml_is_read_all_the_same(p):
    heads = {"colon": b"name: colon\ndescription: Use when: MARKcolon things\n", "star": b"description: does MARKstar\nglobs: *.py\n",
             "quote": b"name: quote\ndescription: 'it's MARKquote'\n", "crlf": b"name: crlf\r\ndescription: a: b MARKcrlf\r\nx: @y\r\n",
             "block": b"description: >-\n  Use: this\n  MARKblock\n \tbad: [\nlicense: `x`\n", "list": b"description: [MARKlist]\n",
             "good": b"description: |\n  MARKgood\n"}
    for name, head in heads.items():
        eol = b"\r\n" if name == "crlf" else b"\n"
        p.write(f".agents/skills/{name}/SKILL.md", b"---" + eol + head + b"---" + eol + b"body\n")
    p.write(".agents/skills/open/SKILL.md", "---\nname: open\nnever ends\n")
    p.server([{"say": "hi"}])
    p.events("-m", "m", "go")
    sent = p.requests()[0]["raw"]
    assert all("MARK" + name in sent for name in heads), [n for n in heads if "MARK" + n not in sent]
    assert "Use: this MARKblock" in sent and "it's MARKquote" in sent and "- crlf: a: b MARKcrlf" in sent and "license" not in sent, sent
    assert "- open: (no description)" in sent, sent


def a_long_description_is_cut_between_characters(p):
    p.write(".agents/skills/long/SKILL.md", "---\nname: long\ndescription: " + "x" * 399 + "éé\n---\nText.\n")
    p.server([{"say": "done"}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and "\ufffd" not in p.requests()[0]["raw"] and "x" * 399 in p.requests()[0]["raw"], err


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
    s.keys("n", "Enter")
    answered(s)
    s.type("/own")
    s.keys("Enter")
    s.see("no command /own")


def compile_plugin(place, source, name, where=None):
    out = os.path.join(where or os.path.join(place.config, "behaviors"), name + ".so")
    os.makedirs(os.path.dirname(out), exist_ok=True)
    path = place.write(name + ".c", source, place.top)
    subprocess.run(["cc", "-std=gnu17", "-D_GNU_SOURCE", "-fPIC", "-shared", "-DBEHAVIOR_PLUGIN", f"-I{ROOT}/src",
                    f"-I{ROOT}", "-o", out, path], check=True, capture_output=True)
    return out


def agent_with(place, *types):
    return place.write("a.yaml", "system_prompt: x\nbehaviors: [" + ", ".join(types) + "]\n", place.top)


def a_scaffold_in_c_builds_tests_and_runs(p):
    usr = os.path.join(p.top, "usr")
    kind = os.path.relpath(os.path.dirname(MIEN), os.path.join(ROOT, "build"))
    subprocess.run(["make", "-C", ROOT, "install", f"INSTALL_BUILD={kind}", f"PREFIX={usr}"], check=True,
                   capture_output=True)
    assert os.path.exists(os.path.join(usr, "include/mien/behavior.h"))
    assert p.mien("behaviors", "new", "MyBehavior").returncode == 0
    env = p.env(PKG_CONFIG_PATH=os.path.join(usr, "share/pkgconfig"))
    r = subprocess.run(["make", "test", f"MIEN={usr}/bin/mien"], cwd=os.path.join(p.ws, "my_behavior"), env=env,
                       capture_output=True)
    assert r.returncode == 0 and r.stdout.count(b"\nok ") == 4 and b"warning" not in r.stderr, r
    r = p.mien("behaviors", "new", "MyBehavior")
    assert r.returncode == 2 and b"my_behavior" in r.stderr, r
    for bad in ("lower", "LoopDetectionBehavior", "../X", "A b"):
        assert p.mien("behaviors", "new", bad).returncode == 2, bad


def a_builtin_built_as_a_plugin_behaves_the_same(p):
    text = open(os.path.join(ROOT, "behaviors/loop_detection.c")).read()
    compile_plugin(p, text.replace('"LoopDetectionBehavior"', '"LoopPluginBehavior"')
                   .replace('"loop_detection"', '"loop_plugin"').replace("behavior_loop_detection", "behavior_loop_plugin"),
                   "loop_plugin_behavior")
    m = p.playbook("turns:\n" + "  - call: {tool: read_file, args: {path: nope}}\n" * 20)
    told = []
    for one in ("LoopDetectionBehavior", "LoopPluginBehavior"):
        code, ev, err = p.events("-m", m, "-a", agent_with(p, "FileToolsBehavior", one), "go")
        assert code == 4, err
        told.append([(e["level"], e["count"], e["text"]) for e in of(ev, "loop_warning")])
    assert told[0] and told[0] == told[1], told
    shown = p.mien("behaviors", "show", "LoopPluginBehavior")
    assert b"max_repeats" in shown.stdout, shown


GOOD = """#include "behaviors/behavior.h"
const struct behavior behavior_odd = {.type = "OddBehavior", .name = "odd", .help = "x"};
"""


def what_does_not_fit_is_explained(p):
    m = p.playbook("turns:\n  - say: hi\n")

    def start(name="OddBehavior"):
        r = p.mien("exec", "-m", m, "-a", agent_with(p, name), "go")
        return r.returncode, r.stderr.decode()
    code, err = start()
    assert code == 2 and "odd_behavior.so" in err and "odd_behavior.py" in err, err
    so = compile_plugin(p, GOOD, "odd_behavior")
    assert start()[0] == 0
    os.chmod(so, 0o777)
    code, err = start()
    assert code == 2 and "written by others" in err and "chmod go-w" in err, err
    os.chmod(so, 0o755)
    compile_plugin(p, "const unsigned behavior_abi = 99; const int behavior_odd = 1;", "odd_behavior")
    code, err = start()
    assert code == 2 and "contract 99" in err and "rebuild" in err, err
    compile_plugin(p, "int nothing;", "odd_behavior")
    code, err = start()
    assert code == 2 and "behavior_abi" in err, err
    compile_plugin(p, GOOD.replace("behavior_odd", "behavior_even"), "odd_behavior")
    code, err = start()
    assert code == 2 and "no symbol behavior_odd_behavior" in err, err
    compile_plugin(p, GOOD.replace('"OddBehavior"', '"EvenBehavior"'), "odd_behavior")
    code, err = start()
    assert code == 2 and "EvenBehavior" in err, err
    p.write("behaviors/odd_behavior.so", "not an object", p.config)
    code, err = start()
    assert code == 2 and "cannot be loaded" in err, err


def what_files_bring_is_listed(p):
    """By the names of the files: nothing is loaded for it."""
    p.write("behaviors/own_clock_behavior.so", "not an object", p.config)
    p.write("behaviors/http_ping_behavior/http_ping_behavior.py", "class HTTPPingBehavior:\n    raise Exception\n", p.config)
    p.write("more/extra_behavior.py", "no class at all\n", p.top)
    p.write("config.yaml", f"behaviors_path: [{p.top}/more]\n", p.config)
    p.write(".mien/behaviors/own_behavior.py", "class OwnBehavior:\n    pass\n")
    p.write(".mien/behaviors/never_behavior.so", "x")

    def listed(*args):
        return dict(l.split() for l in p.mien("behaviors", "list", *args).stdout.decode().splitlines() if l.endswith((".so", ".py")))
    all_ = listed()
    assert sorted(all_) == ["ExtraBehavior", "HTTPPingBehavior", "OwnClockBehavior"], all_
    assert sorted(listed("--trust")) == ["ExtraBehavior", "HTTPPingBehavior", "OwnBehavior", "OwnClockBehavior"]
    r = p.mien("behaviors", "show", "HTTPPingBehaviour")
    assert b'did you mean "HTTPPingBehavior"' in r.stderr, r


def a_tool_conflict_names_both(p):
    compile_plugin(p, """#include "behaviors/behavior.h"
static cJSON *f(struct call *c, const cJSON *a) { return json_success(); }
static const struct tool tools[] = {{"read_file", "x", "{}", TOOL_READS, f}, {0}};
const struct behavior behavior_odd = {.type = "OddBehavior", .name = "odd", .help = "x", .tools = tools};
""", "odd_behavior")
    r = p.mien("exec", "-m", p.playbook("turns:\n  - say: hi\n"), "-a", agent_with(p, "FileToolsBehavior", "OddBehavior"), "go")
    assert r.returncode == 2 and b"OddBehavior" in r.stderr and b"FileToolsBehavior" in r.stderr, r


# Crashes or hangs, as ODD_HOW says, in the slot that ODD_SLOT names.
FAILING = """#include <stdlib.h>
#include <string.h>
#include "behaviors/behavior.h"
static volatile long turns;
static void here(const char *slot)
{
    const char *want = getenv("ODD_SLOT"), *how = getenv("ODD_HOW");
    if (strcmp(want ? want : "", slot) != 0)
        return;
    if (strcmp(how, "crash") == 0)
        *(volatile char *)8 = 1;
    if (strcmp(how, "hang") == 0)
        for (;;)
            turns++;
    if (strcmp(how, "misuse") == 0)
        json_add_str((cJSON *)8, "a", "b");
}
static bool init(struct call *c, struct error *e) { here("init"); return true; }
static const struct tool *make(struct call *c, struct error *e) { here("make_tools"); return NULL; }
static void fini(struct call *c) { here("fini"); }
static void instructions(struct call *c, struct buf *out) { here("instructions"); }
static void enhance(struct call *c) { here("enhance_context"); }
static void start(struct call *c) { here("on_goal_start"); }
static void called(struct call *c, const char *t, const cJSON *a, const cJSON *r) { here("on_tool_call"); }
static void round_end(struct call *c) { here("on_round_end"); }
static void timeout(struct call *c, double s) { here("on_timeout"); }
static void complete(struct call *c, bool ok, const char *s) { here("on_goal_complete"); }
static void status(struct call *c, struct buf *out) { here("status"); }
static cJSON *odd(struct call *c, const cJSON *a) { here("odd"); return json_success(); }
static const struct tool tools[] = {{"odd", "x", "{\\"type\\":\\"object\\"}", TOOL_READS, odd}, {0}};
const struct behavior behavior_odd = {
    .type = "OddBehavior", .name = "odd", .help = "x", .tools = tools, .init = init, .make_tools = make, .fini = fini,
    .instructions = instructions, .enhance_context = enhance, .on_goal_start = start, .on_tool_call = called,
    .on_round_end = round_end, .on_timeout = timeout, .on_goal_complete = complete, .status = status};
"""
SLOTS = ("instructions", "enhance_context", "on_goal_start", "on_tool_call", "on_round_end", "on_timeout",
         "on_goal_complete", "odd", "fini")
ODD_PLAY = """turns:
  - call: {tool: odd, args: {}}
  - call: {tool: list_dir, args: {path: .}}
  - call: {tool: odd, args: {}}
  - say: the end
"""


def one_bad_slot(place, slot, how):
    """The run, of an agent whose plugin is bad in that slot."""
    play = "turns: [{say: 'a b c d e f g h', pace: 1}]\n" if slot == "on_timeout" else ODD_PLAY
    more = ["--timeout", "1"] if slot == "on_timeout" else []
    return place.events("-m", place.playbook(play, slot + ".yaml"), "-a", os.path.join(place.top, "a.yaml"), *more, "go",
                        env={"ODD_SLOT": slot, "ODD_HOW": how})


def goes_on(slot, how, run):
    code, ev, err = run
    word = "crashed (SIGSEGV)" if how == "crash" else "did not come to an end"
    told = [e["text"] for e in of(ev, "notice") if "OddBehavior is off" in e["text"]]
    results = [e["result"] for e in of(ev, "tool_result")]
    assert code == (4 if slot == "on_timeout" else 0), (slot, how, code, err, ev[-5:])
    if slot == "fini":
        return
    assert len(told) == 1 and word in told[0] and slot in told[0], (slot, how, told)
    if slot not in ("on_timeout", "on_goal_complete"):
        assert results[1]["success"] and "is off" in results[2]["error"], (slot, how, results)


def a_crash_in_any_slot_costs_the_behavior_only(p):
    compile_plugin(p, FAILING, "odd_behavior")
    agent_with(p, "FileToolsBehavior", "OddBehavior")
    for slot in SLOTS:
        goes_on(slot, "crash", one_bad_slot(p, slot, "crash"))
    for slot in ("init", "make_tools"):
        code, ev, err = one_bad_slot(p, slot, "crash")
        assert code == 2 and "OddBehavior" in err and f"crashed (SIGSEGV) in {slot}" in err, (slot, code, err)


def so_does_one_that_never_returns(p):
    compile_plugin(p, FAILING, "odd_behavior")
    agent_with(p, "FileToolsBehavior", "OddBehavior")
    slots = [s for s in SLOTS if s != "odd"]  # a tool has 120 s: tests/unit/fault.c has a shorter limit
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda s: one_bad_slot(p, s, "hang"), slots))
    for slot, run_ in zip(slots, runs):
        goes_on(slot, "hang", run_)


def a_status_that_crashes_is_told(p):
    compile_plugin(p, FAILING, "odd_behavior")
    s = Screen(p, "-m", p.playbook(ODD_PLAY), "-a", agent_with(p, "FileToolsBehavior", "OddBehavior"), size=(120, 40),
               env={"ODD_SLOT": "status", "ODD_HOW": "crash"})
    s.see("›")
    for _ in range(2):
        s.type("/status ")
        s.keys("Enter")
    s.see("OddBehavior: off, it crashed (SIGSEGV) in status")
    s.type("go")
    s.keys("Enter")
    s.see("the end", "✔ complete")


def a_plugin_that_makes_mien_crash_is_named(p):
    """Given what it must not be given, mien ends: with the terminal as it was, and the session."""
    usual = lib.MIEN
    lib.MIEN = usual.replace("build/asan", "build/debug")  # a sanitizer would report instead
    try:
        misused(p)
    finally:
        lib.MIEN = usual


def misused(place):
    p = place
    compile_plugin(p, FAILING, "odd_behavior")
    agent = agent_with(p, "FileToolsBehavior", "OddBehavior")
    m = p.playbook(ODD_PLAY)
    s = Screen(p, "-m", m, "-a", agent, size=(120, 40), env={"ODD_SLOT": "on_round_end", "ODD_HOW": "misuse"})
    s.see("›")
    s.type("go")
    s.keys("Enter")
    s.see("mien crashed in a call by OddBehavior", "EXIT=139")
    r = p.mien("exec", "-m", m, "-a", agent, "-c", env={"ODD_SLOT": "none"})
    assert r.returncode == 0, r
    r = p.mien("exec", "-m", m, "-a", agent, "go", env={"ODD_SLOT": "on_goal_start", "ODD_HOW": "misuse"})
    assert r.returncode == -11 and b"mien crashed in a call by OddBehavior" in r.stderr, r


def shared_objects_of_a_project_are_never_loaded(p):
    compile_plugin(p, GOOD, "odd_behavior", os.path.join(p.ws, ".mien/behaviors"))
    r = p.mien("exec", "--trust", "-m", p.playbook("turns:\n  - say: hi\n"), "-a", agent_with(p, "OddBehavior"), "go")
    assert r.returncode == 2 and b"no behavior is called" in r.stderr, r


run(globals())
