# Shift-Tab goes through the model's modes; the switch shows at once.
size 80x14
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
event {"type":"catalog","kind":"modes","items":[{"name":"formal","help":"measured words"},{"name":"debug","help":"thinks aloud"}]}
event {"type":"mode","active":"","model":"gpt-5"}
key S-Tab
expect-request mode mode=formal
event {"type":"mode","active":"formal","model":"gpt-5","route":"/formal"}
screen
| mien  ~/src/parser                                 formal  gpt-5  sandbox:full |
| · mode formal                                                                  |
|        mien gpt-5                                                              |
|                                                                                |
|        Write a goal and press Enter.                                           |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|        Tip: in the tree, c gives a task a check that proves it done.           |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key S-Tab
expect-request mode mode=debug
event {"type":"mode","active":"debug","model":"gpt-5","source":"model"}
key S-Tab
expect-request mode mode=
screen
| mien  ~/src/parser                                  debug  gpt-5  sandbox:full |
| · mode formal                                                                  |
| · the model chose mode debug                                                   |
|        mien gpt-5                                                              |
|                                                                                |
|        Write a goal and press Enter.                                           |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|        Tip: in the tree, c gives a task a check that proves it done.           |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
type /behavior clear<Enter>
expect-request mode mode=
