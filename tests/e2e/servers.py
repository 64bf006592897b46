"""Long-running programs of a goal: started, reached, looked at, stopped, gone."""
import json
import os
import signal
import socket
import subprocess

from lib import MIEN, of, run, wait_for

HTTP = "python3 -m http.server {port} --bind 127.0.0.1"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def script(place, *calls):
    turns = "".join("  - call: " + json.dumps({"tool": n, "args": a}) + "\n" for n, a in calls)
    return place.playbook("turns:\n" + turns + "  - say: done\n")


def results(events):
    return [e["result"] for e in of(events, "tool_result")]


def pids_with(text):
    found = []
    for pid in os.listdir("/proc"):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                if text.encode() in f.read() and int(pid) != os.getpid():
                    found.append(int(pid))
        except (OSError, ValueError):
            continue
    return found


def no_server_here(ev):
    """At level landlock commands have no network: that is said, and nothing was started."""
    if of(ev, "session_start")[0]["sandbox"] != "landlock":
        return False
    first = results(ev)[0]
    assert not first["success"] and "sandbox.network" in first["error"], first
    print("# sandbox level landlock: servers have no port")
    return True


def a_background_command_has_a_name_and_tells_its_end(p):
    os.mkfifo(os.path.join(p.ws, "life"))  # held by the job while it lives: whoever reads it meets its end
    os.mkfifo(os.path.join(p.ws, "go"))
    m = script(p, ("run_bash", {"command": "echo begun; exec 9<>life; read x <go; echo ready; exit 3", "background": True}),
               ("run_bash", {"command": "exec 8<life"}), ("check_server", {"name": "job-1"}),
               ("run_bash", {"command": "echo >go"}), ("wait_for", {"job": "job-1"}), ("list_servers", {}))
    code, ev, err = p.events("-m", m, "go")
    begun, _, check, _, waited, listed = results(ev)
    assert begun["success"] and begun["name"] == "job-1" and begun["pid"] > 0 and os.path.exists(begun["log_file"]), begun
    assert check["success"] and check["status"] in ("starting", "running") and check["recent_output"] == "begun\n", check
    assert waited["success"] and waited["exit_code"] == 3 and waited["recent_output"] == "begun\nready\n", waited
    assert listed["servers"][0]["status"] == "failed" and listed["servers"][0]["exit_code"] == 3, listed
    assert "ready" in open(begun["log_file"]).read()
    p.server([{"calls": [{"name": "run_bash", "args": {"command": "exec 9<>life; echo working; read x <go; exit 4", "background": True}}]},
              {"calls": [{"name": "run_bash", "args": {"command": "echo >go"}}, {"name": "wait_for", "args": {"job": "job-1"}}]},
              {"calls": [{"name": "list_dir", "args": {}}]}, {"say": "ok"}])
    p.events("-m", "m", "go")
    told = [json.loads(r["raw"])["messages"] for r in p.requests()[2:]]
    said = [[m["content"] for m in messages if "job-1 ended, exit 4 [waited" in (m["content"] or "")] for messages in told]
    assert [len(s) for s in said] == [1, 1] and "working" in said[0][0], said
    assert not any("ENDED BY ITSELF" in r["raw"] for r in p.requests()), "what the wait told is told again"


def a_wait_costs_no_round(p):
    p.write("old.txt", "1\n")
    m = script(p, ("read_file", {"path": "old.txt"}), ("wait_for", {"file": "old.txt", "at_most": 0}),
               ("run_bash", {"command": "echo x > new.txt; echo 22 > old.txt; sleep 1000", "background": True}),
               ("wait_for", {"file": "old.txt", "at_most": 60}), ("wait_for", {"file": "new.txt", "at_most": 60}),
               ("wait_for", {"command": "test -s new.txt && echo there", "at_most": 60}), ("wait_for", {"time": 0}),
               ("wait_for", {"file": "never", "at_most": 0}), ("wait_for", {"job": "job-1", "at_most": 0}),
               ("wait_for", {"job": "job-7"}), ("wait_for", {"job": "job-1", "time": 1}), ("wait_for", {"at_most": 1}),
               ("wait_for", {"command": "exit 3", "at_most": 2}))
    code, ev, err = p.events("-m", m, "go")
    _, same, _, changed, made, command, time, never, runs, unknown, two, none, red = results(ev)
    assert changed["success"] and changed["waited_seconds"] < 60, changed
    assert made["message"] == "new.txt exists, or changed", made
    assert not same["success"] and same["error"].startswith("old.txt did not change: at_most is over"), same
    assert command["success"] and command["recent_output"] == "there\n", command
    assert time["success"], time
    assert never["error"].startswith("never does not exist: at_most"), never
    assert runs["error"].startswith("job-1 is ") and not runs["success"], runs
    assert "there are: job-1" in unknown["error"], unknown
    assert "one thing" in two["error"] and "needs one of" in none["error"], (two, none)
    assert not red["success"] and red["error"].startswith("the command ended with 3: at_most is over"), red


