"""Other machines for tests, on this one: an sshd on loopback and a Slurm of one node, both of them
unprivileged and in a directory of the test's. Standard library only."""
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time

SBIN = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def find(name):
    return shutil.which(name, path=SBIN)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def until(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)  # between two looks at a condition
    raise AssertionError(f"never happened: {what}")


def answers(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def children(pid):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as f:
                    stat = f.read()
            except OSError:
                continue
            if int(stat[stat.rindex(")") + 2:].split()[1]) == pid:
                found.append(int(name))
    return found


def below(pid):
    out = []
    for c in children(pid):
        out += [c] + below(c)
    return out


class Sshd:
    """noise: what a login prints before a command runs, without a newline at its end."""

    def __init__(self, top, noise="noise of a start file"):
        self.dir = os.path.join(top, "sshd")
        os.makedirs(self.dir)
        self.port = free_port()
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{self.dir}/{key}"], check=True)
        shutil.copy(f"{self.dir}/user.pub", f"{self.dir}/authorized")
        self.write("sshd_config", f"""Port {self.port}
ListenAddress 127.0.0.1
HostKey {self.dir}/host
PidFile {self.dir}/pid
AuthorizedKeysFile {self.dir}/authorized
UsePAM no
StrictModes no
ForceCommand printf '{noise}\\n{noise}'; eval "$SSH_ORIGINAL_COMMAND"
""")
        self.config = self.write("ssh_config", f"""Host box
  HostName 127.0.0.1
  Port {self.port}
  User {getpass.getuser()}
  IdentityFile {self.dir}/user
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile {self.dir}/known
  GlobalKnownHostsFile /dev/null
  BatchMode yes
  LogLevel ERROR
""")
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.server = subprocess.Popen([find("sshd"), "-D", "-f", f"{self.dir}/sshd_config", "-E", f"{self.dir}/log"])
        until("sshd answers", lambda: answers(self.port))
        self.launcher = ["ssh", "-F", self.config, "box"]

    def write(self, name, text):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text)
        return f.name

    def refuses(self):
        """Why nobody can log in here, such as an account without a shell; or None."""
        r = subprocess.run([*self.launcher, "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        said = (r.stderr + r.stdout).decode(errors="replace").strip().splitlines()
        return None if r.returncode == 0 else f"ssh to this machine as {getpass.getuser()} fails: {said[-1] if said else r.returncode}"

    def sessions(self):
        """The server's processes for connections, and nothing that runs by them."""
        def is_sshd(pid):
            try:
                return os.path.basename(os.readlink(f"/proc/{pid}/exe")).startswith("sshd")
            except OSError:
                return False
        return [p for p in below(self.server.pid) if is_sshd(p)]

    def signal(self, number):
        for p in self.sessions():
            try:
                os.kill(p, number)
            except OSError:
                pass

    def close(self):
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGKILL)
        self.server.kill()
        self.server.wait()


def no_sshd():
    """Why not, or None."""
    return None if find("sshd") and find("ssh") and find("ssh-keygen") else "ssh and sshd are not installed"


class Slurm:
    def __init__(self, top, slots=4):
        self.dir = d = os.path.join(top, "slurm")
        host = socket.gethostname().split(".")[0]
        ports = [free_port(), free_port()]
        user = getpass.getuser()
        for name in ("", "state", "spool", "log"):
            os.makedirs(os.path.join(d, name))
        os.chmod(d, 0o755)
        with open(f"{d}/key", "wb") as f:
            f.write(os.urandom(1024))
        os.chmod(f"{d}/key", 0o600)
        self.conf = f"{d}/slurm.conf"
        with open(self.conf, "w") as f:
            f.write(f"""ClusterName=t
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={d}/munge.sock
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={d}/state
SlurmdSpoolDir={d}/spool
SlurmctldPidFile={d}/slurmctld.pid
SlurmdPidFile={d}/slurmd.pid
SlurmctldLogFile={d}/log/slurmctld
SlurmdLogFile={d}/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
AccountingStorageType=accounting_storage/none
ReturnToService=2
KillWait=30
MinJobAge=300
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={slots} Boards=1 SocketsPerBoard=1 CoresPerSocket={slots} ThreadsPerCore=1 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
""")
        self.env = {"PATH": SBIN, "SLURM_CONF": self.conf, "LC_ALL": "C"}
        self.daemons = [self.start("munged", "--foreground", "--force", f"--socket={d}/munge.sock", f"--key-file={d}/key", f"--pid-file={d}/munge.pid",
                                   f"--log-file={d}/log/munge", f"--seed-file={d}/seed")]
        until("munge answers", lambda: os.path.exists(f"{d}/munge.sock"))
        self.daemons += [self.start("slurmctld", "-D"), self.start("slurmd", "-D")]
        until("the node is idle", lambda: b"idle" in self.run("sinfo", "-h", "-o", "%T").stdout)
        self.launcher = ["srun", "-n1", "-c1", "--mem=1", "-u", "-Q"]

    def start(self, name, *args):
        return subprocess.Popen([find(name), *args], env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, name, *args):
        return subprocess.run([find(name), *args], env=self.env, capture_output=True, timeout=60)

    def jobs(self):
        return self.run("squeue", "-h", "-o", "%i").stdout.decode().split()

    def close(self):
        self.run("scancel", "-u", getpass.getuser())
        try:
            until("its jobs end", lambda: not self.jobs(), 15)
        finally:
            for d in reversed(self.daemons):  # they have nothing to keep
                d.kill()
                d.wait()


def no_slurm():
    for name in ("munged", "slurmctld", "slurmd", "srun"):
        if not find(name):
            return f"{name} is not installed"
    try:
        socket.gethostbyname(socket.gethostname())
    except OSError:
        return "this machine's name has no address"
    return None
