// SPDX-License-Identifier: GPL-3.0-or-later
// Writes docs/metrics.md from the catalogue, or says whether the file is what would be written (--check FILE).
#include "metrics/families.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

using namespace sextant::metrics;

namespace {

std::string osList(OsMask os)
{
    if (os == kAnyOs)
        return "all";
    std::string list;
    for (const auto& [bit, name] :
        {std::pair{kLinux, "Linux"}, {kWindows, "Windows"}, {kFreeBsd, "FreeBSD"}, {kDarwin, "macOS"}}) {
        if ((os & bit) != 0)
            list += (list.empty() ? "" : ", ") + std::string(name);
    }
    return list;
}

std::string joined(const Family& family)
{
    std::string list;
    for (const std::string_view label : family.labels)
        list += (list.empty() ? "`" : ", `") + std::string(label) + "`";
    return list.empty() ? "none (one row per host)" : list;
}

std::string unitOf(const Column& column)
{
    const std::string unit(unitName(column.unit));
    return unit.empty() ? "–" : unit;
}

std::string document()
{
    std::string text =
        "# Metrics\n\n"
        "Every family and column that Sextant knows. Generated from `libs/metrics/families.h`: do not edit; run "
        "`build/dev/bin/sextant_metrics_doc docs/metrics.md`.\n\n"
        "A value is stored as an integer with the given number of decimals, except where it says double. Counters are "
        "kept as\n"
        "the operating system counts them; rates are made when asked for. A value that is not known is absent, never "
        "0.\n";
    for (const Family& family : families()) {
        text += "\n## " + std::string(family.name) + "\n" + std::string(family.help) + " Labels: " + joined(family) +
                ".\n\n";
        text += "| column | Prometheus name | unit | kind | decimals | on | meaning |\n|---|---|---|---|---|---|---|\n";
        for (const Column& column : family.columns) {
            const bool custom = family.name == "custom";
            text += "| `" + std::string(column.name) + "` | " +
                    (custom ? "the metric's own" : "`" + prometheusName(family, column) + "`") + " | " +
                    unitOf(column) + " | " + std::string(kindName(column.kind)) + " | " +
                    (column.storage == Storage::Real ? "double" : std::to_string(column.scale)) + " | " +
                    osList(column.os) + " | " + std::string(column.help) + " |\n";
        }
    }
    return text;
}

} // namespace

int main(int argc, char** argv)
{
    const bool check = argc == 3 && std::strcmp(argv[1], "--check") == 0;
    if (argc != 2 && !check) {
        std::fprintf(stderr, "usage: sextant_metrics_doc [--check] FILE\n");
        return 2;
    }
    const char* file = argv[argc - 1];
    if (!check) {
        std::ofstream(file) << document();
        return 0;
    }
    std::ifstream in(file);
    const std::string present{std::istreambuf_iterator<char>(in), {}};
    if (present == document())
        return 0;
    std::fprintf(stderr, "%s is stale: run sextant_metrics_doc on it\n", file);
    return 1;
}
