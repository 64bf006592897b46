/*
 * no_userns - run a program where user namespaces are refused, as in many containers:
 * no_userns [--root] PROGRAM [ARGUMENT...]. A seccomp filter answers EPERM to unshare and clone
 * with CLONE_NEWUSER, and ENOSYS to clone3, whose flags a filter cannot read. Unless --root is
 * given, root may not make other namespaces either.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define HAS(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, yes, no)
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)

static bool give_up(int cap)
{
    struct __user_cap_header_struct h = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct d[2];
    if (syscall(SYS_capget, &h, d) != 0)
        return false;
    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    d[0].effective &= ~(1u << cap);
    d[0].permitted &= ~(1u << cap);
    d[0].inheritable &= ~(1u << cap);
    return syscall(SYS_capset, &h, d) == 0;
}

int main(int argc, char **argv)
{
    struct sock_filter code[] = {
        LOAD(nr),
        IS(SYS_clone3, 0, 1),
        ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
        IS(SYS_unshare, 1, 0),
        IS(SYS_clone, 0, 3),
        LOAD(args[0]), /* the flags, of either */
        HAS(CLONE_NEWUSER, 0, 1),
        ANSWER(SECCOMP_RET_ERRNO | EPERM),
        ANSWER(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    int first = argc > 1 && strcmp(argv[1], "--root") == 0 ? 2 : 1;
    if (argc <= first) {
        fprintf(stderr, "usage: no_userns [--root] PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    if (first == 1 && geteuid() == 0 && !give_up(CAP_SYS_ADMIN)) {
        perror("no_userns");
        return 2;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        perror("no_userns");
        return 2;
    }
    execvp(argv[first], argv + first);
    perror(argv[first]);
    return 127;
}
