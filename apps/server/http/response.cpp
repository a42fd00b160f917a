// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/response.h"

#include "server/http/content_coding.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace sextant::server::http {
namespace {

constexpr qsizetype kWorthCompressing = 1'024;
constexpr std::chrono::seconds kRetryAfter{2};

QString text(std::string_view bytes)
{
    return QString::fromUtf8(bytes.data(), static_cast<qsizetype>(bytes.size()));
}

int statusOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::NotFound:
        return 404;
    case ErrorCode::Denied:
        return 403;
    case ErrorCode::Malformed:
    case ErrorCode::Invalid:
        return 400;
    case ErrorCode::TooLarge:
        return 413;
    case ErrorCode::Conflict:
        return 409;
    case ErrorCode::Busy:
    case ErrorCode::TimedOut:
    case ErrorCode::Unreachable:
    case ErrorCode::Io:
        return 503;
    case ErrorCode::NotAvailable:
        return 501;
    case ErrorCode::Internal:
        break;
    }
    return 500;
}

class HeadWriter {
public:
    explicit HeadWriter(qsizetype reserve) { m_bytes.reserve(reserve); }

    void append(std::string_view text) { m_bytes.append(text.data(), static_cast<qsizetype>(text.size())); }
    void header(std::string_view name, std::string_view value)
    {
        append(name);
        append(": ");
        append(value);
        append("\r\n");
    }
    [[nodiscard]] QByteArray take() { return std::move(m_bytes); }

private:
    QByteArray m_bytes;
};

} // namespace

Response emptyResponse(int status)
{
    Response response;
    response.status = status;
    return response;
}

Response textResponse(int status, QByteArray text)
{
    Response response;
    response.status = status;
    response.contentType = "text/plain; charset=utf-8";
    response.body = std::move(text);
    return response;
}

Response jsonResponse(int status, QByteArray json)
{
    Response response;
    response.status = status;
    response.contentType = "application/json";
    response.body = std::move(json);
    return response;
}

Response problem(int status, ErrorCode code, std::string_view detail, std::string_view field)
{
    QJsonObject object{{QStringLiteral("type"), QStringLiteral("about:blank")},
        {QStringLiteral("title"), text(reasonPhrase(status))}, {QStringLiteral("status"), status},
        {QStringLiteral("detail"), text(detail)}, {QStringLiteral("code"), text(codeName(code))}};
    if (!field.empty())
        object.insert(QStringLiteral("field"), text(field));
    Response response;
    response.status = status;
    response.contentType = "application/problem+json";
    response.body = QJsonDocument(object).toJson(QJsonDocument::Compact);
    return response;
}

Response problem(int status, ErrorCode code, std::string_view detail, std::chrono::seconds retryAfter)
{
    Response response = problem(status, code, detail);
    response.headers.push_back({"retry-after", std::to_string(retryAfter.count())});
    return response;
}

Response problem(const Error& error, std::string_view field)
{
    const int status = statusOf(error.code);
    if (status == 500)
        return problem(status, error.code, "the server could not do this; its log says why", field);
    if (status == 503) {
        const bool isAway = error.code == ErrorCode::Io || error.code == ErrorCode::Unreachable;
        return problem(status, error.code,
            isAway ? std::string_view("the database cannot be used now; /readyz and the server's log say why")
                   : std::string_view(error.message),
            kRetryAfter);
    }
    return problem(status, error.code, error.message, field);
}

std::string_view reasonPhrase(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 417:
        return "Expectation Failed";
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Status";
    }
}

WireBytes serialise(const Response& response, const WireOptions& options)
{
    const bool compressible = options.acceptEncoding && !response.secret && !response.stream && response.status == 200;
    QByteArray body = response.body;
    std::string_view coding;
    if (compressible && body.size() >= kWorthCompressing) {
        if (auto packed = compressBody(body, chooseCoding(*options.acceptEncoding))) {
            body = std::move(packed->bytes);
            coding = packed->name;
        }
    }

    HeadWriter writer(512);
    writer.append("HTTP/1.1 ");
    writer.append(std::to_string(response.status));
    writer.append(" ");
    writer.append(reasonPhrase(response.status));
    writer.append("\r\n");
    writer.header("date", options.date);
    for (const Header& header : response.headers)
        writer.header(header.name, header.value);
    if (!response.contentType.empty()) {
        writer.header("content-type", response.contentType);
        writer.header("x-content-type-options", "nosniff");
    }
    if (response.secret)
        writer.header("cache-control", "no-store");
    else if (!response.stream)
        writer.header("vary", "accept-encoding");
    if (!coding.empty())
        writer.header("content-encoding", coding);
    if (response.stream && options.http11)
        writer.header("transfer-encoding", "chunked");
    else if (!response.stream && response.status != 204 && response.status != 304)
        writer.header("content-length", std::to_string(body.size()));
    if (!options.keepAlive || (response.stream && !options.http11))
        writer.header("connection", "close");
    else if (!options.http11)
        writer.header("connection", "keep-alive");
    writer.append("\r\n");
    return {writer.take(), options.head || response.stream ? QByteArray() : std::move(body)};
}

} // namespace sextant::server::http
