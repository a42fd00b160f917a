// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/models/host_charts.h"

#include "console/models/fleet_model.h"
#include "console/theme/palette.h"

#include <QCoreApplication>

#include <algorithm>
#include <numeric>

namespace sextant::console {
namespace {

QString translate(const char* text)
{
    return QCoreApplication::translate("HostCharts", text);
}

QColor roleColour(const Palette& palette, SeriesRole role)
{
    return palette.series[static_cast<std::size_t>(role)];
}

double meanOf(const std::vector<Bucket>& buckets)
{
    if (buckets.empty())
        return 0;
    const double sum = std::accumulate(
        buckets.begin(), buckets.end(), 0.0, [](double total, const Bucket& bucket) { return total + bucket.average; });
    return sum / static_cast<double>(buckets.size());
}

double greatestOf(const std::vector<Bucket>& buckets)
{
    return buckets.empty() ? 0 : std::ranges::max_element(buckets, {}, &Bucket::maximum)->maximum;
}

void addColumn(ChartContent& content, const InstanceSeries& instance, const char* column, const QString& name,
    const QColor& colour)
{
    const QString key = QLatin1String(column);
    if (const std::vector<Bucket>& buckets = instance.column(key); !buckets.empty())
        content.series.push_back({key, name, colour, buckets});
}

struct CpuMode {
    const char* column;
    const char* name;
    SeriesRole role;
    bool always; ///< shown even when it never rose
};
constexpr std::array<CpuMode, 8> kCpuModes{{
    {"user_percent", QT_TRANSLATE_NOOP("HostCharts", "user"), SeriesRole::User, true},
    {"nice_percent", QT_TRANSLATE_NOOP("HostCharts", "nice"), SeriesRole::Nice, false},
    {"system_percent", QT_TRANSLATE_NOOP("HostCharts", "system"), SeriesRole::System, true},
    {"iowait_percent", QT_TRANSLATE_NOOP("HostCharts", "iowait"), SeriesRole::Iowait, true},
    {"irq_percent", QT_TRANSLATE_NOOP("HostCharts", "irq"), SeriesRole::Irq, false},
    {"softirq_percent", QT_TRANSLATE_NOOP("HostCharts", "softirq"), SeriesRole::Softirq, false},
    {"steal_percent", QT_TRANSLATE_NOOP("HostCharts", "steal"), SeriesRole::Steal, false},
    {"guest_percent", QT_TRANSLATE_NOOP("HostCharts", "guest"), SeriesRole::Guest, false},
}};
constexpr double kNoticeablePercent = 0.05;

ChartContent buildCpu(const FamilySeries& family, const HostFacts& facts, const Palette& palette)
{
    ChartContent content;
    if (facts.cores)
        content.detail = QCoreApplication::translate("HostCharts", "of %n core(s)", nullptr, *facts.cores);
    if (family.instances.empty())
        return content;
    const InstanceSeries& cpu = family.instances.front();
    for (const CpuMode& mode : kCpuModes) {
        if (mode.always || greatestOf(cpu.column(QLatin1String(mode.column))) >= kNoticeablePercent)
            addColumn(content, cpu, mode.column, translate(mode.name), roleColour(palette, mode.role));
    }
    const std::vector<Bucket>& usage = cpu.column(QStringLiteral("usage_percent"));
    const bool hidesPeaks =
        std::ranges::any_of(usage, [](const Bucket& bucket) { return bucket.maximum - bucket.average > 1; });
    if (hidesPeaks) {
        QColor colour = palette.text;
        colour.setAlphaF(0.55F);
        content.series.push_back({QStringLiteral("peak"), translate(QT_TRANSLATE_NOOP("HostCharts", "busy, peaks")),
            colour, usage, false, true});
    }
    return content;
}

ChartContent buildCores(const FamilySeries& family, const HostFacts&, const Palette& palette)
{
    constexpr std::size_t kFewCores = 8, kHighlighted = 3;
    ChartContent content;
    const QString column = QStringLiteral("usage_percent");
    std::vector<const InstanceSeries*> cores;
    for (const InstanceSeries& instance : family.instances) {
        if (!instance.column(column).empty())
            cores.push_back(&instance);
    }
    const auto number = [](const InstanceSeries* core) { return core->label(QStringLiteral("core")); };
    std::ranges::sort(cores, [&](const auto* a, const auto* b) { return compareNaturally(number(a), number(b)) < 0; });
    std::vector<const InstanceSeries*> busiest = cores;
    if (cores.size() > kFewCores) {
        std::ranges::stable_sort(
            busiest, std::ranges::greater{}, [&](const auto* core) { return meanOf(core->column(column)); });
        busiest.resize(kHighlighted);
        content.footnote = QCoreApplication::translate(
            "HostCharts", "the busiest; %n more in grey", nullptr, int(cores.size() - kHighlighted));
    }
    std::size_t colour = 0;
    for (const InstanceSeries* core : cores) {
        const bool shown = std::ranges::find(busiest, core) != busiest.end();
        const QColor ink = shown ? palette.series[colour++ % palette.series.size()] : palette.quiet;
        content.series.push_back({number(core), translate(QT_TRANSLATE_NOOP("HostCharts", "core %1")).arg(number(core)),
            ink, core->column(column), !shown});
    }
    return content;
}

ChartContent buildMemory(const FamilySeries& family, const HostFacts& facts, const Palette& palette)
{
    ChartContent content;
    if (family.instances.empty())
        return content;
    const InstanceSeries& memory = family.instances.front();
    const std::vector<Bucket>& total = memory.column(QStringLiteral("total_bytes"));
    const std::optional<double> all = total.empty() ? facts.memoryTotalBytes : std::optional(total.back().average);
    if (all) {
        content.maximum = all;
        content.detail = translate(QT_TRANSLATE_NOOP("HostCharts", "of %1")).arg(formatBytes(*all).figure);
    }
    addColumn(content, memory, "used_bytes", translate(QT_TRANSLATE_NOOP("HostCharts", "used")),
        roleColour(palette, SeriesRole::MemoryUsed));
    addColumn(content, memory, "cached_bytes", translate(QT_TRANSLATE_NOOP("HostCharts", "cached")),
        roleColour(palette, SeriesRole::MemoryCached));
    if (greatestOf(memory.column(QStringLiteral("swap_total_bytes"))) > 0)
        addColumn(content, memory, "swap_used_bytes", translate(QT_TRANSLATE_NOOP("HostCharts", "swap")),
            roleColour(palette, SeriesRole::SwapUsed));
    for (const ChartSeries& each : content.series)
        content.maximum = all ? std::optional(std::max(*content.maximum, greatestOf(each.buckets))) : std::nullopt;
    return content;
}

/// The instances that have the column, those with the greatest mean first, at most `most`.
std::vector<const InstanceSeries*> greatestFirst(
    const FamilySeries& family, const QStringList& columns, std::size_t most)
{
    const auto weight = [&columns](const InstanceSeries* instance) {
        return std::accumulate(columns.begin(), columns.end(), 0.0,
            [instance](double sum, const QString& column) { return sum + meanOf(instance->column(column)); });
    };
    std::vector<const InstanceSeries*> found;
    for (const InstanceSeries& instance : family.instances) {
        if (std::ranges::any_of(columns, [&](const QString& column) { return !instance.column(column).empty(); }))
            found.push_back(&instance);
    }
    std::ranges::stable_sort(found, std::ranges::greater{}, weight);
    found.resize(std::min(found.size(), most));
    return found;
}

ChartContent buildDisks(const FamilySeries& family, const HostFacts&, const Palette& palette)
{
    constexpr std::size_t kMostDisks = 8;
    ChartContent content;
    const QString column = QStringLiteral("used_percent");
    std::size_t colour = 0;
    for (const InstanceSeries* disk : greatestFirst(family, {column}, kMostDisks)) {
        const QString mount = disk->label(QStringLiteral("mount"));
        content.series.push_back({mount, mount, palette.series[colour++], disk->column(column)});
    }
    return content;
}

struct Pair {
    const char* firstColumn;
    const char* firstName;
    const char* secondColumn;
    const char* secondName;
    const char* label;
    const char* titleOfOne; ///< where there is but one instance, it is named in the title
};

/// Two columns for each of up to four instances; the first pair has the colours that receive and transmit have
/// everywhere.
ChartContent buildPairs(const FamilySeries& family, const std::vector<const InstanceSeries*>& instances,
    const Pair& pair, const Palette& palette)
{
    ChartContent content;
    const QString first = QLatin1String(pair.firstColumn);
    const QString second = QLatin1String(pair.secondColumn);
    const bool one = instances.size() == 1;
    std::size_t colour = 0;
    for (const InstanceSeries* instance : instances) {
        const QString name = instance->label(QLatin1String(pair.label));
        const QString prefix = one ? QString() : name + QLatin1Char(' ');
        content.series.push_back(
            {name + first, prefix + translate(pair.firstName), palette.series[colour++], instance->column(first)});
        content.series.push_back(
            {name + second, prefix + translate(pair.secondName), palette.series[colour++], instance->column(second)});
    }
    if (one)
        content.title = translate(pair.titleOfOne).arg(instances.front()->label(QLatin1String(pair.label)));
    if (const std::size_t rest = family.instances.size() - instances.size(); rest > 0 && instances.size() == 4)
        content.footnote = translate(QT_TRANSLATE_NOOP("HostCharts", "the busiest four"));
    return content;
}

constexpr std::size_t kMostPairs = 4;

ChartContent buildDiskIo(const FamilySeries& family, const HostFacts&, const Palette& palette)
{
    const auto devices =
        greatestFirst(family, {QStringLiteral("read_bytes_total"), QStringLiteral("write_bytes_total")}, kMostPairs);
    return buildPairs(family, devices,
        {"read_bytes_total", QT_TRANSLATE_NOOP("HostCharts", "read"), "write_bytes_total",
            QT_TRANSLATE_NOOP("HostCharts", "write"), "device", QT_TRANSLATE_NOOP("HostCharts", "Disk I/O, %1")},
        palette);
}

ChartContent buildNetwork(const FamilySeries& family, const HostFacts&, const Palette& palette)
{
    auto interfaces = greatestFirst(
        family, {QStringLiteral("receive_bytes_total"), QStringLiteral("transmit_bytes_total")}, SIZE_MAX);
    const auto isPhysical = [](const InstanceSeries* each) {
        return greatestOf(each->column(QStringLiteral("loopback"))) < 0.5 &&
               greatestOf(each->column(QStringLiteral("virtual"))) < 0.5;
    };
    if (std::ranges::any_of(interfaces, isPhysical))
        std::erase_if(interfaces, [&](const InstanceSeries* each) { return !isPhysical(each); });
    interfaces.resize(std::min(interfaces.size(), kMostPairs));
    return buildPairs(family, interfaces,
        {"receive_bytes_total", QT_TRANSLATE_NOOP("HostCharts", "in"), "transmit_bytes_total",
            QT_TRANSLATE_NOOP("HostCharts", "out"), "interface", QT_TRANSLATE_NOOP("HostCharts", "Network, %1")},
        palette);
}

ChartContent buildLoad(const FamilySeries& family, const HostFacts& facts, const Palette& palette)
{
    ChartContent content;
    if (facts.cores)
        content.detail =
            QCoreApplication::translate("HostCharts", "running or waiting tasks, %n core(s)", nullptr, *facts.cores);
    if (family.instances.empty())
        return content;
    const InstanceSeries& cpu = family.instances.front();
    addColumn(content, cpu, "load1", translate(QT_TRANSLATE_NOOP("HostCharts", "1 min")), palette.series[0]);
    addColumn(content, cpu, "load5", translate(QT_TRANSLATE_NOOP("HostCharts", "5 min")), palette.series[1]);
    addColumn(content, cpu, "load15", translate(QT_TRANSLATE_NOOP("HostCharts", "15 min")), palette.series[2]);
    return content;
}

ChartContent buildPressure(const FamilySeries& family, const HostFacts&, const Palette& palette)
{
    ChartContent content;
    content.detail = translate(QT_TRANSLATE_NOOP("HostCharts", "of time some task waited"));
    // Some per cent of waiting are worth seeing already.
    content.leastMaximum = 10;
    std::size_t colour = 0;
    for (const InstanceSeries& instance : family.instances) {
        const QString resource = instance.label(QStringLiteral("resource"));
        if (const auto& buckets = instance.column(QStringLiteral("some_avg10_percent")); !buckets.empty())
            content.series.push_back({resource, resource, palette.series[colour++ % palette.series.size()], buckets});
    }
    return content;
}

ChartContent buildProcesses(const FamilySeries& family, const HostFacts&, const Palette& palette)
{
    ChartContent content;
    if (family.instances.empty())
        return content;
    const InstanceSeries& system = family.instances.front();
    addColumn(content, system, "processes", translate(QT_TRANSLATE_NOOP("HostCharts", "all")), palette.series[0]);
    addColumn(
        content, system, "processes_running", translate(QT_TRANSLATE_NOOP("HostCharts", "running")), palette.series[2]);
    addColumn(content, system, "processes_blocked", translate(QT_TRANSLATE_NOOP("HostCharts", "waiting for I/O")),
        palette.series[5]);
    return content;
}

ChartSpec spec(const char* id, const char* family, const char* title, TimeChart::Kind kind, Measure measure,
    ChartContent (*build)(const FamilySeries&, const HostFacts&, const Palette&), bool optional = false)
{
    return {QLatin1String(id), QLatin1String(family), translate(title), kind, measure, optional, build};
}

} // namespace

const std::vector<ChartSpec>& hostChartSpecs()
{
    using Kind = TimeChart::Kind;
    static const std::vector<ChartSpec> kSpecs{
        spec("cpu", "cpu", QT_TRANSLATE_NOOP("HostCharts", "CPU"), Kind::Stack, Measure::Percent, buildCpu),
        spec("memory", "memory", QT_TRANSLATE_NOOP("HostCharts", "Memory"), Kind::Lines, Measure::Bytes, buildMemory),
        spec("network", "network", QT_TRANSLATE_NOOP("HostCharts", "Network"), Kind::Lines, Measure::BytesPerSecond,
            buildNetwork),
        spec("cores", "cpu_core", QT_TRANSLATE_NOOP("HostCharts", "CPU by core"), Kind::Lines, Measure::Percent,
            buildCores),
        spec("disks", "disk", QT_TRANSLATE_NOOP("HostCharts", "Disk use"), Kind::Lines, Measure::Percent, buildDisks),
        spec("diskio", "diskio", QT_TRANSLATE_NOOP("HostCharts", "Disk I/O"), Kind::Lines, Measure::BytesPerSecond,
            buildDiskIo),
        spec("load", "cpu", QT_TRANSLATE_NOOP("HostCharts", "Load"), Kind::Lines, Measure::Plain, buildLoad),
        spec("pressure", "pressure", QT_TRANSLATE_NOOP("HostCharts", "Pressure"), Kind::Lines, Measure::Percent,
            buildPressure, true),
        spec("processes", "system", QT_TRANSLATE_NOOP("HostCharts", "Processes"), Kind::Lines, Measure::Count,
            buildProcesses),
    };
    return kSpecs;
}

std::vector<HostSeries::Wanted> hostChartFamilies()
{
    QStringList cpu{
        QStringLiteral("usage_percent"), QStringLiteral("load1"), QStringLiteral("load5"), QStringLiteral("load15")};
    for (const CpuMode& mode : kCpuModes)
        cpu.append(QLatin1String(mode.column));
    const auto list = [](std::initializer_list<const char*> names) {
        QStringList result;
        for (const char* name : names)
            result.append(QLatin1String(name));
        return result;
    };
    return {
        {QStringLiteral("cpu"), cpu},
        {QStringLiteral("cpu_core"), list({"usage_percent"})},
        {QStringLiteral("memory"),
            list({"total_bytes", "used_bytes", "cached_bytes", "swap_total_bytes", "swap_used_bytes"})},
        {QStringLiteral("disk"), list({"used_percent"})},
        {QStringLiteral("diskio"), list({"read_bytes_total", "write_bytes_total"})},
        {QStringLiteral("network"), list({"receive_bytes_total", "transmit_bytes_total", "loopback", "virtual"})},
        {QStringLiteral("pressure"), list({"some_avg10_percent"})},
        {QStringLiteral("system"), list({"processes", "processes_running", "processes_blocked"})},
    };
}

} // namespace sextant::console
