// SPDX-License-Identifier: GPL-3.0-or-later
// Writes one known batch to standard output (encode), or reads a batch from standard input and prints it (decode):
// the two ends that schema_test.sh holds against protoc.
#include "metrics/codec.h"

#include <cstdio>
#include <cstring>
#include <string>

using namespace sextant::metrics;

namespace {

int encode()
{
    Batch batch;
    batch.id = BatchId(BatchId::Bytes{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'});
    batch.host = "web01";
    Frame frame(family("diskio"), 1'767'225'600'000, 10'000);
    frame.addRow({"sda"});
    frame.addRow({"sdb"});
    frame.set(0, column("diskio", "read_bytes_total"), 4'096);
    frame.set(1, column("diskio", "read_bytes_total"), 8'192);
    frame.set(1, column("diskio", "busy_percent"), 12.5);
    batch.frames.push_back(frame);
    Frame custom(family("custom"), -1, 0);
    custom.addRow({"requests", "path=\"/\""});
    custom.set(0, column("custom", "value"), 0.5);
    batch.frames.push_back(custom);
    batch.sequence = 12;
    batch.gaps.push_back({GapCause::AgentStopped, 1'767'225'500'000, 1'767'225'600'000, "stopped by SIGTERM"});
    batch.documents.push_back({"processes", 1'767'225'600'000, "{}"});
    batch.tags = {{"role", "web"}, {"site", "hel"}};
    const std::string bytes = encodeBatch(batch);
    return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0 : 1;
}

int decode()
{
    std::string bytes;
    char buffer[4096];
    while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, stdin))
        bytes.append(buffer, got);
    const auto decoded = decodeBatch(bytes);
    if (!decoded) {
        std::fprintf(stderr, "%s\n", decoded.error().message.c_str());
        return 1;
    }
    for (const Frame& frame : decoded->batch.frames) {
        for (std::size_t row = 0; row < frame.rowCount(); ++row) {
            for (std::size_t i = 0; i < frame.family().columns.size(); ++i) {
                if (const auto number = toDouble(frame.at(row, i), frame.family().columns[i]))
                    std::printf("%s %s %s %lld %g\n", decoded->batch.host.c_str(),
                        std::string(frame.family().columns[i].name).c_str(),
                        frame.labels(row).empty() ? "-" : frame.labels(row)[0].c_str(),
                        static_cast<long long>(frame.timeMs()), *number);
            }
        }
    }
    std::printf("sequence %llu\n", static_cast<unsigned long long>(decoded->batch.sequence));
    for (const GapReport& gap : decoded->batch.gaps)
        std::printf("gap %d %lld %lld %s\n", static_cast<int>(gap.cause), static_cast<long long>(gap.fromMs),
            static_cast<long long>(gap.toMs), gap.detail.c_str());
    for (const Document& document : decoded->batch.documents)
        std::printf("document %s %lld %s\n", document.kind.c_str(), static_cast<long long>(document.timeMs),
            document.text.c_str());
    for (const Label& tag : decoded->batch.tags)
        std::printf("tag %s %s\n", tag.name.c_str(), tag.value.c_str());
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    return argc == 2 && std::strcmp(argv[1], "encode") == 0 ? encode() : decode();
}
