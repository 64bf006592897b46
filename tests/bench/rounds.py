"""rounds.py MIEN [ROUNDS] - own work of a round in each dialect, in instructions (callgrind: the counts repeat).

The same goal, a thought, forty words and a tool's call each round, in chat and in every other dialect; what one round costs early
and late, and how that stands to chat. Needs valgrind. A row of millions of instructions: the first third of the rounds, and the last."""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/servers"))
from dialects import DIALECTS, Server  # noqa: E402


WORDS = os.environ.get("WORDS", " ".join(["word"] * 40))  # what a round says: each word comes by itself


def count(mien, dialect, rounds, keep=None):
    with tempfile.TemporaryDirectory() as top:
        for d in ("home", "state", "config", "ws"):
            os.mkdir(os.path.join(top, d))
        steps = [{"think": "t", "say": WORDS, "calls": [["read_file", {"path": "a.txt", "start_line": i}]]} for i in range(1, rounds)] + [{"say": "e"}]
        s = Server(dialect, steps)
        for path, text in (("ws/a.txt", "".join("line %d\n" % i for i in range(100))), ("config/models.yaml", "model_list:\n" + s.entry()),
                           ("config/config.yaml", "llm.effort: high\n")):
            with open(os.path.join(top, path), "w") as f:
                f.write(text)
        out = keep or os.path.join(top, "callgrind.out")
        env = {"HOME": top + "/home", "MIEN_STATE_DIR": top + "/state", "MIEN_CONFIG_DIR": top + "/config", "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        p = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=" + out, mien, "exec", "--json", "-C", top + "/ws", "-m", "m", "go"],
                           env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if p.returncode or len(s.posts) != rounds:
            raise SystemExit(f"{dialect}: {len(s.posts)} rounds, code {p.returncode}: {s.refused[:1]} {p.stdout[-600:]} {p.stderr[-400:]}")
        return max(int(n) for n in re.findall(r"Collected : (\d+)", p.stderr))  # its short-lived children say so too


def main():
    mien, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60
    chat = None
    for d in ["chat"] + [d for d in DIALECTS if d != "chat"]:
        third = rounds // 3
        at = [count(mien, d, n) for n in (1, 1 + third, rounds - third, rounds)]
        early, late = (at[1] - at[0]) / third / 1e6, (at[3] - at[2]) / third / 1e6
        chat = chat or (early, late)
        print("%-10s first third %6.2f (%+4.0f %%)   last third %6.2f (%+4.0f %%)" % (
            d, early, 100 * early / chat[0] - 100, late, 100 * late / chat[1] - 100), flush=True)


if __name__ == "__main__":
    main()
