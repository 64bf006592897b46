"""Configuration of the older form, as people have it: it loads and runs as it is."""
import json
import os

from lib import of, run

GLOBAL = """
behavior_defaults:
  CompactWhenNearFullBehavior:
    max_tokens: 64000
    compact_threshold: 0.75
    keep_recent: 20
  LoopDetectionBehavior:
    max_repeats: 5
  CommandToolsBehavior:
    whitelist: [python, pytest, ruff, pip]
  HierarchicalContextBehavior:
    max_depth: 5
    max_siblings: 8
    keep_recent: 12
  SubAgentContextBehavior:
    max_tokens: 128000
    recent_keep: 20
  ArchitectContextBehavior:
    max_tokens: 32000
    recent_keep: 20
  FileToolsBehavior:
  ServerToolsBehavior:
  DelegationBehavior:
  ArchitectToolsBehavior:
  JetboxNotesBehavior:
  StatusDisplayBehavior:
    show_hierarchical: true
llm:
  model: "gpt-oss:20b"
  temperature: 0.2
  system_prompt: |
    You are a coding agent.
rounds:
  max_per_subtask: 12
  max_global: 256
timeouts:
  max_goal_time: 600
  create_summary_on_timeout: true
  save_context_dump: true
hierarchy:
  max_depth: 5
  max_siblings: 8
escalation:
  strategy: force_decompose
  zoom_out_target: smart
  max_approach_retries: 3
  block_failed_paths: true
loop_detection:
  max_action_repeats: 3
  max_subtask_repeats: 2
  max_context_age: 300
decomposition:
  min_children: 2
  max_children: 6
  temperature: 0.2
  prefer_granular: true
approach_retry:
  enabled: true
  reset_subtasks_on_retry: true
  preserve_completed: true
  retry_style: learn_from_failures
context:
  history_keep: 12
  max_tokens: 8000
  recent_actions_limit: 10
  enable_compression: false
  compression_threshold: 20
"""
REGISTRY = """
agents:
  orchestrator:
    class: OrchestratorAgent
    can_delegate_to: [architect, task_executor]
  architect:
    class: ArchitectAgent
    can_delegate_to: []
  task_executor:
    class: TaskExecutorAgent
    can_delegate_to: []
"""
EXECUTOR = """
blurb: |
  Works on tasks. Best for implementing one thing. It reports when it is done.
delegation_tool:
  name: delegate_to_executor
  description: Delegate a coding task
  parameters:
    task_description:
      type: string
      description: what to do
      required: true
    workspace_mode:
      type: string
      description: new or existing
      enum: [new, existing]
      required: true
    workspace_path:
      type: string
      description: path of an existing workspace
      required: false
system_prompt: |
  You are an old executor. ALWAYS use tools.
behaviors:
  - type: CompactWhenNearFullBehavior
    params: {max_tokens: 8000, keep_recent: 10}
  - type: FileToolsBehavior
  - type: CommandToolsBehavior
    params:
  - type: ServerToolsBehavior
  - type: LoopDetectionBehavior
    params: {max_repeats: 4}
  - type: WorkspaceTaskNotesBehavior
"""
ORCHESTRATOR = """
blurb: Talks and delegates.
system_prompt: You are an old orchestrator.
behaviors:
  - type: CompactWhenNearFullBehavior
  - type: LoopDetectionBehavior
"""
ARCHITECT = """
blurb: Designs.
system_prompt: You design.
delegation_tool:
  name: consult_architect
  description: ask
  parameters:
    project_description: {type: string, description: what, required: true}
    requirements: {type: string, description: which, required: true}
    constraints: {type: string, description: bounds, required: true}
behaviors:
  - type: CompactWhenNearFullBehavior
  - type: ArchitectToolsBehavior
  - type: LoopDetectionBehavior
"""


def old_files(place):
    where = place.config
    for name, text in (("agents.yaml", REGISTRY), ("task_executor_config.yaml", EXECUTOR),
                       ("orchestrator_config.yaml", ORCHESTRATOR), ("architect_config.yaml", ARCHITECT)):
        place.write(name, text, where)
    return place.write("agent_config.yaml", GLOBAL, where)


def the_global_file_loads_and_every_key_stands(p):
    conf = old_files(p)
    r = p.mien("config", "--config", conf)
    assert r.returncode == 0, r.stderr
    text = r.stdout.decode()
    for key in ("loop_detection.max_action_repeats", "approach_retry.retry_style", "context.max_tokens",
                "timeouts.save_context_dump", "escalation.block_failed_paths"):
        line = next(l for l in text.splitlines() if l.startswith(key))
        assert "agent_config.yaml" in line, line


def an_old_agent_runs_with_old_parameters(p):
    conf = old_files(p)
    m = p.playbook("turns:\n  - call: {tool: write_file, args: {path: a.txt, content: x}}\n"
                   "  - call: {tool: run_bash, args: {command: ls}}\n"
                   "  - call: {tool: mark_goal_complete, args: {summary: done}}\n")
    code, ev, err = p.events("-m", m, "--config", conf, "-a", "task_executor", "go")
    assert code == 0, err
    results = [e["result"] for e in of(ev, "tool_result")]
    assert results[0]["success"] and "python, pytest, ruff, pip" in results[1]["error"], results
    assert "## ✓ GOAL COMPLETE" in p.notes()


def an_old_orchestrator_delegates(p):
    old_files(p)
    m = p.playbook("turns:\n"
                   "  - call: {tool: delegate_to_executor, args: {task_description: write it, workspace_mode: new}}\n"
                   "  - call: {tool: delegate_to_executor, args: {task_description: x, workspace_mode: existing}}\n"
                   "  - call: {tool: delegate_to_executor, args: {task_description: x, workspace_mode: sideways}}\n"
                   "  - call: {tool: mark_goal_complete, args: {summary: done}}\n")
    code, ev, err = p.events("-m", m, "-a", "orchestrator", "go", timeout=60)
    results = [e["result"] for e in of(ev, "tool_result")]
    assert code == 0, (err, results)
    assert results[0]["workspace"].startswith(".agent_workspace/write-it"), results[0]
    assert "path" in results[1]["error"], results[1]
    assert not results[2]["success"], results[2]


def a_bare_name_with_a_tag_is_a_model_of_ollama(p):
    r = p.mien("models", "show", "gpt-oss:20b")
    assert r.returncode == 0 and b"ollama" in r.stdout and b"gpt-oss:20b" in r.stdout, r


def agents_beside_a_file_are_found(p):
    for name, text in (("agents.yaml", REGISTRY), ("task_executor_config.yaml", EXECUTOR),
                       ("orchestrator_config.yaml", ORCHESTRATOR), ("architect_config.yaml", ARCHITECT)):
        p.write("old/" + name, text, p.top)
    r = p.mien("agents", "show", os.path.join(p.top, "old", "orchestrator_config.yaml"))
    text = r.stdout.decode()
    assert r.returncode == 0 and "old orchestrator" in text, r
    assert "delegates to architect by consult_architect" in text, text
    assert "delegates to task_executor by delegate_to_executor" in text, text


run(globals())
