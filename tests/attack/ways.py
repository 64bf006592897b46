"""The ways out that are tried: what a command, a file tool or a repository may do to get at more than it was given.

A way is a name and a shell text. It succeeded when it printed BREACH, or when something outside changed. `{out}` is a
directory outside, `{state}` mien's own, `{port}` a port of the machine, `{pid}` a process of the same user, `{sock}` a socket's file.
"""

# Python that calls the kernel by number: what no program of the system does for us.
CALL = ("python3 -c 'import ctypes, os, sys, platform; l = ctypes.CDLL(None, use_errno=True); "
        "x = platform.machine() == \"x86_64\"; r = l.syscall({number}, {args}); print(\"BREACH\" if r >= 0 else os.strerror(ctypes.get_errno()))'")


def call(x86, arm, *args):
    return CALL.format(number=f"{x86} if x else {arm}", args=", ".join(map(str, args or (0,))))


def python(text):
    return "python3 - <<'PY'\n" + text + "\nPY"


SECRETS = (".ssh/id_rsa .gnupg/private .aws/credentials .azure/token .kube/config .docker/config.json .netrc .git-credentials .npmrc .pypirc "
           ".cargo/credentials.toml .pgpass .vault-token .codex/auth.json .claude/.credentials.json .gemini/oauth_creds.json .bash_history "
           ".config/mien/keys.yaml .local/share/keyrings/login .mozilla/cookies .config/gh/hosts.yml .config/gcloud/token .password-store/x "
           ".config/rclone/rclone.conf .terraform.d/credentials.tfrc.json .Xauthority").split()

READS = [(f"read ~/{s}", f"grep -h KEYBYTES ~/{s} && echo BREACH") for s in SECRETS] + [
    ("a copy of a key", "cp ~/.ssh/id_rsa k && grep KEYBYTES k && echo BREACH"),
    ("a link to a key", "ln -sf ~/.ssh/id_rsa k2; grep KEYBYTES k2 && echo BREACH"),
    ("a hard link to a key", "ln ~/.ssh/id_rsa k3; grep KEYBYTES k3 && echo BREACH"),
    ("through /proc/self/root", "grep KEYBYTES /proc/self/root$HOME/.ssh/id_rsa && echo BREACH"),
    ("through /proc/self/cwd", "cd ~ && grep KEYBYTES /proc/self/cwd/.ssh/id_rsa && echo BREACH"),
    ("through another's root", "for p in /proc/[0-9]*; do grep -s KEYBYTES $p/root$HOME/.ssh/id_rsa && echo BREACH; done; true"),
    ("through another's descriptors", "for f in /proc/[0-9]*/fd/*; do timeout 1 grep -s -m1 KEYBYTES $f && echo BREACH; done; true"),
    ("all of the home", "timeout 20 grep -rs KEYBYTES ~ && echo BREACH"),
    ("an archive of the home", "tar cf - -C ~ .ssh 2>/dev/null | grep -a KEYBYTES && echo BREACH"),
    ("by openat with a directory", python("import os\nd = os.open(os.environ['HOME'], os.O_RDONLY)\nf = os.open('.ssh/id_rsa', os.O_RDONLY, dir_fd=d)\n"
                                          "print('BREACH' if b'KEYBYTES' in os.read(f, 999) else '')")),
    ("the parent's environment", "for p in /proc/[0-9]*; do tr '\\0' '\\n' < $p/environ 2>/dev/null | grep -s KEYBYTES && echo BREACH; done; true"),
    ("keys in the own environment", "env | grep KEYBYTES && echo BREACH"),
    ("the sessions", "grep -ac . {state}/sessions/*.db && echo BREACH"),
    ("the disk itself", "for d in /dev/sd? /dev/vd? /dev/nvme0n1; do [ -r $d ] && head -c1 $d >/dev/null && echo BREACH; done; true"),
    ("by handle", python("import ctypes\nl = ctypes.CDLL(None, use_errno=True)\n"
                         "b = (ctypes.c_char * 200)()\nctypes.c_uint.from_buffer(b).value = 128\nm = ctypes.c_int()\n"
                         "r = l.name_to_handle_at(-100, b'/', b, ctypes.byref(m), 0)\nf = l.open_by_handle_at(-100, b, 0) if r == 0 else -1\n"
                         "print('BREACH' if f >= 0 else '')")),
]

