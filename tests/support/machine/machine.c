/* Put before libc (LD_PRELOAD) in one process: its clock, the room on its disk, and a record of what it does to files.
 *
 * MACHINE_ROOT     absolute folder, without links in its path: only files below it are meant
 * MACHINE_CONTROL  file of struct control, shared with the test that turns the knobs
 * MACHINE_RECORD   file to which every change below the root is appended; none is written without
 *
 * Only calls through libc's dynamic symbols are seen. Whether that is all of them, the test proves: the record, played
 * from the beginning, must give the folder as it is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct control {
    volatile int64_t clock_ahead; /* nanoseconds added to the wall clock */
    volatile int64_t room;        /* bytes that may still be written below `full`; -1: as many as there are */
    volatile int64_t refusals;    /* how often the disk said that it is full */
    char full[PATH_MAX];
};

static struct control nothing = {0, -1, 0, ""};
static struct control *control = &nothing;
static const char *root = "";
static size_t root_length;
static int record = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("MACHINE_ROOT"), *knobs = getenv("MACHINE_CONTROL"), *log = getenv("MACHINE_RECORD");
    if (folder) {
        root = strdup(folder);
        root_length = strlen(root);
    }
    if (knobs) {
        int fd = syscall(SYS_openat, AT_FDCWD, knobs, O_RDWR | O_CLOEXEC);
        void *shared = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (fd < 0 || shared == MAP_FAILED) {
            fprintf(stderr, "machine: the control file cannot be used\n");
            _exit(99);
        }
        control = shared;
        syscall(SYS_close, fd);
    }
    if (log) record = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* ---- where ---------------------------------------------------------------------------------------------------- */

static int below(const char *path, const char *folder) {
    size_t length = strlen(folder);
    return length && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int meant(const char *path) { return root_length && below(path, root); }

static void path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
}

static void absolute(int folder, const char *given, char *path) {
    char before[PATH_MAX];
    if (given[0] == '/') {
        snprintf(path, PATH_MAX, "%s", given);
        return;
    }
    if (folder == AT_FDCWD) {
        if (syscall(SYS_getcwd, before, sizeof before) < 0) before[0] = 0;
    } else {
        path_of(folder, before);
    }
    if (snprintf(path, PATH_MAX, "%s/%s", before, given) >= PATH_MAX) path[0] = 0;
}

static uint64_t inode(int folder, const char *path) {
    struct stat facts;
    return fstatat(folder, path, &facts, AT_SYMLINK_NOFOLLOW) == 0 ? facts.st_ino : 0;
}

static uint64_t inode_of(int fd) {
    struct stat facts;
    return fstat(fd, &facts) == 0 ? facts.st_ino : 0;
}

static int regular(int fd, char *path) {
    struct stat facts;
    path[0] = 0;
    if (!root_length || fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) return 0;
    path_of(fd, path);
    return meant(path);
}

/* ---- the record ------------------------------------------------------------------------------------------------ */

static void put(const void *bytes, size_t length) {
    const char *at = bytes;
    while (length) {
        ssize_t done = syscall(SYS_write, record, at, length);
        if (done <= 0) _exit(98);
        at += done;
        length -= done;
    }
}

static void note(char what, uint64_t node, int64_t offset, const char *path, const char *to, const void *data,
                 size_t length) {
    if (record < 0) return;
    struct __attribute__((packed)) {
        char what;
        uint64_t node;
        int64_t offset;
        uint32_t path, to;
        uint64_t data;
    } head = {what, node, offset, path ? strlen(path) : 0, to ? strlen(to) : 0, length};
    put(&head, sizeof head);
    if (path) put(path, head.path);
    if (to) put(to, head.to);
    if (length) put(data, length);
}

#define CHANGED(call, ...)            \
    do {                              \
        pthread_mutex_lock(&turn);    \
        int failed = (call);          \
        int why = errno;              \
        if (failed == 0) {            \
            __VA_ARGS__;              \
        }                             \
        pthread_mutex_unlock(&turn);  \
        errno = why;                  \
        return failed;                \
    } while (0)

/* ---- the disk --------------------------------------------------------------------------------------------------- */

static int is_full(const char *path) {
    if (control->room != 0 || !below(path, control->full)) return 0;
    __sync_fetch_and_add(&control->refusals, 1);
    errno = ENOSPC;
    return 1;
}

static size_t fitting(const char *path, size_t wanted) {
    int64_t room = control->room;
    if (room < 0 || !below(path, control->full)) return wanted;
    size_t given = (int64_t)wanted <= room ? wanted : (size_t)room;
    control->room = room - given;
    return given;
}

static int opened(int folder, const char *given, int flags, mode_t mode) {
    char path[PATH_MAX];
    absolute(folder, given, path);
    if (!(flags & (O_CREAT | O_TRUNC)) || !meant(path) || (flags & O_TMPFILE) == O_TMPFILE)
        return syscall(SYS_openat, folder, given, flags, mode);
    pthread_mutex_lock(&turn);
    uint64_t before = inode(folder, given);
    int fd = !before && is_full(path) ? -1 : syscall(SYS_openat, folder, given, flags, mode);
    int why = errno;
    if (fd >= 0 && !before) note('C', inode_of(fd), mode & 07777, path, NULL, NULL, 0);
    if (fd >= 0 && before && (flags & O_TRUNC)) note('T', before, 0, path, NULL, NULL, 0);
    pthread_mutex_unlock(&turn);
    errno = why;
    return fd;
}

