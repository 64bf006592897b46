"""Against a scripted HTTP server: parallel calls, faults, routes of modes, the provider's errors."""
import glob
import http.server
import json
import os
import threading
import time

from lib import of, run

FAST = "llm: {connect_seconds: 2, first_byte_seconds: 5, inactivity_seconds: 1, total_seconds: 20, retries: 3}\n"


def parallel_calls_check_loop_mode_and_cut(p):
    """The whole story: two calls at once, a failing check, a loop, a mode, a cut stream."""
    p.write("config.yaml", FAST, p.config)
    p.server([
        {"calls": [{"name": "decompose_task", "args": {"subtasks": [{"description": "make", "check": "test -s x"}, "end"]}}]},
        {"calls": [{"name": "list_dir", "args": {"path": "."}}, {"name": "list_dir", "args": {"path": "none"}}]},
        {"calls": [{"name": "mark_subtask_complete", "args": {"success": True}}]},
        {"say": "half an answer is lost", "fault": "cut", "after": 4},
        *[{"calls": [{"name": "run_bash", "args": {"command": "ls nothing"}}]} for _ in range(6)],
        {"calls": [{"name": "write_file", "args": {"path": "x", "content": "y"}}]},
        {"calls": [{"name": "mark_subtask_complete", "args": {"success": True}}]},
        {"say": "all done", "calls": [{"name": "mark_subtask_complete", "args": {"success": True}}]},
    ])
    code, ev, err = p.events("-m", "m", "-a", p.seed_agent(), "-b", "formal", "go")
    assert code == 0, (code, err)
    assert all(r["path"] == "/v1/formal/chat/completions" for r in p.requests())
    assert all(r["body"]["top_p"] == 0.5 for r in p.requests())
    assert of(ev, "mode")[-1]["active"] == "formal"
    assert any(e["level"] == "tell" for e in of(ev, "loop_warning"))
    assert any(e["restart"] for e in of(ev, "text")), "the cut answer was not started anew"
    assert of(ev, "result")[0]["answer"] == "all done"
    sent = p.requests()[2]["body"]["messages"]
    ids = [c["id"] for m in sent for c in m.get("tool_calls") or []]
    answers = [m["tool_call_id"] for m in sent if m["role"] == "tool"]
    assert ids == answers and len(set(ids)) == len(ids), (ids, answers)


FAULTS = [
    {"status": 429, "error": "slow down", "headers": {"Retry-After": "0"}}, {"status": 500, "error": "oops"},
    {"status": 503, "error": "busy"}, {"status": 529, "error": "overloaded"}, {"say": "x y z", "fault": "cut"},
    {"say": "x y", "fault": "reset"}, {"say": "x y", "fault": "stall"}, {"say": "x y", "fault": "bad_json"},
    {"fault": "giant_line"}, {"fault": "empty_body"}, {"fault": "html"}, {"fault": "refuse"},
    {"fault": "redirect"}, {"say": "x y", "fault": "no_finish"}, {"fault": "error_frame", "error": "engine died"},
]
ODD = [{"say": "fine", "fault": "bad_utf8"}, {"say": "fine", "done": False}, {"say": "fine", "crlf": True},
       {"say": "fine", "chunk": 1}, {"say": "fine", "ping": 3}, {"say": "fine", "stream": False}]


def any_one_fault_then_a_healthy_server(p):
    p.write("config.yaml", FAST, p.config)
    for fault in FAULTS:
        p.server([fault, {"say": "well again"}])
        code, ev, err = p.events("-m", "m", "go")
        assert code == 0, (fault, code, err)
        assert of(ev, "result")[0]["answer"] == "well again", (fault, of(ev, "result"))
        assert any(e["phase"] == "retry" for e in of(ev, "phase")), fault


def odd_but_whole_answers_are_taken(p):
    for step in ODD:
        p.server([step])
        code, ev, err = p.events("-m", "m", "go")
        assert code == 0 and "fine" in of(ev, "result")[0]["answer"], (step, err, of(ev, "result"))


def bad_arguments_go_back_to_the_model(p):
    p.server([{"calls": [{"name": "write_file", "args": '{"path": "a", "content": '}]},
              {"calls": [{"name": "write_file", "args": {"path": 5, "content": "x", "colour": "red"}}]},
              {"calls": [{"name": "read_file", "args": {"path": "b", "start_line": "1"}}]}, {"say": "ok"}])
    p.write("b", "hello\n")
    code, ev, err = p.events("-m", "m", "go")
    results = [e["result"] for e in of(ev, "tool_result")]
    assert code == 0 and "cannot be used" in results[0]["error"] and not os.path.exists(os.path.join(p.ws, "a"))
    assert results[2]["content"] == "hello\n", results[2]
    sent = p.requests()[1]["body"]["messages"]
    assert [m for m in sent if m.get("tool_calls")][0]["tool_calls"][0]["function"]["arguments"] in ("{}",), sent


