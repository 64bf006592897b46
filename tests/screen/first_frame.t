# Before any event: the frame, the welcome, the caret in the input line.
size 80x24
screen
| mien                                                                           |
|                                                                                |
|                                                                                |
|        mien                                                                    |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|        Tip: in the tree, c gives a task a check that proves it done.           |
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
caret 22 4
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
type fix the parser
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|                                                                                |
|                                                                                |
|        mien gpt-5                                                              |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|        Tip: in the tree, c gives a task a check that proves it done.           |
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
|▌                                                                               |
|▌ › fix the parser                                                              |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
caret 22 18
key Enter
expect-request submit text=fix the parser
expect-no-request
