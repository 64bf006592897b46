/* Token estimates against counts by o200k (gpt-tokenizer 4), and learning from usage. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "llm/tokens.h"

/* clang-format off */
static const struct {
    const char *kind;
    int64_t tokens;                                /* o200k */
    const char *text;
} samples[] = {
    {"base64", 554,
     "hO/Qqf4JJptmpa8WW8Vkn18ZzCQu5lG2aCzEs6FQ7/PG+qPxr9d9oTlhQGqVtfQ/NIqO6gNE"
     "bBZLdf8dEvG+WrbkR4tZ3kqEQK+id52s4aSsUijseBjs4TnGTDsjZ87OIppDFd0NCb12vol8"
     "QP8DSqF48OyEAOZXqTXK1X7XHJDpO6CdNN5Cpa0xuMLnpWjrwCdoXATlw2DNmoPqV69NIpBJ"
     "D+PUbJp8m02ggvJN+Roke59VftjtWp19ldGE8k8GbbzoIAqw1JVCPhaLoaDV6rXxGTgaku4O"
     "/MJlrzAUQU5ttkXfAZIwnlK11hzgyTV75D1obFE0D33oKx1YJTeQfUZ16/bF8QByubQCosI5"
     "m0czlJ9UJE6pSqxsAvqLm0yxSnllF4ClKf90s1A1Tx9yD02TDYk9Pn83D71j/q7hzIkAnJMZ"
     "JH6ygnl0D1GCE3f2ZFxNNGBNlWUfn5WjnO+7vGTNyLoz6eqds155i/5Rcu7DsIAzqq0FqEAX"
     "2wnx+BaFDF+ZL0pbx3p31nkb+PzNJJeAwNs4tEX8Mk/yjQwLxORvRB/JqFdqMRev2S4WG5wO"
     "pajS1JJkZgkOkBInDVRveZTeppW3FKOXRaqeBSoZDIyXQWkJAOLkubUV16tAjKiOXfHZ0OzJ"
     "2QevysPgECs+lUCs4n29zhL7OttwVC1tInx+vvMW/bI9eS3gKmFRJ0yZkhSaOfKL+e82NZQP"
     "uvClKrx61n+q58Pqywv1mJe9YhIHthNbG9cFMiObYcYLB+PkjqcVG3vq73lX2waWPw+ozrlL"
     "tpWzk8LV"},
    {"c", 375,
     "\"%s%s\", was->valuestring, m->valuestring);\n            cJSON_SetValuestr"
     "ing(was, joined);\n        } else if (!cJSON_IsNull(m) && !cJSON_Compare("
     "was, m, true)) {\n            chat_keep(&old, m);\n        }\n    }\n}\n\nstat"
     "ic void chat_keep_array(struct chat *c, const cJSON *array)\n{\n    const "
     "cJSON *item;\n    if (!c->members)\n        c->members = cJSON_CreateObjec"
     "t();\n    cJSON *kept = cJSON_GetObjectItemCaseSensitive(c->members, arra"
     "y->string);\n    if (!kept)\n        kept = cJSON_AddArrayToObject(c->memb"
     "ers, array->string);\n    cJSON_ArrayForEach(item, array)\n    {\n        c"
     "JSON *last = kept->child \? kept->child->prev : NULL;\n        bool same ="
     " last && json_get(item, \"index\") &&\n                    json_int(last, \""
     "index\", -1) == json_int(item, \"index\", -2) &&\n                    strcmp"
     "(json_str(last, \"type\", \"\"), json_str(item, \"type\", \"\")) == 0;\n        i"
     "f (same)\n            chat_merge_detail(last, item);\n        else\n       "
     "     cJSON_AddItemToArray(kept, cJSON_Duplicate(item, true));\n    }\n}\n\n/"
     "* Is the buffer one whole object already\? Cheap refusals first: this run"
     "s for odd pieces only. */\nstatic bool chat_args_whole(const struct chat_"
     "call *call)\n{\n    return call->args.len && call->args.ptr[0] == '{' &&\n "
     "          args_is_object(call->args.ptr, call->args.len);\n}\n\nstatic bool"
     " chat_opens_object(const cJSON *args)\n{\n    if (cJSON_IsObject(args))\n  "
     "      return true;\n    const cha"},
    {"csv", 461,
     "-96.950,316.589,686.807,888.702,867.985,936.257,-91.539,173.921\n253.832,"
     "422.839,426.246,338.034,314.236,-79.049,397.193,965.053\n512.453,632.979,"
     "172.343,378.534,450.050,-25.014,853.063,171.966\n-79.532,660.190,244.216,"
     "768.254,-48.879,149.167,-17.322,22.561\n619.705,673.025,319.679,820.762,8"
     "11.048,88.494,944.176,294.604\n513.014,888.791,898.113,96.595,-6.881,821."
     "079,286.119,2.962\n953.871,416.631,235.002,410.337,219.480,9.134,-27.245,"
     "14.203\n-19.410,859.937,165.253,247.940,606.931,90.573,972.956,706.536\n76"
     "5.919,477.869,673.436,849.412,116.172,598.517,254.694,921.432\n160.495,63"
     "4.031,90.758,690.288,170.462,209.236,239.680,309.679\n995.486,307.465,491"
     ".092,270.230,532.308,524.371,890.749,8.940\n271.771,688.975,667.853,186.4"
     "12,928.488,148.538,391.367,682.140\n661.816,965.507,791.790,423.916,28.47"
     "1,447.424,100.577,629.873\n-44.550,-32.546,571.729,-96.781,158.595,306.64"
     "6,186.458,562.382\n644.895,990.958,24"},
    {"de", 27,
     "Dieses Programm läuft im Termi"
     "nal und hilft Entwicklern, grö"
     "ßere Aufgaben in überschaubare"
     " Schritte zu zerlegen; Änderun"
     "gen werden übersichtlich darge"
     "st"},
    {"diff", 425,
     "+    atomic_store(&die_hook, hook);\n }\n \n-void buf_clear(struct buf *b)\n"
     "+NORETURN void mem_die(const char *why)\n {\n-    b->len = 0;\n-    if (b->"
     "ptr)\n-        b->ptr[0] = '\\0';\n+    void (*hook)(void) = atomic_exchang"
     "e(&die_hook, NULL);\n+    if (hook)\n+        hook();\n+    fprintf(stderr,"
     " \"mien: %s\\n\", why);\n+    abort();\n }\n \n-static void buf_reserve(struct "
     "buf *b, size_t more)\n+void *mem_alloc(size_t size)\n {\n-    if (more >= S"
     "IZE_MAX / 2 - b->len)\n+    void *p = calloc(1, size \? size : 1);\n+    if"
     " (!p)\n         mem_die(\"out of memory\");\n-    size_t need = b->len + mor"
     "e + 1;\n-    if (need <= b->cap)\n-        return;\n-    size_t cap = b->ca"
     "p \? b->cap : 64;\n-    while (cap < need)\n-        cap *= 2;\n-    b->ptr "
     "= mem_resize(b->ptr, cap, 1);\n-    b->cap = cap;\n-}\n-\n-void buf_add(stru"
     "ct buf *b, const void *p, size_t n)\n-{\n-    buf_reserve(b, n);\n-    if ("
     "n)\n-        memcpy(b->ptr + b->len, p, n);\n-    b->len += n;\n-    b->ptr"
     "[b->len] = '\\0';\n+    return p;\n }\n \n-void buf_adds(struct buf *b, const"
     " char *s)\n+void *mem_resize(void *p, size_t count, size_t each)\n {\n-    "
     "if (s)\n-        buf_add(b, s, strlen(s));\n+    void *q = reallocarray(p,"
     " count \? count : 1, each);\n+    if (!q)\n+       "},
    {"hex", 448,
     "e73aafd6011c709ef3bb30e78092bf51035474c1ad2dc55e704351e5e5bcb55180b8eca8"
     "cc7fff8e21cf2662e31466bb79abce1915077516112e3404d4c448612f50fea2b7dc408f"
     "d7f538057418bc53410d18a52aff0a64736177c130aeb3ea73ef3e1359a972bacb17d94d"
     "2aee1ca618f73580448837c2c8e851546359d21e3ecc72923ed9426e4df2a138a5a95166"
     "f985f62069dc2197168df302b693e2a151b8fa7dd8e705f08ba14c84516fe5a6ee950cd3"
     "337fedd71a01d7d00cfb2878d56e6c949498d2199539e181ea17b558af6f772bba57b6e6"
     "171c88b386b5857efd84a3cc5e916d8416f1b6ba88919d455ef8bc70d8d04800c2102bfe"
     "25f675a64483984f4a311d2b997f05db7fcf7d695fdd8f2afc862c0756618efcbc166e34"
     "3b6899296a76f118eee2d0153f157c9df6fa74274db6b037d0917889ca0e4b7559ecd1d9"
     "e93f44a9f15aad59ac2dfdf194e94c0d765e84eef80878b1c0b1472ca840b1f689269cb4"
     "ebcd5f5e3e1ec5786b771dd821908feb35c7ef011fbe26543803176f42cb016bdbabd91c"
     "93db2e5c"},
    {"hi", 39,
     "यह प्रोग्राम टर्मिनल में चलता "
     "है और डेवलपर को काम पूरा करने "
     "में मदद करता है। यह लक्ष्य को "
     "छोटे कार्यों में बाँटता है और "
     "परिणाम दिखात"},
    {"indent", 110,
     "                                return value\n                           "
     "                 return value\n                                        re"
     "turn value\n                                            return value\n    "
     "                                            return value\n               "
     "         return value\n                                    return value\n "
     "                                               return value\n            "
     "                return value\n                                    return "
     "value\n                                        return value\n             "
     "                       return value\n                                    "
     "                return value\n                                           "
     "             return value\n                                            re"
     "turn value\n                        return value\n                        "
     "                                return value\n                        ret"
     "urn value\n                                                return value\n "
     "                                               return value\n            "
     "                        return value\n                                   "
     "             return value\n                                return value\n "
     "                           return value\n                                "
     "        return value\n                                                   "
     "     return value\n                                                      "
     "  return value\n                                            r"},
    {"ja", 61,
     "このプログラムは端末で動作するエージェントです。目標を入力す"
     "ると、作業を小さなタスクに分けて順番に実行します。エラーが発"
     "生した場合は、原因と次の手順を表示します。"},
    {"json", 550,
     "[{\"id\": 0, \"name\": \"alice\", \"path\": \"src/base/0.c\", \"ok\": true, \"ms\": 97"
     "10, \"tags\": [\"a\", \"b\"]}, {\"id\": 1, \"name\": \"list_dir\", \"path\": \"src/base"
     "/1.c\", \"ok\": true, \"ms\": 2137, \"tags\": [\"a\", \"b\"]}, {\"id\": 2, \"name\": \"b"
     "ob\", \"path\": \"src/base/2.c\", \"ok\": true, \"ms\": 9895, \"tags\": [\"a\", \"b\"]}"
     ", {\"id\": 3, \"name\": \"bob\", \"path\": \"src/base/3.c\", \"ok\": true, \"ms\": 951"
     "7, \"tags\": [\"a\", \"b\"]}, {\"id\": 4, \"name\": \"alice\", \"path\": \"src/base/4.c"
     "\", \"ok\": true, \"ms\": 9923, \"tags\": [\"a\", \"b\"]}, {\"id\": 5, \"name\": \"alice"
     "\", \"path\": \"src/base/5.c\", \"ok\": true, \"ms\": 7688, \"tags\": [\"a\", \"b\"]}, "
     "{\"id\": 6, \"name\": \"bob\", \"path\": \"src/base/6.c\", \"ok\": true, \"ms\": 9025,"
     " \"tags\": [\"a\", \"b\"]}, {\"id\": 7, \"name\": \"alice\", \"path\": \"src/base/7.c\","
     " \"ok\": true, \"ms\": 3142, \"tags\": [\"a\", \"b\"]}, {\"id\": 8, \"name\": \"list_di"
     "r\", \"path\": \"src/base/8.c\", \"ok\": true, \"ms\": 7705, \"tags\": [\"a\", \"b\"]},"
     " {\"id\": 9, \"name\": \"list_dir\", \"path\": \"src/base/9.c\", \"ok\": true, \"ms\":"
     " 9006, \"tags\": [\"a\", \"b\"]}, {\"id\": 10, \"name\": \"bob\", \"path\": \"src/base/"
     "10.c\", \"ok\": true, \"ms\": 6507, \"tags\": [\"a\", \"b\"]}, {\"id\": 11, \"name\": \""
     "list_dir\", \"path\": \"src/base/11.c\", \"ok\": true, \"ms\": 2468, \"tags\": [\"a\""
     ", \"b\"]}, {\"id\": 12, \"name\": \"alice\", \"path\": \"sr"},
    {"json_indent", 486,
     "[\n  {\n    \"id\": 0,\n    \"name\": \"alice\",\n    \"path\": \"src/base/0.c\",\n    "
     "\"ok\": true,\n    \"ms\": 9710,\n    \"tags\": [\n      \"a\",\n      \"b\"\n    ]\n  }"
     ",\n  {\n    \"id\": 1,\n    \"name\": \"list_dir\",\n    \"path\": \"src/base/1.c\",\n "
     "   \"ok\": true,\n    \"ms\": 2137,\n    \"tags\": [\n      \"a\",\n      \"b\"\n    ]\n"
     "  },\n  {\n    \"id\": 2,\n    \"name\": \"bob\",\n    \"path\": \"src/base/2.c\",\n   "
     " \"ok\": true,\n    \"ms\": 9895,\n    \"tags\": [\n      \"a\",\n      \"b\"\n    ]\n  "
     "},\n  {\n    \"id\": 3,\n    \"name\": \"bob\",\n    \"path\": \"src/base/3.c\",\n    \""
     "ok\": true,\n    \"ms\": 9517,\n    \"tags\": [\n      \"a\",\n      \"b\"\n    ]\n  },"
     "\n  {\n    \"id\": 4,\n    \"name\": \"alice\",\n    \"path\": \"src/base/4.c\",\n    \""
     "ok\": true,\n    \"ms\": 9923,\n    \"tags\": [\n      \"a\",\n      \"b\"\n    ]\n  },"
     "\n  {\n    \"id\": 5,\n    \"name\": \"alice\",\n    \"path\": \"src/base/5.c\",\n    \""
     "ok\": true,\n    \"ms\": 7688,\n    \"tags\": [\n      \"a\",\n      \"b\"\n    ]\n  },"
     "\n  {\n    \"id\": 6,\n    \"name\": \"bob\",\n    \"path\": \"src/base/6.c\",\n    \"ok"
     "\": true,\n    \"ms\": 9025,\n    \"tags\": [\n      \"a\",\n      \"b\"\n    ]\n  },\n "
     " {\n    \"id\": 7,\n    \"name\": \"alice\",\n    \"path\": \"src/base/7.c\",\n    \"ok"
     "\": true,\n    \"ms\": 3142,\n    \"tags\": [\n      \"a\",\n      \"b\"\n    ]\n  },\n "
     " {\n    \"id\": 8,\n    \"name\": \"list_dir\",\n    \"pat"},
    {"ko", 31,
     "이 프로그램은 터미널에서 실행되며 개발자가 작업을 완료"
     "하도록 돕습니다. 목표를 작은 작업으로 나누고 결과를 "},
    {"log", 577,
     "36:32 status unpacked libssl3:amd64 3.0.16-1~deb12u1\n2025-06-24 14:36:32"
     " status half-configured libssl3:amd64 3.0.16-1~deb12u1\n2025-06-24 14:36:"
     "32 status installed libssl3:amd64 3.0.16-1~deb12u1\n2025-06-24 14:36:32 c"
     "onfigure libpython3.11-minimal:amd64 3.11.2-6+deb12u6 <none>\n2025-06-24 "
     "14:36:32 status unpacked libpython3.11-minimal:amd64 3.11.2-6+deb12u6\n20"
     "25-06-24 14:36:32 status half-configured libpython3.11-minimal:amd64 3.1"
     "1.2-6+deb12u6\n2025-06-24 14:36:32 status installed libpython3.11-minimal"
     ":amd64 3.11.2-6+deb12u6\n2025-06-24 14:36:32 configure libexpat1:amd64 2."
     "5.0-1+deb12u1 <none>\n2025-06-24 14:36:32 status unpacked libexpat1:amd64"
     " 2.5.0-1+deb12u1\n2025-06-24 14:36:32 status half-configured libexpat1:am"
     "d64 2.5.0-1+deb12u1\n2025-06-24 14:36:32 status installed libexpat1:amd64"
     " 2.5.0-1+deb12u1\n2025-06-24 14:36:32 configure python3.11-minimal:amd64 "
     "3.11.2-6+deb12u6 <none>\n2025-06-24 14:36:32 status unpacked python3.11-m"
     "inimal:amd64 3.11.2-6+deb12u6\n2025-06-24 14:36:32 status half-configured"
     " python3.11-minimal:amd64 3.11.2-6+deb12u6\n2025-06-24 14:36:33 status in"
     "stalled python3.11-minimal:amd64 3.11.2-6+deb12u6\n2025-06-24 14:36:33 st"
     "artup archives unpack\n2025-06-24 14:36:33 instal"},
    {"log2", 513,
     "2026-11-04T10:43:36.549Z INFO [worker-9] request id=791143a5b882 took 11"
     "7ms status=500 path=/api/v1/items/64734\n2026-11-17T11:03:45.301Z INFO [w"
     "orker-3] request id=d6d53d932ac3 took 662ms status=500 path=/api/v1/item"
     "s/95709\n2026-11-21T04:11:23.911Z INFO [worker-8] request id=34c797561246"
     " took 127ms status=200 path=/api/v1/items/73372\n2026-11-05T10:41:46.665Z"
     " INFO [worker-7] request id=f8cbfeec7a9d took 569ms status=404 path=/api"
     "/v1/items/84868\n2026-11-06T14:30:19.800Z INFO [worker-3] request id=e029"
     "96e58aea took 723ms status=200 path=/api/v1/items/14080\n2026-11-23T05:48"
     ":35.556Z INFO [worker-7] request id=d7f66624fc56 took 368ms status=200 p"
     "ath=/api/v1/items/34845\n2026-11-09T12:03:55.139Z INFO [worker-1] request"
     " id=116cb127ad31 took 491ms status=500 path=/api/v1/items/35556\n2026-11-"
     "08T22:49:32.362Z INFO [worker-6] request id=06492384ad18 took 414ms stat"
     "us=404 path=/api/v1/items/70976\n2026-11-26T02:22:31.867Z INFO [worker-2]"
     " request id=2e5b3f8b649e took 156ms status=404 path=/api/v1/items/77349\n"
     "2026-11-04T21:07:36.797Z INFO [worker-2] request id=aeef39e201fa took 19"
     "0ms status=500 path=/api/v1/items/24795\n2026-11-19T13:42:47.400Z INFO [w"
     "orker-3] request id=1ed8d3e2d5c3 took 607ms stat"},
    {"markdown", 396,
     "## First session\n\n1. Type a goal, such as `tidy this folder`, and pres"
     "s Enter.\n2. Watch: the tree on the left, the work on the right, the gau"
     "ge below. Enter sends another line to steer the\n   agent while it works"
     "; Esc stops it.\n3. Ctrl-T goes to the task tree: `a` adds a task, `c` g"
     "ives it a check (a command that must exit 0 before the\n   task counts a"
     "s done), Space marks it done. Ctrl-T goes back.\n4. Ctrl-O unfolds the l"
     "ast tool output, `/context` shows exactly what the model sees, F1 shows "
     "every key.\n5. Ctrl-D in an empty line leaves. `mien -c` in the same dir"
     "ectory goes on.\n\nAfter `make`, the program is `build/debug/mien`; afte"
     "r `sudo make install` it is `mien`, as written below.\n\n## A real model"
     "\n\nWith a key in the environment there is nothing to configure:\n\n```s"
     "h\nexport ANTHROPIC_API_KEY=...     # or OPENAI_API_KEY, GEMINI_API_KEY,"
     " OPENROUTER_API_KEY, ...\nmien \"explain this project\"\n```\n\nWithout "
     "a key, mien asks this machine's usual ports for a server: Ollama (11434)"
     ", llama.cpp (8080), vLLM\n(8000), LM Studio (1234). `mien doctor` says w"
     "hat would be used and why; `-m provider/model` chooses another,\nfor exa"
     "mple `-m openai/gpt-5` or `-m ollama/qwen3`.\n\nEverything else goes int"
     "o `~/.config/mien/models.yaml`, in the form of LiteLLM's `model_list`:\n"
     "\n```yaml\nmodel_list:\n  - model_name: local\n    litellm_params:\n    "
     "  model: openai/qwen3-32b              # openai/NAME: any server "},
    {"prose", 289,
     "`mien` is a terminal agent shell. You give it a goal; a language model b"
     "reaks the goal into tasks and\nsubtasks and works on them with tools: it"
     " reads, writes and searches files of one directory and runs\ncommands th"
     "ere, confined by the kernel. The screen shows the task tree, every tool "
     "call, how full the\ncontext window is, a warning when the agent goes rou"
     "nd in circles, and the active behavior mode, while the\nmodel's words ar"
     "rive. It is one binary, written in C, for Linux.\n\n```text\n mien  tidy"
     " this folder ▸ Write down what was found            playbook/to**Files.*"
     "* The tools reach files beneath the workspace only; the kernel resolves "
     "the paths, so .. and links that\nlead out fail. .git, .mien and shell st"
     "art files are never written.\n\n**Commands** run at the strongest level "
     "that proved itself at start. The level stands in the header:\n\n| level "
     "| what holds |\n| --- | --- |\n| full | own namespaces, Landlock, seccom"
     "p: writes only in the workspace and a temporary directory; no network; o"
     "ther processes invisible; ~/.ssh, ~/.aws and other secrets hidden; .git/"
     "config, .git/hooks, .mien read-only |\n| landlock | Landlock, seccomp: w"
     "rites only there; no sockets; the same secrets unreadable; .git and .mie"
     "n *not* protected from comm"},
    {"python", 326,
     ") if v is not None}\n\n    def write(self, name, text, where=None):\n   "
     "     path = os.path.join(where or self.ws, name)\n        os.makedirs(os"
     ".path.dirname(path), exist_ok=True)\n        with open(path, \"wb\") as "
     "f:\n            f.write(text if isinstance(text, bytes) else text.encode"
     "())\n        return path\n\n    def read(self, name):\n        with open"
     "(os.path.join(self.ws, name), \"rb\") as f:\n            return f.read()"
     ".decode(errors=\"replace\")\n\n    def playbook(self, text, name=\"play."
     "yaml\"):\n        return \"playbook/\" + self.write(name, text, self.top"
     ")\n\n    def mien(self, *args, stdin=subprocess.DEVNULL, timeout=60, env"
     "=None, cwd=None):\n        return subprocess.run([MIEN, *args], cwd=cwd "
     "or self.ws, env=self.env(**(env or {})),\n                              "
     "stdin=stdin, capture_output=True, timeout=timeout)\n\n    def events(sel"
     "f, *args, **kw):\n        \"\"\"Run mien exec --json; (exit code, events"
     ", stderr).\"\"\"\n        r = self.mien(\"exec\", \"--json\", *args, **k"
     "w)\n        return r.returncode, [json.loads(l) for l in r.stdout.decode"
     "().splitlines()], r.stderr.decode()\n\n    def server(self, steps, model"
     "s=None, window=32768, extra=\"\", **top):\n        \"\"\"Start the scrip"
     "ted server and write a models.yaml for it: model \"m\".\"\"\"\n        s"
     "cript = self.write(\"script.json\", json.dumps({\"steps\": steps,"},
    {"ru", 34,
     "Эта программа работает в терми"
     "нале и помогает разработчику р"
     "ешать задачи. Она разбивает це"
     "ль на подзадачи, выполняет ком"
     "анды и показывает результат на"
     " экран"},
    {"uuid", 498,
     "2e44a558-16d5-4f8d-923f-403e67d124a1\nc6e92b28-cb1b-4c18-b223-5a55423c2c1"
     "2\nb2e25116-34ca-458b-844c-eec19dd9b51c\nf6a3ec16-8c90-4669-a428-758b05a8b"
     "568\n9bb12960-21ec-4cc5-a5e5-75f96efc2037\n87ef63e1-7c80-4e2e-91d0-71c6a01"
     "5c450\n12a239a2-2a18-4e15-80b4-bf4053fd7a5d\nb5137d02-7835-4ff7-845f-1e117"
     "0f09759\ncf16dce0-7648-4d40-9d7c-3483a0772252\nabc4edab-c8a7-41a7-89fd-fdd"
     "76a71d36b\n5604b110-9d8c-4c68-992e-e7bb3d17679a\n25bbd27d-4ffb-4ef1-8f51-6"
     "88091b4c2a1\n16fc5aee-18fa-4c5d-ad90-225bf97dbc5b\n17b5ba4a-8a45-45de-8b52"
     "-6c5a850ee995\n0e177897-fcfb-4b23-b7f2-cd4d2f2e6c6f\n3b410b7b-e2b3-4e99-b6"
     "60-38c67de9452d\n7645c19b-2541-4ce4-832b-90186a134ae6\n904a45e5-670b-48e5-"
     "9ef2-3078385c21f7\n65ea6602-851c-48d7-aff1-45f5086fc7b9\n99980973-94ca-4f1"
     "f-934c-82d745de51a9\n"},
    {"zh", 48,
     "人工智能正在改变我们的生活方式。许多公司开始使用大型语言模型"
     "来帮助编写代码、回答问题和整理文档。然而,如何准确地计算上下"
     "文窗口的使用量仍然是一个困难的问题。人工"},
};
/* clang-format on */

