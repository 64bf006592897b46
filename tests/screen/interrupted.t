# A remark that comes in the middle of words stands behind them: nothing lands inside a word or a block.
size 60x16
event {"type":"text","text":"Look:\n```c\nint a;\n"}
event {"type":"notice","level":"info","text":"the model is slow today"}
event {"type":"text","text":"int **b;\n```\ndone\n"}
screen
| mien                                                       |
| Look:                                                      |
| ╭ c                                                        |
| │ int a;                                                   |
| │ int **b;                                                 |
| ╰                                                          |
| done                                                       |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|                                                            |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|  context empty                  Enter send · Tab panes     |
event {"type":"text","text":"```\nnever closed"}
event {"type":"round_start","round":2,"max_rounds":9}
event {"type":"text","text":"next **round**"}
screen
| mien                                                 ⟳ 2/9 |
| Look:                                                      |
| ╭ c                                                        |
| │ int a;                                                   |
| │ int **b;                                                 |
| ╰                                                          |
| done                                                       |
| ╭                                                          |
| │ never closed                                             |
| · the model is slow today                                  |
| next round                                                 |
|                                                            |
|                                                            |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|  context empty                  Enter send · Tab panes     |
