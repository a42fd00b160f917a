// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/api/failure.h"

#include "logging/log.h"
#include "server/api/services.h"

namespace sextant::server {

http::Response failed(
    const Services& services, std::string_view room, std::string_view what, const Error& error, std::string_view field)
{
    http::Response response = http::problem(error, field);
    if (response.status >= 500)
        services.log.error(room, what, {{"error", error.message}});
    return response;
}

} // namespace sextant::server
