# F1 shows the tables.
size 80x24
key F1
screen
| mien                                                                           |
|  Help  F1 again: every key and command                                         |
|  Write                                 Watch                                   |
|  Enter         send, also while busy   PgUp          scroll; End: follow       |
|  Alt-Enter     a new line              Alt-Up        your message before       |
|  Ctrl-Q        a goal for afterwards   Ctrl-O        unfold the last output    |
|  Up            take back; history      Ctrl-X Ctrl-O unfold or fold all        |
|  Tab           complete                Tab           transcript; there:        |
|  Ctrl-X Ctrl-S put the line aside      ]             select the next item      |
|  Ctrl-G        write in your editor    Enter         unfold it                 |
|  /             commands                y             copy it, or the answer    |
|  @             files, folders, modes   /             search                    |
|  !             a command of yours      Ctrl-X Ctrl-V the transcript alone      |
|  F2            find anything                                                   |
|                                                                                |
|  Tasks                                 Steer and stop                          |
|  Ctrl-T        the tree; there:        Esc           stop the agent; close     |
|  a             add a task              Ctrl-C        clear; twice: quit        |
|  e             edit its title          Shift-Tab     next mode; planning       |
|  c             a check, its proof      F5            go on with the goal       |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Down scroll · q close · F1 all                 |
key PgDn PgDn PgDn PgDn
screen
| mien                                                                           |
|  Help  F1 again: every key and command                                         |
|  Tab           complete                Tab           transcript; there:        |
|  Ctrl-X Ctrl-S put the line aside      ]             select the next item      |
|  Ctrl-G        write in your editor    Enter         unfold it                 |
|  /             commands                y             copy it, or the answer    |
|  @             files, folders, modes   /             search                    |
|  !             a command of yours      Ctrl-X Ctrl-V the transcript alone      |
|  F2            find anything                                                   |
|                                                                                |
|  Tasks                                 Steer and stop                          |
|  Ctrl-T        the tree; there:        Esc           stop the agent; close     |
|  a             add a task              Ctrl-C        clear; twice: quit        |
|  e             edit its title          Shift-Tab     next mode; planning       |
|  c             a check, its proof      F5            go on with the goal       |
|  n             a note the agent reads  F6            another model             |
|  Space         done                    Ctrl-X Ctrl-B command to background     |
|  u             undo                    Ctrl-D        quit (empty line)         |
|  Enter         what a job did                                                  |
|  Ctrl-X Ctrl-T fold its pane away                                              |
|                                                                                |
|▌                                                                               |
|▌ › ask, / command, @ file, ! shell                                             |
|  context empty                  Down scroll · q close · F1 all                 |
key q
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
|  context empty                  Enter send · Tab panes · Ctrl-T tree           |
