// SPDX-License-Identifier: GPL-3.0-or-later
#include "mount.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <squashfuse/ll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct fuse_lowlevel_ops operations = {
    .lookup = sqfs_ll_op_lookup,
    .forget = sqfs_ll_op_forget,
    .getattr = sqfs_ll_op_getattr,
    .readlink = sqfs_ll_op_readlink,
    .open = sqfs_ll_op_open,
    .read = sqfs_ll_op_read,
    .release = sqfs_ll_op_release,
    .opendir = sqfs_ll_op_opendir,
    .readdir = sqfs_ll_op_readdir,
    .releasedir = sqfs_ll_op_releasedir,
    .statfs = stfs_ll_op_statfs,
    .getxattr = sqfs_ll_op_getxattr,
    .listxattr = sqfs_ll_op_listxattr,
};

static void say_nothing(enum fuse_log_level level, const char* format, va_list arguments)
{
    (void)level, (void)format, (void)arguments;
}

/// Answers the kernel until the other end of `keep_alive` is closed everywhere, or somebody unmounts.
static void serve(struct fuse_session* session, int keep_alive)
{
    struct pollfd wanted[] = {{.fd = fuse_session_fd(session), .events = POLLIN}, {.fd = keep_alive, .events = POLLIN}};
    struct fuse_buf request = {0};
    while (!fuse_session_exited(session)) {
        if (poll(wanted, 2, -1) < 0 && errno != EINTR)
            break;
        if (wanted[1].revents)
            break;
        if (!wanted[0].revents)
            continue;
        const int size = fuse_session_receive_buf(session, &request);
        if (size == -EINTR || size == -EAGAIN)
            continue;
        if (size <= 0)
            break;
        fuse_session_process_buf(session, &request);
    }
    free(request.mem);
}

/// Nothing of the one who started us is held: no terminal, folder, pipe or file, but these two descriptors.
static void leave_behind_all_but(unsigned one, unsigned other)
{
    setsid();
    if (chdir("/") != 0)
        _exit(1);
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int descriptor = 0; descriptor <= 2; ++descriptor)
        if (dup2(nothing, descriptor) < 0)
            _exit(1);
    const unsigned low = one < other ? one : other;
    const unsigned high = one < other ? other : one;
    if (low > 3)
        close_range(3, low - 1, 0);
    if (high > low + 1)
        close_range(low + 1, high - 1, 0);
    close_range(high + 1, ~0U, 0);
    signal(SIGPIPE, SIG_IGN);
}

/// The process that mounts. Writes a byte to `ready` when it has.
static int serve_image(const struct image* image, const char* folder, int keep_alive, int ready)
{
    leave_behind_all_but((unsigned)keep_alive, (unsigned)ready);
    fuse_set_log_func(say_nothing);
    sqfs_ll* ll = sqfs_ll_open(image->path, image->offset);
    if (!ll)
        return 1;
    char* words[] = {"appimage", "-o", "ro,nosuid,nodev,subtype=squashfuse,fsname=appimage"};
    struct fuse_args arguments = FUSE_ARGS_INIT(3, words);
    sqfs_ll_chan channel;
    struct fuse_lowlevel_ops ops = operations;
    if (sqfs_ll_mount(&channel, folder, &arguments, &ops, sizeof ops, ll) != SQFS_OK)
        return 1;
    if (write(ready, "", 1) == 1) {
        close(ready);
        serve(channel.session, keep_alive);
    }
    sqfs_ll_unmount(&channel, folder);
    return rmdir(folder) == 0 ? 0 : 1;
}

int mount_image(const struct image* image, const char* folder)
{
    int keep_alive[2];
    int ready[2];
    if (pipe(keep_alive) != 0)
        return -1;
    if (pipe2(ready, O_CLOEXEC) != 0) {
        close(keep_alive[0]);
        close(keep_alive[1]);
        return -1;
    }
    // Twice, so that the program to be started has no child that it does not know.
    const pid_t between = fork();
    if (between == 0) {
        close(keep_alive[1]);
        close(ready[0]);
        const pid_t server = fork();
        _exit(server == 0 ? serve_image(image, folder, keep_alive[0], ready[1]) : server < 0);
    }
    close(keep_alive[0]);
    close(ready[1]);
    char byte;
    const int is_mounted = between > 0 && waitpid(between, NULL, 0) == between && read(ready[0], &byte, 1) == 1;
    close(ready[0]);
    if (is_mounted)
        return keep_alive[1];
    close(keep_alive[1]);
    return -1;
}
