# A notice takes nothing from the welcome page: it stands above.
size 80x18
event {"type":"session_start","workspace":"~/src/parser","model":"openai/gpt-5","agent":"coder","sandbox":"full","approval":"auto"}
event {"type":"notice","level":"info","text":"openai/gpt-5, because OPENAI_API_KEY is set"}
screen
| mien  ~/src/parser                                  openai/gpt-5  sandbox:full |
| · openai/gpt-5, because OPENAI_API_KEY is set                                  |
|        mien openai/gpt-5                                                       |
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
