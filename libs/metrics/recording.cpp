// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/recording.h"

#include "metrics/codec.h"
#include "metrics/compression.h"

#include <array>
#include <istream>
#include <ostream>
#include <utility>

namespace sextant::metrics {
namespace {

constexpr std::array<char, 8> kBegin{'S', 'X', 'T', 'R', 'E', 'C', '\0', 1};
constexpr std::size_t kLengthBytes = 4;

Result<void> put(std::ostream& to, std::string_view bytes)
{
    to.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush();
    if (!to)
        return fail(ErrorCode::Io, "the recording cannot be written (is the disk full?)");
    return {};
}

} // namespace

Result<void> beginRecording(std::ostream& to)
{
    return put(to, {kBegin.data(), kBegin.size()});
}

Result<void> recordBatch(std::ostream& to, const Batch& batch)
{
    const auto packed = zstdCompress(encodeBatch(batch));
    if (!packed)
        return tl::unexpected<Error>(packed.error());
    if (packed->size() > kRecordedBatchBytes)
        return fail(ErrorCode::TooLarge, "a batch of " + std::to_string(packed->size()) + " bytes");
    std::string bytes;
    for (std::size_t i = 0; i < kLengthBytes; ++i)
        bytes.push_back(static_cast<char>(packed->size() >> (8 * i)));
    return put(to, bytes + *packed); // in one piece: who stops in between leaves no half of a batch
}

Result<void> openRecording(std::istream& from)
{
    std::array<char, kBegin.size()> begin{};
    from.read(begin.data(), begin.size());
    if (!from || begin != kBegin)
        return fail(ErrorCode::Malformed, "not a recording of this version");
    return {};
}

Result<std::optional<Batch>> readRecorded(std::istream& from)
{
    std::array<char, kLengthBytes> length{};
    from.read(length.data(), length.size());
    if (from.gcount() == 0 && from.eof())
        return std::nullopt;
    std::size_t size = 0;
    for (std::size_t i = 0; i < kLengthBytes; ++i)
        size |= std::size_t{static_cast<unsigned char>(length[i])} << (8 * i);
    if (!from || size > kRecordedBatchBytes)
        return fail(ErrorCode::Malformed, "the recording is cut off or damaged");
    std::string packed(size, '\0');
    if (!from.read(packed.data(), static_cast<std::streamsize>(size)))
        return fail(ErrorCode::Malformed, "the recording is cut off");
    const auto bytes = zstdDecompress(packed, 8 * kRecordedBatchBytes);
    if (!bytes)
        return tl::unexpected<Error>(bytes.error());
    auto decoded = decodeBatch(*bytes);
    if (!decoded)
        return tl::unexpected<Error>(decoded.error());
    return std::move(decoded->batch);
}

} // namespace sextant::metrics
