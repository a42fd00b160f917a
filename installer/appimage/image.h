// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stddef.h>

/// This program's own file: an ELF, and behind it a squashfs.
struct image {
    char path[4096]; ///< absolute
    size_t offset;   ///< of the squashfs
};

/// Finds it by /proc/self/exe. 0, or -1 with errno.
int image_find(struct image* image);
