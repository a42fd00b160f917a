// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/sdk/http_post.h"

#include <curl/curl.h>

#include <algorithm>
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

int isToEnd(void* target, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
    return static_cast<const HttpTarget*>(target)->isCancelled() ? 1 : 0;
}

} // namespace

class HttpPost::Connection {
public:
    explicit Connection(HttpTarget target) : m_target(std::move(target)), m_curl(curl_easy_init())
    {
        addHeader("Content-Type: application/x-protobuf");
        addHeader("Content-Encoding: snappy");
        addHeader("X-Prometheus-Remote-Write-Version: 0.1.0");
        if (!m_target.key.empty())
            addHeader("Authorization: Bearer " + m_target.key);
        for (const auto& [name, value] : m_target.headers)
            addHeader(name + ": " + value);
    }

    Result<HttpAnswer> send(const std::string& body)
    {
        if (!m_curl)
            return fail(ErrorCode::Internal, "libcurl cannot be used");
        HttpAnswer answer;
        CURL* const curl = m_curl.get();
        prepare(curl);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &keep);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.reason);
        if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
            return fail(ErrorCode::Unreachable, m_target.url + ": " + curl_easy_strerror(code));
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
        curl_off_t seconds = 0;
        if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0)
            answer.retryAfter = std::chrono::seconds(std::min<curl_off_t>(seconds, 86'400));
        answer.reason.resize(std::min(answer.reason.find('\n'), answer.reason.size()));
        return answer;
    }

private:
    void addHeader(const std::string& header)
    {
        m_headers.reset(curl_slist_append(m_headers.release(), header.c_str()));
    }

    void prepare(CURL* curl)
    {
        curl_easy_setopt(curl, CURLOPT_URL, m_target.url.c_str());
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, m_headers.get());
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(m_target.timeout.count()));
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L); // a library must not touch the program's signals
        if (!m_target.caFile.empty()) {
            curl_easy_setopt(curl, CURLOPT_CAINFO, m_target.caFile.c_str());
            curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr); // this CA alone
        }
        if (!m_target.user.empty()) {
            curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
            curl_easy_setopt(curl, CURLOPT_USERNAME, m_target.user.c_str());
            curl_easy_setopt(curl, CURLOPT_PASSWORD, m_target.password.c_str());
        }
        if (m_target.isCancelled) {
            curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
            curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &isToEnd);
            curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &m_target);
        }
    }

    HttpTarget m_target;
    std::unique_ptr<CURL, Ended> m_curl;
    std::unique_ptr<curl_slist, Ended> m_headers;
};

HttpPost::HttpPost(HttpTarget target)
{
    static std::once_flag started; // curl_global_init() is not thread-safe
    std::call_once(started, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    m_connection = std::make_unique<Connection>(std::move(target));
}

HttpPost::~HttpPost() = default;

Result<HttpAnswer> HttpPost::send(const std::string& body)
{
    return m_connection->send(body);
}

} // namespace sextant::metrics::sdk
