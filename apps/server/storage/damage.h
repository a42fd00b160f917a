// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/storage/block_table.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sextant::server {

// What readers of blocks and of hot rows found damaged, kept for the whole process: readers are many, and each block is told of once.
// Any thread.

/// A stored block of which a part cannot be read, or an hour of hot rows (no family: a row has all of them). Reading
/// goes on without that part.
struct Damage {
    BlockKey key;
    std::string why;
};

/// Remembers it, unless damage of that block is known already.
void noteDamage(const BlockKey& key, const std::string& why);
/// What was found since the last call.
[[nodiscard]] std::vector<Damage> takeNewDamage();
/// In how many blocks it was found since the start.
[[nodiscard]] std::uint64_t damagedBlockCount();

} // namespace sextant::server