#define MODE                                \
    mode_t mode = 0;                        \
    if (flags & (O_CREAT | O_TMPFILE)) {    \
        va_list more;                       \
        va_start(more, flags);              \
        mode = va_arg(more, mode_t);        \
        va_end(more);                       \
    }

int open(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE return opened(folder, path, flags | O_LARGEFILE, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

static ssize_t written(int fd, const void *data, size_t length, int64_t offset) {
    char path[PATH_MAX];
    int plain = offset < 0;
    if (!regular(fd, path))
        return plain ? syscall(SYS_write, fd, data, length) : syscall(SYS_pwrite64, fd, data, length, offset);
    pthread_mutex_lock(&turn);
    if (plain) {
        int appends = syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND;
        offset = lseek(fd, 0, appends ? SEEK_END : SEEK_CUR);
    }
    size_t fits = length && is_full(path) ? 0 : fitting(path, length);
    ssize_t done = length && !fits ? -1
                   : plain         ? syscall(SYS_write, fd, data, fits)
                                   : syscall(SYS_pwrite64, fd, data, fits, offset);
    int why = length && !fits ? ENOSPC : errno;
    if (done > 0) note('W', inode_of(fd), offset, NULL, NULL, data, done);
    pthread_mutex_unlock(&turn);
    errno = why;
    return done;
}

ssize_t write(int fd, const void *data, size_t length) { return written(fd, data, length, -1); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return written(fd, data, length, at); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at) { return written(fd, data, length, at); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    char path[PATH_MAX];
    if (!regular(fd, path)) return syscall(SYS_writev, fd, parts, count);
    return count ? written(fd, parts[0].iov_base, parts[0].iov_len, -1) : 0; /* a short write is allowed */
}

/* Programs that cannot have these write the bytes themselves. */
ssize_t sendfile(int out, int in, off_t *at, size_t length) {
    char path[PATH_MAX];
    if (!regular(out, path)) return syscall(SYS_sendfile, out, in, at, length);
    errno = ENOSYS;
    return -1;
}
ssize_t sendfile64(int out, int in, off64_t *at, size_t length) { return sendfile(out, in, (off_t *)at, length); }
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
    errno = ENOSYS;
    return -1;
}

int ftruncate(int fd, off_t length) {
    char path[PATH_MAX];
    if (!regular(fd, path)) return syscall(SYS_ftruncate, fd, length);
    CHANGED(syscall(SYS_ftruncate, fd, length), note('T', inode_of(fd), length, NULL, NULL, NULL, 0));
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

static int synced(int fd, int number) {
    char path[PATH_MAX];
    path_of(fd, path);
    if (!meant(path)) return syscall(number, fd);
    CHANGED(syscall(number, fd), note('S', inode_of(fd), 0, path, NULL, NULL, 0));
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int moved(int from, const char *given, int to, const char *wanted, unsigned flags) {
    char path[PATH_MAX], final[PATH_MAX];
    absolute(from, given, path);
    absolute(to, wanted, final);
    if (!meant(path) && !meant(final)) return syscall(SYS_renameat2, from, given, to, wanted, flags);
    CHANGED(syscall(SYS_renameat2, from, given, to, wanted, flags),
            note('R', inode(to, wanted), 0, path, final, NULL, 0));
}
int rename(const char *path, const char *to) { return moved(AT_FDCWD, path, AT_FDCWD, to, 0); }
int renameat(int from, const char *path, int to, const char *final) { return moved(from, path, to, final, 0); }
int renameat2(int from, const char *path, int to, const char *final, unsigned flags) {
    return moved(from, path, to, final, flags);
}

int linkat(int from, const char *given, int to, const char *wanted, int flags) {
    char path[PATH_MAX], final[PATH_MAX];
    absolute(from, given, path);
    absolute(to, wanted, final);
    if (!meant(final)) return syscall(SYS_linkat, from, given, to, wanted, flags);
    CHANGED(is_full(final) ? -1 : syscall(SYS_linkat, from, given, to, wanted, flags),
            note('L', inode(to, wanted), 0, path, final, NULL, 0));
}
int link(const char *path, const char *to) { return linkat(AT_FDCWD, path, AT_FDCWD, to, 0); }

int unlinkat(int folder, const char *given, int flags) {
    char path[PATH_MAX];
    absolute(folder, given, path);
    if (!meant(path)) return syscall(SYS_unlinkat, folder, given, flags);
    CHANGED(syscall(SYS_unlinkat, folder, given, flags), note('U', 0, 0, path, NULL, NULL, 0));
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int folder, const char *given, mode_t mode) {
    char path[PATH_MAX];
    absolute(folder, given, path);
    if (!meant(path)) return syscall(SYS_mkdirat, folder, given, mode);
    CHANGED(is_full(path) ? -1 : syscall(SYS_mkdirat, folder, given, mode),
            note('M', inode(folder, given), mode & 07777, path, NULL, NULL, 0));
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

/* ---- the clock --------------------------------------------------------------------------------------------------- */

static void ahead(struct timespec *now) {
    int64_t nanoseconds = now->tv_nsec + control->clock_ahead % 1000000000;
    now->tv_sec += control->clock_ahead / 1000000000 + (nanoseconds >= 1000000000) - (nanoseconds < 0);
    now->tv_nsec = (nanoseconds + 1000000000) % 1000000000;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) ahead(now);
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
