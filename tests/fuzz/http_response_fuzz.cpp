// SPDX-License-Identifier: GPL-3.0-or-later
// What a server (or somebody in its place) answers an agent: read whole and byte by byte, which must come to the same.
#include "agent-service/uplink/http_response.h"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace {

using namespace sextant::agent;

/// The response, or nothing when the bytes are none; fed in pieces of that size.
std::optional<HttpResponse> read(std::string_view bytes, std::size_t piece)
{
    HttpResponseReader reader;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto whole = reader.feed(bytes.substr(at, piece));
        if (!whole)
            return std::nullopt;
        if (*whole && at + piece >= bytes.size())
            return reader.take();
    }
    if (!reader.finish())
        return std::nullopt;
    return reader.take();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto whole = read(bytes, size == 0 ? 1 : size);
    const auto pieces = read(bytes, 1);
    if (whole.has_value() != pieces.has_value())
        std::abort();
    if (whole && (whole->status != pieces->status || whole->headers != pieces->headers || whole->body != pieces->body))
        std::abort();
    if (whole && whole->body.size() > HttpResponseReader::kMaxBodyBytes)
        std::abort();
    return 0;
}
