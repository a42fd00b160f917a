// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/catalogue.h"
#include "metrics/result.h"
#include "server/hosts/host_id.h"
#include "server/storage/store.h"

#include <QJsonArray>
#include <QSqlQuery>
#include <QString>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

class QSqlDatabase;

namespace sextant::server {

/// The label values of an instance as the table `instances` keeps them: a JSON object with sorted keys.
[[nodiscard]] QString labelsToJson(const metrics::Family& family, std::span<const std::string> labels);
/// And back: one value per key of the family; keys that the object does not have are empty.
[[nodiscard]] std::vector<std::string> labelsFromJson(const metrics::Family& family, const QString& json);

/// The numbers of instances (host, family, label values), in memory; read from the table per host when the host first
/// comes, and written in its transaction. For the writer's thread alone. What was made in a transaction counts only
/// after keep(); forget() takes it back when the transaction failed.
class InstanceIndex {
public:
    explicit InstanceIndex(InstanceLimits limits) : m_limits(limits) {}

    /// The number of an instance, made when there is none yet. Nothing when the host has as many as it may, of this
    /// family or of all.
    [[nodiscard]] Result<std::optional<std::int64_t>> find(
        QSqlDatabase& database, HostId host, const metrics::Family& family, std::span<const std::string> labels);

    /// Writes what find() made and PostgreSQL does not have yet: there they are stored together.
    [[nodiscard]] Result<void> write(QSqlDatabase& database);

    void keep() { m_fresh.clear(); }
    void forget();

private:
    /// Labels joined by a byte that no label holds (the codec refuses NUL).
    using Key = std::string;
    struct KeyHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept { return std::hash<std::string_view>{}(key); }
    };
    using Instances = std::unordered_map<Key, std::int64_t, KeyHash, std::equal_to<>>;
    struct Fresh {
        HostId host;
        std::size_t family;
        Key key;
    };

    [[nodiscard]] Result<void> loadHost(QSqlDatabase& database, HostId host);
    [[nodiscard]] Result<std::int64_t> insert(
        QSqlDatabase& database, HostId host, const metrics::Family& family, std::span<const std::string> labels);
    [[nodiscard]] Result<std::int64_t> insertLater(
        QSqlDatabase& database, HostId host, const metrics::Family& family, std::span<const std::string> labels);

    struct Host {
        std::vector<Instances> families; ///< by the family's position in the catalogue
        std::size_t count = 0;           ///< of all families
    };

    InstanceLimits m_limits;
    std::unordered_map<HostId, Host> m_hosts;
    std::vector<Fresh> m_fresh;
    std::vector<std::int64_t> m_numbers; ///< of PostgreSQL's sequence, for instances to come
    QJsonArray m_unwritten;              ///< rows of the table
    Key m_key;                           ///< the one being looked up; kept for its memory
};

} // namespace sextant::server
