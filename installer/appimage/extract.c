// SPDX-License-Identifier: GPL-3.0-or-later
#include "extract.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <limits.h>
#include <squashfuse/squashfuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int file, const char* bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return -1;
        bytes += written;
        size -= (size_t)written;
    }
    return 0;
}

static int write_file(sqfs* fs, sqfs_inode* inode, int folder, const char* path)
{
    static char block[1 << 20];
    const int file =
        openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, inode->base.mode & 0777);
    if (file < 0)
        return -1;
    int failed = 0;
    const sqfs_off_t end = (sqfs_off_t)inode->xtra.reg.file_size;
    for (sqfs_off_t at = 0; at < end && !failed;) {
        sqfs_off_t size = sizeof block;
        if (sqfs_read_range(fs, inode, at, &size, block) != SQFS_OK || size <= 0) {
            errno = EIO;
            failed = 1;
        } else {
            failed = write_all(file, block, (size_t)size) != 0;
            at += size;
        }
    }
    if (close(file) != 0)
        failed = 1;
    return failed ? -1 : 0;
}

static int write_link(sqfs* fs, sqfs_inode* inode, int folder, const char* path)
{
    char goal[PATH_MAX];
    size_t size = sizeof goal;
    if (sqfs_readlink(fs, inode, goal, &size) != SQFS_OK) {
        errno = EIO;
        return -1;
    }
    return symlinkat(goal, folder, path);
}

/// Makes the folders above `path`, which a pattern may have left out.
static int make_parents(int folder, const char* path)
{
    char parent[PATH_MAX];
    if (strlen(path) >= sizeof parent) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(parent, path);
    for (char* slash = strchr(parent, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdirat(folder, parent, 0755) != 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    return 0;
}

static int write_entry(sqfs* fs, const sqfs_traverse* at, int folder)
{
    sqfs_inode inode;
    if (sqfs_inode_get(fs, &inode, at->entry.inode) != SQFS_OK) {
        errno = EIO;
        return -1;
    }
    if (make_parents(folder, at->path) != 0)
        return -1;
    if (S_ISDIR(inode.base.mode))
        return mkdirat(folder, at->path, 0755) == 0 || errno == EEXIST ? 0 : -1;
    if (S_ISREG(inode.base.mode))
        return write_file(fs, &inode, folder, at->path);
    if (S_ISLNK(inode.base.mode))
        return write_link(fs, &inode, folder, at->path);
    errno = EINVAL; // no AppDir has devices or sockets
    return -1;
}

int extract(const struct image* image, const char* target, const char* pattern)
{
    const int folder = open(target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        fprintf(stderr, "%s: %s\n", target, strerror(errno));
        return -1;
    }
    sqfs fs;
    if (sqfs_open_image(&fs, image->path, image->offset) != SQFS_OK) { // says why
        close(folder);
        return -1;
    }
    sqfs_traverse at;
    sqfs_err error = sqfs_traverse_open(&at, &fs, sqfs_inode_root(&fs));
    int failed = error != SQFS_OK;
    while (!failed && sqfs_traverse_next(&at, &error)) {
        if (at.dir_end || (pattern && fnmatch(pattern, at.path, FNM_FILE_NAME | FNM_LEADING_DIR) != 0))
            continue;
        if (write_entry(&fs, &at, folder) != 0) {
            fprintf(stderr, "%s/%s: %s\n", target, at.path, strerror(errno));
            failed = 1;
        }
    }
    if (error != SQFS_OK) {
        fprintf(stderr, "%s: the image is damaged\n", image->path);
        failed = 1;
    }
    sqfs_traverse_close(&at);
    sqfs_destroy(&fs);
    close(folder);
    return failed ? -1 : 0;
}

static int remove_one(const char* path, const struct stat* status, int kind, struct FTW* place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

int remove_tree(const char* folder)
{
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
