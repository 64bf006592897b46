# Notes on lines of what would be written go to the agent together, each with its place.
size 80x24
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
event {"type":"phase","phase":"ask"}
event {"type":"approval","id":"q1","kind":"write","title":"Write parser.c?","detail":"--- parser.c\n+++ parser.c\n@@ -5,4 +5,4 @@\n {\n-    while (*p == ' ')\n+    while (isspace((unsigned char)*p))\n         p++;\n }\n","why":"the approval policy is \"ask\"","choices":[{"key":"y","label":"yes, once"},{"key":"n","label":"no","text":true}]}
key C-n
key Down Enter
type isblank is enough<Enter>
key Down Enter
type p += 1<Enter>
screen
| mien  ~/src/parser                                 ⚠ asks  gpt-5  sandbox:full |
|        mien gpt-5                                                              |
|                                                                                |
|        Write a goal and press Enter.                                           |
|                                                                                |
|        / commands, @ files, ! a shell command, F1 every key,                   |
|        Ctrl-T the task tree, Esc stops the agent at any time.                  |
|                                                                                |
|        Tip: in the tree, c gives a task a check that proves it done.           |
|                                                                                |
|                                                                                |
|▌ Write parser.c?                                                               |
|▌   5   {                                                                       |
|▌   6 −     while (*p == ' ')                                                   |
|▌   6 +     while (isspace((unsigned char)*p))                                  |
|▌     ✎ isblank is enough                                                       |
|▌❯  7           p++;                                                            |
|▌     ✎ p += 1                                                                  |
|▌   8   }                                                                       |
|▌ the approval policy is "ask"                                                  |
|▌❯[y] yes, once   [n] no                                                        |
|▌ ◐ waiting for you                                                             |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  arrows choose a line, Enter writes a note, Es… |
key Esc
type n
key Enter
expect-request answer question=q1 choice=n text=Notes on the change you asked about:~parser.c:6: isblank is enough~    -    while (*p == ' ')~    +    while (isspace((unsigned char)*p))~             p++;~parser.c:7: p += 1~    +    while (isspace((unsigned char)*p))~             p++;~     }~
# A yes with notes writes it, and tells them.
event {"type":"approval","id":"q2","kind":"write","title":"Write a.c?","detail":"@@ -1,1 +1,1 @@\n-x\n+y\n","choices":[{"key":"y","label":"yes, once"},{"key":"n","label":"no","text":true}]}
key C-n Enter
type keep x<Enter>
key Esc y Enter
expect-request answer question=q2 choice=y
expect-request submit text=Notes on the change you asked about:~a.c:1 (as it was): keep x~    -x~    +y~
# A question without lines.
event {"type":"approval","id":"q3","kind":"command","title":"Run this command?","detail":"ls","choices":[{"key":"y","label":"yes"},{"key":"n","label":"no"}]}
key C-n
screen
| mien  ~/src/parser                                 ⚠ asks  gpt-5  sandbox:full |
|                                                                                |
|        mien gpt-5                                                              |
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
|▌ Run this command?                                                             |
|▌ $ ls                                                                          |
|▌❯[y] yes   [n] no                                                              |
|▌ ◐ waiting for you                                                             |
|▌ › tell the agent more; Ctrl-Q: a goal for afterwards                          |
|  context empty                  there is no line to write a note on            |
