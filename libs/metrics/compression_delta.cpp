// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/compression.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <memory>

namespace sextant::metrics {
namespace {

/// The base and the bytes have to lie in one window.
constexpr int kLargestWindowLog = 24;
static_assert((std::size_t{1} << kLargestWindowLog) == 2 * kDeltaBytes);
/// Beyond it zstd's own tables do not reach back to the base any more; long distance matching does.
constexpr std::size_t kLongDistance = 256 << 10;

Error zstdError(ErrorCode code, std::size_t result)
{
    return {code, std::string("zstd: ") + ZSTD_getErrorName(result)};
}

void setUp(ZSTD_CCtx* context, std::size_t together, int level)
{
    const int windowLog = std::clamp(static_cast<int>(std::bit_width(together)), 10, kLargestWindowLog);
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, windowLog);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_enableLongDistanceMatching, together > kLongDistance ? 1 : 0);
}

} // namespace

Result<std::string> zstdCompressDelta(std::string_view bytes, std::string_view base, int level)
{
    if (bytes.size() > kDeltaBytes || base.size() > kDeltaBytes)
        return fail(ErrorCode::TooLarge, "more than " + std::to_string(kDeltaBytes) + " bytes");
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    if (!context)
        return fail(ErrorCode::Internal, "zstd: out of memory");
    setUp(context.get(), bytes.size() + base.size(), level);
    if (const std::size_t done = ZSTD_CCtx_refPrefix(context.get(), base.data(), base.size()); ZSTD_isError(done))
        return tl::unexpected(zstdError(ErrorCode::Internal, done));
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size = ZSTD_compress2(context.get(), packed.data(), packed.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size))
        return tl::unexpected(zstdError(ErrorCode::Internal, size));
    packed.resize(size);
    return packed;
}

Result<std::string> zstdDecompressDelta(std::string_view packed, std::string_view base)
{
    const unsigned long long size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR)
        return fail(ErrorCode::Malformed, "zstd: no frame that says its size");
    if (size > kDeltaBytes)
        return fail(ErrorCode::TooLarge, "unpacks to more than " + std::to_string(kDeltaBytes) + " bytes");
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    if (!context)
        return fail(ErrorCode::Internal, "zstd: out of memory");
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kLargestWindowLog);
    if (const std::size_t done = ZSTD_DCtx_refPrefix(context.get(), base.data(), base.size()); ZSTD_isError(done))
        return tl::unexpected(zstdError(ErrorCode::Internal, done));
    std::string bytes(static_cast<std::size_t>(size), '\0');
    const std::size_t got =
        ZSTD_decompressDCtx(context.get(), bytes.data(), bytes.size(), packed.data(), packed.size());
    if (ZSTD_isError(got))
        return tl::unexpected(zstdError(ErrorCode::Malformed, got));
    if (got != bytes.size())
        return fail(ErrorCode::Malformed, "zstd: the data is cut off");
    return bytes;
}

} // namespace sextant::metrics
