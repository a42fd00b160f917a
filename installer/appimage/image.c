// SPDX-License-Identifier: GPL-3.0-or-later
#include "image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int image_find(struct image* image)
{
    const ssize_t length = readlink("/proc/self/exe", image->path, sizeof image->path);
    if (length < 0)
        return -1;
    if ((size_t)length == sizeof image->path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    image->path[length] = '\0';

    const int file = open(image->path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    Elf64_Ehdr header;
    const ssize_t got = read(file, &header, sizeof header);
    close(file);
    if (got != (ssize_t)sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
        errno = ENOEXEC;
        return -1;
    }
    // The linker writes the table of sections last: where it ends, the program ends and the squashfs begins.
    image->offset = header.e_shoff + (size_t)header.e_shentsize * header.e_shnum;
    return 0;
}
