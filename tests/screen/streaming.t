# Words arrive in pieces; markdown is rendered as it comes; nothing is lost.
size 80x24
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
event {"type":"user","text":"fix the parser so that tests pass","how":"goal"}
event {"type":"goal_start","goal":"fix the parser so that tests pass"}
event {"type":"round_start","round":1,"max_rounds":24}
event {"type":"phase","phase":"stream"}
event {"type":"reasoning","text":"The tokenizer may be wrong.\nI look first."}
wait 3000
screen
| mien  fix the parser so that tests pass            gpt-5  sandbox:full  ⟳ 1/24 |
| ▌ fix the parser so that tests pass                                            |
|                                                                                |
| · thinking…                                                                    |
|   The tokenizer may be wrong.                                                  |
|   I look first.                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ ◐ streaming 3s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
event {"type":"text","text":"I'll run the **te"}
screen
| mien  fix the parser so that tests pass            gpt-5  sandbox:full  ⟳ 1/24 |
| ▌ fix the parser so that tests pass                                            |
|                                                                                |
| · thought for 3s, 2 lines (Ctrl-O)                                             |
| I'll run the **te                                                              |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ ◐ streaming 3s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
event {"type":"text","text":"st suite** first, with `make`.\n\n# Plan\n- one\n"}
event {"type":"text","text":"- two, which is so long that it has to be wrapped under its own bullet\n\n```c\nint main(void)\n"}
screen
| mien  fix the parser so that tests pass            gpt-5  sandbox:full  ⟳ 1/24 |
| ▌ fix the parser so that tests pass                                            |
|                                                                                |
| · thought for 3s, 2 lines (Ctrl-O)                                             |
| I'll run the test suite first, with make.                                      |
|                                                                                |
| Plan                                                                           |
| • one                                                                          |
| • two, which is so long that it has to be wrapped under its own bullet         |
|                                                                                |
| ╭ c                                                                            |
| │ int main(void)                                                               |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ ◐ streaming 3s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
event {"type":"text","text":"{\n```\n1. done **not closed\n"}
event {"type":"round_end","round":1}
key C-o
screen
| mien  fix the parser so that tests pass            gpt-5  sandbox:full  ⟳ 1/24 |
| ▌ fix the parser so that tests pass                                            |
|                                                                                |
| · thought for 3s, 2 lines (Ctrl-O)                                             |
|   The tokenizer may be wrong.                                                  |
|   I look first.                                                                |
| I'll run the test suite first, with make.                                      |
|                                                                                |
| Plan                                                                           |
| • one                                                                          |
| • two, which is so long that it has to be wrapped under its own bullet         |
|                                                                                |
| ╭ c                                                                            |
| │ int main(void)                                                               |
| │ {                                                                            |
| ╰                                                                              |
| 1. done **not closed                                                           |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ ◐ streaming 3s                                                                |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
