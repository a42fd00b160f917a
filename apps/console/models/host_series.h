// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "console/charts/bucket.h"
#include "console/session/wire.h"

#include <QHash>
#include <QMap>
#include <QObject>
#include <QString>
#include <QStringList>

#include <vector>

namespace sextant::console {

class Session;
struct ConnectionFailure;

/// All columns of one instance (one disk, one core, or the one row of a host) over the loaded stretch of time.
struct InstanceSeries {
    QMap<QString, QString> labels;
    QHash<QString, std::vector<Bucket>> columns;

    /// Empty when the column never had a value.
    [[nodiscard]] const std::vector<Bucket>& column(const QString& name) const;
    [[nodiscard]] QString label(const QString& key) const { return labels.value(key); }
};

/// A family of a host: its instances in the order in which the server gave them.
struct FamilySeries {
    enum class Status { Loading, Ready, Failed };
    Status status = Status::Loading;
    QString problem; ///< when Failed
    std::int64_t stepMs = 10'000;
    std::vector<InstanceSeries> instances;

    [[nodiscard]] bool isEmpty() const;
};

/// The time series of one host for the stretch that its page shows: asks the server for each family, then appends what
/// the live stream brings, so that following costs no further question. A newer request makes the answers to older ones
/// void. What was shown stays until the new answer is there. GUI thread; the session outlives it.
class HostSeries : public QObject {
    Q_OBJECT

public:
    /// A family and the columns of it that are drawn.
    struct Wanted {
        QString family;
        QStringList columns;
    };

    HostSeries(Session& session, std::vector<Wanted> wanted, QObject* parent = nullptr);

    /// Another host: everything is forgotten.
    void setHost(HostId host, std::int64_t intervalMs);
    [[nodiscard]] HostId host() const { return m_host; }
    [[nodiscard]] std::int64_t intervalMs() const { return m_intervalMs; }
    /// Two and a half intervals, as the server counts a host late, or what one missing bucket is wide.
    [[nodiscard]] std::int64_t gapMs(const FamilySeries& family) const;

    void load(TimeSpan span, std::int64_t stepMs);
    /// Adds a live frame to its buckets, and drops what is older than `from`.
    void append(const LiveFrame& frame, std::int64_t from);

    [[nodiscard]] const FamilySeries& family(const QString& name) const;

signals:
    void familyChanged(const QString& name);

private:
    void take(const QString& name, const SeriesAnswer& answer);
    void takeProblem(const QString& name, const ConnectionFailure& failure);

    Session& m_session;
    std::vector<Wanted> m_wanted;
    HostId m_host = 0;
    std::int64_t m_intervalMs = 10'000;
    std::uint64_t m_generation = 0;
    QHash<QString, FamilySeries> m_families;
};

} // namespace sextant::console