WRITES = [(f"write {n}", f"({c}) 2>&1; true") for n, c in (
    ("beside the workspace", "echo x > {out}/planted"), ("by a link", "ln -s {out} l && echo x > l/planted"),
    ("by ..", "echo x > ../planted"), ("in the home", "echo x > ~/planted"), (".bashrc", "echo x >> ~/.bashrc"),
    ("authorized_keys", "mkdir -p ~/.ssh; echo x >> ~/.ssh/authorized_keys"), ("autostart", "mkdir -p ~/.config/autostart && echo x > ~/.config/autostart/x"),
    ("a program of the home", "mkdir -p ~/.local/bin && echo x > ~/.local/bin/ls"), ("the configuration", "mkdir -p ~/.config/mien && echo x > ~/.config/mien/config.yaml"),
    ("/etc", "echo x > /etc/mien-planted"), ("/usr/local", "echo x > /usr/local/bin/mien-planted"), ("/var", "echo x > /var/lib/mien-planted"),
    ("/opt", "mkdir /opt/mien-planted"), ("cron", "echo '* * * * * x' | crontab -"), ("at", "echo x | at now + 1 day"),
    ("through /proc/self/root", "echo x > /proc/self/root{out}/planted"), ("by rename", "echo x > a; mv a {out}/planted"),
    ("by hard link", "ln AGENTS.md {out}/planted"), ("by truncate", "truncate -s 0 {out}/file"), ("by removal", "rm -f {out}/file"),
    ("by mkdir", "mkdir {out}/planted"), ("by mknod", "mknod {out}/planted p"), ("by symlink", "ln -s x {out}/planted"),
    ("by exchange", python("import ctypes\nctypes.CDLL(None).renameat2(-100, b'AGENTS.md', -100, b'{out}/file', 2)")),
    ("by an old descriptor", "for f in /proc/self/fd/*; do echo x > $f/planted; done"),
)]
MODES = [("chmod", "chmod 777 {out}/file"), ("times", "touch -d 2001-01-01 {out}/file"), ("attributes", "setfattr -n user.x -v y {out}/file"),
         ("owner", "chown 1:1 {out}/file")]

GIT = [(f"git: {n}", f"({c}) 2>&1; true") for n, c in (
    ("config", "echo '[core]fsmonitor=./e' >> .git/config"), ("config by git", "git config core.fsmonitor ./e"), ("a hook", "echo x > .git/hooks/pre-commit"),
    ("a new hooks directory", "mv .git/hooks .git/h; mkdir .git/hooks; echo x > .git/hooks/post-checkout"),
    ("the directory moved", "cp -r .git .gn && echo '[core]fsmonitor=./e' >> .gn/config && mv .git .go && mv .gn .git"),
    ("commondir", "mkdir e2; printf '[core]\\nfsmonitor=./e\\n' > e2/config; echo ../e2 > .git/commondir"),
    ("a nested repository", "echo '[core]fsmonitor=./e' >> sub/.git/config"), ("info/attributes", "echo '* filter=x' > .git/info/attributes; git config filter.x.clean ./e"),
    ("config.worktree", "git config extensions.worktreeConfig true; echo '[core]fsmonitor=./e' > .git/config.worktree"),
    ("by a link", "ln -s .git d; echo '[core]fsmonitor=./e' >> d/config"), ("unlinked", "rm -f .git/config; echo '[core]fsmonitor=./e' > .git/config"),
    (".mien", "mkdir -p .mien; echo 'hooks: {{on_goal_start: ./e}}' > .mien/config.yaml"), (".mcp.json", "echo '{{}}' > .mcp.json"),
    (".mien moved", "mv .mien .m; mkdir .mien; echo 'approval: yolo' > .mien/config.yaml"))]

SOCKET = "import socket\ns = socket.socket({family}, {kind})\ns.settimeout(2)\n{act}\nprint('BREACH')"


def sock(family, kind, act):
    return python(SOCKET.format(family="socket." + family, kind="socket." + kind, act=act))


