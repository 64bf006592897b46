"""Terminals and locales as they come: what is typed arrives, and colours are those asked for."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import sqlite3
import struct
import termios

from lib import MIEN, run, wait_for

SAY = "turns:\n  - say: |\n      ## Words\n\n      some `code`\n"


class Pty:
    """mien on a terminal of which every byte is kept."""

    def __init__(self, place, *args, **env):
        self.out = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(place.ws)
            os.execve(MIEN, [MIEN, *args], place.env(**env))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        place.closers.append(self.stop)

    def see(self, word):
        def look():
            while select.select([self.fd], [], [], 0)[0]:
                try:
                    self.out += os.read(self.fd, 65536)
                except OSError:
                    break
            return word in self.out
        wait_for(word, look)

    def send(self, text):
        data = text.encode()
        while data:
            data = data[os.write(self.fd, data[:2048]):]
            select.select([self.fd], [], [], 0)

    def ended(self):
        """How it did, by itself."""
        def look():
            self.see(b"")
            done, status = os.waitpid(self.pid, os.WNOHANG)
            return done and [os.waitstatus_to_exitcode(status)]
        return wait_for("it left", look)[0]

    def stop(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ProcessLookupError, ChildProcessError):
            pass


def goal_of(place):
    done = place.mien("sessions", "list")
    return done.stdout.decode()


def text_is_kept_in_every_locale(p):
    for env in ({"LC_ALL": "C"}, {"LC_ALL": None, "LANG": "C"}, {"LC_ALL": "POSIX", "LANG": "C"}, {"LC_ALL": "C.UTF-8"}):
        t = Pty(p, "-m", p.playbook(SAY), **env)
        t.see("▌".encode())  # drawn behind the page: the frame comes in pieces
        t.see(b"send")
        assert "›".encode() in t.out, (env, t.out)
        t.send("h\u00e9llo \u65e5\u672c\r")
        t.see(b"complete")
        t.stop()
        assert "h\u00e9llo \u65e5\u672c" in goal_of(p), (env, goal_of(p))
        os.system(f"rm -rf {p.state}")


def colours(t):
    rgb = set(re.findall(rb"[34]8[;:]2[;:]", t.out))
    index = set(re.findall(rb"[34]8[;:]5[;:]", t.out))
    return bool(rgb), bool(index)


def colours_are_those_the_terminal_has(p):
    for term, truecolor, want in (("tmux-256color", True, (True, False)), ("screen-256color", True, (True, False)),
                                  ("xterm-256color", True, (True, False)), ("alacritty", True, (True, False)),
                                  ("no-such-terminal", True, (True, False)), ("xterm-256color", False, (False, True)),
                                  ("no-such-terminal", False, (False, True)), ("linux", True, (False, False))):
        t = Pty(p, "-m", p.playbook(SAY), TERM=term, COLORTERM="truecolor" if truecolor else None)
        t.see(b"\x1b[?25h")
        t.see(b"send")
        assert colours(t) == want, (term, truecolor, colours(t))
        t.stop()


def the_ansi_theme_is_the_terminals_own(p):
    p.write("config.yaml", "theme: ansi\n", p.config)
    t = Pty(p, "-m", p.playbook(SAY), COLORTERM="truecolor")
    t.see(b"\x1b[?25h")
    t.see(b"send")
    assert colours(t) == (False, False) and re.search(rb"\x1b\[[0-9;]*9[0-7]m", t.out), t.out


def nothing_is_put_into_a_paste(p):
    t = Pty(p, "-m", p.playbook(SAY))
    t.see(b"Write a goal")
    long = "z" * 200000
    text = long + "\n\U0001f469\u200d\U0001f4bb e\u0301\u0301\u0301\u0301\u0301\u0301 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    t.send("\x1b[200~" + text + "\x1b[201~")
    t.see(b"[paste 1: 2 lines]")
    t.send("\r")
    t.see(b"complete")
    t.stop()

    d = os.path.join(p.state, "sessions")
    db = sqlite3.connect(os.path.join(d, next(f for f in os.listdir(d) if f.endswith(".db"))))
    said = [json.loads(b) for (b,) in db.execute("SELECT body FROM messages ORDER BY seq")]
    user = next(m for m in said if m["role"] == "user")
    assert text in json.dumps(user, ensure_ascii=False).replace("\\n", "\n"), str(user)[-200:]



LINKS = r"""turns:
  - say: 'see **[the docs](https://example.org/a)**, https://example.org/b(c). [no](javascript:alert(1)) finished'
"""


def links_are_for_terminals_that_know_them(p):
    m = p.playbook(LINKS)
    for env, knows in (({"VTE_VERSION": "7001"}, True), ({"VTE_VERSION": "4000"}, False), ({}, False),
                       ({"TMUX": "x", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True),
                       ({"TMUX": "x", "VTE_VERSION": "7001"}, False)):
        s = Pty(p, "-m", m, COLORTERM="", MIEN_TEST="1", **env)
        s.see(b"Write a goal")
        s.send("go\r")
        s.see(b"finished")
        s.send("/quit\r")
        assert s.ended() == 0, s.out
        parts = re.findall(rb"\x1b]8;id=mien\d+;([^\x1b]*)\x1b\\(.*?)\x1b]8;;\x1b\\", s.out, re.S)
        plain = {(url, re.sub(rb"\x1b\[[0-9;]*[a-zA-Z]|\x1b\(B", b"", words)) for url, words in parts}
        if knows:
            assert (b"https://example.org/a", b"the docs") in plain, plain
            assert (b"https://example.org/a", b"https://example.org/a") in plain, plain
            assert (b"https://example.org/b(c)", b"https://example.org/b(c)") in plain, plain
            assert len({u for u, _ in plain}) == 2, plain
        else:
            assert b"\x1b]8" not in s.out
    p.write("config.yaml", "links: false\n", p.env()["MIEN_CONFIG_DIR"])
    s = Pty(p, "-m", m, COLORTERM="", MIEN_TEST="1", VTE_VERSION="7001")
    s.see(b"Write a goal")
    s.send("go\r")
    s.see(b"finished")
    s.send("/quit\r")
    assert s.ended() == 0 and b"\x1b]8" not in s.out, s.out


def asks_about_a_project(place):
    place.write(".mien/config.yaml", "theme: mono\n")
    s = Pty(place, "-m", place.playbook(SAY), MIEN_TEST="1")
    s.see(b"[y]")
    return s


def what_is_typed_behind_a_question_is_kept(p):
    s = asks_about_a_project(p)
    s.send("y\r/quit\r")
    assert s.ended() == 0, s.out


def between_a_question_and_the_screen_no_key_is_cooked(p):
    s = asks_about_a_project(p)
    s.send("y\r")
    cooked = []

    def begun():
        cooked.append(termios.tcgetattr(s.fd)[3] & (termios.ICANON | termios.ECHO))
        if select.select([s.fd], [], [], 0)[0]:
            s.out += os.read(s.fd, 65536)
        return b"sandbox:" in s.out
    while not begun():
        pass
    assert not any(cooked), f"{sum(map(bool, cooked))} of {len(cooked)} looks"


run(globals())
