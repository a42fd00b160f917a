// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#include <nmmintrin.h>
#endif

namespace sextant::metrics {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78; // reflected

/// tables[k][b]: the checksum of byte b with k bytes of zero behind it, so that eight bytes are taken in one step.
constexpr auto kTables = [] {
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t sum = byte;
        for (int bit = 0; bit < 8; ++bit)
            sum = (sum >> 1) ^ ((sum & 1U) != 0 ? kPolynomial : 0);
        tables[0][byte] = sum;
    }
    for (std::size_t k = 1; k < tables.size(); ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte)
            tables[k][byte] = (tables[k - 1][byte] >> 8) ^ tables[0][tables[k - 1][byte] & 0xffU];
    }
    return tables;
}();

#if defined(__x86_64__) && defined(__GNUC__)
/// The same by the processor's own instruction (SSE 4.2), which takes eight bytes at once.
[[gnu::target("sse4.2,crc32")]] std::uint32_t byInstruction(std::string_view bytes, std::uint32_t before)
{
    std::uint64_t sum = ~before;
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, bytes.data() + i, sizeof eight);
        sum = _mm_crc32_u64(sum, eight);
    }
    auto last = static_cast<std::uint32_t>(sum);
    for (; i < bytes.size(); ++i)
        last = _mm_crc32_u8(last, static_cast<unsigned char>(bytes[i]));
    return ~last;
}

const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
#endif

} // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (kHasInstruction)
        return byInstruction(bytes, before);
#endif
    return crc32cByTables(bytes, before);
}

std::uint32_t crc32cByTables(std::string_view bytes, std::uint32_t before)
{
    std::uint32_t sum = ~before;
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    std::size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
        sum = kTables[7][(sum & 0xffU) ^ at(i)] ^ kTables[6][((sum >> 8) & 0xffU) ^ at(i + 1)] ^
              kTables[5][((sum >> 16) & 0xffU) ^ at(i + 2)] ^ kTables[4][(sum >> 24) ^ at(i + 3)] ^
              kTables[3][at(i + 4)] ^ kTables[2][at(i + 5)] ^ kTables[1][at(i + 6)] ^ kTables[0][at(i + 7)];
    }
    for (; i < bytes.size(); ++i)
        sum = (sum >> 8) ^ kTables[0][(sum & 0xffU) ^ at(i)];
    return ~sum;
}

} // namespace sextant::metrics
