// SPDX-License-Identifier: GPL-3.0-or-later
// Writes docs/metrics.md from the catalogue, or says whether the file is what would be written (--check FILE).
#include "metrics/aliases.h"
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

/// The sum that an alias is.
std::string formula(const NamedSeries& alias)
{
    std::string sum;
    for (const Column* column : alias.columns) {
        if (column)
            sum += (sum.empty() ? "`" : " + `") + std::string(column->name) + "`";
    }
    if (alias.less)
        sum += " − `" + std::string(alias.less->name) + "`";
    if (alias.factor == 0)
        return "1 where there is " + sum;
    return alias.factor == -1 ? "1 − " + sum : sum;
}

std::string labelsOf(const NamedSeries& alias)
{
    std::string list;
    const auto add = [&list](std::string_view name, const std::string& value) {
        if (!name.empty())
            list += (list.empty() ? "`" : ", `") + std::string(name) + "=" + value + "`";
    };
    for (const LabelRename& label : alias.labels)
        add(label.name, std::string(label.key));
    add(alias.fixed.name, '"' + std::string(alias.fixed.value) + '"');
    if (alias.ofTheHost == HostLabels::Uname)
        list += "`nodename`, `sysname`, `release`, `machine`";
    if (alias.ofTheHost == HostLabels::Info)
        list += "`os`, `os_family`, `kernel`, `architecture`, `agent_version`, and the host's tags";
    return list.empty() ? "–" : list;
}

std::string aliasTable()
{
    std::string text = "\n## Aliases\nNames of node_exporter, windows_exporter and dcgm-exporter, and "
                       "`sextant_host_info`, that PromQL "
                       "answers to as well where it is asked for them by name, for hosts of the systems "
                       "named, with the labels `instance` and `job` that everything has. From "
                       "`libs/metrics/aliases.cpp`. A column that "
                       "the system does not have counts for nothing in a sum.\n\n"
                       "| name | family | value | labels | on |\n|---|---|---|---|---|\n";
    for (const NamedSeries& alias : aliases()) {
        std::string of = "`" + std::string(alias.family->name) + "`";
        if (!alias.only.name.empty())
            of += " where `" + std::string(alias.only.name) + "` is `" + std::string(alias.only.value) + "`";
        text += "| `" + std::string(alias.name) + "` | " + of + " | " + formula(alias) + " | " + labelsOf(alias) +
                " | " + osList(alias.os) + " |\n";
    }
    return text;
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
    return text + aliasTable();
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
