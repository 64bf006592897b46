# The context gauge: estimated, corrected by the server, nearly full, on a narrow screen.
size 80x14
event {"type":"gauge","used":5100,"window":8000,"reserved":1000,"cached":4488,"estimated":true}
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  ███████▊▁▁▁▁ ~5.1k of 8.0k     Enter send · Tab panes · Ctrl-T tree           |
event {"type":"gauge","used":7400,"window":8000,"reserved":500,"cached":0}
event {"type":"usage","total_input":41000,"total_output":3000,"total_cost":0.04}
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  ███████████▏ 7.4k of 8.0k      Enter send · Tab panes · Ctrl-T tree           |
size 40x12
screen
| mien                                   |
|mien                                    |
|                                        |
|Write a goal and press Enter.           |
|/ commands @ files ! shell F1 keys      |
|                                        |
|                                        |
|                                        |
|                                        |
|▌                                       |
|▌ › ask, / @ !                          |
|7.4k/8.0k    Enter send · Tab panes     |
# A server's limit that is nearly used up stands on the gauge for as long as it is.
size 80x14
event {"type":"gauge","used":5100,"window":8000,"reserved":1000,"cached":4488}
event {"type":"rate","percent":4,"text":"2 of 50 requests left, more in 3 s"}
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  5.1k/8.0k  ⚠ limit 4%          Enter send · Tab panes · Ctrl-T tree           |
event {"type":"rate","percent":100,"text":""}
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
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  ███████▊▁▁▁▁ 5.1k of 8.0k      Enter send · Tab panes · Ctrl-T tree           |
size 40x6
event {"type":"gauge","used":5100,"window":8000,"reserved":1000,"cached":4488}
event {"type":"rate","percent":4,"text":"2 of 50 requests left, more in 3 s"}
screen
| mien                                   |
|mien                                    |
|Write a goal and press Enter.           |
|▌                                       |
|▌ › ask, / @ !                          |
|5.1k/8.0k    Enter send · Tab panes     |