static void within_a_fifth_of_o200k(void **state)
{
    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        int64_t got = tokens_estimate(samples[i].text, strlen(samples[i].text));
        int64_t off = got > samples[i].tokens ? got - samples[i].tokens : samples[i].tokens - got;
        if (off * 5 > samples[i].tokens)
            print_message("%s: %lld for %lld\n", samples[i].kind, (long long)got,
                          (long long)samples[i].tokens);
        assert_true(off * 5 <= samples[i].tokens);
    }
}

static void nothing_is_nothing(void **state)
{
    assert_int_equal(tokens_estimate("", 0), 0);
    assert_int_equal(tokens_estimate(NULL, 0), 0);
    assert_true(tokens_estimate("\xff\xfe", 2) > 0);
}

static void the_ratio_is_learned(void **state)
{
    struct tokens_ratio r = {0};
    assert_int_equal(tokens_scale(&r, 1000), 1000);
    assert_int_equal(tokens_scale(NULL, 1000), 1000);
    tokens_learn(&r, 1000, 1500);
    assert_int_equal(tokens_scale(&r, 1000), 1500);
    for (int i = 0; i < 30; i++)
        tokens_learn(&r, 1000, 2000);
    assert_in_range(tokens_scale(&r, 1000), 1990, 2000);
    tokens_learn(&r, 1000, 1000000);
    assert_in_range(tokens_scale(&r, 1000), 2300, 2400); /* bounded, and only a fifth of it */
    int64_t before = tokens_scale(&r, 1000);
    tokens_learn(&r, 10, 90);
    tokens_learn(&r, 1000, 0);
    assert_int_equal(tokens_scale(&r, 1000), before);
    for (int i = 0; i < 100; i++)
        tokens_learn(&r, 1000, 1);
    assert_in_range(tokens_scale(&r, 1000), 250, 251);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(within_a_fifth_of_o200k),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(the_ratio_is_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