def call_ids_never_repeat_in_a_session(p):
    """A server that gives no ids, or the same ones again: also after messages left the view, also in the next process."""
    steps = []
    for i in range(24):
        p.write(f"f{i}", f"words {i} " * 60)
        steps.append({"say": "thoughts " * 400, "calls": [{"name": "read_file", "args": {"path": f"f{i}"}, "id": ["", "call_1"][i % 2]}]})
        steps += [{"say": "ok"}] if i in (11, 23) else []
    p.server(steps + [{"say": "ok"}] * 4, window=12000, roles={"Summarise this part": [{"say": "- files were read"}] * 30})
    seen = []
    for more in ["--session", "s1"], ["-r", "s1"]:
        code, ev, err = p.events("-m", "m", "-a", p.seed_agent(), *more, "go")
        assert code == 0, (code, of(ev, "result"), err)
        seen += [e["id"] for e in of(ev, "tool_call")]
        assert [e["id"] for e in of(ev, "tool_result")] == [e["id"] for e in of(ev, "tool_call")]
    assert of(ev, "compact"), "nothing left the view: this proves nothing"
    assert len(seen) == len(set(seen)) == 24, sorted(seen)
    for r in p.requests():
        sent = [c["id"] for m in r["body"]["messages"] for c in m.get("tool_calls") or []]
        assert sent == [m["tool_call_id"] for m in r["body"]["messages"] if m["role"] == "tool"], sent


def redirects_are_not_followed(p):
    p.server([{"fault": "redirect"}] * 5)
    r = p.mien("-p", "-m", "m", "go")
    assert r.returncode == 3 and b"elsewhere" in r.stderr, r


def errors_name_cause_and_next_step(p):
    p.write("config.yaml", "llm: {retries: 0}\n", p.config)
    for step, words in (({"status": 401, "error": "bad key"}, ["key"]), ({"status": 404, "error": "no such model"}, ["model"]),
                        ({"status": 400, "error": "bad request"}, ["bad request"]), ({"status": 402, "error": "no credit"}, ["credit"])):
        p.server([step])
        r = p.mien("-p", "-m", "m", "go")
        assert r.returncode == 3 and all(w in r.stderr.decode() for w in words), (step, r.stderr)


def server_down_and_dns(p):
    p.write("config.yaml", "llm: {retries: 0}\n", p.config)
    for base, word in (("http://127.0.0.1:9/v1", "running"), ("https://no-such-host.invalid/v1", "no-such-host.invalid")):
        p.write("models.yaml", f"model_list:\n  - model_name: m\n    litellm_params: {{model: hosted_vllm/x, api_base: {base}}}\n", p.config)
        r = p.mien("-p", "-m", "m", "go")
        assert r.returncode == 3 and word in r.stderr.decode(), r


def tls_failure_is_named(p):
    """https spoken to a server that knows only http."""
    p.write("config.yaml", "llm: {retries: 0}\n", p.config)
    port = p.server([])
    p.write("models.yaml", "model_list:\n  - model_name: m\n    litellm_params: {model: hosted_vllm/x, "
            f"api_base: 'https://127.0.0.1:{port}/v1'}}\n", p.config)
    r = p.mien("-p", "-m", "m", "go")
    assert r.returncode == 3 and b"secure connection" in r.stderr, r


def missing_key_variable(p):
    p.write("models.yaml", "model_list:\n  - model_name: m\n    litellm_params: {model: openai/x, api_key: os.environ/NO_SUCH_KEY}\n", p.config)
    r = p.mien("-p", "-m", "m", "go")
    assert r.returncode in (2, 3) and b"NO_SUCH_KEY" in r.stderr, r


def a_key_never_leaves(p):
    """Not in the log, the session, the output, nor a command's environment; whatever characters it has."""
    for n, secret in enumerate(("sk-canary-0123456789abcdef", 'sk-"odd"\\canary\\-0123456789')):
        port = p.server([{"calls": [{"name": "run_bash", "args": {"command": "env"}}]},
                         {"status": 401, "error": f"bad key {secret}"}])
        p.write("models.yaml", f"model_list:\n  - model_name: m\n    litellm_params: {{model: openai/x, "
                f"api_base: http://127.0.0.1:{port}/v1, api_key: os.environ/CANARY}}\n", p.config)
        os.unlink(p.log) if os.path.exists(p.log) else None
        r = p.mien("-p", "--json", "-m", "m", "go", env={"CANARY": secret, "MIEN_DEBUG": "1"})
        assert p.requests()[0]["headers"]["authorization"] == "Bearer " + secret
        forms = [secret]
        for _ in range(2):
            forms.append(json.dumps(forms[-1])[1:-1])
        for form in forms:
            assert form not in r.stdout.decode() + r.stderr.decode(), form
            for d, _, files in os.walk(p.state):
                for f in files:
                    with open(os.path.join(d, f), "rb") as h:
                        assert form.encode() not in h.read(), (f, form)


