// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/result.h"

namespace sextant {

std::string_view codeName(ErrorCode code)
{
    switch (code) {
    case ErrorCode::NotFound:
        return "not_found";
    case ErrorCode::NotAvailable:
        return "not_available";
    case ErrorCode::Denied:
        return "denied";
    case ErrorCode::TimedOut:
        return "timed_out";
    case ErrorCode::Malformed:
        return "malformed";
    case ErrorCode::TooLarge:
        return "too_large";
    case ErrorCode::Conflict:
        return "conflict";
    case ErrorCode::Busy:
        return "busy";
    case ErrorCode::Unreachable:
        return "unreachable";
    case ErrorCode::Io:
        return "io";
    case ErrorCode::Invalid:
        return "invalid";
    case ErrorCode::Internal:
        return "internal";
    }
    return "internal";
}

} // namespace sextant
