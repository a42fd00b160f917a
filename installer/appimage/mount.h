// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image.h"

/// Mounts the image at `folder` by FUSE, from a process of its own that ends, after unmounting and removing the folder,
/// when nobody holds the returned descriptor any more: neither this process nor any that inherits it. -1 when FUSE
/// cannot be used here; the folder then remains.
int mount_image(const struct image* image, const char* folder);
