// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/compression.h"

#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace sextant::metrics {

Result<std::string> zstdCompress(std::string_view bytes, int level)
{
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), level);
    if (ZSTD_isError(size))
        return fail(ErrorCode::Internal, std::string("zstd: ") + ZSTD_getErrorName(size));
    packed.resize(size);
    return packed;
}

Result<std::string> zstdCompressChecked(std::string_view bytes, int level)
{
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    if (!context)
        return fail(ErrorCode::Internal, "zstd: out of memory");
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::string packed(ZSTD_compressBound(bytes.size()) + sizeof(std::uint32_t), '\0');
    const std::size_t size = ZSTD_compress2(context.get(), packed.data(), packed.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(size))
        return fail(ErrorCode::Internal, std::string("zstd: ") + ZSTD_getErrorName(size));
    packed.resize(size);
    return packed;
}

Result<std::string> zstdDecompress(std::string_view bytes, std::size_t maxBytes)
{
    // A context is large and slow to make, and every batch needs one: each thread keeps its own.
    thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    if (!context)
        return fail(ErrorCode::Internal, "zstd: out of memory");
    ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 23); // 8 MiB, what RFC 8878 asks decoders to support

    std::string output;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::size_t pending = bytes.empty() ? 1 : 0; // an empty input is no frame
    while (in.pos < in.size || pending != 0) {
        const std::size_t before = output.size();
        if (before > maxBytes)
            return fail(ErrorCode::TooLarge, "unpacks to more than " + std::to_string(maxBytes) + " bytes");
        // One byte more than allowed is enough to tell that the limit was passed.
        output.resize(std::min(maxBytes + 1, std::max<std::size_t>(before * 2, ZSTD_DStreamOutSize())));
        if (output.size() == before)
            return fail(ErrorCode::TooLarge, "unpacks to more than " + std::to_string(maxBytes) + " bytes");
        ZSTD_outBuffer out{output.data() + before, output.size() - before, 0};
        const std::size_t consumedBefore = in.pos;
        pending = ZSTD_decompressStream(context.get(), &out, &in);
        output.resize(before + out.pos);
        if (ZSTD_isError(pending))
            return fail(ErrorCode::Malformed, std::string("zstd: ") + ZSTD_getErrorName(pending));
        if (in.pos == consumedBefore && out.pos == 0)
            return fail(ErrorCode::Malformed, "zstd: the data is cut off");
    }
    if (output.size() > maxBytes)
        return fail(ErrorCode::TooLarge, "unpacks to more than " + std::to_string(maxBytes) + " bytes");
    return output;
}

} // namespace sextant::metrics
