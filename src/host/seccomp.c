#include "host/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#define ARG0 offsetof(struct seccomp_data, args[0])
#define ARG1 offsetof(struct seccomp_data, args[1])
#define ARG2 offsetof(struct seccomp_data, args[2])
#define DENY(err) (SECCOMP_RET_ERRNO | ((err)&SECCOMP_RET_DATA))
#define NEW_NAMESPACES                                                                            \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
     CLONE_NEWNET)

#ifdef ARCH
static const int denied[] = {
    SYS_kcmp,
    SYS_pidfd_getfd,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsmount,
    SYS_fsconfig,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_unshare,
    SYS_setns,
    SYS_chroot,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_open_by_handle_at,
    SYS_syslog,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_sethostname,
    SYS_setdomainname,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
};

enum id_kind { ID_USERS, ID_GROUPS, ID_BOTH };

/* Calls that name users and groups, in their arguments from `from` on. */
static const struct id_call {
    int call;
    size_t from, count;
    enum id_kind kind;
} id_calls[] = {
    {SYS_setuid, 0, 1, ID_USERS},    {SYS_setgid, 0, 1, ID_GROUPS},
    {SYS_setreuid, 0, 2, ID_USERS},  {SYS_setregid, 0, 2, ID_GROUPS},
    {SYS_setresuid, 0, 3, ID_USERS}, {SYS_setresgid, 0, 3, ID_GROUPS},
    {SYS_fchown, 1, 2, ID_BOTH},     {SYS_fchownat, 2, 2, ID_BOTH},
#ifdef SYS_chown
    {SYS_chown, 1, 2, ID_BOTH},      {SYS_lchown, 1, 2, ID_BOTH},
#endif
};

struct program {
    struct sock_filter *out;
    size_t n;
};

static void emit(struct program *p, struct sock_filter f)
{
    p->out[p->n++] = f;
}

static void emit_load(struct program *p, size_t offset)
{
    emit(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void emit_return(struct program *p, uint32_t verdict)
{
    emit(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict));
}

/* If the loaded word equals k, answer verdict. */
static void emit_if(struct program *p, uint32_t k, uint32_t verdict)
{
    emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1));
    emit_return(p, verdict);
}

/* A call about a process: about the caller alone, which 0 names. */
static void emit_own(struct program *p, uint32_t call, size_t who)
{
    emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4));
    emit_load(p, who);
    emit_if(p, 0, SECCOMP_RET_ALLOW);
    emit_return(p, DENY(EPERM));
}

/* Another owner or user is refused as the kernel refuses it to whoever has no right to it: beneath
 * the one id that the user namespace has it would say EINVAL, which programs take for a fault of
 * theirs. `from`: the first of `count` arguments, users and groups in turn where both are given. */
static void emit_ids(struct program *p, const struct id_call *c, uint32_t uid, uint32_t gid)
{
    size_t jump = p->n;
    emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->call, 0, 0));
    for (size_t i = 0; i < c->count; i++) {
        bool group = c->kind == ID_GROUPS || (c->kind == ID_BOTH && i == 1);
        emit_load(p, ARG0 + (c->from + i) * sizeof(uint64_t));
        emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, group ? gid : uid, 2, 0));
        emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 1, 0));
        emit_return(p, DENY(EPERM));
    }
    emit_return(p, SECCOMP_RET_ALLOW);
    p->out[jump].jf = (unsigned char)(p->n - jump - 1);
}

/* ioctl: no typing into a terminal that is not ours. */
static void emit_ioctl(struct program *p)
{
    emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 6));
    emit_load(p, ARG1);
    emit_if(p, TIOCSTI, DENY(EPERM));
    emit_if(p, TIOCLINUX, DENY(EPERM));
    emit_return(p, SECCOMP_RET_ALLOW);
}

/* clone: no new namespaces. clone3 hides its flags behind a pointer; ENOSYS makes libc use
 * clone instead. */
static void emit_clone(struct program *p)
{
    emit_if(p, SYS_clone3, DENY(ENOSYS));
    emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
    emit_load(p, ARG0);
    emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NEW_NAMESPACES, 0, 1));
    emit_return(p, DENY(EPERM));
    emit_return(p, SECCOMP_RET_ALLOW);
}

/* socket: the families of this kind and no other. */
static void emit_socket(struct program *p, enum seccomp_sockets sockets, bool local)
{
    size_t jump = p->n;
    emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 0));
    emit_load(p, ARG0);
    if (local)
        emit_if(p, AF_UNIX, SECCOMP_RET_ALLOW);
    if (sockets != SECCOMP_NO_SOCKETS) {
        emit_if(p, AF_INET, SECCOMP_RET_ALLOW);
        emit_if(p, AF_INET6, SECCOMP_RET_ALLOW);
    }
    if (sockets == SECCOMP_ALL_NETWORK)
        emit_if(p, AF_NETLINK, SECCOMP_RET_ALLOW);
    if (sockets == SECCOMP_LOOPBACK) {
        emit(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 3));
        emit_load(p, ARG2);
        emit_if(p, NETLINK_ROUTE, SECCOMP_RET_ALLOW);
    }
    emit_return(p, DENY(EPERM));
    p->out[jump].jf = (unsigned char)(p->n - jump - 1);
}
#endif

size_t seccomp_make(struct sock_filter *out, enum seccomp_sockets sockets, bool local,
                    bool sees_others)
{
#ifdef ARCH
    struct program p = {.out = out};
    emit_load(&p, offsetof(struct seccomp_data, arch));
    emit(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
    emit_return(&p, SECCOMP_RET_KILL_PROCESS);
    emit_load(&p, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
    emit(&p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1)); /* x32 */
    emit_return(&p, DENY(EPERM));
#endif
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
        emit_if(&p, (uint32_t)denied[i], DENY(EPERM));
    if (sees_others) {
        emit_own(&p, SYS_prlimit64, ARG0);
        emit_own(&p, SYS_setpriority, ARG1);
        emit_own(&p, SYS_ioprio_set, ARG1);
    }
    for (size_t i = 0; !sees_others && i < sizeof id_calls / sizeof *id_calls; i++)
        emit_ids(&p, &id_calls[i], geteuid(), getegid());
    emit_clone(&p);
    emit_ioctl(&p);
    emit_socket(&p, sockets, local);
    emit_return(&p, SECCOMP_RET_ALLOW);
    return p.n;
#else
    return 0;
#endif
}

int seccomp_install(const struct sock_filter *filter, size_t n)
{
    union {
        const struct sock_filter *in;
        struct sock_filter *out;
    } f = {filter}; /* the kernel's struct lacks a const */
    struct sock_fprog prog = {.len = (unsigned short)n, .filter = f.out};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}
