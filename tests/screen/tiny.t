# 20x5 still works; below it says so; 1x1 survives.
size 20x5
event {"type":"text","text":"hello there"}
type abc
screen
| mien               |
|hello there         |
|                    |
|▌                   |
|▌ › abc             |
size 19x4
screen
|too small          |
|19x4               |
|needs 20x5         |
|                   |
size 1x1
screen
|t|
size 80x24
screen
| mien                                                                           |
| hello there                                                                    |
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
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › abc                                                                         |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
