# What is no command is said once; nothing is proposed that is not like it.
size 80x12
type /xyzzy<Enter>
type /modle x<Enter>
screen
| mien                                                                           |
|✗ no command /xyzzy; F1 lists them                                              |
|✗ no command /modle; did you mean /model                                        |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|empty        Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop    |
expect-no-request