def the_next_command_reaches_it(p):
    port = free_port()
    p.write("hello.txt", "hello from a file\n")
    ask = f"python3 -c \"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{port}/hello.txt').read())\""
    m = script(p, ("start_server", {"name": "web", "command": HTTP.format(port=port), "port": port, "http": True}),
               ("run_bash", {"command": ask}), ("check_server", {"name": "web"}), ("list_servers", {}),
               ("stop_server", {"server_id": "web"}), ("run_bash", {"command": ask}))
    code, ev, err = p.events("-m", m, "go")
    if no_server_here(ev):
        return
    start, got, check, listing, stop, gone = results(ev)
    assert code == 0, err
    assert start["success"] and start["listening"] and start["status"] == "running", start
    assert "hello from a file" in got["output"], got
    assert check["http_status"] == 200 and "hello.txt" in json.dumps(check), check
    assert listing["count"] == 1 and listing["servers"][0]["name"] == "web", listing
    assert stop["success"] and not gone["success"], (stop, gone)
    jobs = [e["items"][0]["state"] for e in of(ev, "jobs")]
    assert not pids_with(f"http.server {port}") and jobs, jobs


def a_taken_port_is_said(p):
    port = free_port()
    m = script(p, ("start_server", {"name": "a", "command": HTTP.format(port=port), "port": port}),
               ("start_server", {"name": "b", "command": HTTP.format(port=port), "port": port}),
               ("start_server", {"name": "a", "command": "sleep 9"}))
    _, ev, _ = p.events("-m", m, "go")
    if no_server_here(ev):
        return
    first, second, third = results(ev)
    assert first["success"] and not second["success"] and str(port) in second["error"], second
    assert not third["success"] and "a" in third["error"], third


def one_that_dies_at_once_shows_why(p):
    m = script(p, ("start_server", {"name": "d", "cmd": ["sh", "-c", "echo no such module; exit 3"]}),
               ("check_server", {"name": "d"}), ("stop_server", {"name": "nobody"}))
    _, ev, _ = p.events("-m", m, "go")
    died, check, unknown = results(ev)
    assert not died["success"] and "exit 3" in died["error"] and "no such module" in json.dumps(died), died
    assert "no such module" in json.dumps(check), check
    assert not unknown["success"] and "there are: d" in unknown["error"], unknown


def stubborn_and_forking_ones_end_with_the_goal(p):
    mark = f"mark{os.getpid()}"
    m = script(p, ("start_server", {"name": "deaf", "command": f"trap '' TERM; while :; do sleep 1; : {mark}; done"}),
               ("start_server", {"name": "forks", "command": f"setsid sh -c 'sleep 1000; : {mark}' & sleep 1000"}))
    _, ev, _ = p.events("-m", m, "go")
    assert all(r["success"] for r in results(ev)), results(ev)
    wait_for("all gone", lambda: not pids_with(mark))


def kill_9_of_mien_leaves_no_server(p):
    mark = f"kmark{os.getpid()}"
    m = script(p, ("start_server", {"name": "s", "command": f"setsid sh -c 'sleep 1000; : {mark}' & sleep 1000"}),
               ("run_bash", {"command": "sleep 600"}))
    x = subprocess.Popen([MIEN, "exec", "-m", m, "go"], cwd=p.ws, env=p.env(), stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for("the server", lambda: pids_with(mark))
    x.send_signal(signal.SIGKILL)
    x.wait(10)
    wait_for("all gone", lambda: not pids_with(mark))


def a_background_command_is_a_job(p):
    m = script(p, ("run_bash", {"command": "echo begun; sleep 1000", "background": True}),
               ("check_server", {"name": "job-1"}), ("stop_server", {"name": "job-1"}))
    _, ev, _ = p.events("-m", m, "go")
    begun, check, stop = results(ev)
    assert begun["job_id"] == 1 and check["status"] in ("starting", "running") and stop["success"], (begun, check, stop)
    assert stop["message"] == "job-1 was stopped", stop  # as asked: the signal is no news


def the_policy_holds_for_servers(p):
    m = script(p, ("start_server", {"name": "s", "command": "sleep 5"}))
    _, ev, _ = p.events("-m", m, "--approval", "ask", "go")
    assert not results(ev)[0]["success"] and "Refused" in results(ev)[0]["error"], results(ev)


run(globals())