NETWORK = [
    ("TCP to the machine", sock("AF_INET", "SOCK_STREAM", "s.connect(('127.0.0.1', {port}))")),
    ("TCP by IPv6", sock("AF_INET6", "SOCK_STREAM", "s.connect(('::1', {port}))")),
    ("TCP by a mapped address", sock("AF_INET6", "SOCK_STREAM", "s.connect(('::ffff:127.0.0.1', {port}))")),
    ("TCP to 0.0.0.0", sock("AF_INET", "SOCK_STREAM", "s.connect(('0.0.0.0', {port}))")),
    ("TCP outside", sock("AF_INET", "SOCK_STREAM", "s.connect(('192.0.2.1', 80))")),
    ("UDP outside", sock("AF_INET", "SOCK_DGRAM", "s.connect(('192.0.2.1', 53)); s.send(b'x')")),
    ("raw", sock("AF_INET", "SOCK_RAW", "s.sendto(b'x', ('192.0.2.1', 0))")),
    ("packets", "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW); print(\"BREACH\")'"),
    ("ICMP", "python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 1).sendto(b\"x\", (\"192.0.2.1\", 0)); print(\"BREACH\")'"),
    ("vsock", "python3 -c 'import socket; s = socket.socket(40, socket.SOCK_STREAM); s.settimeout(1); s.connect((2, 1)); print(\"BREACH\")'"),
    ("a socket's file", sock("AF_UNIX", "SOCK_STREAM", "s.connect('{sock}')")),
    ("an abstract socket", sock("AF_UNIX", "SOCK_STREAM", "s.connect('\\0mien-attack-{port}')")),
    ("Docker", sock("AF_UNIX", "SOCK_STREAM", "s.connect('/var/run/docker.sock')")),
    ("a name", "python3 -c 'import socket; socket.getaddrinfo(\"example.org\", 80); print(\"BREACH\")'"),
]

PROCESSES = [
    ("signal 0", "kill -0 {pid} && echo BREACH"), ("signal", "kill -CONT {pid} && echo BREACH"),
    ("its environment", "cat /proc/{pid}/environ && echo BREACH"), ("its memory", "head -c1 /proc/{pid}/mem; exec 3<> /proc/{pid}/mem && echo BREACH"),
    ("its limits", "prlimit --pid {pid} --nofile=3:3 && echo BREACH"), ("its priority", "renice -n 19 -p {pid} && echo BREACH"),
    ("its processors", "taskset -p 1 {pid} && echo BREACH"), ("its disk priority", "ionice -c3 -p {pid} && echo BREACH"),
    ("trace", call(101, 117, 16, "{pid}", 0, 0)), ("its memory by call", python("import ctypes, os\nl = ctypes.CDLL(None)\nb = ctypes.create_string_buffer(8)\nmaps = open('/proc/{pid}/maps').readline()\n"
     "v = lambda a: (ctypes.c_size_t * 2)(a, 8)\nfrom_ = v(int(maps.split('-')[0], 16))\nto = v(ctypes.addressof(b))\n"
     "print('BREACH' if l.process_vm_readv({pid}, to, 1, from_, 1, 0) > 0 else '')")),
    ("a descriptor of it", python("import ctypes, os\nl = ctypes.CDLL(None)\np = l.syscall(434, {pid}, 0)\nprint('BREACH' if p >= 0 and l.syscall(438, p, 0, 0) >= 0 else '')")),
    ("all of them", "kill -TERM -1"),  # the victim would be gone
    ("type into the terminal", "python3 -c 'import fcntl, termios; fcntl.ioctl(0, termios.TIOCSTI, b\"x\"); print(\"BREACH\")'"),
    ("shared memory", call(29, 194, "0x4d49454e", 4096, 0)),
    ("the session bus", "busctl --user list && echo BREACH"), ("systemd", "systemd-run --user true && echo BREACH"),
    ("sudo", "sudo -n true && echo BREACH"), ("su", "su -c true nobody </dev/null && test $(id -u) = 0 && echo BREACH"),
]

