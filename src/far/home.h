/*
 * home - the near side of a launched mien: a program of its own beside the mien that wants it, so
 * that packing, merging and a launcher that hangs hold up nobody. To who started it, it looks like
 * the mien that it launches: event lines on standard output, answers and requests on standard
 * input.
 *
 * The first line of its standard input says what is to be launched:
 *   launcher     words; program: what mien is called there
 *   words        of mien exec there, besides workspace and agent
 *   agent        name, or a file, which is sent where the workspace is carried
 *   workspace    absolute; carry: bring it over and its changes back
 *   environment  names of variables that go over; set: "NAME=value" besides
 *   start_ms     how long the launcher may take until mien answers there
 *   lost_ms      how long nothing at all may be heard from there
 *   name         of copies, where what came back meets another change
 *   isolated     what changed comes back only when the goal, and there its check, succeeded
 *   check        that command, or none; check_ms: how long it may take
 *
 * Among the events it prints one kind of its own:
 *   {"type":"far","state":"reached"}
 *   {"type":"far","state":"carried","files":N,"conflicts":[{"path","copy"}],"check":…,"patch":PATH}
 *     patch: what was not brought back, as a diff in that file of the workspace
 *   {"type":"far","state":"ended","status":…,"error":…}   last; no status: all went well
 * status: "not started", "lost", "frozen", "killed", "garbage", "died", "failed".
 * Thread: the program's main one.
 */
#ifndef FAR_HOME_H
#define FAR_HOME_H

/* env: the user's, with what may be listed. Returns the exit code of the mien there, 1 where none
 * is known. MAY WAIT. */
int far_call(char *const *env);

#endif
