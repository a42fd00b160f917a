// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/json_text.h"
#include "server/receivers/otlp.h"

#include <protozero/pbf_writer.hpp>

namespace sextant::server {

// collector/metrics/v1/metrics_service.proto and google/rpc/status.proto

std::string otlpAnswer(bool isJson, std::size_t rejectedPoints, std::string_view message)
{
    std::string answer;
    if (!isJson) {
        if (rejectedPoints == 0 && message.empty())
            return answer;
        std::string partial;
        protozero::pbf_writer success(partial);
        success.add_int64(1, static_cast<std::int64_t>(rejectedPoints));
        success.add_string(2, message.data(), message.size());
        protozero::pbf_writer(answer).add_message(1, partial);
        return answer;
    }
    if (rejectedPoints == 0 && message.empty())
        return "{}";
    answer = "{\"partialSuccess\":{\"rejectedDataPoints\":\"" + std::to_string(rejectedPoints) + "\",\"errorMessage\":";
    appendJsonString(answer, message);
    return answer + "}}";
}

std::string otlpStatus(bool isJson, int code, std::string_view message)
{
    std::string answer;
    if (!isJson) {
        protozero::pbf_writer status(answer);
        status.add_int32(1, code);
        status.add_string(2, message.data(), message.size());
        return answer;
    }
    answer = "{\"code\":" + std::to_string(code) + ",\"message\":";
    appendJsonString(answer, message);
    return answer + '}';
}

} // namespace sextant::server
