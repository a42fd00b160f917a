// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/sdk/http_delivery.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <mutex>

namespace sextant::metrics::sdk {
namespace {

constexpr std::size_t kAnswerBytes = 1'024; ///< of an answer, for its reason; the rest is read and let go

struct Ended {
    void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::size_t keep(char* bytes, std::size_t, std::size_t count, void* text)
{
    auto& answer = *static_cast<std::string*>(text);
    answer.append(bytes, std::min(count, kAnswerBytes - std::min(kAnswerBytes, answer.size())));
    return count;
}

class HttpDelivery {
public:
    explicit HttpDelivery(HttpTarget target) : m_target(std::move(target)), m_curl(curl_easy_init())
    {
        const auto addHeader = [this](const std::string& header) {
            m_headers.reset(curl_slist_append(m_headers.release(), header.c_str()));
        };
        addHeader("Content-Type: application/x-protobuf");
        addHeader("Content-Encoding: snappy");
        addHeader("X-Prometheus-Remote-Write-Version: 0.1.0");
        if (!m_target.key.empty())
            addHeader("Authorization: Bearer " + m_target.key);
    }

    Result<void> operator()(const std::string& body)
    {
        if (!m_curl)
            return fail(ErrorCode::Internal, "libcurl cannot be used");
        std::string text;
        CURL* const curl = m_curl.get();
        curl_easy_setopt(curl, CURLOPT_URL, m_target.url.c_str());
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, m_headers.get());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(m_target.timeout.count()));
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); // a library must not touch the program's signals
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &keep);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
        if (!m_target.caFile.empty()) {
            curl_easy_setopt(curl, CURLOPT_CAINFO, m_target.caFile.c_str());
            curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr); // this CA alone
        }

        if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
            return fail(ErrorCode::Unreachable, m_target.url + ": " + curl_easy_strerror(code));
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        if (status / 100 == 2)
            return {};
        const std::string reason =
            m_target.url + " answered " + std::to_string(status) + ": " + text.substr(0, text.find('\n'));
        return fail(status == 429 || status / 100 == 5 ? ErrorCode::Busy : ErrorCode::Invalid, reason);
    }

private:
    HttpTarget m_target;
    std::unique_ptr<CURL, Ended> m_curl;
    std::unique_ptr<curl_slist, Ended> m_headers;
};

} // namespace

Deliver httpDelivery(HttpTarget target)
{
    static std::once_flag started; // curl_global_init() is not thread-safe
    std::call_once(started, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    auto delivery = std::make_shared<HttpDelivery>(std::move(target));
    return [delivery](const std::string& body) { return (*delivery)(body); };
}

} // namespace sextant::metrics::sdk
