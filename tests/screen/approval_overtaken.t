# Words meant for one question never answer the next: the line ends with the question it was for.
size 80x24
event {"type":"approval","id":"q1","kind":"command","title":"Run this command?","detail":"make","choices":[{"key":"y","label":"once"},{"key":"n","label":"no"},{"key":"e","label":"no, because","text":true}]}
key e Enter
type use ninja
event {"type":"approval","id":"q2","kind":"command","title":"Run this command?","detail":"rm -rf /","choices":[{"key":"y","label":"once"},{"key":"n","label":"no"},{"key":"e","label":"no, because","text":true}]}
event {"type":"approval_done","id":"q1","choice":"n","by":"timeout"}
key Enter
expect-no-request
wait 600
key n Enter
expect-request answer question=q2 choice=n
expect-no-request