def too_long_prompt_teaches_the_window(p):
    p.write("big.txt", "word " * 4000)
    p.server([{"calls": [{"name": "read_file", "args": {"path": "big.txt"}}]},
              {"status": 400, "error": "This model's maximum context length is 4096 tokens. However, you requested 6000 tokens"},
              {"say": "fits now"}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and of(ev, "compact"), (code, err)
    assert len(p.requests()[2]["raw"]) < len(p.requests()[1]["raw"])


def a_finish_reason_is_enough(p):
    """The connection stays open behind it, or breaks: the answer is whole and is not paid for twice."""
    for fault in "stall", "reset", "ping_stall":
        p.server([{"say": "complete answer", "fault": fault, "after": 4}, {"say": "second, paid again"}])
        before, began = len(p.requests()), time.monotonic()
        code, ev, err = p.events("-m", "m", "go")
        assert code == 0 and of(ev, "result")[0]["answer"] == "complete answer", (fault, of(ev, "result"))
        assert len(p.requests()) == before + 1 and time.monotonic() - began < 5, fault


def what_is_refused_by_name_is_not_sent_again(p):
    """Once more without, at once and for good; the user's own parameters are not touched."""
    p.write("config.yaml", "llm: {temperature: 0.3}\n", p.config)
    p.write("a", "x\n")
    refusals = [{"status": 400, "error": "invalid temperature: only 1 is allowed for this model"},
                {"status": 400, "error": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."},
                {"status": 422, "error": "Extra inputs are not permitted: stream_options"}]
    p.server(refusals + [{"calls": [{"name": "read_file", "args": {"path": "a"}}]}, {"say": "ok"}])
    with open(os.path.join(p.config, "models.yaml")) as f:
        p.write("models.yaml", f.read().replace("{max_input_tokens: ", "{max_output_tokens: 4000, max_input_tokens: "), p.config)
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0, (err, of(ev, "result"))
    bodies = [r["body"] for r in p.requests()]
    assert len(bodies) == 5 and "max_tokens" in bodies[0] and "stream_options" in bodies[2]
    for b in bodies[3:]:
        assert "temperature" not in b and "max_tokens" not in b and b["max_completion_tokens"] > 0 and "stream_options" not in b, b
    told = [e["detail"] for e in of(ev, "phase") if e["phase"] == "retry"]
    assert len(told) == 3 and "from now on" in told[0], told
    p.server([{"status": 400, "error": "top_p is refused here"}] * 3)
    before = len(p.requests())
    code, ev, err = p.events("-m", "m", "-b", "formal", "go")
    assert code == 3 and len(p.requests()) == before + 1, (code, err)


def tools_with_reasoning_go_by_responses(p):
    """The 400 of OpenAI's newest models over chat names the way."""
    p.server([{"status": 400, "error": "Function tools with reasoning_effort are not supported for gpt-7 in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'"},
              {"json": {"object": "response", "status": "completed", "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "by responses"}]}]}}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and of(ev, "result")[0]["answer"] == "by responses", (err, of(ev, "result"))
    assert [r["path"] for r in p.requests()] == ["/v1/chat/completions", "/v1/responses"]


def reasoning_in_the_text_is_no_answer(p):
    p.server([{"raw": "".join('data: {"choices":[{"index":0,"delta":%s}]}\n\n' % json.dumps({"content": s})
                              for s in ("<th", "ink>secret plan", "</think>\n\nThe answer.")) +
               'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'}, {"say": "ok"}])
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and of(ev, "result")[0]["answer"] == "The answer.", of(ev, "result")
    assert not any("secret" in e["text"] for e in of(ev, "text")) and any("secret" in e["text"] for e in of(ev, "reasoning"))


def a_truncating_server_is_called_out(p):
    p.write("big.txt", "word " * 4000)
    p.server([{"calls": [{"name": "read_file", "args": {"path": "big.txt"}}]},
              {"say": "hm", "usage": {"prompt_tokens": 900, "completion_tokens": 1, "total_tokens": 901}}])
    _, ev, _ = p.events("-m", "m", "go")
    assert any("cut the prompt" in e["text"] for e in of(ev, "notice"))


def a_truncating_server_is_called_out_once_a_goal(p):
    p.write("big.txt", "word " * 4000)
    cut = {"prompt_tokens": 900, "completion_tokens": 1, "total_tokens": 901}
    read = {"calls": [{"name": "read_file", "args": {"path": "big.txt"}}]}
    p.server([read, {**read, "usage": cut}, {**read, "usage": cut}, {"say": "hm", "usage": cut}])
    _, ev, _ = p.events("-m", "m", "go")
    told = [e["text"] for e in of(ev, "notice") if "cut the prompt" in e["text"]]
    assert len(told) == 1, told


def unknown_mode_lists_the_modes(p):
    p.server([])
    r = p.mien("-p", "-m", "m", "-b", "formel", "go")
    assert r.returncode == 2 and b"formal" in r.stderr and b"debug" in r.stderr, r


def bad_suffixes_are_refused(p):
    for suffix in ("formal", "/../x", "//x", "/x?y"):
        p.write("models.yaml", "model_list:\n  - model_name: m\n    litellm_params: {model: hosted_vllm/x, api_base: 'http://127.0.0.1:9'}\n"
                f"    behaviors: {{a: {{route_suffix: '{suffix}'}}}}\n", p.config)
        r = p.mien("-p", "-m", "m", "go")
        assert r.returncode == 2 and b"models.yaml:4" in r.stderr, (suffix, r.stderr)


def modes_by_command_line_and_session(p):
    p.server([{"say": "one"}, {"say": "two"}])
    assert p.mien("-p", "-m", "m", "--session", "s1", "go").returncode == 0
    r = p.mien("behavior", "set", "debug", "--session", "s1", "-m", "m")
    assert r.returncode == 0, r
    assert "* debug" in p.mien("behavior", "list", "--session", "s1", "-m", "m").stdout.decode()
    assert p.mien("-p", "-m", "m", "--session", "s1", "again").returncode == 0
    assert [r["path"] for r in p.requests()] == ["/v1/chat/completions", "/v1/debug/chat/completions"]
    assert p.mien("behavior", "set", "nope", "--session", "s1", "-m", "m").returncode == 2
    assert p.mien("behavior", "clear", "--session", "s1", "-m", "m").returncode == 0
    assert "* debug" not in p.mien("behavior", "list", "--session", "s1", "-m", "m").stdout.decode()


def deployments(p):
    """One name, three entries: nobody there, only a plain one, one with the mode."""
    port = p.server([{"say": "from the plain one"}, {"status": 503}, {"say": "from the last"}, {"say": "with the mode"}])
    p.write("models.yaml", f"""model_list:
  - {{model_name: m, litellm_params: {{model: hosted_vllm/zero, api_base: 'http://127.0.0.1:9/v1'}}, behaviors: {{a: {{route_suffix: /a0}}}}}}
  - {{model_name: m, litellm_params: {{model: hosted_vllm/one, api_base: 'http://127.0.0.1:{port}/one'}}}}
  - {{model_name: m, litellm_params: {{model: hosted_vllm/two, api_base: 'http://127.0.0.1:{port}/two'}}, behaviors: {{a: {{route_suffix: /a2}}, b: {{route_suffix: /b}}}}}}
""", p.config)
    return port


def windows_and_prices_are_updated(p):
    """From a file or an address; what is no such list is said."""
    listed = json.dumps({"gpt-9": {"litellm_provider": "openai", "mode": "chat", "max_input_tokens": 900000, "input_cost_per_token": 2e-06}})
    path = p.write("prices.json", listed, p.top)
    r = p.mien("models", "update", path)
    assert r.returncode == 0 and b"1 models" in r.stdout, r
    assert b"900000" in p.mien("models", "show", "openai/gpt-9").stdout
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/prices" else 404)
            self.end_headers()
            self.wfile.write(listed.replace("900000", "800000").encode())

        def log_message(self, *a):
            pass
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    p.closers.append(server.shutdown)
    r = p.mien("models", "update", "http://127.0.0.1:%d/prices" % server.server_port)
    assert r.returncode == 0 and b"800000" in p.mien("models", "show", "openai/gpt-9").stdout, r
    for bad, words in (("http://127.0.0.1:%d/gone" % server.server_port, b"answered 404"), ("http://127.0.0.1:9/x", b"127.0.0.1:9"), (p.write("x.json", "{}", p.top), b"no model")):
        r = p.mien("models", "update", bad)
        assert r.returncode in (2, 3) and words in r.stderr, (bad, r)


def the_next_deployment_serves(p):
    deployments(p)
    for args, answer, path, model in (((), "from the plain one", "/one/chat/completions", "one"), ((), "from the last", "/two/chat/completions", "two"),
                                      (("-b", "a"), "with the mode", "/two/a2/chat/completions", "two")):
        code, ev, err = p.events("-m", "m", *args, "go")
        assert code == 0 and of(ev, "result")[0]["answer"] == answer, (args, err)
        assert p.requests()[-1]["path"] == path and p.requests()[-1]["body"]["model"] == model, p.requests()[-1]


def only_who_has_the_mode_is_asked(p):
    p.write("config.yaml", "llm: {retries: 0}\n", p.config)
    deployments(p)
    code, ev, err = p.events("-m", "m", "-b", "b", "go")
    assert code == 0 and [r["path"] for r in p.requests()] == ["/two/b/chat/completions"], (err, p.requests())
    r = p.mien("-p", "-m", "m", "-b", "c", "go")
    assert r.returncode == 2 and b"it has: a, b" in r.stderr, r


def wrong_modes_name_their_line(p):
    for member, words in (("instructon: x", "did you mean"), ("excludes: [none]", "excludes"), ("lora: {name: x}", "api"), ("cost: 0", "cost"),
                          ("model_override: [x]", "text"), ("parameters: x", "map")):
        p.write("models.yaml", "model_list:\n  - model_name: m\n    litellm_params: {model: openai/x}\n    model_info:\n      behaviors:\n"
                f"        a: {{{member}}}\n", p.config)
        r = p.mien("-p", "-m", "m", "go")
        assert r.returncode == 2 and b"models.yaml:6:" in r.stderr and words in r.stderr.decode(), (member, r.stderr)


def a_command_gives_the_key(p):
    make = f"echo x >> {p.top}/runs; cat {p.top}/key"
    p.write("key", "sk-first-key-1\nnot this\n", p.top)
    port = p.server([{"say": "one"}, {"status": 401, "error": "expired"}])

    def declare(**more):
        more = "".join(f", {k}: {json.dumps(v)}" for k, v in more.items())
        p.write("models.yaml", "model_list:\n  - model_name: m\n    litellm_params: {model: hosted_vllm/x, "
                f"api_base: 'http://127.0.0.1:{port}/v1'{more}}}\n", p.config)

    def said(ev):
        return " ".join(e["text"] for e in of(ev, "error"))

    def runs():
        return len(open(p.top + "/runs").read().split())
    declare(api_key_command=make)
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and runs() == 1, err
    assert p.requests()[0]["headers"]["authorization"] == "Bearer sk-first-key-1"
    # Refused, but only just made: another would be the same.
    code, ev, err = p.events("-m", "m", "go")
    assert code == 3 and runs() == 2 and "expired" in said(ev), ev
    kept = "".join(open(f, errors="replace").read() for f in glob.glob(p.state + "/**", recursive=True) if os.path.isfile(f))
    assert "sk-first" not in json.dumps(ev) + err + kept
    declare(api_key_command="echo no token for you >&2; exit 3")
    code, ev, err = p.events("-m", "m", "go")
    assert code == 3 and 'api_key_command "echo no token' in said(ev) and "failed: no token for you" in said(ev), ev
    declare(api_key_command="true")
    assert "printed nothing" in said(p.events("-m", "m", "go")[1])
    declare(api_key_command="x", api_key="y")
    code, ev, err = p.events("-m", "m", "go")
    assert code == 2 and "models.yaml:3" in err + said(ev) and "instead of api_key" in err + said(ev), (err, ev)
    declare(api_key_command=make)
    assert "by api_key_command" in p.mien("models", "show", "m").stdout.decode()


def a_key_that_is_too_old_is_made_anew(p):
    make = f"echo x >> {p.top}/runs; cat {p.top}/key"
    p.write("key", "sk-first-key-1\n", p.top)
    port = p.server([{"calls": [{"name": "run_bash", "args": {"command": "sleep 2.2"}}]}, {"status": 401, "error": "expired"},
                     {"say": "two"}])
    p.write("models.yaml", "model_list:\n  - model_name: m\n    litellm_params: {model: hosted_vllm/x, "
            f"api_base: 'http://127.0.0.1:{port}/v1', api_key_command: {json.dumps(make)}}}\n", p.config)
    code, ev, err = p.events("-m", "m", "go")
    assert code == 0 and len(p.requests()) == 3, err
    assert len(open(p.top + "/runs").read().split()) == 2


run({k: v for k, v in globals().items() if k != "deployments"})
