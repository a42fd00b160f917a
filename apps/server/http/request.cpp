// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/request.h"

#include <algorithm>

namespace sextant::server::http {

std::string_view toString(Method method)
{
    switch (method) {
    case Method::Get:
        return "GET";
    case Method::Head:
        return "HEAD";
    case Method::Post:
        return "POST";
    case Method::Put:
        return "PUT";
    case Method::Patch:
        return "PATCH";
    case Method::Delete:
        return "DELETE";
    case Method::Options:
        return "OPTIONS";
    case Method::Other:
        break;
    }
    return "other";
}

const std::string* RequestHead::header(std::string_view name) const
{
    const auto found = std::ranges::find(headers, name, &Header::name);
    return found == headers.end() ? nullptr : &found->value;
}

} // namespace sextant::server::http
