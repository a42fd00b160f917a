// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a program asks of the operating system for itself. Each is called once, by main() or a command, before other
/// threads start. What a system does not have is silently left as it is.
namespace sextant::process {

struct HeapLimits {
    int heaps = 1; ///< threads share so many
    /// From how many bytes on free memory is given back to the system at once; nothing: as the C library likes.
    std::optional<int> giveBackBytes;
};

/// Keeps the heap small (glibc's mallopt(3)); other systems' heaps are left as they are.
void limitHeap(const HeapLimits& limits);

/// What the process writes from now on is its own: umask 077. Windows has no such mask; there the access list of the
/// folder says it (private_files.h).
void hideNewFiles();

/// Lets this process open as many files and sockets as the system allows it; gives that number. Nothing when there is
/// no such limit (Windows) or it is not known.
std::optional<std::size_t> raiseDescriptorLimit();

/// Whether standard error is a terminal.
[[nodiscard]] bool someoneWatches();

/// What main() was given behind the program's name; UTF-8. Windows before 10 1903, and with it Server 2016 and 2019,
/// hands main() an encoding in which most characters do not exist, whatever the manifest says.
[[nodiscard]] std::vector<std::string> arguments(int argc, char** argv);

/// The environment variables of this process whose names begin with `prefix`; UTF-8.
[[nodiscard]] std::map<std::string, std::string> environment(std::string_view prefix);

} // namespace sextant::process
