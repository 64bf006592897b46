# A tool runs, prints, fails; another writes a file; Ctrl-O unfolds.
size 80x24
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
event {"type":"tool_call","id":"a","behavior":"Shell","name":"run_bash","args":{"command":"make test"},"summary":"make test"}
repeat 14 event {"type":"tool_output","id":"a","text":"cc -c file%d.c\n"}
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| ⚙ run_bash  make test                                       +11 lines  running |
|   cc -c file12.c                                                               |
|   cc -c file13.c                                                               |
|   cc -c file14.c                                                               |
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
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
event {"type":"tool_result","id":"a","ok":false,"result":{},"ms":1234,"summary":"exit 2"}
event {"type":"tool_call","id":"b","behavior":"Files","name":"write_file","args":{"path":"src/tok.c"}}
event {"type":"tool_result","id":"b","ok":true,"result":{},"ms":3,"diff":"--- a/src/tok.c\n+++ b/src/tok.c\n@@ -1,2 +1,4 @@\n int x;\n-old\n+new\n+newer\n+newest\n"}
event {"type":"tool_call","id":"c","behavior":"Shell","name":"run_bash","args":{"command":"a command that is much too long to stand in one row of this screen"}}
event {"type":"tool_result","id":"c","ok":true,"result":{"output":"one line of output"},"ms":250}
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| ⚙ run_bash  make test                                              exit 2 1.2s |
|   cc -c file1.c                                                                |
|   cc -c file2.c                                                                |
|   cc -c file3.c                                                                |
|   … 6 lines (Ctrl-O)                                                           |
|   cc -c file10.c                                                               |
|   cc -c file11.c                                                               |
|   cc -c file12.c                                                               |
|   cc -c file13.c                                                               |
|   cc -c file14.c                                                               |
| ✎ write_file  src/tok.c                                                  +3 −1 |
|     1   int x;                                                                 |
|     2 − old                                                                    |
|     2 + new                                                                    |
|     3 + newer                                                                  |
|     4 + newest                                                                 |
| ⚙ run_bash  a command that is much too long to stand in one row of this… 250ms |
|   one line of output                                                           |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key C-o
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| ⚙ run_bash  make test                                              exit 2 1.2s |
|   cc -c file1.c                                                                |
|   cc -c file2.c                                                                |
|   cc -c file3.c                                                                |
|   … 6 lines (Ctrl-O)                                                           |
|   cc -c file10.c                                                               |
|   cc -c file11.c                                                               |
|   cc -c file12.c                                                               |
|   cc -c file13.c                                                               |
|   cc -c file14.c                                                               |
| ✎ write_file  src/tok.c                                                  +3 −1 |
|     1   int x;                                                                 |
|     2 − old                                                                    |
|     2 + new                                                                    |
|     3 + newer                                                                  |
|     4 + newest                                                                 |
| ⚙ run_bash  a command that is much too long to stand in one row of this… 250ms |
|   one line of output                                                           |
|                                                                                |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
key Tab Tab
key [ [
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| ⚙ run_bash  make test                                              exit 2 1.2s |
|   cc -c file1.c                                                                |
|   cc -c file2.c                                                                |
|   cc -c file3.c                                                                |
|   … 6 lines (Ctrl-O)                                                           |
|   cc -c file10.c                                                               |
|   cc -c file11.c                                                               |
|   cc -c file12.c                                                               |
|   cc -c file13.c                                                               |
|   cc -c file14.c                                                               |
| ✎ write_file  src/tok.c                                                  +3 −1 |
|     1   int x;                                                                 |
|     2 − old                                                                    |
|     2 + new                                                                    |
|     3 + newer                                                                  |
|     4 + newest                                                                 |
| ⚙ run_bash  a command that is much too long to stand in one row of this… 250ms |
|   one line of output                                                           |
|                                                                                |
|                                                                                |
|▌ transcript                                                                    |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  j scroll · G newest · ] select · Enter unfold  |
key Enter
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
| ⚙ run_bash  make test                                              exit 2 1.2s |
|   cc -c file1.c                                                                |
|   cc -c file2.c                                                                |
|   cc -c file3.c                                                                |
|   … 6 lines (Ctrl-O)                                                           |
|   cc -c file10.c                                                               |
|   cc -c file11.c                                                               |
|   cc -c file12.c                                                               |
|   cc -c file13.c                                                               |
|   cc -c file14.c                                                               |
| ✎ write_file  src/tok.c                                                  +3 −1 |
|     1   int x;                                                                 |
|     2 − old                                                                    |
|     2 + new                                                                    |
|     3 + newer                                                                  |
|     4 + newest                                                                 |
| ⚙ run_bash  a command that is much too long to stand in one row of this… 250ms |
|   one line of output                                                           |
|                                                                                |
|                                                                                |
|▌ transcript                                                                    |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  j scroll · G newest · ] select · Enter unfold  |
# A command that printed nothing: what it was and how it ended, and no object.
size 80x10
event {"type":"clear","next":"s9"}
event {"type":"tool_call","id":"z","behavior":"command_tools","name":"run_bash","verb":"Ran","args":{"command":"rm f2.txt"},"summary":"rm f2.txt"}
event {"type":"tool_result","id":"z","ok":true,"result":{"success":true,"returncode":0,"output":"","ms":45},"ms":45,"summary":"exit 0"}
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|⚙ Ran rm f2.txt                                                           exit 0|
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|                                                                                |
|▌ transcript                                                                    |
|▌ › ask, / command, @ file, ! shell                                             |
|j scroll · G newest · ] select · Enter unfold · / search · y copy · o pager     |
