# A tool runs, prints, fails; another writes a file; Ctrl-O unfolds.
size 80x24
event {"type":"session_start","workspace":"~/src/parser","model":"gpt-5","agent":"coder","sandbox":"full","approval":"ask"}
event {"type":"tool_call","id":"a","behavior":"Shell","name":"run_bash","args":{"command":"make test"},"summary":"make test"}
repeat 14 event {"type":"tool_output","id":"a","text":"cc -c file%d.c\n"}
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ ⚙ run_bash  make test                       running │|
|│Tasks stand here then.  │   … 11 lines (Ctrl-O)                               │|
|│                        │   cc -c file12.c                                    │|
|│                        │   cc -c file13.c                                    │|
|│                        │   cc -c file14.c                                    │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
event {"type":"tool_result","id":"a","ok":false,"result":{},"ms":1234,"summary":"exit 2"}
event {"type":"tool_call","id":"b","behavior":"Files","name":"write_file","args":{"path":"src/tok.c"}}
event {"type":"tool_result","id":"b","ok":true,"result":{},"ms":3,"diff":"--- a/src/tok.c\n+++ b/src/tok.c\n@@ -1,2 +1,4 @@\n int x;\n-old\n+new\n+newer\n+newest\n"}
event {"type":"tool_call","id":"c","behavior":"Shell","name":"run_bash","args":{"command":"a command that is much too long to stand in one row of this screen"}}
event {"type":"tool_result","id":"c","ok":true,"result":{"output":"one line of output"},"ms":250}
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ ⚙ run_bash  make test                   exit 2 1.2s │|
|│Tasks stand here then.  │   … 11 lines (Ctrl-O)                               │|
|│                        │   cc -c file12.c                                    │|
|│                        │   cc -c file13.c                                    │|
|│                        │   cc -c file14.c                                    │|
|│                        │ ✎ write_file  src/tok.c                       +3 −1 │|
|│                        │ ⚙ run_bash  a command that is much too long … 250ms │|
|│                        │   one line of output                                │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key C-o
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ ⚙ run_bash  make test                   exit 2 1.2s │|
|│Tasks stand here then.  │   … 11 lines (Ctrl-O)                               │|
|│                        │   cc -c file12.c                                    │|
|│                        │   cc -c file13.c                                    │|
|│                        │   cc -c file14.c                                    │|
|│                        │ ✎ write_file  src/tok.c                       +3 −1 │|
|│                        │ ⚙ run_bash  a command that is much too long … 250ms │|
|│                        │   one line of output                                │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ Enter send · Tab panes · Ctrl-T tree · Ctrl-G editor · Esc stop · F1 help    │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key Tab Tab
key [ [
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ ⚙ run_bash  make test                   exit 2 1.2s │|
|│Tasks stand here then.  │   … 11 lines (Ctrl-O)                               │|
|│                        │   cc -c file12.c                                    │|
|│                        │   cc -c file13.c                                    │|
|│                        │   cc -c file14.c                                    │|
|│                        │ ✎ write_file  src/tok.c                       +3 −1 │|
|│                        │ ⚙ run_bash  a command that is much too long … 250ms │|
|│                        │   one line of output                                │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ j scroll · G newest · ] select · Enter unfold · / search · y copy · o pager  │|
|└──────────────────────────────────────────────────────────────────────────────┘|
key Enter
screen
| mien  ~/src/parser                                         gpt-5  sandbox:full |
|┌─ Goal ─────────────────┬─ Work ──────────────────────────────────────────────┐|
|│No goal yet.            │ ⚙ run_bash  make test                   exit 2 1.2s │|
|│Tasks stand here then.  │   … 11 lines (Ctrl-O)                               │|
|│                        │   cc -c file12.c                                    │|
|│                        │   cc -c file13.c                                    │|
|│                        │   cc -c file14.c                                    │|
|│                        │ ✎ write_file  src/tok.c                       +3 −1 │|
|│                        │   --- a/src/tok.c                                   │|
|│                        │   +++ b/src/tok.c                                   │|
|│                        │   @@ -1,2 +1,4 @@                                   │|
|│                        │    int x;                                           │|
|│                        │   -old                                              │|
|│                        │   +new                                              │|
|│                        │   +newer                                            │|
|│                        │   +newest                                           │|
|│                        │ ⚙ run_bash  a command that is much too long … 250ms │|
|│                        │   one line of output                                │|
|│                        │                                                     │|
|├────────────────────────┴─────────────────────────────────────────────────────┤|
|│ context empty                                                                │|
|│ ›                                                                            │|
|│ j scroll · G newest · ] select · Enter unfold · / search · y copy · o pager  │|
|└──────────────────────────────────────────────────────────────────────────────┘|
