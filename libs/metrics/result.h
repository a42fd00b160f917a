// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sextant {

/// The closed list of reasons for which anything in Sextant fails. A caller decides by the code; a person reads the
/// message.
enum class ErrorCode {
    NotFound,     ///< the file, row or object does not exist
    NotAvailable, ///< this machine or build does not have the thing (not a failure of the machine)
    Denied,       ///< the operating system or the server refused access
    TimedOut,     ///< a deadline passed
    Malformed,    ///< bytes from outside do not follow their format
    TooLarge,     ///< a stated limit was passed
    Conflict,     ///< the thing exists already, or was used up
    Busy,         ///< try again later: a queue is full or a resource is locked
    Unreachable,  ///< the other side could not be reached
    Io,           ///< a read or write failed for another reason
    Invalid,      ///< an argument or a setting is wrong
    Internal,     ///< a promise inside Sextant was broken: a bug
};

/// The name of a code as it stands in logs and problem responses, e.g. "not_found".
[[nodiscard]] std::string_view codeName(ErrorCode code);

/// Why something failed: a code to decide by and one sentence that an admin can act on. A plain value.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;
};

/// What a function that can fail returns. Sextant's libraries do not throw.
template <typename T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::NotFound, "no such host");` in a function that returns a Result of any type.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message)
{
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

} // namespace sextant
