// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/sdk/http_delivery.h"

#include <memory>

namespace sextant::metrics::sdk {

Deliver httpDelivery(HttpTarget target)
{
    const std::string url = target.url;
    return [url, post = std::make_shared<HttpPost>(std::move(target))](const std::string& body) -> Result<void> {
        const auto answer = post->send(body);
        if (!answer)
            return tl::unexpected(answer.error());
        if (answer->status / 100 == 2)
            return {};
        return fail(refusesSamples(answer->status) ? ErrorCode::Invalid : ErrorCode::Busy,
            url + " answered " + std::to_string(answer->status) + ": " + answer->reason);
    };
}

} // namespace sextant::metrics::sdk
