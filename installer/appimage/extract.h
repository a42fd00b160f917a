// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "image.h"

/// Writes what the image holds into the folder `target`, which exists: all of it, or what matches `pattern`
/// (fnmatch(3); a folder that matches brings what is below it). 0, or -1 after a message on stderr.
int extract(const struct image* image, const char* target, const char* pattern);

/// Removes a folder with all that is in it, and follows no link. 0, or -1 with errno.
int remove_tree(const char* folder);
