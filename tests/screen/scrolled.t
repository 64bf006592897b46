# While scrolled up, new output does not move the view; End follows again.
size 80x16
repeat 30 event {"type":"notice","level":"info","text":"line %d"}
screen
| mien                                                                           |
| · line 19                                                                      |
| · line 20                                                                      |
| · line 21                                                                      |
| · line 22                                                                      |
| · line 23                                                                      |
| · line 24                                                                      |
| · line 25                                                                      |
| · line 26                                                                      |
| · line 27                                                                      |
| · line 28                                                                      |
| · line 29                                                                      |
| · line 30                                                                      |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key PgUp
screen
| mien                                                                           |
| · line 8                                                                       |
| · line 9                                                                       |
| · line 10                                                                      |
| · line 11                                                                      |
| · line 12                                                                      |
| · line 13                                                                      |
| · line 14                                                                      |
| · line 15                                                                      |
| · line 16                                                                      |
| · line 17                                                                      |
| · line 18                                                                      |
| · line 19                                                                      |
|▌                                                                         ↓ End |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
repeat 12 event {"type":"notice","level":"info","text":"newer %d"}
screen
| mien                                                                           |
| · line 8                                                                       |
| · line 9                                                                       |
| · line 10                                                                      |
| · line 11                                                                      |
| · line 12                                                                      |
| · line 13                                                                      |
| · line 14                                                                      |
| · line 15                                                                      |
| · line 16                                                                      |
| · line 17                                                                      |
| · line 18                                                                      |
| · line 19                                                                      |
|▌                                                                 ↓ 12 new, End |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key End
screen
| mien                                                                           |
| · newer 1                                                                      |
| · newer 2                                                                      |
| · newer 3                                                                      |
| · newer 4                                                                      |
| · newer 5                                                                      |
| · newer 6                                                                      |
| · newer 7                                                                      |
| · newer 8                                                                      |
| · newer 9                                                                      |
| · newer 10                                                                     |
| · newer 11                                                                     |
| · newer 12                                                                     |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key Tab Tab g
screen
| mien                                                                           |
| · line 1                                                                       |
| · line 2                                                                       |
| · line 3                                                                       |
| · line 4                                                                       |
| · line 5                                                                       |
| · line 6                                                                       |
| · line 7                                                                       |
| · line 8                                                                       |
| · line 9                                                                       |
| · line 10                                                                      |
| · line 11                                                                      |
| · line 12                                                                      |
|▌ transcript                                                              ↓ End |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  j scroll · G newest · ] select · Enter unfold  |
key /
type newer 3<Enter>
screen
| mien                                                                           |
| · line 29                                                                      |
| · line 30                                                                      |
| · newer 1                                                                      |
| · newer 2                                                                      |
| · newer 3                                                                      |
| · newer 4                                                                      |
| · newer 5                                                                      |
| · newer 6                                                                      |
| · newer 7                                                                      |
| · newer 8                                                                      |
| · newer 9                                                                      |
| · newer 10                                                                     |
|▌ transcript                                                              ↓ End |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  j scroll · G newest · ] select · Enter unfold  |
