# Code: a line that does not fit keeps the gutter on every row; tabs count from the code's first column.
size 50x16
event {"type":"text","text":"```c\nstatic const char *skip_everything_that_is_white(const char *p);\n\tif (a)\n\t\treturn\tb;\n```\n"}
event {"type":"round_end"}
screen
| mien                                             |
|╭ c                                               |
|│ static const char *skip_everything_that_is_white|
|│ (const char *p);                                |
|│     if (a)                                      |
|│         return  b;                              |
|╰                                                 |
|                                                  |
|                                                  |
|                                                  |
|                                                  |
|                                                  |
|                                                  |
|▌                                                 |
|▌ › ask, / @ !                                    |
|empty        Enter send · Tab panes · Ctrl-T tree |