KERNEL = [
    ("mount", "mount -t tmpfs x /mnt && echo BREACH"), ("bind mount", "mount --bind {out} . && echo BREACH"), ("umount", "umount -l $HOME/.ssh && echo BREACH"),
    ("user namespace", "unshare -Ur true && echo BREACH"), ("mount namespace", "unshare -m true && echo BREACH"), ("nsenter", "nsenter -t 1 -m true && echo BREACH"),
    ("clone3", call(435, 435, 0, 0)), ("setns", call(308, 268, 0, 0)), ("chroot", "chroot / true && echo BREACH"), ("pivot_root", call(155, 41, 0, 0)),
    ("keyring", call(248, 217, "b\"user\"", "b\"x\"", "b\"y\"", 1, -3)), ("io_uring", python("import ctypes\nb = (ctypes.c_char * 200)()\nprint('BREACH' if ctypes.CDLL(None).syscall(425, 1, b) >= 0 else '')")),
    ("bpf", call(321, 280, 5, 0, 0)), ("userfaultfd", call(323, 282, 1)), ("perf events", python("import ctypes\nb = (ctypes.c_char * 128)()\nctypes.c_uint.from_buffer(b).value = 1\nctypes.c_uint.from_buffer(b, 4).value = 128\n"
     "l = ctypes.CDLL(None)\nimport platform\nprint('BREACH' if l.syscall(298 if platform.machine() == 'x86_64' else 241, b, 1, -1, -1, 0) >= 0 else '')")),
    ("a module", call(175, 105, 0, 0, 0)), ("kexec", call(246, 104, 0, 0, 0, 0)), ("swap", call(167, 224, "b\"/x\"", 0)), ("the host's name", "hostname mien-attack && echo BREACH"),
    ("the clock", "date -s 2001-01-01 && echo BREACH"), ("accounting", call(163, 89, 0)), ("new mounts", call(430, 430, "b\"tmpfs\"", 0)), ("open_tree", call(428, 428, -100, "b\"/\"", 1)),
    ("/dev/kvm", "head -c0 /dev/kvm && echo BREACH"), ("/dev/fuse", "exec 3<> /dev/fuse && echo BREACH"), ("any device", "for d in /dev/* /dev/*/*; do case $d in */null|*/zero|*/full|*/random|*/urandom|*/tty|*/ptmx|*/pts/*|*/std*|*/fd/*) continue;; esac; "
     "{{ [ -c $d ] || [ -b $d ]; }} && head -c0 $d && echo BREACH $d; done; true"), ("/dev/mem", "head -c1 /dev/mem && echo BREACH"),
    ("core_pattern", "echo x > /proc/sys/kernel/core_pattern && echo BREACH"), ("sysrq", "echo h > /proc/sysrq-trigger && echo BREACH"),
    ("a set-uid program", "cp /bin/true s && chmod u+s s && test -u s && test $(stat -c %u s) = 0 && test $(id -u) != 0 && echo BREACH"),
]

COMMANDS = READS + WRITES + MODES + GIT + NETWORK + PROCESSES + KERNEL

# What level landlock leaves open, and the manual names (mien(1), safety): the kernel has no right for it, or no namespace does it.
NAMED_AT_LANDLOCK = {"chmod", "times", "attributes", "owner", "shared memory", "its processors", "git: config", "git: config by git", "git: the directory moved",
                     "git: config.worktree", "git: by a link", "git: unlinked", "git: .mien", "git: .mien moved"}

# Commands that would outlive their time.
UNDYING = ["sleep 99", "sleep 99 & sleep 99", "setsid sleep 99", "nohup sleep 99 & wait", "trap '' TERM INT HUP; while :; do sleep 9; done",
           "(trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 99') & sleep 99", "while :; do :; done", "yes", "cat /dev/zero > /dev/null",
           "sh -c 'kill -STOP $$'", "setsid sh -c 'kill -STOP $$; sleep 99' & sleep 99", "python3 -c 'import os, time\nos.fork(); os.fork(); os.setsid() if os.fork() == 0 else 0; time.sleep(99)'",
           "python3 -c 'import os, time\nfor _ in range(20): os.fork() or os.setsid() or time.sleep(99)\ntime.sleep(99)'", "exec sleep 99",
           "sleep 99 <&- >&- 2>&-", "(sleep 99 >/dev/null 2>&1 </dev/null &) ; sleep 99", "exec 1>&-; sleep 99", "perl -e 'fork while 0; sleep 99'",
           "timeout 99 sleep 99", "cat", "bash -i -c 'sleep 99'", "x() { x | x & }; sleep 99", "mkfifo f$$; cat f$$", "tail -f /dev/null"]

# What a file tool is asked to read or write; {out} outside. The workspace holds: out -> {out}, deep/out -> {out}, git -> .git, key -> a secret.
PATHS_READ = ["../out/file", "{out}/file", "out/file", "deep/out/file", "./out/./file", "deep/../out/file", "//{out}/file", "/proc/self/root{out}/file",
              "/proc/self/cwd/../out/file", "out/../out/file", "~/.ssh/id_rsa", "key", "deep/key", "/dev/fd/0", "/proc/self/environ", "link2/file", "deep/../../out/file",
              "a/../../out/file", "\\{out}/file", "out//file", "file:///etc/passwd", "/etc/../{out}/file"]
PATHS_WRITE = ["../out/planted", "{out}/planted", "out/planted", "deep/out/planted", "deep/../out/planted", "/proc/self/cwd/../out/planted", ".git/config", ".git/hooks/x",
               "git/config", "git/hooks/x", ".git/../.git/config", ".GIT/../.git/config", "./.git/config", "deep/../.git/config", ".mien/config.yaml", "sub/.git/config", ".mcp.json",
               "mien/config.yaml", "~/planted", "/etc/mien-planted", "link2/planted", "deep/../../out/planted", ".git/info/attributes", ".git/commondir"]
