// SPDX-License-Identifier: GPL-3.0-or-later
// A stream of a block: method (1 byte), size (varint), then so many bytes. The method says which residuals were taken,
// how they are laid out, and whether zstd was worth it.
//
//   bits 0-2  residual of each number: 0 constant (one zigzag varint for all), 1 the number itself, 2 what it differs
//             from the one before, 3 what that differs from the difference before, 4 XOR with the one before. Where a
//             run begins, the number before is the first one of the run before (0 for the first run).
//   bit 3     layout: 0 zigzag varints one after the other; 1 byte planes: a byte W, then the lowest bytes of all
//             residuals, the second lowest and so on, W of them (zigzag, except for XOR)
//   bit 4     zstd: the unpacked size (varint), then one zstd frame (RFC 8878) without its magic number
#include "metrics/block_stream.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <memory>

namespace sextant::metrics {
namespace {

enum class Residual : std::uint8_t { Constant, Plain, Delta, DeltaOfDelta, Xor };
constexpr unsigned kResidualMask = 7, kPlanes = 8, kZstd = 16;
constexpr int kZstdLevel = 3;
constexpr std::size_t kZstdMagicBytes = 4;
constexpr char kZstdMagic[kZstdMagicBytes + 1] = "\x28\xb5\x2f\xfd";

std::uint64_t bits(std::int64_t value)
{
    return static_cast<std::uint64_t>(value);
}

/// The residuals as unsigned numbers of which small ones are cheap.
void takeResiduals(
    Residual kind, std::span<const std::int64_t> numbers, StreamRuns runs, std::vector<std::uint64_t>& out)
{
    out.resize(numbers.size());
    std::uint64_t first = 0;
    std::size_t i = 0;
    for (const std::uint32_t length : runs) {
        std::uint64_t before = first, step = 0;
        if (length != 0)
            first = bits(numbers[i]);
        for (std::uint32_t k = 0; k < length; ++k, ++i) {
            const std::uint64_t number = bits(numbers[i]);
            const std::uint64_t delta = number - before;
            switch (kind) {
            case Residual::Xor:
                out[i] = number ^ before;
                break;
            case Residual::Delta:
                out[i] = zigzag(static_cast<std::int64_t>(delta));
                break;
            case Residual::DeltaOfDelta:
                out[i] = zigzag(static_cast<std::int64_t>(delta - step));
                break;
            default:
                out[i] = zigzag(numbers[i]);
                break;
            }
            before = number;
            step = k == 0 ? 0 : delta;
        }
    }
}

/// How many numbers of a run are reckoned: of one that is not wanted the first, from which the next run goes on.
std::uint32_t neededOf(StreamRuns runs, WantedRuns wanted, std::size_t run)
{
    return wanted.empty() || wanted[run] != 0 ? runs[run] : std::min(runs[run], 1U);
}

/// Turns residuals in `numbers` back into the numbers.
void addUp(Residual kind, std::span<std::int64_t> numbers, StreamRuns runs, WantedRuns wanted)
{
    if (kind == Residual::Plain)
        return;
    std::uint64_t first = 0;
    std::size_t begin = 0;
    for (std::size_t run = 0; run < runs.size(); begin += runs[run++]) {
        std::uint64_t before = first, step = 0;
        const std::uint32_t length = neededOf(runs, wanted, run);
        for (std::size_t k = 0, i = begin; k < length; ++k, ++i) {
            const std::uint64_t residual = bits(numbers[i]);
            const std::uint64_t delta = kind == Residual::DeltaOfDelta ? residual + step : residual;
            before = kind == Residual::Xor ? before ^ residual : before + delta;
            step = k == 0 ? 0 : delta;
            numbers[i] = static_cast<std::int64_t>(before);
        }
        if (length != 0)
            first = bits(numbers[begin]);
    }
}

void layVarints(std::span<const std::uint64_t> residuals, std::string& out)
{
    out.resize(residuals.size() * kVarintBytes);
    char* to = out.data();
    for (const std::uint64_t residual : residuals)
        to = putVarint(to, residual);
    out.resize(static_cast<std::size_t>(to - out.data()));
}

void layPlanes(std::span<const std::uint64_t> residuals, std::string& out)
{
    std::uint64_t all = 0;
    for (const std::uint64_t residual : residuals)
        all |= residual;
    const std::size_t width = (static_cast<std::size_t>(std::bit_width(all)) + 7) / 8;
    out.resize(1 + width * residuals.size());
    out[0] = static_cast<char>(width);
    for (std::size_t plane = 0; plane < width; ++plane) {
        char* to = out.data() + 1 + plane * residuals.size();
        for (const std::uint64_t residual : residuals)
            *to++ = static_cast<char>(residual >> (8 * plane));
    }
}

/// zstd's contexts are large and slow to make, and an hour has thousands of streams: each thread keeps its own.
bool zstdPack(const std::string& bytes, std::string& out)
{
    thread_local const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    if (!context)
        return false;
    out.resize(ZSTD_compressBound(bytes.size()));
    const std::size_t size =
        ZSTD_compressCCtx(context.get(), out.data(), out.size(), bytes.data(), bytes.size(), kZstdLevel);
    if (ZSTD_isError(size) != 0 || size <= kZstdMagicBytes)
        return false;
    out.resize(size);
    out.replace(0, kZstdMagicBytes, "");
    return true;
}

bool zstdUnpack(std::string_view bytes, std::size_t size, std::string& out)
{
    thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    if (!context)
        return false;
    thread_local std::string frame;
    frame.assign(kZstdMagic, kZstdMagicBytes).append(bytes);
    out.resize(size);
    return ZSTD_decompressDCtx(context.get(), out.data(), size, frame.data(), frame.size()) == size;
}

/// Adds the stream when it is smaller than what stands in `best`.
struct Candidate {
    std::uint8_t method = 0;
    std::string bytes;
};

void keepSmaller(Candidate& best, unsigned method, std::string& laid, std::string& scratch)
{
    if (laid.size() > 8 && zstdPack(laid, scratch)) {
        std::string packed;
        addVarint(packed, laid.size());
        packed += scratch;
        if (packed.size() < laid.size()) {
            if (best.bytes.empty() || packed.size() < best.bytes.size())
                best = {static_cast<std::uint8_t>(method | kZstd), std::move(packed)};
            return;
        }
    }
    if (best.bytes.empty() || laid.size() < best.bytes.size())
        best = {static_cast<std::uint8_t>(method), laid};
}

void addStream(std::string& to, std::uint8_t method, std::string_view bytes)
{
    to.push_back(static_cast<char>(method));
    addVarint(to, bytes.size());
    to += bytes;
}

bool readVarints(std::string_view bytes, std::span<std::int64_t> numbers, StreamRuns runs, WantedRuns wanted)
{
    ByteReader reader(bytes);
    if (wanted.empty()) {
        for (std::int64_t& number : numbers)
            number = unzigzag(reader.varint());
        return reader.ok() && reader.atEnd();
    }
    std::size_t begin = 0;
    for (std::size_t run = 0; run < runs.size(); begin += runs[run++]) {
        const std::uint32_t needed = neededOf(runs, wanted, run);
        for (std::int64_t& number : numbers.subspan(begin, needed))
            number = unzigzag(reader.varint());
        reader.skipVarints(runs[run] - needed);
    }
    return reader.ok() && reader.atEnd();
}

/// The residuals from `begin` on, `part` of them; `planes`: of all `count`.
void readPlanesOf(
    Residual kind, std::string_view planes, std::size_t count, std::size_t begin, std::span<std::int64_t> part)
{
    std::fill(part.begin(), part.end(), 0);
    for (std::size_t plane = 0; plane * count < planes.size(); ++plane) {
        const char* from = planes.data() + plane * count + begin;
        for (std::int64_t& number : part)
            number |= static_cast<std::int64_t>(
                static_cast<std::uint64_t>(static_cast<unsigned char>(*from++)) << (8 * plane));
    }
    if (kind != Residual::Xor) {
        for (std::int64_t& number : part)
            number = unzigzag(bits(number));
    }
}

bool readPlanes(
    Residual kind, std::string_view bytes, std::span<std::int64_t> numbers, StreamRuns runs, WantedRuns wanted)
{
    const std::size_t width = bytes.empty() ? 9 : static_cast<unsigned char>(bytes[0]);
    if (width > 8 || bytes.size() != 1 + width * numbers.size())
        return false;
    const std::string_view planes = bytes.substr(1);
    if (wanted.empty()) {
        readPlanesOf(kind, planes, numbers.size(), 0, numbers);
        return true;
    }
    std::size_t begin = 0;
    for (std::size_t run = 0; run < runs.size(); begin += runs[run++])
        readPlanesOf(kind, planes, numbers.size(), begin, numbers.subspan(begin, neededOf(runs, wanted, run)));
    return true;
}

} // namespace

void packStream(std::string& to, std::span<const std::int64_t> numbers, StreamRuns runs)
{
    if (std::adjacent_find(numbers.begin(), numbers.end(), std::not_equal_to<>()) == numbers.end()) {
        std::string constant;
        if (!numbers.empty())
            addVarint(constant, zigzag(numbers.front()));
        addStream(to, static_cast<std::uint8_t>(Residual::Constant), constant);
        return;
    }
    Candidate best;
    std::vector<std::uint64_t> residuals;
    std::string laid, scratch;
    for (const Residual kind : {Residual::Plain, Residual::Delta, Residual::DeltaOfDelta, Residual::Xor}) {
        takeResiduals(kind, numbers, runs, residuals);
        if (kind != Residual::Xor) {
            layVarints(residuals, laid);
            keepSmaller(best, static_cast<unsigned>(kind), laid, scratch);
        }
        layPlanes(residuals, laid);
        keepSmaller(best, static_cast<unsigned>(kind) | kPlanes, laid, scratch);
    }
    addStream(to, best.method, best.bytes);
}

bool unpackStream(ByteReader& from, std::span<std::int64_t> numbers, StreamRuns runs, WantedRuns wanted)
{
    const std::uint8_t method = from.byte();
    std::string_view bytes = from.take(from.varint());
    const auto kind = static_cast<Residual>(method & kResidualMask);
    if (!from.ok() || kind > Residual::Xor || method >= 2 * kZstd)
        return false;
    if (kind == Residual::Constant) {
        ByteReader reader(bytes);
        if (!numbers.empty())
            std::fill(numbers.begin(), numbers.end(), unzigzag(reader.varint()));
        return method == 0 && reader.ok() && reader.atEnd();
    }
    thread_local std::string unpacked;
    if ((method & kZstd) != 0) {
        ByteReader reader(bytes);
        const std::uint64_t size = reader.varint();
        if (!reader.ok() || size > 1 + numbers.size() * kVarintBytes ||
            !zstdUnpack(reader.take(reader.left()), size, unpacked))
            return false;
        bytes = unpacked;
    }
    if (!((method & kPlanes) != 0 ? readPlanes(kind, bytes, numbers, runs, wanted)
                                  : readVarints(bytes, numbers, runs, wanted)))
        return false;
    addUp(kind, numbers, runs, wanted);
    return true;
}

bool skipStream(ByteReader& from)
{
    static_cast<void>(from.byte());
    static_cast<void>(from.take(from.varint()));
    return from.ok();
}

} // namespace sextant::metrics
