# Planning: Shift-Tab goes in and out of it where the model has no modes, /plan takes a goal along.
size 80x10
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
key S-Tab
expect-request approve policy=plan
event {"type":"setting","name":"approval","value":"plan"}
screen
| mien  ~/src/parser                                   gpt-5  sandbox:full  plan |
|        mien gpt-5                                                              |
|        Write a goal and press Enter.                                           |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|        Tip: in the tree, c gives a task a check that proves it done.           |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|empty        Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop    |
key S-Tab
expect-request approve policy=ask
event {"type":"setting","name":"approval","value":"ask"}
type /plan tidy this<Enter>
expect-request approve policy=plan
expect-request submit text=tidy this
