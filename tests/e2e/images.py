"""Images and documents: in the prompt, from a tool, from a server; kept once, sized down, refused with words."""
import base64
import json
import os
import sqlite3
import struct
import sys
import zlib

from lib import ROOT, of, run

sys.path.insert(0, os.path.join(ROOT, "tests/servers"))
from dialects import DIALECTS, Server  # noqa: E402

SEES = ", supports_vision: true"


def png(width, height, seed=0):
    rows = b"".join(b"\0" + bytes([(x * 7 + y * 13 + seed) & 255 for x in range(width)]) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def b64(data):
    return base64.b64encode(data).decode()


def start(p, d, steps, info=SEES, more=""):
    s = Server(d, steps)
    p.write("models.yaml", "model_list:\n" + s.entry(info=info) + more, p.config)
    p.write("config.yaml", "llm: {retries: 1, effort: high}\n", p.config)
    return s


def sent(post):
    """The images of a request, in their order, as (media type, base64)."""
    found = []

    def walk(o):
        if isinstance(o, dict):
            if o.get("type") == "base64":
                found.append((o["media_type"], o["data"]))
            if "inlineData" in o:
                found.append((o["inlineData"]["mimeType"], o["inlineData"]["data"]))
            for url in (o.get("image_url"), o.get("file_data"), o.get("url")):
                if isinstance(url, str) and url.startswith("data:"):
                    found.append(tuple(url[5:].split(";base64,")))
            found.extend(("?", i) for i in o.get("images", []))
        for v in o.values() if isinstance(o, dict) else o if isinstance(o, list) else []:
            walk(v)
    walk({k: v for k, v in post[2].items() if k != "tools"})
    return found


def in_every_dialect(p):
    """In the prompt and by a tool; in the next request and in a resumed session they go back; on disk they stand once."""
    a, b = png(40, 30), png(20, 10, 5)
    p.write("a.png", a)
    p.write("pics/b b.png", b)
    for d in DIALECTS:
        steps = [{"think": "Two.", "calls": [["view_image", {"path": "pics/b b.png"}], ["view_image", {"path": "a.png"}]]}, {"say": "Seen."}, {"say": "Still."}]
        s = start(p, d, steps)
        code, ev, err = p.events("--session", "i-" + d, "-m", "m", "compare @a.png with the other")
        assert code == 0 and not s.refused, (d, s.refused, err, of(ev, "result"))
        assert [i[1] for i in sent(s.posts[0])] == [b64(a)], (d, sent(s.posts[0]))
        assert [i[1] for i in sent(s.posts[1])] == [b64(a), b64(b), b64(a)], (d, [i[1][:20] for i in sent(s.posts[1])])
        assert all(i[0] in ("image/png", "?") for i in sent(s.posts[1]))
        assert "[image a.png 40x30 1 kB]" in of(ev, "user")[0]["text"], of(ev, "user")
        assert of(ev, "tool_result")[0]["summary"] == "[image b b.png 20x10 1 kB]", of(ev, "tool_result")
        code, ev, err = p.events("-r", "i-" + d, "and now?")
        assert code == 0 and not s.refused and len(sent(s.posts[2])) == 3, (d, s.refused, err)
        db = sqlite3.connect(os.path.join(p.state, "sessions", "i-%s.db" % d))
        rows = "".join(r for (r,) in db.execute("SELECT body FROM messages UNION ALL SELECT body FROM events"))
        assert b64(a)[:60] not in rows and sorted(r for (r,) in db.execute("SELECT bytes FROM media")) == sorted([b64(a), b64(b)]), d
        db.close()


def they_count(p):
    p.write("a.png", png(1500, 1000))
    s = start(p, "messages", [{"say": "ok"}, {"say": "ok"}])
    used = []
    for words in ("look at nothing", "look at @a.png"):
        code, ev, err = p.events("-m", "m", words)
        assert code == 0, (s.refused, err)
        used.append(of(ev, "gauge")[0]["used"])
    assert 1900 < used[1] - used[0] < 2300, used


def a_model_that_reads_only(p):
    p.write("a.png", png(40, 30))
    s = start(p, "chat", [{"calls": [["view_image", {"path": "a.png"}]]}, {"say": "ok"}], info="")
    code, ev, err = p.events("-m", "m", "look @a.png")
    assert code == 0 and not s.refused and not sent(s.posts[1]), (s.refused, err)
    assert any("takes text only" in e["text"] for e in of(ev, "notice")), of(ev, "notice")
    assert "takes text only" in json.dumps(s.posts[1][2]["messages"][-1]) and not of(ev, "tool_result")[0]["ok"]
    assert "view_image" not in [t["function"]["name"] for t in s.posts[0][2]["tools"]]


def the_next_model_reads_only(p):
    """What one saw the other is told of in words."""
    p.write("a.png", png(40, 30))
    o = Server("chat", [{"say": "ok"}])
    s = start(p, "messages", [{"say": "ok"}], more=o.entry("n"))
    assert p.events("--session", "x", "-m", "m", "look @a.png")[0] == 0 and len(sent(s.posts[0])) == 1
    code, ev, err = p.events("-r", "x", "-m", "n", "and you?")
    assert code == 0 and not o.refused and not sent(o.posts[0]) and "[image a.png 40x30 1 kB]" in o.posts[0][3], (o.refused, err)


def bad_input(p):
    """Long and thin, a bomb, a text with the name of an image, a cut one, a missing one: told, and the goal goes on."""
    bomb = bytearray(png(4, 4))
    bomb[16:24] = struct.pack(">II", 60000, 60000)
    p.write("thin.png", png(1, 30000))
    p.write("bomb.png", bytes(bomb))
    p.write("text.png", "I am a text\n")
    p.write("cut.png", png(3000, 40)[:900])
    p.write("head.png", b"\x89PNG\r\n\x1a\n")
    s = start(p, "messages", [{"say": "ok"}])
    code, ev, err = p.events("-m", "m", "look at @thin.png @bomb.png @text.png @cut.png @head.png @gone.png and me@example.com @ now")
    assert code == 0 and not s.refused, (s.refused, err)
    told = "\n".join(e["text"] for e in of(ev, "notice"))
    assert "bomb.png has 60000x60000 pixels" in told and "text.png is no PNG" in told and "head.png is no PNG" in told, told
    assert "gone.png" not in told and "example" not in told, told
    images = sent(s.posts[0])
    if "install the package libgd3" in told:
        assert not images
        return
    assert "cut.png" in told or len(images) == 2, told
    width, height = struct.unpack(">II", base64.b64decode(images[0][1])[16:24])
    assert (width, height) == (1, 1568) and "[image thin.png 1x1568" in of(ev, "user")[0]["text"], (width, height)


def pasted_paths_and_pdfs(p):
    """As terminals drop them: in quotes, with backslashes, as an address; a document where it is taken."""
    a = png(40, 30)
    for name in ("one two.png", "three.png", "four.png"):
        p.write(name, a, p.home)
    p.write("doc.pdf", b"%PDF-1.4\nhello\n")
    s = start(p, "responses", [{"say": "ok"}])
    words = f"'{p.home}/one two.png' {p.home}/one\\ two.png file://{p.home}/three.png ~/four.png @doc.pdf"
    code, ev, err = p.events("-m", "m", words)
    assert code == 0 and not s.refused, (s.refused, err)
    assert [i[0] for i in sent(s.posts[0])] == ["image/png"] * 4 + ["application/pdf"], (sent(s.posts[0]), of(ev, "notice"))
    p.write("first.png", a)
    s = start(p, "responses", [{"say": "ok"}])
    code, ev, err = p.events("-m", "m", "@first.png is what?")  # no flag of a mode
    assert code == 0 and len(sent(s.posts[0])) == 1, (s.refused, err, of(ev, "notice"))
    s = start(p, "ollama", [{"say": "ok"}])
    code, ev, err = p.events("-m", "m", "read @doc.pdf")
    assert code == 0 and any("takes images, no documents" in e["text"] for e in of(ev, "notice")), of(ev, "notice")


def from_a_server(p):
    """What an MCP server shows is seen, and told in words to a model that does not see."""
    a = png(40, 30)
    p.write("server.py", f"""import json, sys
for line in sys.stdin:
    m = json.loads(line)
    if "id" not in m:
        continue
    r = {{"initialize": {{"protocolVersion": "2025-06-18", "capabilities": {{"tools": {{}}}}, "serverInfo": {{"name": "s", "version": "1"}}}},
         "tools/list": {{"tools": [{{"name": "shot", "inputSchema": {{"type": "object"}}}}]}},
         "tools/call": {{"content": [{{"type": "text", "text": "here"}}, {{"type": "image", "mimeType": "image/png", "data": "{b64(a)}"}}]}}}}.get(m["method"], {{}})
    print(json.dumps({{"jsonrpc": "2.0", "id": m["id"], "result": r}}), flush=True)
""", p.top)
    for info, n in ((SEES, 1), ("", 0)):
        s = start(p, "chat", [{"calls": [["s_shot", {}]]}, {"say": "ok"}], info=info)
        p.write("config.yaml", "mcp_servers: {s: {command: %s, args: [%s/server.py]}}\n" % (sys.executable, p.top), p.config)
        code, ev, err = p.events("-m", "m", "go")
        tools = [t["function"]["name"] for t in s.posts[0][2]["tools"]]
        assert code == 0 and not s.refused, (s.refused, err, tools, of(ev, "notice"))
        assert len(sent(s.posts[1])) == n, (tools, of(ev, "tool_result"))
        assert "here" in s.posts[1][3] and ("[image image 40x30 1 kB]" in s.posts[1][3] if n else "takes text only" in s.posts[1][3]), s.posts[1][3][-600:]


run({k: v for k, v in globals().items() if k not in ("start", "png")})
