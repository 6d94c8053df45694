/**
 * Arguments of system calls: C types and names as the kernel's SYSCALL_DEFINE declares them.
 * Only the calls that people trace; a call that is not here is shown by its name alone.
 */

export type SyscallParameter = { readonly type: string; readonly name: string };

const PROTOTYPES = `
read unsigned int fd, char *buf, size_t count
write unsigned int fd, const char *buf, size_t count
open const char *filename, int flags, umode_t mode
close unsigned int fd
stat const char *filename, struct stat *statbuf
lstat const char *filename, struct stat *statbuf
fstat unsigned int fd, struct stat *statbuf
lseek unsigned int fd, off_t offset, unsigned int whence
mmap unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned long fd, unsigned long off
mprotect unsigned long start, size_t len, unsigned long prot
munmap unsigned long addr, size_t len
brk unsigned long brk
rt_sigaction int sig, const struct sigaction *act, struct sigaction *oact, size_t sigsetsize
rt_sigprocmask int how, sigset_t *nset, sigset_t *oset, size_t sigsetsize
ioctl unsigned int fd, unsigned int cmd, unsigned long arg
pread64 unsigned int fd, char *buf, size_t count, loff_t pos
pwrite64 unsigned int fd, const char *buf, size_t count, loff_t pos
readv unsigned long fd, const struct iovec *vec, unsigned long vlen
writev unsigned long fd, const struct iovec *vec, unsigned long vlen
access const char *filename, int mode
pipe int *fildes
pipe2 int *fildes, int flags
poll struct pollfd *ufds, unsigned int nfds, int timeout_msecs
sched_yield
dup unsigned int fildes
dup2 unsigned int oldfd, unsigned int newfd
dup3 unsigned int oldfd, unsigned int newfd, int flags
nanosleep struct __kernel_timespec *rqtp, struct __kernel_timespec *rmtp
alarm unsigned int seconds
getpid
gettid
getppid
sendfile int out_fd, int in_fd, loff_t *offset, size_t count
socket int family, int type, int protocol
socketpair int family, int type, int protocol, int *usockvec
connect int fd, struct sockaddr *uservaddr, int addrlen
accept int fd, struct sockaddr *upeer_sockaddr, int *upeer_addrlen
accept4 int fd, struct sockaddr *upeer_sockaddr, int *upeer_addrlen, int flags
sendto int fd, void *buff, size_t len, unsigned int flags, struct sockaddr *addr, int addr_len
recvfrom int fd, void *ubuf, size_t size, unsigned int flags, struct sockaddr *addr, int *addr_len
sendmsg int fd, struct user_msghdr *msg, unsigned int flags
recvmsg int fd, struct user_msghdr *msg, unsigned int flags
shutdown int fd, int how
bind int fd, struct sockaddr *umyaddr, int addrlen
listen int fd, int backlog
setsockopt int fd, int level, int optname, char *optval, int optlen
getsockopt int fd, int level, int optname, char *optval, int *optlen
clone unsigned long clone_flags, unsigned long newsp, int *parent_tidptr, int *child_tidptr, unsigned long tls
clone3 struct clone_args *uargs, size_t size
fork
vfork
execve const char *filename, const char *const *argv, const char *const *envp
execveat int fd, const char *filename, const char *const *argv, const char *const *envp, int flags
exit int error_code
exit_group int error_code
wait4 pid_t upid, int *stat_addr, int options, struct rusage *ru
kill pid_t pid, int sig
tkill pid_t pid, int sig
tgkill pid_t tgid, pid_t pid, int sig
fcntl unsigned int fd, unsigned int cmd, unsigned long arg
flock unsigned int fd, unsigned int cmd
fsync unsigned int fd
fdatasync unsigned int fd
truncate const char *path, long length
ftruncate unsigned int fd, unsigned long length
getdents64 unsigned int fd, struct linux_dirent64 *dirent, unsigned int count
getcwd char *buf, unsigned long size
chdir const char *filename
fchdir unsigned int fd
rename const char *oldname, const char *newname
renameat int olddfd, const char *oldname, int newdfd, const char *newname
renameat2 int olddfd, const char *oldname, int newdfd, const char *newname, unsigned int flags
mkdir const char *pathname, umode_t mode
mkdirat int dfd, const char *pathname, umode_t mode
rmdir const char *pathname
creat const char *pathname, umode_t mode
link const char *oldname, const char *newname
linkat int olddfd, const char *oldname, int newdfd, const char *newname, int flags
unlink const char *pathname
unlinkat int dfd, const char *pathname, int flag
symlink const char *oldname, const char *newname
symlinkat const char *oldname, int newdfd, const char *newname
readlink const char *path, char *buf, int bufsiz
readlinkat int dfd, const char *pathname, char *buf, int bufsiz
chmod const char *filename, umode_t mode
fchmod unsigned int fd, umode_t mode
fchmodat int dfd, const char *filename, umode_t mode
chown const char *filename, uid_t user, gid_t group
fchown unsigned int fd, uid_t user, gid_t group
lchown const char *filename, uid_t user, gid_t group
fchownat int dfd, const char *filename, uid_t user, gid_t group, int flag
umask int mask
getuid
getgid
geteuid
getegid
setuid uid_t uid
setgid gid_t gid
setpgid pid_t pid, pid_t pgid
setsid
setreuid uid_t ruid, uid_t euid
setregid gid_t rgid, gid_t egid
setresuid uid_t ruid, uid_t euid, uid_t suid
setresgid gid_t rgid, gid_t egid, gid_t sgid
setfsuid uid_t uid
setfsgid gid_t gid
setgroups int gidsetsize, gid_t *grouplist
capget cap_user_header_t header, cap_user_data_t dataptr
capset cap_user_header_t header, const cap_user_data_t data
ptrace long request, long pid, unsigned long addr, unsigned long data
prctl int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5
pivot_root const char *new_root, const char *put_old
chroot const char *filename
mount char *dev_name, char *dir_name, char *type, unsigned long flags, void *data
umount2 char *name, int flags
swapon const char *specialfile, int swap_flags
swapoff const char *specialfile
reboot int magic1, int magic2, unsigned int cmd, void *arg
sethostname char *name, int len
init_module void *umod, unsigned long len, const char *uargs
finit_module int fd, const char *uargs, int flags
delete_module const char *name_user, unsigned int flags
futex u32 *uaddr, int op, u32 val, const struct __kernel_timespec *utime, u32 *uaddr2, u32 val3
clock_settime const clockid_t which_clock, const struct __kernel_timespec *tp
clock_gettime const clockid_t which_clock, struct __kernel_timespec *tp
clock_nanosleep const clockid_t which_clock, int flags, const struct __kernel_timespec *rqtp, struct __kernel_timespec *rmtp
settimeofday struct __kernel_old_timeval *tv, struct timezone *tz
epoll_create1 int flags
epoll_ctl int epfd, int op, int fd, struct epoll_event *event
epoll_wait int epfd, struct epoll_event *events, int maxevents, int timeout
openat int dfd, const char *filename, int flags, umode_t mode
openat2 int dfd, const char *filename, struct open_how *how, size_t usize
mknod const char *filename, umode_t mode, unsigned int dev
mknodat int dfd, const char *filename, umode_t mode, unsigned int dev
newfstatat int dfd, const char *filename, struct stat *statbuf, int flag
faccessat int dfd, const char *filename, int mode
faccessat2 int dfd, const char *filename, int mode, int flags
statx int dfd, const char *filename, unsigned flags, unsigned int mask, struct statx *buffer
unshare unsigned long unshare_flags
setns int fd, int flags
inotify_init1 int flags
inotify_add_watch int fd, const char *pathname, u32 mask
fallocate int fd, int mode, loff_t offset, loff_t len
perf_event_open struct perf_event_attr *attr_uptr, pid_t pid, int cpu, int group_fd, unsigned long flags
process_vm_readv pid_t pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, unsigned long riovcnt, unsigned long flags
process_vm_writev pid_t pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, unsigned long riovcnt, unsigned long flags
seccomp unsigned int op, unsigned int flags, void *uargs
getrandom char *ubuf, size_t len, unsigned int flags
memfd_create const char *uname, unsigned int flags
bpf int cmd, union bpf_attr *uattr, unsigned int size
copy_file_range int fd_in, loff_t *off_in, int fd_out, loff_t *off_out, size_t len, unsigned int flags
io_uring_setup u32 entries, struct io_uring_params *params
io_uring_enter unsigned int fd, u32 to_submit, u32 min_complete, u32 flags, const void *argp, size_t argsz
open_tree int dfd, const char *filename, unsigned flags
move_mount int from_dfd, const char *from_pathname, int to_dfd, const char *to_pathname, unsigned int flags
fsopen const char *_fs_name, unsigned int flags
fsconfig int fd, unsigned int cmd, const char *_key, const void *_value, int aux
fsmount int fs_fd, unsigned int flags, unsigned int attr_flags
pidfd_open pid_t pid, unsigned int flags
pidfd_send_signal int pidfd, int sig, siginfo_t *info, unsigned int flags
pidfd_getfd int pidfd, int fd, unsigned int flags
close_range unsigned int fd, unsigned int max_fd, unsigned int flags
`;

const parseParameter = (text: string): SyscallParameter => {
  const [, type = '', name = ''] = /^(.*[ *])(\w+)$/.exec(text.trim()) ?? [];
  return { type: type.trimEnd(), name };
};

const TABLE: ReadonlyMap<string, readonly SyscallParameter[]> = new Map(
  PROTOTYPES.trim()
    .split('\n')
    .map((line) => {
      const [name = '', ...rest] = line.split(' ');
      const parameters = rest.length === 0 ? [] : rest.join(' ').split(',').map(parseParameter);
      return [name, parameters];
    }),
);

/** The parameters of a system call in order, or undefined when the table does not have it. */
export const syscallParameters = (name: string): readonly SyscallParameter[] | undefined =>
  TABLE.get(name);
