# A question put aside and settled elsewhere leaves nothing behind: Ctrl-T goes to the tree.
size 80x24
event {"type":"approval","id":"q1","kind":"command","title":"Run this command?","detail":"make","choices":[{"key":"y","label":"once"},{"key":"n","label":"no"}]}
key Tab
event {"type":"approval_done","id":"q1","choice":"n","by":"user"}
key C-t u
expect-request tree op=undo
# The next question is shown at once.
event {"type":"approval","id":"q2","kind":"command","title":"Run this command?","detail":"make","choices":[{"key":"y","label":"once"},{"key":"n","label":"no"}]}
key y Enter
expect-request answer question=q2 choice=y
