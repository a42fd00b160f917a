// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/auth/openssl.h"

#include <openssl/err.h>

namespace sextant::server::openssl {

Error error(ErrorCode code, std::string what)
{
    if (const char* reason = ERR_reason_error_string(ERR_peek_last_error()))
        what += std::string(": ") + reason;
    ERR_clear_error();
    return {code, std::move(what)};
}

} // namespace sextant::server::openssl
