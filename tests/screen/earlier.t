# Of a resumed session the newest part is told; what was before it is asked for at the top, once.
size 60x12
event {"type":"earlier","events":"","more":true}
repeat 20 event {"type":"notice","level":"info","text":"line %d"}
screen
| mien                                                       |
|· line 13                                                   |
|· line 14                                                   |
|· line 15                                                   |
|· line 16                                                   |
|· line 17                                                   |
|· line 18                                                   |
|· line 19                                                   |
|· line 20                                                   |
|▌                                                           |
|▌ › ask, / command, @ file, ! shell                         |
|empty        Enter send · Tab panes · Ctrl-T tree           |
key PgUp
expect-no-request
key PgUp
key PgUp
expect-request earlier
key PgUp
expect-no-request
screen
| mien                                                       |
|· there is more before this: scroll up, or mien sessions    |
|  show ID                                                   |
|· line 1                                                    |
|· line 2                                                    |
|· line 3                                                    |
|· line 4                                                    |
|· line 5                                                    |
|· line 6                                                    |
|▌                                                     ↓ End |
|▌ › ask, / command, @ file, ! shell                         |
|empty        Enter send · Tab panes · Ctrl-T tree           |
event {"type":"earlier","events":"{\"type\":\"user\",\"text\":\"the first words\"}\n","more":false}
screen
| mien                                                       |
|▌ the first words                                           |
|                                                            |
|· line 1                                                    |
|· line 2                                                    |
|· line 3                                                    |
|· line 4                                                    |
|· line 5                                                    |
|· line 6                                                    |
|▌                                                     ↓ End |
|▌ › ask, / command, @ file, ! shell                         |
|empty        Enter send · Tab panes · Ctrl-T tree           |
key PgUp
screen
| mien                                                       |
|▌ the first words                                           |
|                                                            |
|· line 1                                                    |
|· line 2                                                    |
|· line 3                                                    |
|· line 4                                                    |
|· line 5                                                    |
|· line 6                                                    |
|▌                                                     ↓ End |
|▌ › ask, / command, @ file, ! shell                         |
|empty        Enter send · Tab panes · Ctrl-T tree           |
expect-no-request
