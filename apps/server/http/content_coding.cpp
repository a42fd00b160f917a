// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/content_coding.h"

#include "metrics/compression.h"
#include "server/http/header_list.h"

#include <snappy.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace sextant::server::http {
namespace {

constexpr int kGzipWindow = 15 + 16; // zlib.h: 16 added to windowBits means gzip and nothing else
constexpr int kZstdLevel = 1;

class Inflater {
public:
    Inflater() { m_ready = inflateInit2(&m_stream, kGzipWindow) == Z_OK; }
    ~Inflater()
    {
        if (m_ready)
            inflateEnd(&m_stream);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    Result<std::string> run(std::string& input, std::size_t maxBytes)
    {
        if (!m_ready)
            return fail(ErrorCode::Internal, "gzip: out of memory");
        m_stream.next_in = reinterpret_cast<Bytef*>(input.data());
        m_stream.avail_in = static_cast<uInt>(input.size());
        std::string output;
        for (;;) {
            m_stream.next_out = reinterpret_cast<Bytef*>(m_buffer.data());
            m_stream.avail_out = static_cast<uInt>(m_buffer.size());
            const int status = inflate(&m_stream, Z_NO_FLUSH);
            const std::size_t made = m_buffer.size() - m_stream.avail_out;
            if (output.size() + made > maxBytes)
                return fail(ErrorCode::TooLarge, "unpacks to more than " + std::to_string(maxBytes) + " bytes");
            output.append(m_buffer.data(), made);
            if (status == Z_STREAM_END) {
                if (m_stream.avail_in == 0)
                    return output;
                if (inflateReset(&m_stream) != Z_OK) // RFC 1952 §2.2: members may follow one another
                    return fail(ErrorCode::Internal, "gzip: cannot go on");
            } else if (status == Z_BUF_ERROR || (status == Z_OK && m_stream.avail_in == 0 && m_stream.avail_out != 0)) {
                return fail(ErrorCode::Malformed, "gzip: the data is cut off");
            } else if (status != Z_OK) {
                return fail(ErrorCode::Malformed, "gzip: the data is damaged");
            }
        }
    }

private:
    z_stream m_stream{};
    bool m_ready = false;
    std::array<char, 64 * 1024> m_buffer;
};

Result<std::string> unpackSnappy(const std::string& body, std::size_t maxBytes)
{
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(body.data(), body.size(), &size))
        return fail(ErrorCode::Malformed, "snappy: the data is damaged");
    if (size > maxBytes)
        return fail(ErrorCode::TooLarge, "unpacks to more than " + std::to_string(maxBytes) + " bytes");
    // Looked through first, so that a few bytes that claim to be many cost no memory.
    std::string output;
    if (!snappy::IsValidCompressedBuffer(body.data(), body.size()) ||
        !snappy::Uncompress(body.data(), body.size(), &output))
        return fail(ErrorCode::Malformed, "snappy: the data is damaged");
    return output;
}

std::optional<QByteArray> gzip(const QByteArray& body)
{
    z_stream stream{};
    if (deflateInit2(&stream, 5, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return std::nullopt;
    QByteArray packed(
        static_cast<qsizetype>(deflateBound(&stream, static_cast<uLong>(body.size()))), Qt::Uninitialized);
    // zlib does not write through next_in; its type lacks the const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.constData()));
    stream.avail_in = static_cast<uInt>(body.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int status = deflate(&stream, Z_FINISH);
    const auto size = static_cast<qsizetype>(stream.total_out);
    deflateEnd(&stream);
    if (status != Z_STREAM_END)
        return std::nullopt;
    packed.truncate(size);
    return packed;
}

std::optional<QByteArray> zstd(const QByteArray& body)
{
    auto packed = metrics::zstdCompress({body.constData(), static_cast<std::size_t>(body.size())}, kZstdLevel);
    if (!packed)
        return std::nullopt;
    return QByteArray::fromStdString(*packed);
}

} // namespace

Result<Coding> parseCoding(std::string_view contentEncoding)
{
    const std::string_view name = trimmed(contentEncoding);
    if (name.empty() || equalsIgnoringCase(name, "identity"))
        return Coding::Identity;
    if (equalsIgnoringCase(name, "gzip") || equalsIgnoringCase(name, "x-gzip"))
        return Coding::Gzip;
    if (equalsIgnoringCase(name, "zstd"))
        return Coding::Zstd;
    if (equalsIgnoringCase(name, "snappy"))
        return Coding::Snappy;
    return fail(ErrorCode::NotAvailable, "Content-Encoding: expected one of zstd, gzip, snappy and identity");
}

Coding chooseCoding(std::string_view acceptEncoding)
{
    std::optional<int> gzipWeight;
    std::optional<int> zstdWeight;
    std::optional<int> identityWeight;
    std::optional<int> anyWeight;
    while (!acceptEncoding.empty()) {
        std::string_view item = takeUntil(acceptEncoding, ',');
        if (item.empty())
            continue;
        const std::string_view name = takeUntil(item, ';');
        const auto q = parseWeight(item);
        if (!q)
            return Coding::Identity;
        if (equalsIgnoringCase(name, "gzip") || equalsIgnoringCase(name, "x-gzip"))
            gzipWeight = q;
        else if (equalsIgnoringCase(name, "zstd"))
            zstdWeight = q;
        else if (equalsIgnoringCase(name, "identity"))
            identityWeight = q;
        else if (name == "*")
            anyWeight = q;
    }
    const int none = anyWeight.value_or(0);
    const int zstdQ = zstdWeight.value_or(none);
    const int gzipQ = gzipWeight.value_or(none);
    // Identity is acceptable unless refused; packing is preferred to it when both were not told apart.
    const int identityQ = identityWeight.value_or(0);
    if (zstdQ > 0 && zstdQ >= gzipQ && zstdQ >= identityQ)
        return Coding::Zstd;
    if (gzipQ > 0 && gzipQ >= identityQ)
        return Coding::Gzip;
    return Coding::Identity;
}

Result<std::string> decodeBody(std::string body, Coding coding, std::size_t maxBytes)
{
    switch (coding) {
    case Coding::Identity:
        break;
    case Coding::Gzip:
        return Inflater().run(body, maxBytes);
    case Coding::Zstd:
        return metrics::zstdDecompress(body, maxBytes);
    case Coding::Snappy:
        return unpackSnappy(body, maxBytes);
    }
    if (body.size() > maxBytes)
        return fail(ErrorCode::TooLarge, "has more than " + std::to_string(maxBytes) + " bytes");
    return body;
}

std::optional<CodedBody> compressBody(const QByteArray& body, Coding coding)
{
    if (coding == Coding::Identity || coding == Coding::Snappy)
        return std::nullopt;
    auto packed = coding == Coding::Zstd ? zstd(body) : gzip(body);
    if (!packed || packed->size() >= body.size())
        return std::nullopt;
    return CodedBody{std::move(*packed), coding == Coding::Zstd ? "zstd" : "gzip"};
}

} // namespace sextant::server::http
