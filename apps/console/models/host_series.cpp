// SPDX-License-Identifier: GPL-3.0-or-later
#include "console/models/host_series.h"

#include "console/session/session.h"

#include <algorithm>
#include <cmath>

namespace sextant::console {
namespace {

std::vector<Bucket> bucketsOf(const std::vector<std::int64_t>& times, const AggregateValues& values)
{
    std::vector<Bucket> buckets;
    for (std::size_t index = 0; index < times.size(); ++index) {
        if (!std::isnan(values.average[index]))
            buckets.push_back({times[index], values.minimum[index], values.average[index], values.maximum[index], 1});
    }
    return buckets;
}

void addValue(std::vector<Bucket>& buckets, std::int64_t time, double value)
{
    if (!buckets.empty() && time < buckets.back().time)
        return;
    if (buckets.empty() || time != buckets.back().time) {
        buckets.push_back({time, value, value, value, 1});
        return;
    }
    Bucket& last = buckets.back();
    last.minimum = std::min(last.minimum, value);
    last.maximum = std::max(last.maximum, value);
    last.average += (value - last.average) / (last.samples + 1);
    ++last.samples;
}

void dropBefore(std::vector<Bucket>& buckets, std::int64_t from)
{
    // One before the edge stays, so that the line runs to it.
    auto first = std::ranges::lower_bound(buckets, from, {}, &Bucket::time);
    if (first != buckets.begin())
        --first;
    buckets.erase(buckets.begin(), first);
}

} // namespace

const std::vector<Bucket>& InstanceSeries::column(const QString& name) const
{
    static const std::vector<Bucket> kNone;
    const auto found = columns.constFind(name);
    return found == columns.constEnd() ? kNone : *found;
}

bool FamilySeries::isEmpty() const
{
    return std::ranges::all_of(instances, [](const InstanceSeries& instance) {
        return std::ranges::all_of(
            instance.columns, [](const std::vector<Bucket>& buckets) { return buckets.empty(); });
    });
}

HostSeries::HostSeries(Session& session, std::vector<Wanted> wanted, QObject* parent)
    : QObject(parent), m_session(session), m_wanted(std::move(wanted))
{
}

void HostSeries::setHost(HostId host, std::int64_t intervalMs)
{
    m_host = host;
    m_intervalMs = intervalMs;
    ++m_generation;
    m_families.clear();
    for (const Wanted& wanted : m_wanted)
        emit familyChanged(wanted.family);
}

std::int64_t HostSeries::gapMs(const FamilySeries& family) const
{
    return std::max(m_intervalMs * 5 / 2, family.stepMs * 3 / 2);
}

void HostSeries::load(TimeSpan span, std::int64_t stepMs)
{
    const std::uint64_t generation = ++m_generation;
    for (const Wanted& wanted : m_wanted) {
        const QString name = wanted.family;
        const SeriesQuery query{m_host, name, wanted.columns, span.from / stepMs * stepMs, span.to, stepMs};
        m_session.fetchSeries(query, [this, name, generation](const auto& answer) {
            if (generation != m_generation)
                return;
            if (answer)
                take(name, *answer);
            else
                takeProblem(name, answer.error());
        });
    }
}

void HostSeries::take(const QString& name, const SeriesAnswer& answer)
{
    FamilySeries family;
    family.status = FamilySeries::Status::Ready;
    family.stepMs = answer.stepMs;
    for (const SeriesInstance& instance : answer.instances) {
        InstanceSeries series{instance.labels, {}};
        for (auto column = instance.columns.begin(); column != instance.columns.end(); ++column)
            series.columns.insert(column.key(), bucketsOf(answer.times, column.value()));
        family.instances.push_back(std::move(series));
    }
    m_families.insert(name, std::move(family));
    emit familyChanged(name);
}

void HostSeries::takeProblem(const QString& name, const ConnectionFailure& failure)
{
    FamilySeries& family = m_families[name];
    // What is on the screen is older, not wrong; only where there is nothing the reason stands instead.
    if (family.status == FamilySeries::Status::Ready)
        return;
    family.status = FamilySeries::Status::Failed;
    family.problem = failure.sentence;
    emit familyChanged(name);
}

void HostSeries::append(const LiveFrame& frame, std::int64_t from)
{
    if (frame.host != m_host)
        return;
    m_intervalMs = frame.intervalMs;
    const auto found = m_families.find(frame.family);
    if (found == m_families.end() || found->status != FamilySeries::Status::Ready)
        return;
    const std::int64_t time = frame.time / found->stepMs * found->stepMs;
    for (const LiveInstance& live : frame.instances) {
        auto instance = std::ranges::find(found->instances, live.labels, &InstanceSeries::labels);
        if (instance == found->instances.end())
            instance = found->instances.insert(instance, {live.labels, {}});
        for (auto column = live.columns.begin(); column != live.columns.end(); ++column)
            addValue(instance->columns[column.key()], time, column.value());
    }
    for (InstanceSeries& instance : found->instances) {
        for (std::vector<Bucket>& buckets : instance.columns)
            dropBefore(buckets, from);
    }
    emit familyChanged(frame.family);
}

const FamilySeries& HostSeries::family(const QString& name) const
{
    static const FamilySeries kLoading;
    const auto found = m_families.constFind(name);
    return found == m_families.constEnd() ? kLoading : *found;
}

} // namespace sextant::console
