# Ctrl-R lists what was sent, newest first, each once; typing narrows it.
size 80x14
type make the parser faster<Enter>
expect-request submit text=make the parser faster
type fix the lexer<Enter>
expect-request submit text=fix the lexer
type make the parser faster<Enter>
expect-request submit text=make the parser faster
type draft
key C-r
screen
| mien                                                                           |
|        mien                                                                    |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|  history                                                                   1/2 |
|❯ make the parser faster                                                        |
|  fix the lexer                                                                 |
|▌                                                                               |
|▌ › draft                                                                       |
|  context empty                  Down choose · Tab complete · Enter take        |
type lex
key Enter
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
|▌ › fix the lexer                                                               |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
