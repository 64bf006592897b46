# The line editor: history, several lines, pastes, placeholders, clearing and bringing back.
size 80x24
type first line<M-Enter>second<Up>X
screen
| mien                                                                           |
|                                                                                |
|                                                                                |
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
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › first Xline                                                                 |
|▌   second                                                                      |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key Enter
expect-request submit text=first Xline~second
type another<C-c>
screen
| mien                                                                           |
|                                                                                |
|                                                                                |
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
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  cleared; Up brings it back                     |
key Up
key Enter
expect-request submit text=another
key Up Up
screen
| mien                                                                           |
|                                                                                |
|                                                                                |
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
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › first Xline                                                                 |
|▌   second                                                                      |
|  context empty                  cleared; Up brings it back                     |
key C-c
paste one\r\ntwo\e[31m
screen
| mien                                                                           |
|                                                                                |
|                                                                                |
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
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › one                                                                         |
|▌   two                                                                         |
|  context empty                  cleared; Up brings it back                     |
key C-c
paste 1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n21\n22
screen
| mien                                                                           |
|                                                                                |
|                                                                                |
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
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › [paste 1: 22 lines]                                                         |
|  context empty                  cleared; Up brings it back                     |
key Enter
expect-request submit text=1~2~3~4~5~6~7~8~9~10~11~12~13~14~15~16~17~18~19~20~21~22
torn a\e[Db\e[1;5Dc\xc3\xa9
bytes \e[?64;1;2c\e]11;rgb:0000/0000/0000\x07\e[?2026;2$y
screen
| mien                                                                           |
|                                                                                |
|                                                                                |
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
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › céba                                                                        |
|  context empty                  cleared; Up brings it back                     |
type <C-c>//literal<Enter>
expect-request submit text=/literal
type what is /etc/passwd?<Enter>
expect-request submit text=what is /etc/passwd?
type later<C-q>
expect-request queue text=later
key C-c
key C-c
expect-pending quit
