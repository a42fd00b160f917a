// SPDX-License-Identifier: GPL-3.0-or-later
// What anybody can send to the server: bytes into the request parser, the target and the body's content coding. The
// same bytes are fed whole and in small pieces; both must tell the same story.
#include "server/http/content_coding.h"
#include "server/http/request_parser.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace sextant::server::http;

constexpr std::size_t kHeaderBytes = 2'048;
constexpr std::size_t kBodyBytes = 4'096;
constexpr std::size_t kDecodedBytes = 65'536;

struct Story {
    std::string text; ///< what was read, request by request, and how it ended
};

/// A whole request: its body through the coding that it names.
void tellRequest(Story& story, RequestParser& parser)
{
    const RequestHead head = parser.takeHead();
    std::string body = parser.takeBody();
    if (body.size() > kBodyBytes)
        std::abort();
    story.text += std::string(toString(head.method)) + ' ' + head.target.path + ' ' + body + '\n';
    const std::string* encoding = head.header("content-encoding");
    const auto coding = parseCoding(encoding ? std::string_view(*encoding) : std::string_view());
    if (!coding)
        return;
    const auto decoded = decodeBody(std::move(body), *coding, kDecodedBytes);
    if (decoded && decoded->size() > kDecodedBytes)
        std::abort();
    if (const std::string* accept = head.header("accept-encoding"))
        (void)chooseCoding(*accept);
}

Story read(std::string_view bytes, std::size_t piece)
{
    Story story;
    RequestParser parser(kHeaderBytes);
    std::string waiting;
    for (;;) {
        const auto step = parser.feed(waiting);
        if (step.consumed > waiting.size())
            std::abort();
        waiting.erase(0, step.consumed);
        if (step.event == RequestParser::Event::Refused) {
            story.text += std::to_string(parser.refusal().status);
            return story;
        }
        if (step.event == RequestParser::Event::HeadDone)
            parser.allowBody(kBodyBytes);
        const bool whole = step.event == RequestParser::Event::Complete ||
                           (step.event == RequestParser::Event::HeadDone && !parser.head().hasBody());
        if (whole) {
            tellRequest(story, parser);
            parser = RequestParser(kHeaderBytes);
        } else if (step.event == RequestParser::Event::NeedMore) {
            if (waiting.size() > kHeaderBytes + piece)
                std::abort(); // the parser must not make its caller keep bytes without end
            if (bytes.empty())
                return story;
            waiting += bytes.substr(0, piece);
            bytes.remove_prefix(std::min(piece, bytes.size()));
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Story whole = read(bytes, std::max<std::size_t>(1, size));
    const Story pieces = read(bytes, 7);
    // Where a limit is noticed may depend on the pieces; what was read before must not.
    const std::string& shorter = whole.text.size() < pieces.text.size() ? whole.text : pieces.text;
    const std::string& longer = whole.text.size() < pieces.text.size() ? pieces.text : whole.text;
    const std::size_t lastLine = shorter.rfind('\n');
    if (lastLine != std::string::npos && longer.compare(0, lastLine + 1, shorter, 0, lastLine + 1) != 0)
        std::abort();
    return 0;
}
