# A report is asked for by a command and shown whole, as it was laid out.
size 80x16
type /tools<Enter>
expect-request report report=tools
event {"type":"report","title":"tools","text":"name       from     tokens\nrun_bash   Shell       120\nread_file  Files        80\n"}
screen
| mien                                                                           |
| tools                                                                          |
| name       from     tokens                                                     |
| run_bash   Shell       120                                                     |
| read_file  Files        80                                                     |
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
type /clear<Enter>
# What does not fit goes on below its column.
event {"type":"report","title":"behaviors","text":"1. Shell — commands in a sandbox that a canary proved\n  timeout      60    Seconds for one command, then it is stopped\nword "}
screen
| mien                                                                           |
| behaviors                                                                      |
| 1. Shell — commands in a sandbox that a canary proved                          |
|   timeout      60    Seconds for one command, then it is stopped               |
| word                                                                           |
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
type /clear<Enter>
screen
| mien                                                                           |
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
type /help queue<Enter>
screen
| mien                                                                           |
| · /queue [text...]: a goal for after the running one, or all that waits        |
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
